"""The queue shows what waits, in the order of the promises, to those who may see it, at one cost for any number."""

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs.models import SavedView, User
from support.models import Ticket
from tests.factories import MONDAY_MORNING, make_account, make_message, make_ticket, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def monday(clock: Any) -> datetime:
    return clock(MONDAY_MORNING + HOUR)


def subjects(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/tickets/?{query}")
    assert answer.status_code == 200
    return [ticket.subject for ticket in answer.context["listing"].rows]


def answered(ticket: Ticket, by: User, *, after: Any = timedelta(minutes=5)) -> Ticket:
    ticket.log_reply("call", "We called.", at=ticket.received_at + after, by=by)
    return ticket


@pytest.mark.ledger("SLA-24")
def test_unconfirmed_tickets_stand_on_top_until_somebody_confirms_them(client: Client) -> None:
    account, agent = make_account("ultimate"), make_user("cse")
    make_ticket(account, subject="Urgent, confirmed", priority="P0")
    late = make_ticket(make_account(None), subject="Nobody has looked", received_at=MONDAY_MORNING + HOUR / 2)
    client.force_login(agent)
    assert subjects(client) == ["Nobody has looked", "Urgent, confirmed"]
    assert "P2 unconfirmed" in client.get("/tickets/").content.decode()
    late.set_priority("P3", by=agent)
    assert subjects(client) == ["Urgent, confirmed", "Nobody has looked"]


def test_below_them_the_soonest_due_comes_first(client: Client) -> None:
    account = make_account("premium")
    for minutes in (30, 10, 20):
        received = MONDAY_MORNING + HOUR * (60 - minutes) / 60
        make_ticket(account, subject=f"{minutes} min old", priority="P1", received_at=received)
    client.force_login(make_user("cse"))
    assert subjects(client) == ["30 min old", "20 min old", "10 min old"]
    assert subjects(client, "sort=-received") == ["10 min old", "20 min old", "30 min old"]


def test_each_view_holds_exactly_its_tickets(client: Client, clock: Any) -> None:
    account, me, other = make_account("premium"), make_user("cse"), make_user("cse")
    make_ticket(account, subject="mine", assignee=me, priority="P3")
    make_ticket(account, subject="late", assignee=other, priority="P0", received_at=MONDAY_MORNING - 9 * HOUR)
    answered(make_ticket(account, subject="answered", assignee=other, priority="P3"), other)
    done = answered(make_ticket(account, subject="done", assignee=other, priority="P3"), other)
    done.resolve(by=other, outcome="faq_updated")
    make_ticket(account, subject="nobody's", priority="P3", received_at=MONDAY_MORNING - timedelta(days=5))
    client.force_login(me)
    found = {
        view: set(subjects(client, f"view={view}"))
        for view in ("mine", "unassigned", "breaching", "us", "customer", "overnight", "resolved", "all")
    }
    assert found["mine"] == {"mine"}
    assert found["unassigned"] == {"nobody's"}
    assert "late" in found["breaching"]
    assert "answered" not in found["breaching"]
    assert found["us"] == {"mine", "late", "nobody's"}
    assert found["customer"] == {"answered"}
    assert found["overnight"] == {"mine", "late"}
    assert found["resolved"] == {"done"}
    assert found["all"] == {"mine", "late", "answered", "done", "nobody's"}
    assert set(subjects(client)) == {"mine", "late", "answered", "nobody's"}


def test_filters_narrow_it_down_and_say_so_as_chips(client: Client) -> None:
    acme, other = make_account("premium", name="Saltmarsh Biotech"), make_account("free")
    make_ticket(acme, subject="one", priority="P1", source="manual")
    make_ticket(other, subject="two", priority="P3")
    client.force_login(make_user("cse"))
    assert subjects(client, "priority=P1") == ["one"]
    assert subjects(client, "tier=free") == ["two"]
    assert subjects(client, "promise=none") == ["two"]
    assert subjects(client, "account=saltmarsh") == subjects(client, f"account={acme.pk}") == ["one"]
    assert subjects(client, "source=manual&level=in_depth&assignee=nobody") == ["one"]
    assert subjects(client, "received_from=2026-01-12&received_to=2026-01-12") == ["one", "two"]
    assert subjects(client, "received_to=2026-01-11") == []
    page = client.get("/tickets/?priority=P1&tier=premium").context["listing"]
    chips = [(chip.label, chip.remove_url) for chip in page.chips]
    assert chips == [("Priority", "?tier=premium"), ("Tier", "?priority=P1")]
    assert page.count_text == "1 ticket"


@pytest.mark.ledger("SLA-10")
def test_free_has_no_guaranteed_resolution_and_the_others_say_how_long_is_left(client: Client) -> None:
    make_ticket(make_account("free"), subject="free")
    make_ticket(
        make_account("ultimate"), subject="soon", priority="P0", received_at=MONDAY_MORNING + HOUR / 2 + HOUR / 90
    )
    client.force_login(make_user("cse"))
    page = client.get("/tickets/").content.decode()
    assert "no guaranteed resolution" in page
    assert "30 min left" in page
    assert "Needs first response" in page


def test_a_kept_a_missed_and_a_withdrawn_promise_read_so(client: Client) -> None:
    agent, account = make_user("cse"), make_account("ultimate")
    answered(make_ticket(account, subject="kept", priority="P0"), agent)
    early = MONDAY_MORNING - 20 * HOUR
    answered(make_ticket(account, subject="missed", priority="P0", received_at=early), agent, after=19 * HOUR)
    make_ticket(account, subject="withdrawn", priority="P3").resolve(by=agent, outcome="faq_updated")
    client.force_login(agent)
    rows = {row.subject: row.next for row in client.get("/tickets/?view=all").context["rows"]}
    assert {subject: pill.rpartition("/svg>")[2] for subject, pill in rows.items()} == {
        "kept": "Kept</span>",
        "missed": "Missed</span>",
        "withdrawn": "Withdrawn</span>",
    }


def test_people_see_what_is_theirs_to_see(client: Client) -> None:
    seller = make_user("ae")
    make_ticket(make_account("premium", ae=seller), subject="of my account")
    make_ticket(make_account("premium"), subject="of somebody else's")
    client.force_login(seller)
    assert subjects(client) == ["of my account"]
    assert subjects(client, "q=somebody") == []
    client.force_login(make_user(None))
    assert client.get("/tickets/").status_code == 404
    client.force_login(make_user("administrator"))
    assert client.get("/tickets/").status_code == 404


@pytest.mark.parametrize("query", ["", "view=breaching", "q=works", "priority=P2&assignee=me"])
def test_it_asks_the_database_the_same_eight_times_for_25_and_for_200_tickets(client: Client, query: str) -> None:
    account, agent = make_account("premium"), make_user("cse")
    client.force_login(agent)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE support_message")  # how common words are is the database's estimate of what was there
    statements = []
    for many in (25, 175):
        for _ in range(many):
            Ticket.objects.create(
                subject="It works",
                source="email",
                account=account,
                tier="premium",
                assignee=agent,
                received_at=MONDAY_MORNING,
                queue_at=MONDAY_MORNING,
                next_due_at=MONDAY_MORNING,
            )
        client.get(f"/tickets/?{query}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/tickets/?{query}").status_code == 200
        statements.append(len(asked))
    assert statements[0] == statements[1] <= (13 if "q=" in query else 8)


def test_fifty_rows_a_page_and_the_next_page_goes_on_where_it_ended(client: Client) -> None:
    account = make_account("premium")
    for number in range(60):
        Ticket.objects.create(
            subject=f"{number:02}",
            source="email",
            account=account,
            tier="premium",
            received_at=MONDAY_MORNING,
            queue_at=MONDAY_MORNING + number * HOUR / 60,
        )
    client.force_login(make_user("cse"))
    first = client.get("/tickets/").context["listing"]
    second = client.get(f"/tickets/{first.next_url}").context["listing"]
    assert [ticket.subject for ticket in first.rows + second.rows] == [f"{number:02}" for number in range(60)]
    assert (len(first.rows), second.next_url) == (50, "")


def test_the_file_holds_what_the_list_shows(client: Client) -> None:
    make_ticket(make_account("premium", name="Saltmarsh"), subject="=2+5", priority="P1")
    make_ticket(make_account("premium"), subject="other", priority="P3")
    client.force_login(make_user("cse"))
    answer = client.get("/tickets/?priority=P1&format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Subject"], row["Account"], row["Priority"]) for row in rows] == [("'=2+5", "Saltmarsh", "P1")]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("received_from=yesterday", 422),
        ("assignee=99999999999999999999999", 422),
        ("q=%00", 422),
        ("priority=P4", 422),
        ("account=" + "9" * 40, 200),
        ("received_from=0001-01-01&received_to=9999-12-31", 200),
        ("sort=x&after=x", 200),
        ("q=" + "x" * 5000, 422),
        ("q=%22%20OR%20-", 200),
        ("channel=%25", 200),
        ("view=nonsense", 422),
    ],
)
def test_odd_addresses_get_a_clear_answer(client: Client, query: str, status: int) -> None:
    client.force_login(make_user("cse"))
    assert client.get(f"/tickets/?{query}").status_code == status


def test_a_glance_shows_the_promise_the_last_words_and_the_field_to_answer(client: Client) -> None:
    ticket = make_ticket(make_account("premium"), text="The first words", priority="P1")
    for number in range(5):
        make_message(ticket, text=f"Words {number}", at=MONDAY_MORNING + number * HOUR / 60)
    client.force_login(make_user("cse"))
    panel = {"HX-Request": "true", "HX-Target": "panel"}
    page = client.get(f"/tickets/{ticket.pk}/peek/", headers=panel).content.decode()
    assert "Words 4" in page
    assert "The first words" not in page
    assert 'name="next" value="queue"' in page
    client.force_login(make_user("ae"))
    assert client.get(f"/tickets/{ticket.pk}/peek/").status_code == 404


def test_whoever_may_read_but_not_answer_is_told_why(client: Client) -> None:
    seller = make_user("ae")
    ticket = make_ticket(make_account("premium", ae=seller))
    client.force_login(seller)
    page = client.get(f"/tickets/{ticket.pk}/peek/").content.decode()
    assert "Only support" in page
    assert "<textarea" not in page
    assert 'id="bulk"' not in client.get("/tickets/").content.decode()


def test_the_list_fetches_itself_anew_every_half_minute(client: Client) -> None:
    make_ticket(make_account("premium"))
    client.force_login(make_user("cse"))
    page = client.get("/tickets/?priority=P2").content.decode()
    assert 'hx-get="/tickets/?priority=P2" hx-trigger="every 30s, ticket-changed from:body"' in page
    assert 'hx-target="#results" data-poll="unselected"' in page
    part = client.get("/tickets/", headers={"HX-Request": "true", "HX-Target": "results"}).content.decode()
    assert "<html" not in part
    assert "every 30s" in part


def test_a_view_of_ones_own_stands_beside_those_that_come_with_the_list(client: Client) -> None:
    agent = make_user("cse")
    SavedView.objects.create(owner=agent, page="support:queue", name="Premium P1", query="priority=P1&tier=premium")
    client.force_login(agent)
    page = client.get("/tickets/").content.decode()
    for name in ("Mine", "Unassigned", "Breaching", "Waiting on us", "Overnight", "Premium P1"):
        assert f">{name}</a>" in page


def test_the_number_beside_the_queue_is_what_this_person_must_act_on(client: Client) -> None:
    agent, account = make_user("cse"), make_account("premium")
    make_ticket(account, priority="P2", assignee=agent)
    make_ticket(account, priority="P2", assignee=make_user("cse"))
    make_ticket(account)
    client.force_login(agent)
    page = client.get("/").content.decode()
    assert re.search(r"<span>Queue</span><span class=.?nav-count.?>2<", page)
