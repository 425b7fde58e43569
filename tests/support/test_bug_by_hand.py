"""A bug that is filed with GitHub's own form, and the cycle of a filed one."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from fleetcs.clients import github
from fleetcs.local.standins.github import PUBLIC
from fleetcs.models import Effect, Event
from support import bug_cycle
from support.models import BugReport, Investigation, IssueLink, Remark
from support.models.remark import digest_of
from support.senders.github_bugs import GithubFind
from tests.factories import make_issue, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.bugs import NAME, filed, labels_there, suspected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


# --- with GitHub's own form -------------------------------------------------------------------------------------------
def by_hand() -> BugReport:
    report = suspected()
    report.file(report.shown().digest, by=make_user(), way="form")
    Effect.objects.all().delete()
    return report


def opened_by_hand(standins: StandIns, report: BugReport, body: str) -> int:
    said = {"title": report.approved_title, "body": body, "labels": ["bug", ":reproduce"]}
    return int(standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", said)["number"])


@pytest.mark.ledger("BUG-07")
@pytest.mark.parametrize("told", [True, False])
def test_an_issue_filed_with_the_form_is_found_by_its_hidden_mark(standins: StandIns, told: bool) -> None:
    report = by_hand()
    number = opened_by_hand(standins, report, report.approved_body)
    report.look_for(number if told else None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.state, report.issue and report.issue.number) == ("filed", number)


@pytest.mark.ledger("BUG-07")
def test_one_without_the_mark_waits_for_a_person_who_confirms_it(standins: StandIns) -> None:
    report = by_hand()
    number = opened_by_hand(standins, report, "Something else")
    report.look_for(None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert report.proposed is not None
    assert (report.state, report.proposed.number) == ("by_hand", number)
    report.confirm(by=make_user())
    assert report.state == "filed"


def test_one_that_is_not_there_is_said_so() -> None:
    report = by_hand()
    report.look_for(4711, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.state, report.refused) == ("by_hand", "not_found")


def test_an_older_issue_of_the_same_title_is_not_the_one_that_was_filed(standins: StandIns, clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    old = {"title": "Hosts go offline", "body": "An old one"}
    number = standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", old)["number"]
    clock.forward(hours=2)
    report = by_hand()
    said = {"body": "It changes just now"}
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues/{number}/comments", said)
    report.look_for(None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.proposed, report.refused) == (None, "not_found")


def test_an_answer_for_an_approval_that_is_withdrawn_or_given_up_changes_nothing(standins: StandIns) -> None:
    report, person = by_hand(), make_user()
    opened_by_hand(standins, report, "Something else")
    report.look_for(None, by=person)
    found = GithubFind().send(Effect.objects.get(kind="github.find"))
    report.give_up("It was their proxy", by=person)
    with transaction.atomic():
        GithubFind().settle(Effect.objects.get(kind="github.find"), found)
    report.refresh_from_db()
    assert (report.state, report.issue, report.proposed) == ("given_up", None, None)


def test_who_has_an_old_copy_of_a_report_does_not_undo_that_it_was_given_up() -> None:
    old, issue = suspected(), make_issue()
    BugReport.objects.get(pk=old.pk).give_up("It was their proxy", by=make_user())
    old.become(issue, by=None)
    old.refresh_from_db()
    assert (old.state, IssueLink.objects.exists()) == ("given_up", False)


# --- the cycle --------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-11", "BUG-12")
@pytest.mark.parametrize(
    ("decision", "labels"), [("reproduced", {":product"}), ("not_reproduced", {":incoming", ":reproduce"})]
)
def test_the_second_days_decision_changes_the_labels(decision: str, labels: set[str]) -> None:
    report = filed(suspected())
    Investigation.objects.get().decide(decision, by=make_user())
    send_all()
    assert labels_there(report) == {"bug", ":help-customers", "customer-ceres"} | labels
    cycle = Investigation.objects.get()
    assert cycle.relabelled_at is not None
    assert cycle.drift([label.name for label in cycle.issue.labels.all()]) == []


@pytest.mark.ledger("BUG-08")
def test_labels_that_somebody_changes_afterwards_are_flagged(standins: StandIns) -> None:
    report = filed(suspected())
    assert report.issue is not None
    cycle, number = Investigation.objects.get(), report.issue.number
    assert cycle.drift(sorted(labels_there(report))) == []
    github.remove_label("public", number, bug_cycle.HELP_CUSTOMERS)
    assert cycle.drift(sorted(labels_there(report))) == [":help-customers is missing"]


@pytest.mark.ledger("BUG-09")
def test_the_managers_comment_is_the_acknowledgement_and_is_said_once(standins: StandIns) -> None:
    report, manager, text = filed(suspected()), make_user("manager_cse_csa"), "We are on it."
    assert report.issue is not None
    standins.turn("github", p_lost=1, times=1, only="POST .*/comments$")
    Remark.objects.say(report.issue, text, digest_of(text), by=manager, is_acknowledgement=True)
    send_all()
    [comment] = standins.github()["comments"]
    assert comment["body"].startswith("We are on it.")
    cycle = Investigation.objects.get()
    assert cycle.acknowledged_by == manager
    assert str(comment["id"]) in cycle.acknowledgement


@pytest.mark.ledger("BUG-09", "BUG-14")
def test_a_comment_that_names_the_customer_is_stopped_too(standins: StandIns) -> None:
    report, text = filed(suspected()), f"{NAME} says so."
    assert report.issue is not None
    with pytest.raises(ValidationError):
        Remark.objects.say(report.issue, text, digest_of(text), by=make_user())
    assert standins.github()["comments"] == []


def test_neither_history_nor_queue_says_account_and_codename_together() -> None:
    report = filed(suspected())
    told = str([*Event.objects.of(report.ticket).values("facts"), *Effect.objects.values("args", "key", "order_key")])
    assert "ceres" not in told.lower()
    assert "brightforge" not in told.lower()
    assert "Hosts" not in str(report)
