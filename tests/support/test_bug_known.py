"""A bug that is known already, or that is none: a remark to the issue, a link, or nothing at GitHub."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from support.models import BugReport, FollowUp, Investigation, IssueLink, merge
from support.models.bug_search import BugSearch
from tests.factories import make_issue, make_ticket, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.bugs import NAME, customer, filed, suspected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


# --- one that is known, or none ---------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-01")
def test_an_issue_of_the_same_title_is_shown_first_and_what_was_tried_is_kept() -> None:
    body = make_issue(title="Agents vanish", body="All hosts are offline after the upgrade", state="closed")
    same = make_issue(title="Hosts are offline")
    make_issue(title="A report is empty")
    report = BugReport.objects.suspect(make_ticket(customer()), by=make_user())
    search = report.searches.get(words="Hosts are offline")
    assert list(search.shown.order_by("pk")) == [body, same]
    assert report.searches.count() >= 2


@pytest.mark.ledger("BUG-01")
def test_without_a_search_in_words_of_a_persons_own_it_cannot_be_filed() -> None:
    report = suspected()
    report.searches.by_hand().delete()
    assert report.searches.exists()  # what the suspicion has looked for by itself
    with pytest.raises(ValidationError, match="Look for an issue"):
        report.file(report.shown().digest, by=make_user())


@pytest.mark.ledger("BUG-01")
def test_githubs_own_search_is_asked_for_a_persons_words_and_never_for_a_name(standins: StandIns) -> None:
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", {"title": "Enrolment hangs"})
    report, person = suspected(), make_user()
    asked = BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    named = BugSearch.objects.look(report, f"{NAME} hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert [issue.title for issue in asked.found.all()] == ["Enrolment hangs"]
    assert (named.trouble, named.asked_at) == ("confidential", None)
    assert "brightforge" not in str(standins.journal("github")).lower()


@pytest.mark.ledger("BUG-01")
@pytest.mark.parametrize("without", ["GITHUB_CONFIDENTIAL_REPO", "GITHUB_PUBLIC_REPO"])
def test_with_one_repository_githubs_search_is_asked_for_that_one(
    standins: StandIns, settings: Any, without: str
) -> None:
    for repo in (PUBLIC, CONFIDENTIAL):
        standins.as_person("lanternfish-desk", "POST", f"/repos/{repo}/issues", {"title": "Enrolment hangs"})
    setattr(settings, without, "")
    asked = BugSearch.objects.look(suspected(), "enrolment hangs", by=make_user(), at_github=True)
    send_all()
    asked.refresh_from_db()
    [issue] = asked.found.all()
    assert (issue.is_confidential, asked.trouble) == (without == "GITHUB_PUBLIC_REPO", "")


@pytest.mark.ledger("BUG-01")
def test_a_search_that_github_refused_is_asked_again_with_the_same_words(standins: StandIns) -> None:
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", {"title": "Enrolment hangs"})
    standins.turn("github", status_script=[422], times=1, only="/search/issues")
    report, person = suspected(), make_user()
    asked = BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert (asked.trouble != "", asked.found.count()) == (True, 0)
    BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert (asked.trouble, asked.found.count()) == ("", 1)


@pytest.mark.ledger("BUG-01")
def test_a_ticket_is_linked_to_the_issue_that_is_there() -> None:
    issue, report, person = make_issue(), suspected(), make_user()
    report.is_this_one(issue, by=person)
    assert (report.state, report.filed_at) == ("linked", None)
    assert IssueLink.objects.get(ticket=report.ticket).issue == issue
    assert not Investigation.objects.exists()
    with pytest.raises(ValidationError):
        report.file(report.shown().digest, by=person)


@pytest.mark.ledger("TPL-02")
@pytest.mark.parametrize("way", ["filed", "linked"])
def test_the_task_to_file_it_is_done_by_that(way: str) -> None:
    report = suspected()
    task = FollowUp.objects.create(ticket=report.ticket, kind="bug_task")
    if way == "filed":
        filed(report)
    else:
        report.is_this_one(make_issue(), by=make_user())
    task.refresh_from_db()
    assert task.done_at is not None
    assert report.issue is not None
    assert task.link == report.issue.url


def test_suspecting_twice_is_one_suspicion_and_one_that_is_settled_leaves_room_for_another() -> None:
    report, person = suspected(), make_user()
    assert BugReport.objects.suspect(report.ticket, by=person) == report
    report.give_up("It was their proxy", by=person)
    assert BugReport.objects.suspect(report.ticket, by=person) != report


def test_a_bug_goes_on_with_the_ticket_that_its_own_is_merged_into() -> None:
    from_ticket = suspected()
    into = make_ticket(from_ticket.ticket.account)
    merge(from_ticket.ticket, into, by=make_user())
    from_ticket.refresh_from_db()
    assert from_ticket.ticket == into
