"""Codenames that the company had before: what is matched, what is left to a person, and taking over without a write."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account, BlockedName, Codename, StrayLabel, adopting, label_check
from fleetcs import clock as product_clock
from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect, Event, Gate
from tests.accounts.test_codename_senders import in_both_systems, send_all
from tests.factories import make_account, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

NAMES = ("ceres", "juno", "pallas", "hygiea", "iris", "flora", "metis", "thetis", "fortuna", "lutetia", "thalia")


def stands(name: str, whose: str = "", *, public: bool = True, description: str = "A customer") -> None:
    """A label that somebody made by hand long ago, in one repository or both."""
    if public:
        github.create_label("public", said(name), said(description), "bfd4f2")
    if whose:
        github.create_label("confidential", name, whose, "bfd4f2")


def said(text: str) -> Any:
    """What everybody may read, as a test may write it."""
    return __import__("accounts.confidential").confidential.public(text, __import__("accounts.confidential").confidential.Words())


def adopt(*options: str, person: Any = None, terminal: bool = False) -> str:
    out = Terminal() if terminal else StringIO()
    by = ("--by", person.email) if person else ()
    call_command("adopt", "codenames", *options, *by, stdout=out)
    return out.getvalue()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def row_of(label: str) -> Any:
    return next(row for row in adopting.rows() if row.there.name == label)


def read() -> None:
    label_check.ask()
    send_all()
