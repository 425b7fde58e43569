"""One act on many tickets: its effect is shown first, every row is done by itself, and assigning can be taken back."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetcs.models import Event, User
from support.models import Batch, Ticket
from tests.factories import make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client: Client) -> User:
    agent = make_user("cse")
    client.force_login(agent)
    return agent


def begin(client: Client, tickets: Sequence[Ticket], **fields: Any) -> HttpResponse:
    pks = ",".join(str(ticket.pk) for ticket in tickets)
    return client.post("/tickets/bulk/apply/", {"pk": pks, "form_token": "t1", **fields})


def refresh(*tickets: Ticket) -> list[Ticket]:
    return [Ticket.objects.get(pk=ticket.pk) for ticket in tickets]


def test_the_effect_is_shown_before_anything_is_done(client: Client, agent: User) -> None:
    account = make_account("premium")
    one, two = make_ticket(account, subject="one"), make_ticket(account, subject="two", assignee=agent)
    answer = client.post("/tickets/bulk/", {"act": "assign", "person": "me", "pk": [one.pk, two.pk]})
    page = answer.content.decode()
    assert f"Nobody → {agent.name}" in page
    assert f"It is {agent.name}&#x27;s already." in page
    assert [ticket.assignee for ticket in refresh(one, two)] == [None, agent]
    assert Batch.objects.count() == 0
    assert not Event.objects.filter(verb="assigned").exists()


def test_assigning_goes_back_to_the_list_with_a_way_to_undo_it(client: Client, agent: User) -> None:
    one, two = make_ticket(subject="one", assignee=make_user("cse")), make_ticket(subject="two")
    before = one.assignee
    answer = begin(client, [one, two], act="assign", person=str(agent.pk), query="view=unassigned")
    assert answer.headers["Location"] == "/tickets/?view=unassigned"
    assert [ticket.assignee for ticket in refresh(one, two)] == [agent, agent]
    assert Event.objects.filter(verb="assigned", by=agent).count() == 2
    batch = Batch.objects.get()
    assert f"/tickets/bulk/{batch.pk}/undo/" in client.get("/tickets/").content.decode()
    client.post(f"/tickets/bulk/{batch.pk}/undo/")
    assert [ticket.assignee for ticket in refresh(one, two)] == [before, None]


def test_what_was_somebodys_who_has_left_is_not_given_back_to_them(client: Client, agent: User) -> None:
    gone, here = make_user("cse"), make_user("cse")
    one, two = make_ticket(assignee=gone), make_ticket(assignee=here)
    begin(client, [one, two], act="assign", person="me")
    gone.leave(by=make_user("administrator"))
    answer = client.post(f"/tickets/bulk/{Batch.objects.get().pk}/undo/", follow=True)
    assert f"{gone.name} has left: nobody would see it there." in answer.content.decode()
    assert [ticket.assignee for ticket in refresh(one, two)] == [agent, here]


def test_what_has_moved_on_since_is_not_undone(client: Client, agent: User) -> None:
    one, two = make_ticket(), make_ticket()
    begin(client, [one, two], act="assign", person="me")
    other = make_user("cse")
    refresh(one)[0].assign(other, by=other)
    batch = Batch.objects.get()
    page = client.post(f"/tickets/bulk/{batch.pk}/undo/", follow=True).content.decode()
    assert "Somebody else has assigned it since." in page
    assert [ticket.assignee for ticket in refresh(one, two)] == [other, None]
    again = client.post(f"/tickets/bulk/{batch.pk}/undo/", follow=True).content.decode()
    assert "nothing to undo" in again


def test_each_row_that_is_refused_says_why_and_the_others_are_done(client: Client, agent: User) -> None:
    premium = make_account("premium")
    low, high = make_ticket(premium, priority="P3"), make_ticket(premium, priority="P1")
    done = make_ticket(premium, priority="P3")
    done.resolve(by=agent, outcome="faq_updated")
    answer = begin(client, [low, high, done], act="priority", priority="P2")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Say why the priority is lowered." in page
    assert "It is resolved already." in page
    assert "P3 → P2, due" in page
    assert [ticket.priority for ticket in refresh(low, high, done)] == ["P2", "P1", "P3"]
    assert "1 done · 2 refused" in page


@pytest.mark.ledger("DOC-03")
def test_resolving_many_asks_what_became_of_the_documentation(client: Client, agent: User) -> None:
    one, two = make_ticket(), make_ticket()
    preview = client.post("/tickets/bulk/", {"act": "resolve", "pk": [one.pk]}).content.decode()
    assert "Say what became of the documentation." in preview
    assert 'name="outcome"' in preview
    begin(client, [one, two], act="resolve", outcome="not_possible", note="Asked by telephone only")
    assert all(ticket.resolved_at and ticket.next_due_at is None for ticket in refresh(one, two))


def test_people_change_only_what_is_theirs(client: Client) -> None:
    manager = make_user("csm")
    mine, other = make_ticket(make_account("premium", csm=manager)), make_ticket(make_account("premium"))
    client.force_login(manager)
    answer = begin(client, [mine, other], act="priority", priority="P1")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Not yours" in page
    assert [ticket.priority for ticket in refresh(mine, other)] == ["P1", "P2"]


def test_what_one_may_not_see_is_not_there_and_shows_no_subject() -> None:
    seller = make_user("ae")
    ticket = make_ticket(make_account("premium"), subject="Confidential words")
    effect = Batch(by=seller, act="priority", change={"priority": "P1"}).preview([ticket.pk])[0]
    assert (effect.done, effect.subject) == (False, "")


def test_whoever_works_on_no_ticket_has_no_such_page(client: Client) -> None:
    ticket = make_ticket()
    client.force_login(make_user("ae"))
    assert begin(client, [ticket], act="assign", person="me").status_code == 404
    assert client.post("/tickets/bulk/", {"act": "assign", "person": "me", "pk": ticket.pk}).status_code == 404


def test_all_that_match_means_those_that_the_address_finds(client: Client, agent: User) -> None:
    premium = make_account("premium")
    for number in range(60):
        make_ticket(premium, subject=f"{number}", priority="P3")
    other = make_ticket(premium, priority="P1")
    answer = client.post("/tickets/bulk/", {"act": "assign", "person": "me", "all": "true", "query": "priority=P3"})
    page = answer.content.decode()
    assert "Assign 60 tickets" in page
    assert "to the first 50" in page
    assert str(other.pk) not in answer.context["pks"]
    assert len(answer.context["pks"]) == 60


def test_a_long_one_goes_in_steps_and_says_how_far_it_is(client: Client, agent: User) -> None:
    tickets = [make_ticket() for _ in range(60)]
    place = begin(client, tickets, act="assign", person="me").headers["Location"]
    assert Ticket.objects.filter(assignee=agent).count() == 50
    page = client.get(place).content.decode()
    assert "50 of 60 looked at" in page
    assert "Go on with the other 10" in page
    client.post(f"{place}step/")
    assert Ticket.objects.filter(assignee=agent).count() == 60
    client.post(f"{place}step/")
    assert Batch.objects.get().total == 60


def test_pressing_twice_does_it_once(client: Client, agent: User) -> None:
    ticket = make_ticket()
    first, second = (begin(client, [ticket], act="assign", person="me") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Batch.objects.count() == 1
    assert Event.objects.filter(verb="assigned").count() == 1


def test_a_batch_is_nobody_elses(client: Client, agent: User) -> None:
    begin(client, [make_ticket()], act="assign", person="me")
    client.force_login(make_user("cse"))
    batch = Batch.objects.get()
    for where in ("", "step/", "undo/"):
        ask = client.post if where else client.get
        assert ask(f"/tickets/bulk/{batch.pk}/{where}").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"act": "assign"},
        {"act": "assign", "person": "99999999999999999999"},
        {"act": "priority"},
        {"act": "delete"},
        {"act": "priority", "priority": "P4"},
        {"act": "assign", "person": "me", "pk": "x,-1,99999999999999999999"},
        {"act": "assign", "person": "me", "all": "true", "query": "received_from=x"},
    ],
)
def test_odd_forms_are_refused_with_the_reason(client: Client, agent: User, fields: Any) -> None:
    ticket = make_ticket()
    sent = {"pk": ticket.pk, **fields}
    assert client.post("/tickets/bulk/", sent).status_code == 422
    assert client.post("/tickets/bulk/apply/", sent | {"form_token": "x"}).status_code == 422
    assert refresh(ticket)[0].version == ticket.version


def test_a_long_address_is_read_to_its_end_or_refused(client: Client, agent: User) -> None:
    make_ticket(subject="one")
    long = "sort=received&rest=" + "x" * 2_000 + "&q=nothing+of+that+kind"
    sent = {"act": "assign", "person": "me", "all": "true"}
    assert client.post("/tickets/bulk/", sent | {"query": long}).context["pks"] == []
    assert client.post("/tickets/bulk/", sent | {"query": "x" * 9_000}).status_code == 400
