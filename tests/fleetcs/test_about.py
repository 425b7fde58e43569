"""The pages about the product: what the departments are for, and where help and documents are."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from ruamel.yaml import YAML

from fleetcs.local.demo import PACK
from fleetcs.local.folders import CHECKOUT
from fleetcs.models import HandbookEntry
from fleetcs.posts import Group
from tests.fleetcs.test_people import GROUPS, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def given() -> Any:
    call_command("load_handbook", str(PACK), verbosity=0)
    return YAML(typ="safe").load(PACK.read_text())


@pytest.mark.ledger("DIR-06")
def test_the_missions_stand_on_the_about_page_with_their_years(given: Any) -> None:
    page = signed_in(None)[0].get(reverse("about")).content.decode()
    for mission in given["missions"].values():
        assert escape(mission["text"]) in page
        assert f"({mission['year']})" in page


def test_without_a_pack_the_pages_are_there_and_leave_out_what_is_missing() -> None:
    client, _ = signed_in(None)
    assert client.get(reverse("about")).status_code == 200
    page = client.get(reverse("help")).content.decode()
    assert "In the handbook" not in page
    assert "Mon-Fri 07:00-16:00" in page


def test_the_version_is_that_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', Path(CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert version[1] in signed_in(None)[0].get(reverse("about")).content.decode()


@pytest.mark.ledger("INT-16")
@pytest.mark.parametrize("group", Group)
def test_expectations_are_linked_for_every_colleague(group: Group, given: Any) -> None:
    page = signed_in(GROUPS[group.value])[0].get(reverse("help")).content.decode()
    assert given["links"]["expectations"] in page


@pytest.mark.ledger("INT-16")
def test_whoever_is_no_colleague_sees_nothing_of_it(given: Any) -> None:
    answer = Client().get(reverse("help"))
    assert answer.status_code == 302
    assert given["links"]["expectations"] not in Client().get(reverse("help"), follow=True).content.decode()
    left, user = signed_in(None)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert left.get(reverse("help")).status_code == 302


@pytest.mark.ledger("TPL-03")
def test_help_says_where_the_templates_are_and_how_to_reach_people(given: Any) -> None:
    page = signed_in(None)[0].get(reverse("help")).content.decode()
    for wanted in (
        given["links"]["response_templates"],
        given["phones"]["support"],
        given["aliases"]["on_call"],
        "mailto:support@",
    ):
        assert wanted in page


def test_a_mission_of_another_shape_does_not_break_the_page(given: Any) -> None:
    HandbookEntry.objects.filter(section="missions", code="sales").update(value="")
    assert signed_in(None)[0].get(reverse("about")).status_code == 200
