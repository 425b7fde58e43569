"""The queue as each person wants it: its columns, their order, and values that are changed where they stand."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import ChosenColumns
from fleetcs.working_day import ZONE
from support.kinds import Level
from support.models import Ticket
from support.views.columns import QUEUE
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_ticket, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db
AS_IT_COMES = ["Next due", "Priority", "Ticket", "Whose turn", "Assignee", "Received"]
IN_CELL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "cell"}


@pytest.fixture(autouse=True)
def monday(clock: Any) -> Any:
    return clock(MONDAY_MORNING)


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket(make_account("premium", name="Saltmarsh"), subject="It is slow", priority="P2")


def heads(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/tickets/?{query}").content.decode()
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in found if "Select all" not in one]


def version(ticket: Ticket) -> dict[str, str]:
    ticket.refresh_from_db()
    return {"version": str(ticket.version)}


def test_the_queue_shows_the_columns_that_its_address_asks_for_and_always_the_ticket(ticket: Ticket) -> None:
    client = client_of(make_user("cse"))
    assert heads(client) == AS_IT_COMES
    assert heads(client, "columns=due,account,ticket,level") == ["Next due", "Account", "Ticket", "Support level"]
    assert heads(client, "columns=account,nonsense") == ["Next due", "Ticket", "Account"]


def test_a_colleague_keeps_columns_of_the_queue_that_nobody_else_sees(ticket: Ticket) -> None:
    agent, other = make_user("cse"), make_user("cse")
    said = {"page": "support:queue", "order": ["due", "ticket", "account"], "column": ["ticket", "account"]}
    client_of(agent).post("/views/columns", said | {"keep": "mine"})
    assert ChosenColumns.objects.get(owner=agent).keys == ["due", "ticket", "account"]
    assert heads(client_of(agent)) == ["Next due", "Ticket", "Account"]
    assert heads(client_of(other)) == AS_IT_COMES


def test_every_column_of_the_queue_says_what_the_ticket_says_in_as_many_statements_for_six_tickets(
    ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        channel = make_channel(ticket.account, name=f"help-{number}")
        make_ticket(ticket.account, subject=f"More {number}", priority="P2", channel=channel)
    agent = make_user("cse")
    ticket.log_reply("call", "We called.", at=ticket.received_at, by=agent)
    client = client_of(agent)
    keys = ",".join(column.key for column in QUEUE.columns)
    client.get(f"/tickets/?columns={keys}")
    with django_assert_max_num_queries(8):
        page = client.get(f"/tickets/?columns={keys}").content.decode()
    for label, words in (("Account", "Saltmarsh"), ("Tier at receipt", "Premium"), ("Number", str(ticket.pk))):
        assert re.search(rf'data-label="{label}"[^>]*>{words}<', page)
    assert all(f">help-{number}<" in page for number in range(5))
    assert page.count("<td") == 6 * (len(QUEUE.columns) + 1)


def test_the_assignee_is_changed_in_the_list_and_the_list_is_told(ticket: Ticket) -> None:
    agent, other = make_user("cse"), make_user("cse", name="Robin Reed")
    client, way = client_of(agent), f"/tickets/{ticket.pk}/assign/?cell=assignee"
    assert f'href="{way}"' in client.get("/tickets/").content.decode()
    form = client.get(way, **IN_CELL).content.decode()
    assert form.startswith("<form")
    assert "Robin Reed" in form
    answer = client.post(way, {"person": other.pk, **version(ticket)}, **IN_CELL)
    ticket.refresh_from_db()
    assert ticket.assignee == other
    assert json.loads(answer.headers["HX-Trigger-After-Swap"]) == {
        "ticket-changed": {"words": "Assigned to Robin Reed."}
    }
    assert answer.content.startswith(b'<a class="in-place"')
    assert b"Robin Reed" in answer.content


def test_a_priority_is_lowered_in_the_list_with_a_reason_only(ticket: Ticket) -> None:
    client, way = client_of(make_user("cse")), f"/tickets/{ticket.pk}/priority/?cell=priority"
    refused = client.post(way, {"priority": "P3", **version(ticket)}, **IN_CELL)
    assert (refused.status_code, "<html" in refused.content.decode()) == (422, False)
    assert 'class="field-error"' in refused.content.decode()
    done = client.post(way, {"priority": "P3", "reason": "A way around it", **version(ticket)}, **IN_CELL)
    ticket.refresh_from_db()
    assert (done.status_code, ticket.priority) == (200, "P3")
    assert "P3" in done.content.decode()


def test_what_happened_meanwhile_is_said_in_the_cell_and_one_more_save_writes_over_it(ticket: Ticket) -> None:
    agent = make_user("cse")
    new = next(one for one in Level.values if one != ticket.level)
    client, way, old = client_of(agent), f"/tickets/{ticket.pk}/level/?cell=level", version(ticket)
    ticket.assign(make_user("cse"), by=agent)
    told = client.post(way, {"level": new, **old}, **IN_CELL).content.decode()
    labels = dict(Level.choices)
    assert f"It says now: {labels[ticket.level]}. Yours: {labels[new]}." in told
    assert all(f'name="{name}" value="{value}"' in told for name, value in {"level": new, **version(ticket)}.items())
    client.post(way, {"level": new, **version(ticket)}, **IN_CELL)
    ticket.refresh_from_db()
    assert ticket.level == new


def test_whom_a_colleague_has_assigned_meanwhile_is_said_before_one_writes_over_it(ticket: Ticket) -> None:
    agent, kim, robin = make_user("cse"), make_user("cse", name="Kim Kestrel"), make_user("cse", name="Robin Reed")
    old = version(ticket)
    ticket.assign(kim, by=agent)
    way = f"/tickets/{ticket.pk}/assign/?cell=assignee"
    told = client_of(agent).post(way, {"person": robin.pk, **old}, **IN_CELL).content.decode()
    assert re.search(r"It says now: .*Kim Kestrel.*\. Yours: Robin Reed\.", told)


def test_an_impact_that_grew_later_counts_from_then_in_the_list_too(ticket: Ticket, clock: Any) -> None:
    client, way = client_of(make_user("cse")), f"/tickets/{ticket.pk}/priority/?cell=priority"
    worsened = clock(MONDAY_MORNING + timedelta(hours=2)) - timedelta(minutes=5)
    said = {"priority": "P1", "worsened_at": f"{worsened.astimezone(ZONE):%Y-%m-%dT%H:%M}"}
    assert 'name="worsened_at"' in client.get(way, **IN_CELL).content.decode()
    assert client.post(way, {**said, **version(ticket)}, **IN_CELL).status_code == 200
    ticket.refresh_from_db()
    assert ticket.due_at > worsened


def test_a_cell_is_changed_by_those_alone_who_work_on_the_ticket() -> None:
    csm = make_user("csm")
    mine = make_ticket(make_account("premium", csm=csm), subject="Of mine", priority="P2")
    strange = make_ticket(make_account("premium"), subject="Of others", priority="P2")
    page = client_of(csm).get("/tickets/?view=all").content.decode()
    assert f"/tickets/{mine.pk}/assign/?cell=" in page
    assert f"/tickets/{strange.pk}/assign/?cell=" not in page
    reader = client_of(make_user("cro"))
    assert "?cell=" not in reader.get("/tickets/").content.decode()
    assert reader.get(f"/tickets/{mine.pk}/assign/?cell=assignee", **IN_CELL).status_code == 403


@pytest.mark.parametrize("post", ["cse", "csm", "cro"])
def test_whoever_looks_the_queue_asks_as_often_for_one_ticket_as_for_many(
    post: str, django_assert_max_num_queries: Any
) -> None:
    looking = make_user(post)
    account = make_account("premium", csm=looking if post == "csm" else None)
    for number in range(5):
        make_ticket(account, subject=f"Ticket {number}", priority="P2")
    client = client_of(looking)
    client.get("/tickets/")
    with django_assert_max_num_queries(8):
        assert client.get("/tickets/").content.decode().count("Ticket ") >= 5


def test_without_scripts_the_way_leads_to_the_page_of_the_form(ticket: Ticket) -> None:
    client, way = client_of(make_user("cse")), f"/tickets/{ticket.pk}/assign/?cell=assignee"
    assert "<html" in client.get(way).content.decode()
    assert client.post(way, {"person": "", **version(ticket)}).status_code == 302
