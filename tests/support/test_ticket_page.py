"""The page of a ticket says whose turn it is, what was promised, who helps and how the customer is reached."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs.models import HandbookEntry, User
from support import store
from support.models import Attachment, Message, Ticket
from support.views.rights import rights
from tests.factories import (
    MONDAY_MORNING,
    make_account,
    make_channel,
    make_contact,
    make_message,
    make_ticket,
    make_user,
)

pytestmark = pytest.mark.django_db


def page(client: Client, ticket: Ticket, user: User | None = None, query: str = "") -> str:
    client.force_login(user or make_user("cse"))
    answer = client.get(f"/tickets/{ticket.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.ledger("SLA-12", "SLA-07")
def test_an_ultimate_emergency_shows_the_phone_and_the_emergency_address_of_the_contract(client: Client) -> None:
    html = page(client, make_ticket(make_account("ultimate"), priority="P0"))
    assert "+1 555 0100" in html
    assert "emergency@lanternfish.example" in html


@pytest.mark.ledger("SLA-12", "SLA-03", "SLA-04", "SLA-08")
@pytest.mark.parametrize(("tier", "priority"), [("premium", "P0"), ("premium", "P1"), ("ultimate", "P1")])
def test_other_urgent_tickets_show_the_contract_address_and_the_private_channel(
    client: Client, tier: str, priority: str
) -> None:
    account = make_account(tier)
    ticket = make_ticket(account, priority=priority, channel=make_channel(account, name="fleet-at-otter"))
    html = page(client, ticket)
    assert "help@lanternfish.example" in html
    assert "#fleet-at-otter" in html
    assert "emergency@lanternfish.example" not in html


@pytest.mark.ledger("SLA-02", "SLA-12")
def test_a_free_ticket_shows_the_community_routes_and_no_promise(client: Client) -> None:
    HandbookEntry.objects.update_or_create(
        section="links", code="community_issues", defaults={"value": "https://tracker.example/new"}
    )
    html = page(client, make_ticket(make_account(None)))
    assert "https://tracker.example/new" in html
    assert "No promise" in html


@pytest.mark.ledger("SLA-18", "SLA-21")
def test_the_contracts_promise_and_the_internal_target_stand_apart(client: Client, clock: Any) -> None:
    clock(MONDAY_MORNING + timedelta(minutes=29, seconds=15))  # the clock runs on while the page is made
    html = page(client, make_ticket(make_account("premium"), priority="P1"))
    assert html.count('class="promise"') == 2
    assert "3 h 30 min left" in html
    assert "30 min left" in html


@pytest.mark.ledger("INT-05", "INT-06")
def test_expert_lists_the_people_of_l2_and_l3_today(client: Client) -> None:
    make_user("l2", name="Tobias Okafor")
    make_user("l3", name="Runa Seidel")
    ticket = make_ticket(make_account(), level="expert")
    html = page(client, ticket)
    assert "Tobias Okafor" in html
    assert "Runa Seidel" in html


@pytest.mark.ledger("INT-11")
def test_a_contact_form_ticket_has_no_reply_box_and_says_so(client: Client) -> None:
    ticket = make_ticket(make_account(), source="contact_form")
    html = page(client, ticket)
    assert 'id="reply-text"' not in html
    assert "A contact form cannot be answered here" in html
    assert client.post(f"/tickets/{ticket.pk}/reply/", {"text": "Hello"}).status_code == 422


@pytest.mark.ledger("SLA-11")
def test_an_unconfirmed_priority_is_shown_loudly_and_confirmed_by_one_click(client: Client) -> None:
    ticket = make_ticket(make_account())
    assert "Priority unconfirmed" in page(client, ticket)
    client.post(f"/tickets/{ticket.pk}/confirm/", {"version": ticket.version})
    ticket.refresh_from_db()
    assert (ticket.confirmed, ticket.priority) == (True, "P2")


def test_every_kind_of_entry_stands_in_one_timeline_and_can_be_filtered_by_the_address(client: Client) -> None:
    ticket, user = make_ticket(make_account(), text="The first words"), make_user("cse")
    ticket.note("Only for us", by=user)
    ticket.set_priority("P1", by=user)
    html = page(client, ticket, user)
    assert all(words in html for words in ("The first words", "Only for us", "Internal note", "set the priority"))
    notes = page(client, ticket, user, "?show=notes")
    assert "Only for us" in notes
    assert "The first words" not in notes


@pytest.mark.ledger("AHR-07")
def test_files_that_were_not_copied_and_unverified_people_are_labelled(client: Client) -> None:
    ticket = make_ticket(make_account())
    make_message(ticket, files_left=2)
    make_message(ticket, verified=False, author_address="other@elsewhere.example")
    html = page(client, ticket)
    assert "2 files not copied, see" in html
    assert "Unverified participant" in html


def test_an_answer_says_whether_it_is_on_its_way_sent_or_refused(client: Client) -> None:
    ticket, user = make_ticket(make_account()), make_user("cse")
    first, second, third = (ticket.answer(f"Answer {number}", by=user) for number in range(3))
    second.note_sent(second.at, message_id="<1@mail.example>")
    third.note_refused("mailbox_unavailable")
    html = page(client, ticket, user)
    assert "Refused: mailbox unavailable" in html
    assert ">Sent<" in html
    assert f"/messages/{first.pk}/state/" in html
    assert "every 3s" not in client.get(f"/messages/{second.pk}/state/").content.decode()


@pytest.mark.parametrize("messages", [5, 200])
def test_the_page_costs_the_same_statements_for_a_short_and_a_long_ticket(client: Client, messages: int) -> None:
    account = make_account()
    contact, user = make_contact(account), make_user("cse")
    ticket = make_ticket(account, contact=contact, channel=make_channel(account), priority="P1", assignee=user)
    for number in range(messages):
        message = make_message(ticket, at=MONDAY_MORNING + timedelta(minutes=number), contact=contact)
        Attachment.objects.create(message=message, name="log.txt", size=3, stored_as=f"{number:032}")
    ticket.assign(make_user("cse"), by=user)
    page(client, ticket, user)
    with CaptureQueriesContext(connection) as spent:
        page_of_100 = client.get(f"/tickets/{ticket.pk}/").content.decode()
    assert page_of_100.count('<li class="entry entry-customer') == min(messages + 1, 100)
    assert ("Show earlier messages" in page_of_100) == (messages == 200)
    assert len(spent) <= 12, "\n".join(query["sql"][:160] for query in spent)


def test_earlier_messages_are_a_click_away(client: Client) -> None:
    ticket = make_ticket(make_account(), text="The very first")
    for number in range(120):
        make_message(ticket, at=MONDAY_MORNING + timedelta(minutes=number + 1), text=f"Message {number}")
    assert "The very first" not in page(client, ticket)
    earlier = page(client, ticket, query="?earlier=1")
    assert "The very first" in earlier
    assert "Message 119" not in earlier


@pytest.mark.parametrize("post", ["cse", "csm", "ae", "sc", "cro", "bizops", "on_call_24_7", "pd"])
@pytest.mark.parametrize("mine", [True, False])
def test_what_the_page_allows_is_what_the_querysets_allow(post: str, mine: bool) -> None:
    user = make_user(post)
    ticket = make_ticket(make_account(csm=user if mine else None))
    allowed = rights(user, ticket)
    of = Ticket.objects.filter(pk=ticket.pk)
    assert allowed.answer == of.answerable_by(user).exists()
    assert allowed.work == of.editable_by(user).exists()
    assert allowed.note == of.notable_by(user).exists()


def test_who_may_read_but_not_answer_sees_why(client: Client) -> None:
    ticket, user = make_ticket(make_account()), make_user("bizops")
    html = page(client, ticket, user)
    assert 'id="reply-text"' not in html
    assert "Only support, and the team of this account, may do this." in html
    assert client.post(f"/tickets/{ticket.pk}/reply/", {"text": "Hello"}).status_code == 403


def test_a_ticket_one_may_not_see_is_not_there(client: Client) -> None:
    ticket = make_ticket(make_account())
    client.force_login(make_user("ae"))
    for path in ("", "similar/", "templates/", "priority/", "log/"):
        assert client.get(f"/tickets/{ticket.pk}/{path}").status_code == 404


def test_a_file_is_only_ever_downloaded_and_only_by_those_who_see_its_ticket(client: Client) -> None:
    ticket = make_ticket(make_account())
    store.keep("a" * 32, b"<script>alert(1)</script>")
    kept = Attachment.objects.create(
        message=ticket.messages.get(), name="../x.html", content_type="text/html", size=25, stored_as="a" * 32
    )
    assert client.get(f"/attachments/{kept.pk}/").status_code == 302
    client.force_login(make_user("ae"))
    assert client.get(f"/attachments/{kept.pk}/").status_code == 404
    client.force_login(make_user("cse"))
    answer = client.get(f"/attachments/{kept.pk}/")
    assert answer["Content-Disposition"] == 'attachment; filename="x.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"


def test_what_a_stranger_wrote_cannot_steer_the_page(client: Client) -> None:
    ticket = make_ticket(make_account(), subject='<img src=x hx-get="/me/">')
    make_message(ticket, text='<b data-hx-post="/x">', html="<p>Laid out</p>", shown="")
    html = page(client, ticket)
    assert "<img src=x" not in html
    assert "<b data-hx-post" not in html
    assert 'class="entry-body" hx-disable><p>Laid out</p>' in html


def test_colleagues_who_have_it_open_are_named_and_reading_writes_nothing(client: Client) -> None:
    ticket = make_ticket(make_account())
    page(client, ticket, make_user("cse", name="Jonas Weber"))
    assert client.get(f"/tickets/{ticket.pk}/presence/").status_code == 405
    client.post(f"/tickets/{ticket.pk}/presence/")
    client.force_login(make_user("cse"))
    assert "Jonas Weber is here too" in client.post(f"/tickets/{ticket.pk}/presence/").content.decode()


def test_a_merged_ticket_leads_on_to_the_one_it_joined(client: Client) -> None:
    account = make_account()
    lost, kept = make_ticket(account), make_ticket(account)
    client.force_login(make_user("cse"))
    client.post(f"/tickets/{lost.pk}/merge/", {"into": kept.pk})
    assert client.get(f"/tickets/{lost.pk}/").url == f"/tickets/{kept.pk}/"


def test_similar_tickets_are_found_only_among_those_one_may_see(client: Client) -> None:
    user = make_user("ae")
    mine, foreign = make_account(ae=user), make_account()
    ticket = make_ticket(mine, subject="Certificate expired on the load balancer", received_at=MONDAY_MORNING)
    make_ticket(mine, subject="Load balancer certificate expired again")
    make_ticket(foreign, subject="Certificate expired on load balancer")
    client.force_login(user)
    html = client.get(f"/tickets/{ticket.pk}/similar/").content.decode()
    assert "Load balancer certificate expired again" in html
    assert "Certificate expired on load balancer" not in html


@pytest.mark.ledger("SLA-23")
def test_the_emergency_page_holds_what_is_settled_and_a_place_for_its_owner(client: Client) -> None:
    client.force_login(make_user("cse"))
    html = client.get("/emergency/ultimate/").content.decode()
    assert "1 hour, or 2 hours outside business hours" in html
    assert "Nobody has written it yet." in html
    assert client.post("/emergency/ultimate/", {"text": "Ring first."}).status_code == 403
    client.force_login(make_user("vp_cs"))
    client.post("/emergency/ultimate/", {"text": "Ring first."})
    assert "Ring first." in client.get("/emergency/ultimate/").content.decode()


def test_numbers_that_are_no_numbers_of_tickets_are_answered_not_found(client: Client) -> None:
    client.force_login(make_user("cse"))
    assert client.get(f"/tickets/{10**30}/").status_code == 404
    ticket = make_ticket(make_account())
    assert client.get(f"/tickets/{ticket.pk}/?earlier={10**30}&show=%00&template=%00").status_code == 200


def test_a_header_that_is_no_address_breaks_nothing(client: Client) -> None:
    client.force_login(make_user("cse"))
    for path in (f"/tickets/{make_ticket().pk}/", "/tickets/"):
        answer = client.get(path, headers={"HX-Request": "true", "HX-Current-URL": "http://[::1/%00"})
        assert answer.status_code == 200


@pytest.mark.ledger("AHR-03")
def test_what_the_product_says_by_itself_is_not_said_to_come_from_an_unknown_sender(client: Client) -> None:
    ticket = make_ticket(make_account("premium"))
    told: dict[str, Any] = {"by": Message.Author.BOT, "kind": Message.Kind.AUTOMATIC, "public": True}
    text = "We have your message."
    one = Message.objects.create(ticket=ticket, text=text, shown=text, at=ticket.received_at, **told)
    html = page(client, ticket)
    assert "We have your message." in html
    assert "<strong>fleetcs</strong>" in html
    assert one.who == "fleetcs"
