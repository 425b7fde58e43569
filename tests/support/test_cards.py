"""Numbers of cards that customers send all the same are not kept on a ticket (PAY-01, SYS-11)."""

import pytest
from django.apps import apps

from accounts import licenses
from fleetcs import clock
from fleetcs.texts import without_cards
from support.desks import unthread
from support.models import Message
from support.models.taking_over import stored_ticket
from tests.factories import make_account, make_ticket, make_user
from tests.support.desks import conversation

VISA, AMEX, IMEI, ORDER = "4111 1111 1111 1111", "3782-822463-10005", "356938035643809", "4111111111111112"


@pytest.mark.ledger("PAY-01")
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"It is {VISA}, thanks", "It is [card number ending in 1111], thanks"),
        (f"Card:{AMEX}.", "Card:[card number ending in 0005]."),
        ("5555555555554444", "[card number ending in 4444]"),
        (f"The device is {IMEI}", f"The device is {IMEI}"),
        (f"Order {ORDER}", f"Order {ORDER}"),
        ("Call +1 555 0100 or 2026-11-27 13:02:15", "Call +1 555 0100 or 2026-11-27 13:02:15"),
        ("41111111111111111111111", "41111111111111111111111"),
    ],
)
def test_what_looks_like_a_card_is_masked_and_a_serial_number_is_not(written: str, kept: str) -> None:
    assert without_cards(written) == kept


@pytest.mark.django_db
@pytest.mark.ledger("PAY-01")
def test_a_card_in_a_message_of_a_ticket_is_masked_before_it_is_stored() -> None:
    ticket = make_ticket(make_account())
    said = Message.objects.write_down(
        ticket=ticket,
        kind="mail",
        by="customer",
        public=True,
        text=f"Take {VISA}",
        shown=f"Take {VISA}",
        at=ticket.received_at,
    )
    said.refresh_from_db()
    assert (said.text, said.shown) == ("Take [card number ending in 1111]",) * 2
    assert "1111 1111" not in ticket.note(f"They sent {VISA}", by=make_user()).text


@pytest.mark.django_db
@pytest.mark.ledger("PAY-01")
def test_a_card_in_the_subject_of_a_ticket_is_masked_before_it_is_stored() -> None:
    made = make_ticket(make_account(), subject=f"My card {VISA} was charged twice")
    made.refresh_from_db()
    assert made.subject == "My card [card number ending in 1111] was charged twice"


@pytest.mark.django_db
@pytest.mark.ledger("PAY-01")
def test_a_card_in_the_subject_of_a_ticket_that_is_taken_over_is_masked() -> None:
    told = unthread.conversation(conversation(subject=f"My card {VISA} was charged twice"), clock.now())
    assert stored_ticket(told, None).subject == "My card [card number ending in 1111] was charged twice"


@pytest.mark.ledger("SYS-11")
def test_no_table_of_ours_has_a_column_for_a_card() -> None:
    names = [field.name for model in apps.get_models() for field in model._meta.get_fields()]
    assert "expires_on" in names, "the control: columns were read"
    assert [name for name in names if {"card", "cvc", "cvv", "iban", "pan"} & set(name.split("_"))] == []
    assert "card" not in str(licenses.KINDS).lower()
