"""Two tickets that have to do with each other and both go on: a link, which is no merge."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from fleetcs.models import Event
from support.models import TicketRelation, relate, unrelate
from tests.factories import make_account, make_ticket, make_user
from tests.support.desks import closed, imported, only_ticket

pytestmark = pytest.mark.django_db


def verbs(ticket: Any) -> list[tuple[str, int]]:
    told = Event.objects.of(ticket).filter(verb__in=["related", "unrelated"]).order_by("pk")
    return [(event.verb, event.facts["to"]) for event in told]


@pytest.mark.ledger("SYS-05")
def test_a_link_stands_once_and_in_both_histories() -> None:
    imported("unthread", closed())
    old, new, by = only_ticket(), make_ticket(make_account()), make_user()
    assert [relate(new, old, by=by), relate(old, new, by=by), relate(new, old, by=by)] == [True, False, False]
    assert TicketRelation.objects.count() == 1
    assert (verbs(old), verbs(new)) == ([("related", new.pk)], [("related", old.pk)])
    assert [unrelate(old, new, by=by), unrelate(old, new, by=by)] == [True, False]
    assert verbs(new) == [("related", old.pk), ("unrelated", old.pk)]


def test_a_ticket_is_not_linked_to_itself() -> None:
    one = make_ticket()
    with pytest.raises(ValidationError, match="cannot be linked to itself"):
        relate(one, one, by=make_user())


def test_both_pages_show_the_link_and_a_form_makes_and_takes_it(client: Client) -> None:
    client.force_login(make_user("cse"))
    one, other = make_ticket(subject="Offline in the lab"), make_ticket(subject="Offline in the barn")
    assert client.post(f"/tickets/{one.pk}/relate/", {"to": other.pk}).status_code == 302
    assert "Offline in the lab" in client.get(f"/tickets/{other.pk}/").content.decode()
    shown = client.get(f"/tickets/{one.pk}/").content.decode()
    assert "Offline in the barn" in shown
    assert f"linked it to ticket #{other.pk}" in shown
    client.post(f"/tickets/{one.pk}/relate/", {"to": other.pk, "away": "on"})
    assert "Offline in the lab" not in client.get(f"/tickets/{other.pk}/").content.decode()


@pytest.mark.parametrize("to", ["", "x", "0", "999999999"])
def test_a_number_that_is_no_ticket_is_said_at_the_form(client: Client, to: str) -> None:
    client.force_login(make_user("cse"))
    assert client.post(f"/tickets/{make_ticket().pk}/relate/", {"to": to}).status_code == 422
