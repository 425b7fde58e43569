"""The stand-up: what we look into, for how many working days, who has acknowledged it, and what is decided."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs.models import Effect, Holiday, RoleHolding
from support.models import Investigation, Issue, IssueComment, IssueLink, Remark
from support.views.stand_up import MANAGER
from tests.factories import make_account, make_issue, make_ticket, make_user

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 1, 9, 18, tzinfo=UTC)
WORN = ("bug", "~investigate", ":help-customers", "customer-ceres")


def begun(at: datetime = FRIDAY, **fields: Any) -> Issue:
    issue = make_issue(labels=WORN, created_at=at, **fields)
    Investigation.objects.create(issue=issue, began_at=at, labelled_at=at)
    return issue


def page(client: Client, post: str = "manager_cse_csa") -> str:
    client.force_login(make_user(post))
    answer = client.get("/stand-up/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.ledger("BUG-09")
def test_what_was_filed_yesterday_and_not_acknowledged_is_highlighted(client: Client, clock: Any) -> None:
    begun(title="Hosts go offline")
    clock("2026-01-09T11:00:00-08:00")
    html = page(client)
    assert ("1 working day" in html, "Not yet" in html, "Not acknowledged" in html) == (True, True, False)
    clock("2026-01-12T09:00:00-08:00")
    html = page(client)
    assert ("2 working days" in html, "Not acknowledged" in html, "1 to be decided" in html) == (True, True, True)


@pytest.mark.ledger("BUG-10")
def test_a_holiday_moves_the_second_stand_up_to_tuesday(client: Client, clock: Any) -> None:
    Holiday.objects.close(date(2026, 1, 12), "Company day", by=make_user())
    begun()
    clock("2026-01-12T09:00:00-08:00")
    html = page(client)
    assert "Nobody works today" in html
    assert "1 working day" in html
    clock("2026-01-13T09:00:00-08:00")
    assert "2 working days" in page(client)


def test_an_issue_that_wears_the_label_without_our_doing_is_there_too_and_a_closed_one_is_not(
    client: Client, clock: Any
) -> None:
    clock("2026-01-12T09:00:00-08:00")
    make_issue(title="By hand", labels=("bug", "~Investigate"), created_at=FRIDAY)
    make_issue(title="Closed", labels=("~Investigate",), state="closed")
    make_issue(title="Another", labels=("bug",))
    html = page(client)
    assert ("By hand" in html, "Closed" in html, "Another" in html) == (True, False, False)
    assert "2 working days" in html


@pytest.mark.ledger("BUG-08")
def test_labels_that_have_drifted_are_flagged(client: Client, clock: Any) -> None:
    clock("2026-01-09T11:00:00-08:00")
    issue = begun()
    assert "In order" in page(client)
    issue.labels.remove(issue.labels.get(name="~investigate"))
    html = page(client)
    assert "~investigate is missing" in html


@pytest.mark.ledger("BUG-09")
def test_a_comment_that_the_manager_has_written_at_github_counts(client: Client, clock: Any) -> None:
    clock("2026-01-12T09:00:00-08:00")
    issue = begun()
    make_user("manager_cse_csa", github="Ines-Lead")
    at = datetime(2026, 1, 9, 19, tzinfo=UTC)
    IssueComment.objects.create(issue=issue, github_id=1, author="someone", at=at)
    assert "Not acknowledged" in page(client)
    IssueComment.objects.create(issue=issue, github_id=2, author="ines-lead", at=at, url="https://github.example/c/2")
    html = page(client)
    assert "Not acknowledged" not in html
    assert "https://github.example/c/2" in html


@pytest.mark.ledger("BUG-09")
@pytest.mark.parametrize(
    ("from_on", "to_on", "counts"),
    [
        (date(2026, 1, 1), None, True),
        (date(2026, 1, 1), date(2026, 1, 10), True),
        (date(2026, 1, 1), date(2026, 1, 9), False),
        (date(2026, 1, 10), None, False),
    ],
)
def test_a_comment_counts_if_its_writer_was_the_manager_on_that_day(
    client: Client, clock: Any, from_on: date, to_on: date | None, counts: bool
) -> None:
    clock("2026-01-12T09:00:00-08:00")
    issue, person = begun(), make_user(None, github="Ines-Lead")
    RoleHolding.objects.create(user=person, post_id=MANAGER, from_on=from_on, to_on=to_on)
    evening = datetime(2026, 1, 10, 3, tzinfo=UTC)  # still Friday where the company is
    IssueComment.objects.create(issue=issue, github_id=1, author="ines-lead", at=evening)
    assert ("Not acknowledged" not in page(client, "cse")) == counts


def test_tickets_stand_there_only_for_those_who_may_know_whose_they_are(client: Client) -> None:
    issue, ticket = begun(), make_ticket(make_account())
    IssueLink.objects.create(issue=issue, account=ticket.account, ticket=ticket, kind="bug")  # type: ignore[misc]
    assert f"ticket #{ticket.pk}" in page(client)
    assert f"ticket #{ticket.pk}" not in page(client, "pd")


def test_sales_see_the_issues_of_their_own_accounts(client: Client) -> None:
    begun(title="A strangers' bug")
    issue, person = begun(title="Bug of ours"), make_user("ae")
    IssueLink.objects.create(issue=issue, account=make_account(ae=person), kind="bug")
    client.force_login(person)
    html = client.get("/stand-up/").content.decode()
    assert ("Bug of ours" in html, "strangers" in html) == (True, False)


def test_the_number_of_statements_does_not_grow_with_the_issues(client: Client) -> None:
    person = make_user("manager_cse_csa", github="ines")
    client.force_login(person)

    def counted() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/stand-up/").status_code == 200
        return len(asked)

    begun()
    counted()
    few = counted()
    for _ in range(6):
        begun()
    assert counted() == few


# --- acknowledging ----------------------------------------------------------------------------------------------------
def act(client: Client, issue: Issue, what: str, **said: Any) -> Any:
    return client.post(f"/stand-up/{issue.pk}/{what}/", said)


def digest_in(html: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', html)
    assert found is not None
    return found[1]


@pytest.mark.ledger("BUG-09", "BUG-14")
def test_the_acknowledgement_is_read_before_it_leaves(client: Client) -> None:
    issue, manager = begun(), make_user("manager_cse_csa")
    client.force_login(manager)
    html = act(client, issue, "acknowledge", text="We are on it.").content.decode()
    assert "As everybody will read it" in html
    assert not Remark.objects.exists()
    said = {"text": "We are on it.", "confirmed": "1", "digest": digest_in(html)}
    assert act(client, issue, "acknowledge", **said | {"text": "Another text"}).status_code == 422
    assert act(client, issue, "acknowledge", **said).status_code == 302
    remark = Remark.objects.get()
    assert (remark.by, remark.is_acknowledgement) == (manager, True)
    assert Effect.objects.get(kind="github.comment").order_key == f"issue:{issue.pk}"


@pytest.mark.ledger("BUG-09", "BUG-14")
def test_a_comment_that_names_the_customer_cannot_be_sent(client: Client) -> None:
    make_account(name="Brightforge Metal")
    issue = begun()
    client.force_login(make_user("manager_cse_csa"))
    html = act(client, issue, "acknowledge", text="Brightforge Metal waits.").content.decode()
    assert '<mark class="leak" title="account">Brightforge Metal' in html
    assert '<button class="btn btn-primary">Send it</button>' not in html
    said = {"text": "Brightforge Metal waits.", "confirmed": "1", "digest": digest_in(html)}
    assert act(client, issue, "acknowledge", **said).status_code == 422
    assert not Remark.objects.exists()


@pytest.mark.ledger("BUG-09")
def test_the_link_of_a_comment_that_stands_there_is_enough(client: Client) -> None:
    issue = begun()
    client.force_login(make_user("manager_cse_csa"))
    act(client, issue, "acknowledge", text="", link="https://github.example/c/7")
    assert Investigation.objects.get().acknowledgement == "https://github.example/c/7"
    assert act(client, issue, "acknowledge", text="").status_code == 422


@pytest.mark.ledger("BUG-09")
def test_only_the_manager_acknowledges(client: Client) -> None:
    issue = begun()
    client.force_login(make_user("cse"))
    assert act(client, issue, "acknowledge", text="x").status_code == 403
    assert client.get(f"/stand-up/{issue.pk}/decide/").status_code == 200


# --- deciding ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-10", "BUG-11")
def test_the_decision_comes_with_what_is_known_now(client: Client) -> None:
    issue, person = begun(), make_user("cse")
    client.force_login(person)
    assert act(client, issue, "decide", decision="reproduced").status_code == 422
    html = act(client, issue, "decide", decision="reproduced", text="Logs attached.").content.decode()
    said = {"decision": "reproduced", "text": "Logs attached.", "confirmed": "1", "digest": digest_in(html)}
    assert act(client, issue, "decide", **said).status_code == 302
    cycle = Investigation.objects.get()
    assert (cycle.decision, cycle.decided_by) == ("reproduced", person)
    kinds = Effect.objects.filter(order_key=f"issue:{issue.pk}").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["github.comment", "github.relabel"]


@pytest.mark.ledger("BUG-10", "BUG-12")
def test_nothing_new_has_to_be_said_as_such_and_a_decision_stands(client: Client) -> None:
    issue = begun()
    client.force_login(make_user("cse"))
    assert act(client, issue, "decide", decision="not_reproduced", nothing_new="on").status_code == 302
    assert Effect.objects.get(kind="github.relabel").args["step"] == "not_reproduced"
    assert not Remark.objects.exists()
    assert "Nothing is being investigated" in re.sub(r"\s+", " ", client.get("/stand-up/").content.decode())
    answer = act(client, issue, "decide", decision="reproduced", nothing_new="on")
    assert (answer.status_code, b"decided already" in answer.content) == (422, True)
    assert Investigation.objects.get().decision == "not_reproduced"


@pytest.mark.ledger("BUG-10")
def test_an_issue_that_nobody_here_has_filed_joins_the_cycle_when_it_was_made(client: Client) -> None:
    issue = make_issue(labels=("bug", "~investigate"), created_at=FRIDAY)
    client.force_login(make_user("cse"))
    act(client, issue, "decide", decision="reproduced", nothing_new="on")
    assert Investigation.objects.get().began_at == FRIDAY


@pytest.mark.ledger("BUG-11")
def test_a_decision_stands_after_its_labels_have_followed_and_what_was_said_late_begins_nothing(client: Client) -> None:
    issue, person = begun(), make_user("cse")
    Investigation.objects.get().decide("reproduced", by=person)
    Investigation.objects.get().note_relabelled("reproduced")
    issue.labels.remove(issue.labels.get(name="~investigate"))
    client.force_login(person)
    answer = act(client, issue, "decide", decision="not_reproduced", nothing_new="on")
    assert (answer.status_code, b"decided already" in answer.content) == (422, True)
    Investigation.objects.of_issue(issue).acknowledge("https://github.example/c/7", by=person)
    cycle = Investigation.objects.get()
    assert (cycle.decision, cycle.acknowledged_by) == ("reproduced", person)


def test_a_decision_whose_labels_were_refused_may_be_made_again_within_the_same_days(client: Client) -> None:
    issue, person = begun(), make_user("cse")
    Issue.objects.update(created_at=FRIDAY - timedelta(days=30))
    Investigation.objects.get().decide("reproduced", by=person)
    Investigation.objects.update(refused="forbidden")
    client.force_login(person)
    assert act(client, issue, "decide", decision="not_reproduced", nothing_new="on").status_code == 302
    assert list(Investigation.objects.values_list("began_at", "decision")) == [
        (FRIDAY, "reproduced"),
        (FRIDAY, "not_reproduced"),
    ]
