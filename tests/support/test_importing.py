"""Tickets of other systems come over once each, with their own times; nothing is lost, and nobody is rung or told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from fleetcs.models import Effect, Event
from support import tasks
from support.models import Alert, Clock, ImportRow, Message, OutsideTicket, Tally, Ticket, TicketImport, merge
from support.models.tallying import refresh
from tests import intake
from tests.conftest import Clock as TestClock
from tests.factories import make_account, make_channel, make_contact, make_ticket, make_user
from tests.support.desks import closed, comment, conversation, imported, only_ticket, order, outcome, said, ticket

pytestmark = pytest.mark.django_db
MONDAY = "2026-01-12T12:00:00-08:00"
# The database ends the first of two that wait for each other: here whoever first writes down an id.
GIVES_WAY_ONCE = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('tries') = 1 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER give_way BEFORE INSERT ON support_outsideticket FOR EACH ROW EXECUTE FUNCTION give_way();
"""


@pytest.fixture(autouse=True)
def _monday(clock: TestClock) -> None:
    clock(MONDAY)


def figures() -> list[dict[str, Any]]:
    """What the managers' page adds up, counted anew."""
    refresh()
    columns = ("on", "kind", "tier", "priority", "kept", "missed", "none", "withdrawn")
    return list(Tally.objects.filter(kind="response").exclude(kept=0, missed=0, none=0, withdrawn=0).values(*columns))


# --- once each -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-05", "INT-04")
def test_importing_twice_makes_no_duplicate() -> None:
    assert outcome(imported("zendesk", ticket(35), ticket(36))) == ["made", "made"]
    assert outcome(imported("zendesk", ticket(35), ticket(36))) == ["same", "same"]
    assert Ticket.objects.count() == 2
    assert Message.objects.count() == 4 - 2 + 2  # two comments of each; the ids of comments are those of all tickets
    assert {one.external_id for one in OutsideTicket.objects.all()} == {"35", "36"}


@pytest.mark.ledger("SYS-05")
def test_a_ticket_keeps_its_id_its_words_and_its_people() -> None:
    account = make_account(domain="brook.example")
    contact, colleague = make_contact(account, email="ada@brook.example"), make_user(email="person2@brook.example")
    imported("zendesk", ticket(35))
    one = only_ticket()
    assert (one.external_system, one.external_id, one.source, one.account) == ("zendesk", "35", "outside", account)
    assert (one.contact, one.sender, one.priority) == (contact, "ada@brook.example", "P1")
    asked, answered = one.messages.order_by("at")
    assert (asked.by, asked.text, answered.by, answered.author) == ("customer", "Words 101", "colleague", colleague)


@pytest.mark.ledger("SYS-06")
def test_what_was_added_over_there_is_added_here_next_time() -> None:
    imported("unthread", conversation("c1"))
    more = said("Thank you, and one more thing.", "2026-01-12T11:00:00-08:00", id="c1-9")
    told = conversation("c1")
    told["messages"].append(more)
    assert outcome(imported("unthread", told)) == ["added"]
    assert [one.text for one in only_ticket().messages.order_by("at")] == [
        "The hosts are offline.",
        "Thank you, and one more thing.",
    ]


def test_the_same_ticket_twice_in_one_file_is_one() -> None:
    assert outcome(imported("unthread", conversation("c1"), conversation("c1"))) == ["made", "same"]


@pytest.mark.ledger("SYS-05")
def test_bad_rows_are_listed_with_their_reasons_and_the_others_come_over() -> None:
    job = imported("unthread", conversation("a"), conversation("b", status="melted"), 7, conversation("c"))
    assert outcome(job) == ["made", "bad", "bad", "made"]
    bad = job.rows.filter(state="bad")
    assert [row.words for row in bad] == [
        "status 'melted' is none of open, in_progress, on_hold, closed",
        "it is no JSON object",
    ]
    assert (bad[0].payload["id"], bad[1].raw) == ("b", "7")
    assert Event.objects.filter(verb="import_done").get().facts["became"] == {"New ticket": 2, "Not taken over": 2}


def test_what_failed_can_be_tried_again() -> None:
    job = imported("unthread", conversation("a", priority="P9"))
    row = job.rows.get()
    row.payload = {**row.payload, "priority": "P1"}
    row.save()
    assert job.try_again(by=make_user("vp_cs"))
    assert tasks.import_tickets() == 1
    assert outcome(job) == ["made"]
    assert not job.try_again(by=make_user("vp_cs"))


@pytest.mark.ledger("SYS-05")
def test_an_import_that_stops_half_way_goes_on_where_it_stopped() -> None:
    job = order("unthread", *[conversation(f"c{number}") for number in range(5)])
    assert [job.step(), job.step()] == [True, True]
    job.refresh_from_db()
    assert (job.done, job.finished_at) == (2, None)
    assert tasks.import_tickets() == 3
    job.refresh_from_db()
    assert job.finished_at
    assert Ticket.objects.count() == 5


@pytest.mark.ledger("SYS-05")
def test_a_rehearsal_says_what_would_happen_and_changes_nothing() -> None:
    make_account(domain="brook.example", name="Brook")
    imported("unthread", closed("old-1"))
    before = Message.objects.count()
    job = imported("unthread", closed("old-1"), closed("old-2"), closed("old-3", kind="fax"), rehearsal=True)
    assert outcome(job) == ["same", "made", "bad"]
    assert "2 of 2 messages new · Brook" in [row.words for row in job.rows.all()]
    assert (Ticket.objects.count(), Message.objects.count()) == (1, before)
    assert job.begin_in_earnest(by=make_user("vp_cs"))
    tasks.import_tickets()
    assert outcome(job) == ["same", "made", "bad"]
    assert Ticket.objects.count() == 2
    assert not job.begin_in_earnest(by=make_user("vp_cs"))


# --- by the system itself --------------------------------------------------------------------------------------------
def page(job: TicketImport, *ids: int, is_last: bool = False) -> None:
    """A page of tickets comes, as the API tells them: without their comments."""
    told = [{name: value for name, value in ticket(id).items() if name != "comments"} for id in ids]
    job.take_page(told, f"after-{ids[-1]}", is_last=is_last)


@pytest.mark.ledger("SYS-05")
def test_a_ticket_that_stands_on_two_pages_is_one_row_and_holds_up_no_later_page() -> None:
    job = TicketImport.objects.order("zendesk", by=None)
    page(job, 1, 2)
    page(job, 2, 3)
    page(job, 4, is_last=True)
    assert list(job.rows.values_list("number", "external_id")) == [(1, "1"), (2, "2"), (3, "3"), (4, "4")]


@pytest.mark.ledger("SYS-05")
def test_comments_that_were_refused_are_asked_for_again_and_the_ticket_comes_over() -> None:
    job = TicketImport.objects.order("zendesk", by=None)
    page(job, 1, is_last=True)
    job.rows.get().refuse("http_403")
    tasks.import_tickets()
    job.refresh_from_db()
    assert (job.is_running, job.may_try_again) == (False, True)
    assert job.try_again(by=make_user("vp_cs"))
    job.rows.get().take_comments([comment(10, 1, "2025-03-03T18:00:00Z")], [])
    tasks.import_tickets()
    assert outcome(job) == ["made"]


@pytest.mark.ledger("SYS-05")
def test_whoever_asked_for_a_ticket_is_known_though_only_others_wrote_in_it() -> None:
    job = TicketImport.objects.order("zendesk", by=None)
    job.take_page([ticket(1) | {"requester_id": 1, "status": "open"}], "", is_last=True)
    agent = {"id": 2, "name": "Tess", "email": "tess@lanternfish.example", "role": "agent"}
    job.rows.get().take_comments([comment(10, 2, "2025-03-03T18:00:00Z")], [agent])
    tasks.import_tickets()
    assert only_ticket().sender == "ada@brook.example"


@pytest.mark.ledger("SYS-05")
def test_a_row_that_had_to_give_way_to_another_transaction_comes_over_all_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute(GIVES_WAY_ONCE)
    assert outcome(imported("unthread", conversation("a"))) == ["made"]


# --- their own times -------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-05", "SYS-06")
def test_a_closed_ticket_keeps_its_times_and_is_in_no_figure() -> None:
    make_account(domain="brook.example")
    imported("unthread", closed())
    one = only_ticket()
    assert one.received_at == intake.utc("2025-03-03T10:00:00-08:00")
    assert one.first_response_at == intake.utc("2025-03-03T12:00:00-08:00")
    assert one.resolved_at == intake.utc("2025-03-04T12:00:00-08:00")
    assert (one.due_at, one.next_due_at, figures()) == (None, None, [])
    assert one.clocks.get().kind == "imported"


@pytest.mark.ledger("SYS-05")
def test_whoever_imports_may_have_closed_tickets_counted_by_the_contract_in_force_then() -> None:
    make_account("premium", domain="brook.example")
    late = closed("late", priority="P0")
    late["messages"][1]["at"] = "2025-03-03T14:00:01-08:00"
    imported("unthread", closed("kept", priority="P0"), late, counted=True)
    assert [(row["kept"], row["missed"], row["tier"]) for row in figures()] == [(1, 1, "premium")]


@pytest.mark.ledger("SYS-05")
def test_old_tickets_ring_nobody_and_say_nothing_to_a_customer() -> None:
    account = make_account("ultimate", domain="brook.example")
    make_contact(account, email="ada@brook.example")
    never_answered = conversation("n", said("Hello?", "2025-03-03T10:00:00-08:00"), status="closed", priority="P0")
    never_answered["closed_at"] = "2025-03-09T10:00:00-08:00"
    imported("unthread", closed("a", priority="P0"), never_answered, counted=True)
    imported("zendesk", ticket(35), ticket(36, status="solved"))
    assert not Alert.objects.armed().exists()
    assert tasks.sweep_clocks() == 0
    assert not Effect.objects.exists()


@pytest.mark.ledger("SYS-05", "SLA-01")
def test_an_open_ticket_counts_from_receipt_by_the_contract_in_force_then() -> None:
    make_account("premium", domain="brook.example")
    imported("unthread", conversation("c", priority="P0"))
    one = only_ticket()
    assert one.received_at == intake.utc("2026-01-12T10:00:00-08:00")
    assert one.due_at == one.received_at + timedelta(hours=4)
    assert one.acknowledge_by == one.received_at + timedelta(hours=1)
    assert one.turn == "first"


def test_an_open_ticket_that_was_answered_over_there_waits_for_the_customer() -> None:
    make_account("premium", domain="brook.example")
    asked = said("Offline.", "2026-01-12T09:00:00-08:00")
    answer = said("We look into it.", "2026-01-12T09:30:00-08:00", "colleague")
    imported("unthread", conversation("c", asked, answer))
    one = only_ticket()
    assert (one.turn, one.next_due_at) == ("customer", None)
    assert one.first_response_at == intake.utc("2026-01-12T09:30:00-08:00")
    assert figures() == []


@pytest.mark.ledger("SYS-06")
def test_a_machine_over_there_answers_nothing() -> None:
    asked = said("Offline.", "2026-01-12T09:00:00-08:00")
    robot = said("We got your message.", "2026-01-12T09:00:05-08:00", "bot")
    imported("unthread", conversation("c", asked, robot))
    one = only_ticket()
    assert (one.turn, one.first_response_at) == ("first", None)
    assert one.acknowledge_by


def test_a_ticket_reopened_by_its_customer_begins_a_cycle_that_counts() -> None:
    make_account("premium", domain="brook.example")
    imported("unthread", closed())
    one = only_ticket()
    one.hear(Message.objects.create(ticket=one, kind="mail", by="customer", public=True, at=intake.utc(MONDAY)))
    assert (one.resolved_at, one.generation) == (None, 2)
    assert one.due_at


def test_an_open_ticket_of_nobody_known_waits_in_triage() -> None:
    imported("unthread", conversation("c"), closed("d"))
    assert [one.external_id for one in Ticket.objects.in_triage()] == ["c"]


# --- what cannot be answered, and where links lead -------------------------------------------------------------------
@pytest.mark.ledger("INT-11", "SYS-06")
def test_a_contact_form_of_unthread_is_not_replied_to() -> None:
    imported("unthread", conversation("c", kind="contact_form"))
    one = only_ticket()
    assert not one.can_be_replied_to
    with pytest.raises(Exception, match="A contact form cannot be replied to here, nor in Unthread"):
        one.answer("Hello.", by=make_user())


# --- merged and linked -----------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-06")
def test_what_is_said_of_a_merged_ticket_goes_to_the_one_that_goes_on() -> None:
    account = make_account(domain="brook.example")
    imported("unthread", conversation("c"))
    duplicate, into = only_ticket(), make_ticket(account, received_at=intake.utc("2026-01-12T09:00:00-08:00"))
    merge(duplicate, into, by=make_user())
    told = conversation("c")
    told["messages"] += [
        said("Still offline.", "2026-01-12T11:00:00-08:00", id="2"),
        said("A note for us.", "2026-01-12T11:05:00-08:00", "colleague", id="3", public=False),
        said("We are on it.", "2026-01-12T11:10:00-08:00", "colleague", id="4"),
    ]
    assert outcome(imported("unthread", told)) == ["added"]
    into.refresh_from_db()
    assert [one.text for one in into.messages.order_by("at")][1:] == [
        "The hosts are offline.",
        "Still offline.",
        "A note for us.",
        "We are on it.",
    ]
    assert into.last_reply_at == intake.utc("2026-01-12T11:10:00-08:00")
    assert outcome(imported("unthread", told)) == ["same"]
    assert not duplicate.messages.exists()


@pytest.mark.ledger("SYS-05")
def test_a_thread_that_was_a_ticket_in_both_systems_is_one_ticket_with_both_ids() -> None:
    place = {"slack_channel": "C0ROCKET01", "slack_thread_ts": "1741024800.000100"}
    make_channel(slack_id="C0ROCKET01")
    imported("zendesk", ticket(35, external_id="C0ROCKET01:1741024800.000100"))
    assert outcome(imported("unthread", closed("conv", **place))) == ["joined"]
    assert [(one.system, one.external_id) for one in only_ticket().elsewhere.all()] == [
        ("zendesk", "35"),
        ("unthread", "conv"),
    ]


def test_a_closed_conversation_ends_what_still_waited_in_its_thread() -> None:
    channel = make_channel(make_account(), slack_id="C0ROCKET01")
    at = intake.ts("2026-01-12T10:00:00-08:00")
    intake.slack(channel.slack_id, "U1", "Hello?", at)
    place = {"slack_channel": channel.slack_id, "slack_thread_ts": at}
    done = {"status": "closed", "closed_at": "2026-01-12T11:00:00-08:00"}
    imported("unthread", conversation("c", said("Hello?", MONDAY, slack_ts=at, id="1"), **place, **done))
    one = only_ticket()
    assert (one.thread.thread_ts, one.messages.count(), one.next_due_at) == (at, 1, None)
    assert not Clock.objects.running().exists()


@pytest.mark.ledger("SYS-06", "SLA-18")
@pytest.mark.parametrize("heard_before", [True, False])
def test_what_is_asked_in_the_thread_after_it_was_closed_over_there_waits_on(heard_before: bool) -> None:
    channel = make_channel(make_account("premium"), slack_id="C0ROCKET01")
    began, later = intake.ts("2026-01-12T10:00:00-08:00"), intake.ts("2026-01-12T11:30:00-08:00")
    if heard_before:
        intake.slack(channel.slack_id, "U1", "Hello?", began)
    intake.slack(channel.slack_id, "U1", "It is back.", later, thread=began)
    place = {"slack_channel": channel.slack_id, "slack_thread_ts": began}
    done = {"status": "closed", "closed_at": "2026-01-12T11:00:00-08:00"}
    imported("unthread", conversation("c", said("Hello?", MONDAY, slack_ts=began, id="1"), **place, **done))
    one = only_ticket()
    asked = one.messages.get(text="It is back.").at
    assert (one.resolved_at, one.generation, one.turn) == (None, 2, "first")
    running = Clock.objects.running().order_by("kind")
    assert [(each.kind, each.ticket, each.started_at) for each in running] == [
        ("acknowledge", one, asked),
        ("response", one, asked),
    ]
    assert [each.text for each in one.messages.filter(waiting_since__isnull=False)] == ["It is back."]


@pytest.mark.ledger("SYS-06", "SLA-19")
def test_what_was_asked_and_answered_after_it_was_closed_over_there_opens_nothing_again() -> None:
    channel = make_channel(make_account("premium"), slack_id="C0ROCKET01")
    began, later = intake.ts("2026-01-12T10:00:00-08:00"), intake.ts("2026-01-12T11:30:00-08:00")
    intake.slack(channel.slack_id, "U1", "It is back.", later, thread=began)
    place = {"slack_channel": channel.slack_id, "slack_thread_ts": began}
    done = {"status": "closed", "closed_at": "2026-01-12T11:00:00-08:00"}
    answer = said("We know.", "2026-01-12T11:40:00-08:00", "colleague", id="2")
    imported("unthread", conversation("c", said("Hello?", MONDAY, slack_ts=began, id="1"), answer, **place, **done))
    one = only_ticket()
    assert one.resolved_at == intake.utc("2026-01-12T11:00:00-08:00")
    assert not Clock.objects.running().exists()
    assert Clock.objects.get(kind="acknowledge").stopped_at == intake.utc("2026-01-12T11:40:00-08:00")


def test_comments_that_a_flow_copied_from_slack_are_recognised_by_their_words() -> None:
    channel = make_channel(make_account(), slack_id="C0ROCKET01")
    at = intake.ts("2026-01-12T10:00:00-08:00")
    intake.slack(channel.slack_id, "U1", "The hosts are offline.", at)
    copied = comment(101, 1, "2026-01-12T18:00:09Z", plain_body="The hosts are offline.")
    told = ticket(35, copied, status="open", created_at="2026-01-12T18:00:09Z", external_id=f"C0ROCKET01:{at}")
    assert outcome(imported("zendesk", told)) == ["joined"]
    assert only_ticket().messages.count() == 1


@pytest.mark.ledger("SYS-05")
def test_a_mail_that_another_system_has_told_already_makes_no_second_ticket() -> None:
    mail_id = "<1@brook.example>"
    first = comment(101, 1, "2026-01-12T18:00:00Z", metadata={"system": {"message_id": mail_id}})
    first["author"]["email"] = "ada@brook.example"
    imported("zendesk", ticket(35, first, status="open", created_at="2026-01-12T18:00:00Z"))
    assert intake.mail(intake.letter(Message_ID=mail_id)).state == "ignored"
    assert Ticket.objects.count() == 1


@pytest.mark.ledger("SYS-05")
def test_a_ticket_of_a_mail_that_is_here_already_joins_it() -> None:
    mail_id = "<2@brook.example>"
    here = intake.message_of(intake.mail(intake.letter(Message_ID=mail_id))).ticket
    first = comment(101, 1, "2026-01-12T18:00:00Z", metadata={"system": {"message_id": mail_id}})
    job = imported("zendesk", ticket(35, first, status="open", created_at="2026-01-12T18:00:00Z"))
    assert (outcome(job), job.rows.get().ticket) == (["joined"], here)


def test_two_comments_of_one_mail_both_come_over() -> None:
    one_mail = {"metadata": {"system": {"message_id": "<3@brook.example>"}}}
    both = [comment(number, 1, f"2025-03-03T18:0{number}:00Z", **one_mail) for number in (1, 2)]
    assert outcome(imported("zendesk", ticket(35, *both))) == ["made"]
    assert list(only_ticket().messages.order_by("at").values_list("message_id", flat=True)) == [
        "<3@brook.example>",
        "zendesk:35:2",
    ]
    assert outcome(imported("zendesk", ticket(35, *both))) == ["same"]


def test_every_row_says_how_it_stands() -> None:
    job = imported("unthread", conversation("a"), conversation("b", status="melted"))
    tones = [(row.state, row.tone) for row in job.rows.all()]
    assert tones == [("made", "good"), ("bad", "bad")]
    assert ImportRow(state="same").tone == "idle"
