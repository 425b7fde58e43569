"""`manage.py demo_salesforce URL`: load the made-up firm into the stand-in of Salesforce, and start the mirrors."""

from argparse import ArgumentParser
from datetime import timedelta
from random import Random
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleetcs import clock
from fleetcs.mirrors import duties, settling
from fleetcs.models import Mirror, SalesforceUser, User
from opportunities.demo import checked, closes, leads, papers
from opportunities.demo.selling import Rows, Selling

LEFT = 2  # users whom nobody has said to be anybody yet: something to click


class Command(BaseCommand):
    """Only before the first start of the mirrors, and never in production."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="where the stand-ins show themselves")

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        if settings.PRODUCTION or Mirror.objects.exclude(started_at=None).exists():
            raise CommandError("The stand-in is loaded once, before the mirrors start.")
        Selling(lambda object, rows: load(url, object, rows), Random(6)).tell()
        administrator = User.objects.holding("administrator")[0]
        for mirror in Mirror.objects.all():
            mirror.start(by=administrator)
        duties.poll()
        say_who_is_who(administrator)
        duties.poll()
        duties.recount()
        duties.sweep()
        papers.enter()
        papers.write()
        leads.enter()
        closes.enter()
        checked.look_through()


def load(url: str, object: str, rows: Rows) -> list[str]:
    """Let people have written these records; their ids."""
    at = (clock.now() - timedelta(hours=2)).isoformat()
    answer = requests.post(
        f"{url}salesforce", json={"act": "load", "object": object, "rows": rows, "at": at}, timeout=60
    )
    answer.raise_for_status()
    ids: list[str] = answer.json()
    return ids


def say_who_is_who(administrator: User) -> None:
    """As the administrator has clicked it, but for a few."""
    everybody: Any = SalesforceUser.objects.with_proposal().order_by("pk")
    proposed = [one for one in everybody if one.proposed]
    for one in proposed[:-LEFT]:
        settling.link_user(one, User.objects.get(pk=one.proposed), by=administrator)
    Mirror.objects.update(tried_at=None)
