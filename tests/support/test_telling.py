"""Answers to customers: links to other customers' issues never leave, other names leave only when they are meant."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Codename
from accounts.models.customer_words import marks_for
from fleetcs import effects
from fleetcs.models import Effect
from support.models import Issue, IssueLink, Message, Ticket
from support.telling import others_named
from tests.factories import MONDAY_MORNING, make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db

REPO = "https://github.com/lanternfish/lanternfish/issues"


@pytest.fixture(autouse=True)
def repositories(settings: Any) -> None:
    settings.GITHUB_PUBLIC_REPO, settings.GITHUB_CONFIDENTIAL_REPO = "lanternfish/lanternfish", "lanternfish/private"


def issue_of(account: Account, number: int = 7, repo: str = "public") -> Issue:
    moments = {"created_at": MONDAY_MORNING, "updated_at": MONDAY_MORNING}
    issue, _ = Issue.objects.get_or_create(repo=repo, number=number, defaults={"title": "Offline", **moments})
    IssueLink.objects.create(issue=issue, account=account, kind="bug")
    return issue


def send(ticket: Ticket, text: str, **fields: str) -> Any:
    client = Client()
    client.force_login(make_user("cse"))
    return client.post(reverse("support:reply", args=[ticket.pk]), {"text": text, **fields})


def answers(ticket: Ticket) -> int:
    return ticket.messages.filter(by="colleague", public=True).count()


@pytest.mark.ledger("BUG-06", "BUG-07")
def test_a_customer_is_sent_the_link_of_its_own_issue_also_when_it_is_others_too() -> None:
    mine, other = make_account(), make_account()
    issue_of(mine)
    issue_of(other)
    assert send(make_ticket(mine), f"It is filed: {REPO}/7").status_code == 302


@pytest.mark.parametrize("text", [f"It is filed: {REPO}/7", "See lanternfish/lanternfish#7", f"{REPO}%2F7"])
def test_the_form_says_why_an_issue_of_others_is_not_sent(text: str) -> None:
    issue_of(make_account())
    ticket = make_ticket(make_account())
    answer = send(ticket, text.replace("issues%2F", "issues/"))
    assert answer.status_code == 422
    assert "#7: a customer is sent links to issues of its own only." in answer.content.decode()
    assert (answers(ticket), Effect.objects.exists()) == (0, False)


def test_the_verb_holds_it_too_for_whoever_calls_it_and_for_customers_nobody_knows_yet() -> None:
    issue_of(make_account())
    for account in (make_account(), None):
        with pytest.raises(ValidationError):
            make_ticket(account).answer(f"{REPO}/7", by=make_user())


def test_nobodys_public_issue_may_be_sent_and_nothing_of_the_confidential_repository() -> None:
    ticket = make_ticket(make_account())
    ticket.answer(f"{REPO}/8", by=make_user())
    with pytest.raises(ValidationError):
        ticket.answer("https://github.com/lanternfish/private/issues/8", by=make_user())


def test_a_call_that_was_made_is_logged_whatever_was_said_and_a_note_is_for_colleagues() -> None:
    issue_of(make_account())
    ticket = make_ticket(make_account())
    ticket.log_reply("call", f"{REPO}/7", at=MONDAY_MORNING, by=make_user())
    ticket.note(f"{REPO}/7", by=make_user())


@pytest.mark.django_db(transaction=True)
def test_an_answer_whose_ticket_has_come_to_be_anothers_is_stopped_before_it_leaves(standins: Any) -> None:
    mine = make_account()
    issue_of(mine)
    ticket = make_ticket(mine)
    ticket.answer(f"{REPO}/7", by=make_user())
    ticket.link_account(make_account(), by=make_user())
    effects.send_rest()
    assert Message.objects.get(ticket=ticket, by="colleague").refused == "others_issue"
    assert standins.mails() == []


# --- names ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-05")
@pytest.mark.parametrize("text", ["As at Helmwind Marine.", "See customer-ceres.", "Like helmwind-marine", "Ceres too"])
def test_another_customers_name_or_a_codename_is_shown_with_its_marks_and_sent_when_it_is_meant(text: str) -> None:
    Codename.objects.assign(make_account(name="Helmwind Marine Ltd"), "Ceres", by=make_user())
    ticket = make_ticket(make_account(name="Brightforge Metal"))
    Effect.objects.all().delete()
    answer = send(ticket, text)
    assert answer.status_code == 422
    assert "<mark" in answer.content.decode()
    assert (answers(ticket), Effect.objects.exists()) == (0, False)
    assert send(ticket, text, names_meant="on").status_code == 302
    assert answers(ticket) == 1


def test_a_customers_own_name_is_not_another_ones_even_when_they_begin_alike() -> None:
    make_account(name="Brightforge Foods")
    ticket = make_ticket(make_account(name="Brightforge Metal"))
    assert others_named("Dear Brightforge Metal, dear Brightforge", ticket) == []
    [other] = others_named("Unlike Brightforge Foods", ticket)
    assert (other.kind, other.start) == ("account", len("Unlike "))


def test_an_answer_and_a_note_to_a_customer_are_held_against_the_same_codenames_and_names() -> None:
    account = make_account(name="Brightforge Metal")
    Codename.objects.assign(make_account(name="Helmwind Marine"), "Ceres", by=make_user())
    text = "As customer-ceres, which is Helmwind Marine, has told Brightforge Metal"
    found = [(mark.start, mark.end, mark.kind) for mark in others_named(text, make_ticket(account))]
    assert found == [(mark.start, mark.end, mark.kind) for mark in marks_for(text, account)]
    assert [kind for _, _, kind in found] == ["codename", "account"]


def test_the_customers_own_name_is_no_warning() -> None:
    make_account(name="Helmwind Marine")
    ticket = make_ticket(make_account(name="Brightforge Metal"))
    assert send(ticket, "Dear Brightforge Metal, all is well.").status_code == 302
