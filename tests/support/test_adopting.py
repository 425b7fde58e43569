"""`manage.py adopt bugs`: open issues with a codename's label become links to the accounts they concern (COD-08)."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Account, Codename
from fleetcs import clock as product_clock
from fleetcs.local.standins.github import DESK
from fleetcs.models import Effect, Event, OpeningHours, User
from fleetcs.working_day import ZONE, today
from support.models import Investigation, Issue, IssueLink, Label
from tests.factories import MONDAY_MORNING, make_account, make_user
from tests.standins import StandIns

pytestmark = pytest.mark.django_db


def issue(number: int, *labels: str, **fields: Any) -> Issue:
    moments = {"created_at": MONDAY_MORNING, "updated_at": MONDAY_MORNING}
    made = Issue.objects.create(repo="public", number=number, title="Offline", **moments, **fields)
    for name in labels:
        known = Label.objects.filter(repo="public", name=name).first()
        made.labels.add(known or Label.objects.create(repo="public", name=name, github_id=Label.objects.count() + 1))
    return made


def named(name: str, planet: str) -> Account:
    account = make_account(name=name)
    Codename.objects.assign(account, planet, by=make_user())
    return account


def adopt(*options: str, by: User | None = None) -> str:
    out = StringIO()
    call_command("adopt", "bugs", *options, *(("--by", by.email) if by else ()), stdout=out)
    return out.getvalue()


def links() -> set[tuple[int, int]]:
    return {*IssueLink.objects.values_list("issue__number", "account")}


@pytest.mark.ledger("COD-08")
def test_an_open_bug_is_linked_to_every_account_whose_codename_it_carries() -> None:
    first, second, person = named("Brightforge", "Ceres"), named("Helmwind", "Juno"), make_user("vp_cs")
    seen = issue(1, "bug", "customer-ceres", "prospect-juno")
    issue(2, "customer request", "customer-ceres")
    issue(3, "bug")
    issue(4, "bug", "customer-ceres", state="closed")
    said = adopt("--dry-run")
    assert "1 rows: 1 fits, 0 asks, 0 blocked." in said
    assert links() == set()
    assert "1 taken over" in adopt(by=person)
    assert links() == {(1, first.pk), (1, second.pk)}
    assert {(link.kind, link.by_label, link.by) for link in IssueLink.objects.all()} == {("bug", True, None)}
    assert Event.objects.of(seen).filter(verb="bug_adopted", by=person).exists()
    assert "0 rows" in adopt(by=person)


def test_a_label_that_is_nobodys_codename_is_settled_first_and_a_retired_one_asks() -> None:
    account, person = named("Brightforge", "Ceres"), make_user("cro")
    issue(1, "bug", "customer-vesper")
    issue(2, "bug", "customer-ceres")
    account.codenames.get().retire(by=person)
    assert "2 rows: 0 fits, 1 asks, 1 blocked." in adopt(by=person)
    assert links() == set()
    assert "1 taken over" in adopt("--only", str(Issue.objects.get(number=2).pk), by=person)
    assert links() == {(2, account.pk)}


def test_whose_a_label_is_says_its_id_before_its_name() -> None:
    ours, theirs, person = named("Brightforge", "Ceres"), named("Helmwind", "Juno"), make_user("vp_cs")
    issue(1, "bug", "customer-juno")  # Ceres' label, called otherwise by somebody over there
    issue(2, "bug", "customer-juno", "customer-vesper")  # Juno's
    for account, name in ((ours, "customer-juno"), (theirs, "customer-vesper")):
        there = str(Label.objects.get(name=name).github_id)
        account.codenames.get().parts.filter(place="public").update(external_id=there)
    assert "2 taken over" in adopt(by=person)
    assert links() == {(1, ours.pk), (2, ours.pk), (2, theirs.pk)}


def test_the_lines_name_neither_accounts_nor_codenames() -> None:
    named("Brightforge", "Ceres")
    issue(1, "bug", "customer-ceres")
    said = adopt("--dry-run").lower()
    assert "brightforge" not in said
    assert "ceres" not in said


# --- the cycle -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-10")
@pytest.mark.django_db(transaction=True)
def test_a_bug_that_is_looked_into_joins_the_cycle_on_the_day_on_which_its_label_was_put_on(
    standins: StandIns, clock: Any
) -> None:
    clock("2026-02-06T10:00:00-08:00")  # a Friday
    named("Brightforge", "Ceres")
    for labels in (["bug", "customer-ceres"], ["~investigate"]):
        path = "/repos/lanternfish/lanternfish/issues"
        said = {"title": "Offline", "labels": labels} if "bug" in labels else {"labels": labels}
        standins.as_person(DESK, "POST", path if "bug" in labels else f"{path}/1/labels", said)
        clock.forward(days=3)  # over the weekend
    mirrored = issue(1, "bug", "customer-ceres", "~investigate")
    assert "1 taken over" in adopt(by=make_user("vp_cs"))
    going_on = Investigation.objects.get(issue=mirrored, decided_at=None)
    assert f"{going_on.began_at.astimezone(ZONE):%A %H}" == "Monday 10"
    assert not Effect.objects.filter(kind="github.relabel").exists()
    clock("2026-02-10T10:00:00-08:00")
    assert going_on.nth_day(OpeningHours.objects.calendar(product_clock.now()), today()) == 2
    assert "0 rows" in adopt("--dry-run")
