"""What is said in Slack waits for a colleague, becomes a ticket once, and nothing of it is lost or doubled."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Channel
from fleetcs.models import Delivery, Effect
from support.models import FollowUp, Message, Thread, Ticket
from support.models.stranger import introduce
from support.models.thread import Said, headline
from support.models.writer import Writer
from support.slack_text import moment
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_channel, make_contact, make_user
from tests.intake import ts

pytestmark = pytest.mark.django_db

TUESDAY = "2026-02-03T10:00:00-08:00"
LATER = "2026-02-03T10:20:00-08:00"
LATEST = "2026-02-03T10:40:00-08:00"


@pytest.fixture(autouse=True)
def _tuesday(clock: Clock) -> None:
    clock("2026-02-03T11:00:00-08:00")


@pytest.fixture
def channel() -> Channel:
    return make_channel(make_account("ultimate"))


def thread_of(channel: Channel) -> Thread:
    return Thread.objects.get(channel=channel)


def asked(channel: Channel, text: str = "Hosts are offline", at: str = TUESDAY, **fields: Any) -> dict[str, Any]:
    """A customer wrote; the event, so that it can be edited or answered."""
    event = intake.event(channel.slack_id, fields.pop("user", "U0ADA"), text, ts(at), **fields)
    intake.inbox.take_now(intake.stored(event))
    return event


def answered(channel: Channel, root: dict[str, Any], at: str = LATER, slack_id: str = "U0BO") -> str:
    return intake.slack(channel.slack_id, slack_id, "Looking into it", ts(at), thread=root["event"]["ts"]).note


@pytest.mark.ledger("SLA-18", "SLA-20", "INT-01")
def test_inside_hours_a_message_waits_for_an_answer_and_is_no_ticket(channel: Channel) -> None:
    asked(channel)
    thread = Thread.objects.unanswered().get()
    clock = thread.clocks.get()
    assert (clock.kind, clock.due_at) == ("acknowledge", intake.utc("2026-02-03T11:00:00.000100-08:00"))
    assert (thread.messages.get().waiting_since, thread.messages.get().at) == (clock.started_at, clock.started_at)
    assert not Ticket.objects.exists()


@pytest.mark.ledger("SLA-19", "AHR-11")
def test_a_colleagues_words_in_the_thread_answer_it_and_send_nothing(channel: Channel) -> None:
    bo = make_user(slack_id="U0BO", name="Somebody Else Entirely")
    answered(channel, asked(channel))
    thread = thread_of(channel)
    assert thread.clocks.get().stopped_by == bo
    assert thread.clocks.get().state(intake.utc(LATEST)) == "kept"
    assert not Thread.objects.unanswered().exists()
    writers = list(thread.messages.order_by("at").values_list("by", "author"))
    assert writers == [("customer", None), ("colleague", bo.pk)]
    assert not Effect.objects.exclude(kind="slack.look_up").exists()


@pytest.mark.ledger("INT-03")
def test_a_flagged_thread_counts_from_the_earliest_unanswered_message(channel: Channel) -> None:
    make_user(slack_id="U0BO")
    root = asked(channel)
    answered(channel, root)
    first = asked(channel, "And it fails again", "2026-02-03T10:30:00-08:00", thread=root["event"]["ts"])
    asked(channel, "Hello?", LATEST, thread=root["event"]["ts"])
    flagger = make_user()
    ticket = thread_of(channel).become_ticket("staff_flag", by=flagger)
    assert ticket.received_at == moment(first["event"]["ts"])
    assert (ticket.tier, ticket.priority, ticket.confirmed_at) == ("ultimate", "P2", None)
    assert ticket.subject == "And it fails again"
    assert ticket.messages.count() == 4
    assert not Thread.objects.unanswered().exists()
    running = {clock.kind: clock.started_at for clock in ticket.clocks.running()}
    assert running == {"response": ticket.received_at, "acknowledge": ticket.received_at}


@pytest.mark.ledger("INT-03")
def test_flagging_twice_makes_one_ticket_and_opens_it(channel: Channel) -> None:
    asked(channel)
    by = make_user()
    first = thread_of(channel).become_ticket("staff_flag", by=by)
    again = thread_of(channel).become_ticket("staff_flag", by=make_user())
    assert (first, Ticket.objects.count()) == (again, 1)
    assert Effect.objects.filter(kind="slack.history").count() == 1


@pytest.mark.ledger("INT-03")
def test_what_was_waved_through_still_counts_when_it_is_flagged_after_all(channel: Channel) -> None:
    root = asked(channel)
    thread_of(channel).needs_no_reply(by=make_user())
    assert not Thread.objects.unanswered().exists()
    ticket = thread_of(channel).become_ticket("staff_flag", by=make_user())
    assert ticket.received_at == moment(root["event"]["ts"])


@pytest.mark.ledger("INT-03", "SLA-19")
def test_a_thread_flagged_after_its_answer_has_been_answered(channel: Channel) -> None:
    make_user(slack_id="U0BO")
    answered(channel, asked(channel))
    ticket = thread_of(channel).become_ticket("staff_flag", by=make_user())
    assert ticket.first_response_at == moment(ts(LATER))
    assert ticket.turn == "customer"


@pytest.mark.ledger("INT-03")
def test_a_pasted_link_flags_a_thread_nobody_has_heard_of(channel: Channel) -> None:
    at = moment(ts(TUESDAY))
    link = f"https://brook.slack.com/archives/{channel.slack_id}/p{ts(TUESDAY).replace('.', '')}"
    ticket = Thread.objects.flag(link, by=make_user())
    assert Thread.objects.flag(f"{link}?thread_ts={ts(TUESDAY)}", by=make_user()) == ticket
    assert (ticket.channel, ticket.source) == (channel, "staff_flag")
    history = [
        Said(ts(TUESDAY), at, "Hosts are offline", Writer.in_slack("U0ADA")),
        Said(ts(LATER), moment(ts(LATER)), "Hello?", Writer.in_slack("U0ADA")),
    ]
    thread = thread_of(channel)
    assert (thread.bring_in(history), thread.bring_in(history)) == (2, 0)
    ticket.refresh_from_db()
    assert ticket.received_at == at
    assert ticket.running("response").started_at == at
    assert ticket.messages.count() == 2


@pytest.mark.ledger("INT-03")
@pytest.mark.parametrize("link", ["", "https://example.com/archives/C1/p1", "javascript:x", "x\x00" * 9])
def test_what_is_no_link_to_a_message_flags_nothing(link: str) -> None:
    with pytest.raises(ValidationError):
        Thread.objects.flag(link, by=make_user())
    assert not Thread.objects.exists()


def test_a_comment_in_a_threads_ticket_is_added_and_waits(channel: Channel) -> None:
    root = asked(channel)
    ticket = thread_of(channel).become_ticket("staff_flag", by=make_user())
    asked(channel, "More", LATER, thread=root["event"]["ts"])
    assert list(ticket.messages.order_by("at").values_list("text", flat=True)) == ["Hosts are offline", "More"]
    assert Ticket.objects.count() == 1


def test_a_question_that_comes_after_its_answer_does_not_wait(channel: Channel) -> None:
    make_user(slack_id="U0BO")
    root = intake.event(channel.slack_id, "U0ADA", "Hello", ts(TUESDAY))
    intake.inbox.take_now(intake.stored(root))
    answered(channel, root, LATEST)
    asked(channel, "Anyone?", LATER, thread=root["event"]["ts"])
    assert not Thread.objects.unanswered().exists()


def test_an_answer_that_comes_after_the_next_question_answers_only_the_first(channel: Channel) -> None:
    make_user(slack_id="U0BO")
    root = asked(channel)
    asked(channel, "And this?", LATEST, thread=root["event"]["ts"])
    answered(channel, root, LATER)
    running = thread_of(channel).clocks.running().get()
    assert running.started_at == moment(ts(LATEST))


# --- once ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-03")
def test_the_same_event_and_the_same_message_under_another_event_make_one(channel: Channel) -> None:
    event = intake.event(channel.slack_id, "U0ADA", "Hello", ts(TUESDAY))
    first, same = (intake.inbox.take_now(intake.stored(event)) for _ in range(2))
    other = intake.inbox.take_now(intake.stored(event | {"event_id": "EvOTHER"}))
    assert (first, first.state, other.state, other.error_code) == (same, "done", "ignored", "it is here already")
    assert Message.objects.count() == 1


def test_a_reply_that_is_also_sent_to_the_channel_is_one_message(channel: Channel) -> None:
    root = asked(channel)
    both = {"thread": root["event"]["ts"], "subtype": "thread_broadcast", "root": root["event"]}
    intake.slack(channel.slack_id, "U0ADA", "to all", ts(LATER), **both)
    intake.slack(channel.slack_id, "U0ADA", "to all", ts(LATER), **both)
    assert thread_of(channel).messages.count() == 2


def test_an_edit_is_shown_and_a_later_one_stands(channel: Channel) -> None:
    before = asked(channel)
    intake.change(channel.slack_id, before, "All hosts are offline", ts(LATEST))
    intake.change(channel.slack_id, before, "Some hosts are offline", ts(LATER))
    message = Message.objects.get()
    assert (message.text, message.shown, message.edited_at) == (
        "All hosts are offline",
        "All hosts are offline",
        moment(ts(LATEST)),
    )


def test_an_edit_that_overtook_its_message_stands_for_it(channel: Channel) -> None:
    before = intake.event(channel.slack_id, "U0ADA", "Hosts", ts(LATER))
    intake.change(channel.slack_id, before, "Hosts are offline", ts(LATEST))
    intake.inbox.take_now(intake.stored(before))
    assert Message.objects.get().text == "Hosts are offline"
    assert Thread.objects.unanswered().count() == 1


def test_the_preview_of_a_link_is_no_edit(channel: Channel) -> None:
    before = asked(channel)
    delivery = intake.change(channel.slack_id, before, before["event"]["text"], ts(LATER), attachments=[{"id": 1}])
    assert delivery.state == "ignored"
    assert Message.objects.get().edited_at is None


def test_what_was_deleted_is_marked_and_kept_for_colleagues(channel: Channel) -> None:
    before = asked(channel)
    gone = {"subtype": "message_deleted", "deleted_ts": before["event"]["ts"], "previous_message": before["event"]}
    intake.slack(channel.slack_id, "", "", ts(LATER), **gone)
    message = Message.objects.get()
    assert message.deleted_at
    assert message.text == "Hosts are offline"


@pytest.mark.ledger("AHR-07")
def test_files_are_left_and_counted_and_a_file_alone_still_waits(channel: Channel) -> None:
    files = [{"id": "F1", "name": "screen.png"}, {"id": "F2", "name": "log.txt"}]
    intake.slack(channel.slack_id, "U0ADA", "", ts(TUESDAY), subtype="file_share", files=files)
    assert Message.objects.get().files_left == 2
    assert Thread.objects.unanswered().count() == 1


# --- whose -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("AHR-11")
def test_machines_and_our_own_app_never_start_anything(channel: Channel) -> None:
    own = intake.slack(channel.slack_id, "U0FLEETCS", "Hi", ts(TUESDAY), bot_id="B0FLEETCS", app_id=intake.APP)
    other = intake.slack(channel.slack_id, "U0ROBOT", "alarm", ts(TUESDAY, 200), bot_id="B1")
    assert (own.error_code, other.error_code) == ("our own message", "stopped by author: a bot")
    assert not Thread.objects.exists()


@pytest.mark.ledger("AHR-11")
def test_a_machine_in_a_thread_is_shown_and_answers_nothing(channel: Channel) -> None:
    root = asked(channel)
    intake.slack(channel.slack_id, "U0ROBOT", "Thanks!", ts(LATER), bot_id="B1", thread=root["event"]["ts"])
    assert thread_of(channel).messages.get(by="bot").text == "Thanks!"
    assert Thread.objects.unanswered().exists()


@pytest.mark.ledger("AHR-11")
def test_in_a_shared_channel_the_workspace_tells_colleagues_from_customers(channel: Channel, settings: Any) -> None:
    settings.SLACK_TEAM_ID = intake.TEAM
    shared = {"is_ext_shared_channel": True}
    ours = intake.slack(channel.slack_id, "U0NEW", "hi", ts(TUESDAY), user_team=intake.TEAM, **shared)
    theirs = intake.slack(channel.slack_id, "U0ADA", "hi", ts(LATER), user_team="T0THEIRS", **shared)
    guest = intake.slack(channel.slack_id, "U0GUEST", "hi", ts(LATEST), user_team=intake.TEAM)
    assert [each.state for each in (ours, theirs, guest)] == ["ignored", "done", "done"]


@pytest.mark.ledger("AHR-11")
def test_a_stranger_who_turns_out_to_be_a_colleague_owes_nothing_to_anybody(channel: Channel) -> None:
    bo = make_user(email="bo@lanternfish.example")
    asked(channel, user="U0BO")
    assert Thread.objects.unanswered().exists()
    introduce("U0BO", "Bo", "BO@lanternfish.example", [])
    assert not Thread.objects.unanswered().exists()
    bo.refresh_from_db()
    assert (bo.slack_id, Message.objects.get().by) == ("U0BO", "colleague")


def test_a_stranger_who_turns_out_to_be_a_contact_is_one_from_then_on(channel: Channel) -> None:
    contact = make_contact(channel.account, email="ada@brook.example")
    asked(channel)
    introduce("U0ADA", "Ada", "ada@brook.example", [])
    assert Message.objects.get().contact == contact
    asked(channel, "again", LATER)
    assert Message.objects.get(text="again").contact == contact


@pytest.mark.ledger("INT-17")
def test_an_unknown_channel_is_written_down_and_what_is_said_there_is_listed() -> None:
    intake.slack("C0NEW", "U0ADA", "Hello?", ts(TUESDAY))
    channel = Channel.objects.get(slack_id="C0NEW")
    assert (channel.kind, channel.after_hours, channel.team) == ("unknown", "off", intake.TEAM)
    assert Thread.objects.unanswered().get().channel == channel
    assert Effect.objects.get().kind == "slack.look_up"


@pytest.mark.ledger("INT-17")
@pytest.mark.parametrize(("name", "candidate"), [("fleet-at-acme", True), ("acme-fleet", False)])
def test_a_channel_named_like_a_customers_is_offered_for_linking(name: str, candidate: bool) -> None:
    intake.slack("C0NEW", "U0ADA", "Hello?", ts(TUESDAY))
    rename = intake.event("", "", "", ts(TUESDAY)) | {
        "event": {"type": "channel_rename", "channel": {"id": "C0NEW", "name": name}}
    }
    intake.inbox.take_now(intake.stored(rename))
    assert Channel.objects.get(slack_id="C0NEW").name == name
    assert Channel.objects.unlinked().exists() is candidate


def test_what_is_said_inside_our_walls_is_none_of_ours() -> None:
    channel = make_channel(kind="internal")
    assert intake.slack(channel.slack_id, "U0ADA", "psst", ts(TUESDAY)).error_code == "an internal channel"
    assert not Message.objects.exists()


@pytest.mark.ledger("INT-09")
def test_a_ticket_from_direct_messages_owes_the_channel_a_summary() -> None:
    contact = make_contact(make_account("ultimate"), slack_id="U0ADA")
    intake.slack("D0ADA", "U0ADA", "The secret is 42", ts(TUESDAY), channel_type="im")
    ticket = Thread.objects.get().become_ticket("staff_flag", by=make_user())
    assert (ticket.from_dm, ticket.account, ticket.contact) == (True, contact.account, contact)
    assert ticket.follow_ups.filter(kind=FollowUp.Kind.DM_SUMMARY, blocks=True).exists()


# --- whatever comes --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": None},
        {"event": {"type": "reaction_added"}},
        {"event": {"type": "message", "channel": "C1", "ts": "x"}},
        {"event": {"type": "message", "channel": "C1", "ts": "9999999999.000000", "text": "from the future"}},
        {"event": {"type": "message", "channel": "C1", "ts": "0", "text": "from 1970"}},
        {"event": {"type": "message", "channel": "C1", "ts": "1770141600.1", "text": "a\x00b" * 10**6, "user": "\x00"}},
        {"event": {"type": "message", "channel": "C1", "ts": "1770141600.2", "text": 7, "user": {}, "files": "x"}},
    ],
)
def test_no_event_breaks_the_intake(event: dict[str, Any]) -> None:
    payload = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{next(intake.NUMBER)}", **event}
    assert intake.inbox.take_now(intake.stored(payload)).state in {"done", "ignored", "bad"}


def test_a_subject_is_the_first_line() -> None:
    assert headline("\n\n It broke \nand more") == "It broke"
    assert len(headline("word " * 100)) <= 102


def taken_back(channel: Channel, before: dict[str, Any]) -> Delivery:
    gone = {"subtype": "message_deleted", "deleted_ts": before["event"]["ts"], "previous_message": before["event"]}
    return intake.slack(channel.slack_id, "", "", ts(LATER), **gone)


def test_nobody_waits_in_a_thread_whose_only_question_was_deleted(channel: Channel) -> None:
    first = asked(channel)
    taken_back(channel, first)
    assert not Thread.objects.unanswered().exists()
    assert thread_of(channel).clocks.get().withdrawn_reason == "what was asked was taken back"


def test_another_question_in_the_thread_still_waits(channel: Channel) -> None:
    first = asked(channel)
    intake.slack(channel.slack_id, "U0ADA", "And the agents?", ts(LATER), thread=first["event"]["ts"])
    taken_back(channel, first)
    assert Thread.objects.unanswered().get().messages.filter(waiting_since__isnull=False).count() == 2


def test_a_deletion_that_overtook_its_message_stands_for_it(channel: Channel) -> None:
    before = intake.event(channel.slack_id, "U0ADA", "Never mind", ts(LATER))
    taken_back(channel, before)
    assert intake.inbox.take_now(intake.stored(before)).error_code == "it is here already"
    assert Message.objects.get().deleted_at
    assert not Thread.objects.unanswered().exists()


def test_an_answer_that_overtook_its_question_answers_it(channel: Channel) -> None:
    make_user(slack_id="U0BO", name="Bo")
    question = intake.event(channel.slack_id, "U0ADA", "Hosts are offline", ts(TUESDAY))
    answered(channel, question)
    assert intake.inbox.take_now(intake.stored(question)).note.endswith("answered already")
    assert list(thread_of(channel).messages.order_by("at").values_list("by", flat=True)) == ["customer", "colleague"]
    assert not Thread.objects.unanswered().exists()
