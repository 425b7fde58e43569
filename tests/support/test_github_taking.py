"""A page of issues as it is written: what wins, what follows, and what it costs."""

from collections.abc import Sequence
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fleetcs import clock as product_clock
from fleetcs.clients import github
from fleetcs.local.processes import until
from fleetcs.local.standins.github import PUBLIC
from support.github.taking import take
from support.models import CustomerNote, CustomerRequest, Feedback, Issue, IssueLink, Label, PlusLabel, Repository
from tests.factories import make_account, make_issue, make_label, make_user
from tests.support.at_github import codename_of, moment, names, one

pytestmark = pytest.mark.django_db(transaction=True)

OLDER, NEWER = "2026-01-12T09:00:00Z", "2026-01-12T10:00:00Z"
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def _monday(clock: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")


def answer(number: int, at: str, **more: Any) -> github.Issue:
    """An issue with the label "bug", as GitHub tells of it at a moment."""
    bug = Label.objects.filter(name="bug").first() or make_label("bug")
    fresh = {
        "id": 800_000 + number, "number": number, "title": f"Of {at}", "body": "", "state": "open", "state_reason": "",
        "locked": False, "labels": (github.Label(bug.github_id, "bug", "", ""),), "assignees": (), "comments": 0,
        "author": github.Person("rosa", 1, "User"), "created_at": moment("2026-01-12T08:00:00Z"),
        "updated_at": moment(at), "closed_at": None, "url": "", "repository": PUBLIC, "is_pull_request": False,
    }  # fmt: skip
    return github.Issue(**fresh | more)


@pytest.mark.parametrize("whatever", [True, False])
def test_an_answer_that_was_overtaken_by_a_newer_one_changes_nothing(whatever: bool) -> None:
    take("public", [answer(5, NEWER)], whatever=whatever)
    assert take("public", [answer(5, OLDER, labels=())], whatever=whatever) == []
    assert (one(5).title, names(5)) == (f"Of {NEWER}", {"bug"})
    assert take("public", [answer(5, NEWER, title="Said again")], whatever=whatever) == [one(5).pk]
    assert one(5).title == "Said again"


def test_of_two_answers_that_are_written_at_once_the_newer_one_stays() -> None:
    older, newer = answer(5, OLDER, labels=()), answer(5, NEWER)
    other = Thread(target=lambda: (take("public", [older], whatever=True), connection.close()))
    with transaction.atomic():
        take("public", [newer])
        other.start()
        assert until(lambda: waiting_for_locks() > 0, 10)
    other.join()
    assert (one(5).title, names(5)) == (f"Of {NEWER}", {"bug"})


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def test_pull_requests_are_none_of_our_issues() -> None:
    bug = make_label("bug")
    told = github.Label(bug.github_id, "bug", "", "")
    at = make_issue(labels=[]).updated_at
    pull = github.Issue(
        id=1, number=77, title="A change", body="", state="open", state_reason="", locked=False, labels=(told,),
        author=github.Person("rosa", 1, "User"), assignees=(), comments=0, created_at=at, updated_at=at, closed_at=None,
        url="", repository=PUBLIC, is_pull_request=True,
    )  # fmt: skip
    assert take("public", [pull]) == []


# --- what it costs ----------------------------------------------------------------------------------------------------
def page(many: int, begin: int, *labels: str, **more: Any) -> list[github.Issue]:
    """So many issues with these labels."""
    rows = [Label.objects.filter(name=name).first() or make_label(name) for name in labels]
    carried = tuple(github.Label(row.github_id, row.name, "", "") for row in rows)
    return [answer(number, NEWER, labels=carried, **more) for number in range(begin, begin + many)]


def cost(told: Sequence[github.Issue]) -> int:
    """The statements of writing a page, without those that only hold it together."""
    with CaptureQueriesContext(connection) as asked:
        take("public", told)
    return sum(not query["sql"].startswith(AROUND) for query in asked)


def test_a_hundred_issues_cost_no_more_statements_than_ten_and_unchanged_ones_write_nothing() -> None:
    said = ("bug", "+more info please", "customer-ceres")
    few, many = page(10, 1000, *said), page(100, 2000, *said)
    assert cost(few) == cost(many) <= 14
    before = list(Issue.objects.order_by("pk").values())
    take("public", many)
    assert list(Issue.objects.order_by("pk").values()) == before


def test_a_page_costs_the_same_statements_whatever_its_issues_say() -> None:
    Repository.objects.create(code="public", loaded_at=moment(OLDER))
    codename_of(make_account(csm=make_user("csm", github="saoirse-l")))
    make_label("~investigate")
    shipped = {"state": "closed", "state_reason": "completed", "closed_at": product_clock.now()}
    pages = [
        page(3, 100, "bug"),
        page(3, 200, "customer request"),
        page(3, 300, "+more info please", "~investigate"),
        page(3, 400, "bug", "customer-ceres"),
    ]
    costs = [cost(each) for each in pages]  # as they are read for the first time
    pages += [
        page(3, 500, "~customer request", "#g-unicorns", "customer-ceres", assignees=("saoirse-l",)),
        page(3, 600, "customer request", "customer-ceres", **shipped),
    ]
    for each in pages[4:]:
        take("public", each)  # what is new costs something
    assert (CustomerRequest.objects.count(), Feedback.objects.count(), CustomerNote.objects.count()) == (9, 3, 3)
    assert (PlusLabel.objects.count(), IssueLink.objects.count()) == (3, 9)
    costs += [cost(each) for each in pages]
    assert set(costs) == {15}
