"""The impact board: whom an issue holds up and what is at stake, at the same cost beside a million tickets."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Codename
from fleetcs import clock as product_clock
from fleetcs.models import Event
from fleetcs.working_day import today
from support.demo.volume import Volume
from support.models import CustomerNote, Issue, Label, follow
from tests.factories import (
    MONDAY_MORNING,
    filed,
    make_account,
    make_contact,
    make_contract,
    make_issue_link,
    make_ticket,
    make_user,
    relabel,
)
from tests.visiting import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("SYS-01")]


def board_page(issue: Issue) -> str:
    return reverse("support:impact_issue", args=[issue.pk])


def concerned(issue: Issue, tier: str | None = "premium", *, ends: Any = None, **overrides: Any) -> Any:
    """A customer with an open ticket about the issue."""
    account = make_account(None, **overrides)
    if tier:
        make_contract(account, tier, in_force_to=ends)
    make_issue_link(issue, account, ticket=make_ticket(account), kind="bug")
    return account


def test_it_adds_up_tiers_renewals_tickets_clocks_and_who_was_not_told() -> None:
    issue = filed("bug")
    concerned(issue, "ultimate", ends=today() + timedelta(days=60))
    concerned(issue, "premium", ends=today() + timedelta(days=600))
    told = concerned(issue, None)
    make_issue_link(issue, told, shared_at=product_clock.now())
    make_ticket(told)  # not linked: it is not read
    board = client_of(make_user("vp_cs")).get(board_page(issue)).context["board"]
    assert board.by_tier == [("Ultimate", 1), ("Premium", 1), ("Free", 1)]
    assert (board.renewals, len(board.tickets), board.untold) == (1, 3, 2)
    assert (board.running, board.late) == (3, 3)  # those of the free tier have the internal target


def test_what_is_not_known_is_not_made_up() -> None:
    issue = filed("bug")
    concerned(issue)
    page = client_of(make_user("vp_cs")).get(board_page(issue)).content.decode()
    assert "Contract value" in page
    assert "Not known" in page


@pytest.mark.ledger("COD-05")
def test_names_are_for_those_who_may_know_and_each_look_is_written_down() -> None:
    issue, csm = filed("customer-ceres"), make_user("csm")
    mine, other = concerned(issue, csm=csm, name="Brightforge Metal"), concerned(issue, name="Northwind Ferries")
    for account, name in ((mine, "Ceres"), (other, "Eunomia")):
        Codename.objects.assign(account, name, by=make_user())
    page = client_of(csm).get(board_page(issue)).content.decode()
    assert "customer-ceres" in page
    assert "customer-eunomia" in page
    assert "Brightforge" not in page
    page = client_of(csm).post(board_page(issue)).content.decode()
    assert "Brightforge Metal" in page
    assert "Northwind" not in page
    assert Event.objects.filter(verb="codename_looked_up", by=csm).count() == 1
    page = client_of(make_user("pd")).post(board_page(issue)).content.decode()
    assert "Brightforge" not in page
    assert "Not yours to see" in page


def test_the_label_gathers_the_open_issues_of_both_repositories_that_one_may_see() -> None:
    issues = [filed("~blocked"), filed("~blocked", repo="confidential"), filed("~blocked", state="closed")]
    for issue in issues:
        concerned(issue)
    there = reverse("support:impact_label", args=[Label.objects.get(name="~blocked", repo="public").pk])
    assert len(client_of(make_user("vp_cs")).get(there).context["board"].rows) == 2
    assert len(client_of(make_user("pd")).get(there).context["board"].rows) == 1


@pytest.mark.parametrize(
    ("said", "found"),
    [("number", True), ("#number", True), ("url", True), ("~Blocked", True), ("99999999", False), ("nothing", False)],
)
def test_one_field_finds_an_issue_or_a_label(said: str, found: bool) -> None:
    issue = filed("~blocked")
    words = said.replace("number", str(issue.number)).replace("url", issue.url)
    answer = client_of(make_user("cse")).get(reverse("support:impact"), {"of": words})
    assert answer.status_code == (302 if found else 422)


def test_the_issues_that_concern_the_most_customers_come_first() -> None:
    few, many, none = filed("bug"), filed("bug"), filed("bug")
    for issue, count in ((few, 1), (many, 3), (none, 0)):
        for _ in range(count):
            concerned(issue)
    issues = client_of(make_user("cse")).get(reverse("support:impact")).context["issues"]
    assert [(one.pk, one.customers) for one in issues] == [(many.pk, 3), (few.pk, 1)]


def test_what_has_shipped_shows_a_draft_for_each_customer() -> None:
    issue, csm = filed("customer request"), make_user("csm")
    concerned(issue, csm=csm)
    concerned(issue)
    follow([relabel(issue, "customer request", ":release")])
    page = client_of(csm).get(board_page(issue)).content.decode()
    mine = CustomerNote.objects.get(account__csm=csm)
    assert mine.get_absolute_url() in page
    assert page.count("Edit and send") == 1  # the other customer's is another CSM's


@pytest.mark.ledger("SYS-03")
@pytest.mark.parametrize("of", ["issue", "label"])
def test_the_board_asks_the_same_for_two_customers_and_for_eighty_beside_thousands_of_tickets(of: str) -> None:
    issue, user = filed("~blocked"), make_user("cse")
    concerned(issue)
    client = client_of(user)
    label = Label.objects.get(name="~blocked").pk
    there = board_page(issue) if of == "issue" else reverse("support:impact_label", args=[label])

    def asked() -> int:
        client.get("/help")
        with CaptureQueriesContext(connection) as statements:
            assert client.get(there).status_code == 200
        return len(statements)

    few = asked()
    for number in range(79):
        make_contact(concerned(issue, name=f"Company of {number}"))
    Volume(2_000, Random(1), MONDAY_MORNING + timedelta(weeks=30)).load()
    assert asked() == few
    assert few <= 15


def test_the_list_of_requests_asks_the_same_for_two_and_for_forty() -> None:
    client = client_of(make_user("cse"))

    def asked(more: int) -> int:
        issues = [filed("customer request") for _ in range(more)]
        for issue in issues:
            concerned(issue)
        follow(issues)
        client.get("/help")
        with CaptureQueriesContext(connection) as statements:
            assert client.get(reverse("support:request_meeting")).status_code == 200
        return len(statements)

    few = asked(2)
    assert asked(38) == few
    assert few <= 15
