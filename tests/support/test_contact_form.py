"""The contact form of the web site: a ticket answered by logged mail, an application with a clock of its own."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from fleetcs.models import Effect
from support.models import Ticket
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db

ADA = {"name": "Ada", "email": "Ada@brook.example", "message": "Do you run on boats?"}


@pytest.mark.ledger("INT-11", "INT-01")
def test_a_form_becomes_a_ticket_that_is_not_answered_in_place() -> None:
    account = make_account(domain="brook.example")
    intake.form(**ADA)
    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.source, ticket.account) == ("contact_form", "contact_form", account)
    assert (ticket.sender, ticket.subject) == ("ada@brook.example", "Do you run on boats?")
    message = ticket.messages.get()
    assert (message.kind, message.author_name, message.verified) == ("form", "Ada", False)
    with pytest.raises(ValidationError, match="cannot be replied to here"):
        ticket.answer("Yes.", by=make_user())


@pytest.mark.ledger("INT-10")
def test_an_application_of_friday_afternoon_is_due_on_monday_morning(clock: Clock) -> None:
    clock("2026-01-23T15:30:00-08:00")
    intake.form(**ADA, position="Lighthouse keeper")
    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.details["position_title"]) == ("job_application", "Lighthouse keeper")
    assert ticket.subject == "Application: Lighthouse keeper"
    due = ticket.due_at
    assert due
    assert abs((due - intake.utc("2026-01-26T10:30:00-08:00")).total_seconds()) < 5


@pytest.mark.ledger("INT-10")
def test_an_application_may_leave_the_position_to_be_filled_in() -> None:
    intake.form(**ADA, kind="job_application")
    assert Ticket.objects.get().kind == "job_application"


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.example\nBcc: x@y.example", 7, None])
def test_a_form_without_a_valid_address_waits_in_triage(email: Any) -> None:
    intake.form(**ADA | {"email": email})
    ticket = Ticket.objects.get()
    assert (ticket.sender, ticket.triage_reason) == ("", "the form gives no valid address")


@pytest.mark.parametrize("fields", [{}, {"message": ""}, {"message": ["x"]}, {"message": "\x00"}])
def test_a_form_without_words_is_kept_and_shown_as_unreadable(fields: dict[str, Any]) -> None:
    delivery = intake.form(name="Ada", email="ada@brook.example", **fields)
    assert (delivery.state, delivery.error_code) == ("bad", "the form holds no message")


def test_no_form_breaks_the_intake() -> None:
    intake.form(name="n\x00" * 1000, email="e" * 10**6, message="m\x00\ud800" * 10**5, position="p" * 10**6)
    assert Ticket.objects.get().subject.startswith("Application: ppp")


def test_nobody_can_have_us_write_to_a_stranger_by_the_form() -> None:
    for _ in range(25):
        intake.form(**ADA | {"message": "Buy now: https://spam.example"})
    assert not Effect.objects.exists()


def test_a_form_handled_twice_makes_one_ticket() -> None:
    delivery = intake.form(**ADA)
    delivery.replay(by=make_user())
    intake.inbox.take_now(delivery)
    assert Ticket.objects.count() == 1
