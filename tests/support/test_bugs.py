"""The pages on which a bug is suspected, looked for, written, read and filed."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Codename
from fleetcs.models import Effect, Event, User
from support.models import BugReport, Issue, NotDuplicate, Ticket
from tests.factories import make_account, make_issue, make_ticket, make_user
from tests.support.bugs import DETAILS, NAME

pytestmark = pytest.mark.django_db

FORM = DETAILS | {"title": "Hosts go offline", "reproduced_by_us": "on", "steps": "Enroll a host", "repo": "public"}


@pytest.fixture
def ticket() -> Ticket:
    account = make_account(name=NAME, csm=make_user("csm", name="Ines Faber"))
    Codename.objects.assign(account, "Ceres", by=make_user())
    return make_ticket(account)


@pytest.fixture
def cse(client: Client) -> User:
    person = make_user("cse")
    client.force_login(person)
    return person


def at(client: Client, ticket: Ticket, what: str = "") -> str:
    answer = client.get(f"/tickets/{ticket.pk}/bug/{what}")
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, ticket: Ticket, what: str, **said: Any) -> HttpResponse:
    return client.post(f"/tickets/{ticket.pk}/bug/{what}/", said)  # type: ignore[return-value]


def suspected(client: Client, ticket: Ticket) -> BugReport:
    assert send(client, ticket, "suspect").status_code == 302
    return ticket.bugs.get()


def looked_for(client: Client, ticket: Ticket) -> BugReport:
    """Suspected, and looked for with other words."""
    report = suspected(client, ticket)
    assert send(client, ticket, "similar", words="goes offline").status_code == 302
    return report


@pytest.mark.ledger("BUG-01", "BUG-07")
def test_one_click_suspects_and_shows_what_is_known_the_same_title_first(
    client: Client, cse: User, ticket: Ticket
) -> None:
    make_issue(title="Hosts are offline at night", state="closed")
    make_issue(title="Hosts are offline")
    report = suspected(client, ticket)
    html = at(client, ticket, "similar/")
    assert html.index("The same title") < html.index("Hosts are offline at night")
    assert report.suspected_by == cse
    assert "Suspected" in at(client, ticket)


@pytest.mark.ledger("BUG-01")
def test_not_a_duplicate_is_remembered_for_this_ticket(client: Client, cse: User, ticket: Ticket) -> None:
    issue = make_issue(title="Hosts are offline")
    suspected(client, ticket)
    send(client, ticket, "not-same", issue=issue.pk)
    html = at(client, ticket, "similar/")
    assert "1 looked at: not the same" in html
    assert "It is this one" not in html
    assert NotDuplicate.objects.get().ticket == ticket


def test_it_is_this_one_ties_the_ticket_to_the_issue(client: Client, cse: User, ticket: Ticket) -> None:
    issue = make_issue(title="Hosts are offline")
    suspected(client, ticket)
    assert send(client, ticket, "same", issue=issue.pk)["Location"] == f"/tickets/{ticket.pk}/"
    assert "Known already" in at(client, ticket)
    assert send(client, ticket, "same", issue="9999999").status_code == 404


def test_confidential_issues_are_found_only_by_those_who_may_know_codenames(client: Client, ticket: Ticket) -> None:
    make_issue(title="Hosts are offline", repo="confidential")
    client.force_login(make_user("cse"))
    suspected(client, ticket)
    assert "Confidential repository" in at(client, ticket, "similar/")
    client.force_login(ticket.account.csm)  # type: ignore[union-attr, arg-type]
    assert "It is this one" not in at(client, ticket, "similar/")


@pytest.mark.ledger("BUG-01")
def test_other_words_are_kept_and_asked_at_github_but_never_the_customers_name(
    client: Client, cse: User, ticket: Ticket, settings: Any, clock: Any
) -> None:
    clock("2026-01-12T10:00:00-08:00")
    settings.GITHUB_PUBLIC_REPO = "lanternfish/lanternfish"
    suspected(client, ticket)
    send(client, ticket, "similar", words="enrolment hangs")
    assert "search is under way" in at(client, ticket, "similar/")
    send(client, ticket, "similar", words=f"hangs at {NAME}")
    assert "the words name the customer" in at(client, ticket, "similar/")
    assert Effect.objects.filter(kind="github.search").count() == 1
    clock.forward(minutes=1)
    html = at(client, ticket, "similar/")
    assert ("GitHub does not answer" in html, "search is under way" in html) == (True, False)


def test_without_a_line_to_github_the_page_says_that_it_was_not_asked(
    client: Client, cse: User, ticket: Ticket
) -> None:
    suspected(client, ticket)
    send(client, ticket, "similar", words="enrolment hangs")
    assert "it is not connected yet" in at(client, ticket, "similar/")
    assert not Effect.objects.filter(kind__in=["github.search", "github.template"]).exists()


@pytest.mark.ledger("BUG-03", "BUG-04", "BUG-14")
def test_each_missing_field_has_its_own_message_and_what_was_typed_stays(
    client: Client, cse: User, ticket: Ticket
) -> None:
    suspected(client, ticket)
    answer = send(client, ticket, "file", title="Hosts go offline", repo="confidential", actual="They go offline")
    html = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "Web browser: fill it in",
        "Server version: fill it in",
        "what the customer did",
        "may not be public",
    ):
        assert words in html
    assert "They go offline" in html


@pytest.mark.ledger("BUG-01")
def test_the_report_is_not_read_before_somebody_has_looked_in_their_own_words(
    client: Client, cse: User, ticket: Ticket
) -> None:
    suspected(client, ticket)
    assert "Look first" in at(client, ticket, "file/")
    assert "Look for an issue of the same first" in send(client, ticket, "file", **FORM).content.decode()
    send(client, ticket, "similar", words="goes offline")
    assert "Look first" not in at(client, ticket, "file/")
    assert "The scan found nothing" in send(client, ticket, "file", **FORM).content.decode()


@pytest.mark.ledger("BUG-14")
def test_public_is_what_is_offered(client: Client, cse: User, ticket: Ticket) -> None:
    suspected(client, ticket)
    html = at(client, ticket, "file/")
    assert re.search(r'value="public"[^>]*checked', html)


@pytest.mark.ledger("BUG-02", "BUG-07", "BUG-14")
def test_it_is_shown_as_everybody_will_read_it_and_filed_as_it_was_shown(
    client: Client, cse: User, ticket: Ticket
) -> None:
    report = looked_for(client, ticket)
    html = send(client, ticket, "file", **FORM).content.decode()
    assert "The scan found nothing" in html
    assert "customer-ceres" in html
    digest = re.search(r'name="digest" value="(\w+)"', html)
    assert digest is not None
    assert send(client, ticket, "file", confirmed="1", digest="another").status_code == 422
    assert send(client, ticket, "file", confirmed="1", digest=digest[1]).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.approved_by) == ("leaving", cse)
    assert Effect.objects.get(kind="github.issue").args == {"bug": report.pk}


@pytest.mark.ledger("BUG-02", "BUG-14")
def test_the_customers_name_is_marked_and_stops_it(client: Client, cse: User, ticket: Ticket) -> None:
    report = looked_for(client, ticket)
    html = send(client, ticket, "file", **FORM | {"steps": f"Sign in as {NAME} Inc."}).content.decode()
    assert re.search(rf'<mark class="leak" title="account">{NAME}', html)
    assert "It is stopped:" in html
    assert "File it with" not in html
    answer = send(client, ticket, "file", confirmed="1", digest=report.shown().digest)
    assert answer.status_code == 422
    assert not Effect.objects.filter(kind="github.issue").exists()


def test_reading_it_with_the_codename_on_it_is_written_down(client: Client, cse: User, ticket: Ticket) -> None:
    looked_for(client, ticket)
    looked = Event.objects.filter(verb="codename_looked_up", by=cse)
    assert "customer-ceres" not in at(client, ticket, "file/")
    assert not looked.exists()
    send(client, ticket, "file", **FORM)
    assert looked.count() == 1


@pytest.mark.ledger("BUG-02")
def test_an_account_without_a_codename_leads_to_choosing_one(client: Client, cse: User) -> None:
    account = make_account(name="Otter Pond")
    ticket = make_ticket(account)
    suspected(client, ticket)
    assert f"/accounts/{account.pk}/codename/choose" in at(client, ticket, "file/")
    assert "no codename yet" in send(client, ticket, "file", **FORM).content.decode()


@pytest.mark.ledger("BUG-07")
def test_githubs_own_form_is_offered_prefilled(client: Client, cse: User, ticket: Ticket, settings: Any) -> None:
    settings.GITHUB_PUBLIC_REPO = "lanternfish/lanternfish"
    report = looked_for(client, ticket)
    send(client, ticket, "file", **FORM)
    report.refresh_from_db()
    ticket.refresh_from_db()
    report = ticket.bugs.get()
    send(client, ticket, "file", confirmed="1", digest=report.shown().digest, way="form")
    html = at(client, ticket)
    assert "labels=bug,:reproduce&amp;template=bug-report.md" in html
    assert report.marker in html
    assert not Effect.objects.filter(kind="github.issue").exists()
    assert send(client, ticket, "find", number="no number").status_code == 422
    assert send(client, ticket, "find", number="https://github.example/x/issues/7/").status_code == 302
    assert Effect.objects.get(kind="github.find").args == {"bug": report.pk, "number": 7, "round": 1}


def test_no_bug_after_all_needs_a_reason(client: Client, cse: User, ticket: Ticket) -> None:
    suspected(client, ticket)
    assert send(client, ticket, "give-up").status_code == 422
    send(client, ticket, "give-up", because="Their proxy")
    assert "Their proxy" in at(client, ticket)


@pytest.mark.ledger("BUG-13")
def test_the_five_ways_are_on_the_card_and_a_call_offers_the_accounts_csm(
    client: Client, cse: User, ticket: Ticket
) -> None:
    suspected(client, ticket)
    html = at(client, ticket)
    assert html.count("bug/step/?step=") == 5
    assert 'value="Ines Faber"' in at(client, ticket, "step/?step=call")
    answer = client.post(f"/tickets/{ticket.pk}/bug/step/?step=time", {"minutes": "61"})
    assert (answer.status_code, b"At most 60 minutes" in answer.content) == (422, True)
    client.post(f"/tickets/{ticket.pk}/bug/step/?step=time", {"minutes": "60"})
    assert "60 minutes" in at(client, ticket)


def test_who_may_not_know_the_codename_sees_that_it_is_filed_and_not_as_what(client: Client, ticket: Ticket) -> None:
    report = BugReport.objects.suspect(ticket, by=make_user())
    issue: Issue = make_issue(title="Hosts go offline")
    report.is_this_one(issue, by=make_user())
    client.force_login(make_user("bizops"))
    html = at(client, ticket)
    assert issue.title not in html.replace(ticket.subject, "")
    assert "Not yours to see" in html


def test_the_tickets_page_has_the_card_and_one_key_for_it(client: Client, cse: User, ticket: Ticket) -> None:
    html = client.get(f"/tickets/{ticket.pk}/").content.decode()
    assert f'hx-get="/tickets/{ticket.pk}/bug/"' in html
    assert re.search(r'data-key="b"[^>]*>.*Suspect a bug', html)
