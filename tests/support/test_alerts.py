"""What an alert says, to whom, and when it may reach them (SLA-21, zammad #4432)."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fleetcs.effects import send_rest, sender_of
from fleetcs.models import Automation, Effect, HandbookEntry, Holiday, Post, RoleHolding
from support import alert_text
from support.escalation import Step, rank, steps_of
from support.models import Alert, Ticket
from support.models.escalating import escalation
from support.models.sweep import next_working, recipients
from support.tasks import remind, sweep_clocks
from tests.factories import make_account, make_channel, make_message, make_thread, make_ticket, make_user
from tests.standins import StandIns

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 1, 13, 18, 0, tzinfo=UTC)  # Tuesday 10:00 in the company's zone
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(autouse=True)
def act() -> None:
    Automation.objects.filter(pk="sla_alerts").update(position="act")


def premium(priority: str = "P0", **fields: Any) -> Ticket:
    return make_ticket(
        make_account("premium", name="Secretive Ltd"), priority=priority, **{"received_at": TUESDAY} | fields
    )


def rung(ticket: Ticket) -> Alert:
    return Alert.objects.with_clock().get(clock__ticket=ticket, clock__kind="response", state="fired")


def effects_of(ticket: Ticket) -> list[Effect]:
    return [one for one in Effect.objects.order_by("pk") if one.args.get("alert") == rung(ticket).pk]


# The words


@pytest.mark.ledger("SLA-21")
def test_a_notice_names_ticket_tier_priority_due_and_lateness_but_no_customer(clock: Any, settings: Any) -> None:
    settings.BASE_URL = "https://desk.lanternfish.example/"
    make_user("manager_cse_csa")
    ticket, reader = premium(subject="Secretive Ltd cannot log in"), make_user("cse", zone="Europe/Berlin")
    clock(TUESDAY + 4 * HOUR + 2 * MINUTE)
    sweep_clocks()
    said = alert_text.text(rung(ticket), reader, TUESDAY + 4 * HOUR + 107 * MINUTE)
    assert said.splitlines() == [
        f"Ticket {ticket.pk} (Premium, P0): first response late by 1 h 47 min. Due Tue 13 Jan 2026, 23:00 CET.",
        f"https://desk.lanternfish.example/tickets/{ticket.pk}/",
    ]
    assert "Secretive" not in said


@pytest.mark.ledger("SLA-03")
def test_before_it_is_late_a_notice_says_how_much_is_left(clock: Any) -> None:
    ticket, reader = premium(), make_user("cse")
    clock(TUESDAY + 3 * HOUR + MINUTE)
    sweep_clocks()
    assert alert_text.subject(rung(ticket), TUESDAY + 3 * HOUR + 15 * MINUTE) == (
        f"Ticket {ticket.pk} (Premium, P0): first response due in 45 min"
    )
    assert "late" not in alert_text.text(rung(ticket), reader, TUESDAY + 3 * HOUR + 15 * MINUTE)


def test_a_notice_that_comes_late_says_by_how_much(clock: Any) -> None:
    ticket, reader = premium(), make_user("manager_cse_csa")
    clock(TUESDAY + 4 * HOUR + 47 * MINUTE)
    sweep_clocks()
    assert "This notice is 47 min late." in alert_text.text(rung(ticket), reader, TUESDAY + 5 * HOUR)


@pytest.mark.ledger("SLA-18")
def test_an_internal_target_is_called_one_and_a_thread_has_the_address_of_its_clock(clock: Any) -> None:
    thread, reader = make_thread(make_channel(make_account())), make_user("manager_cse_csa")
    thread.hear(make_message(None, thread=thread, kind="slack", at=TUESDAY))
    clock(TUESDAY + 61 * MINUTE)
    sweep_clocks()
    alert = Alert.objects.with_clock().get(state="fired")
    said = alert_text.text(alert, reader, TUESDAY + 62 * MINUTE)
    late = f"Slack thread {thread.pk} (Premium, P2): answer to a message (internal target) late by 2 min"
    assert said.startswith(late)
    assert said.endswith(f"/clocks/{alert.clock_id}/")


def test_a_reader_whose_zone_does_not_exist_is_told_in_the_company_s(clock: Any) -> None:
    ticket, reader = premium(), make_user("cse", zone="Mars/Olympus")
    clock(TUESDAY + 3 * HOUR + MINUTE)
    sweep_clocks()
    assert "Tue 13 Jan 2026, 14:00 PST" in alert_text.text(rung(ticket), reader, TUESDAY + 3 * HOUR)


def test_an_unconfirmed_priority_is_asked_for(clock: Any) -> None:
    ticket = premium(None)
    make_user("cse")
    clock(TUESDAY + 2 * HOUR)
    remind()
    assert alert_text.subject(rung(ticket), TUESDAY + 2 * HOUR).endswith("nobody has confirmed its priority")


# Whether it still holds when it leaves


def test_an_alert_is_not_sent_when_somebody_has_answered_meanwhile(clock: Any) -> None:
    ticket, somebody = premium(), make_user("cse", slack_id="U1")
    clock(TUESDAY + 3 * HOUR + MINUTE)
    sweep_clocks()
    (effect,) = effects_of(ticket)
    sender = sender_of(effect.kind)
    assert (effect.kind, sender.wanted(effect)) == ("slack.alert", None)
    ticket.log_reply("call", "On it.", at=TUESDAY + 3 * HOUR, by=somebody)
    assert sender.wanted(effect) == "clock_ended"


def test_an_alert_that_a_higher_one_has_overtaken_is_not_sent(clock: Any) -> None:
    ticket = premium("P2")
    make_user("cse")
    make_user("manager_cse_csa")
    clock(TUESDAY + timedelta(hours=23))  # Wednesday 09:00: at risk, and due at ten
    sweep_clocks()
    first = rung(ticket)
    clock(TUESDAY + timedelta(hours=25))
    sweep_clocks()
    assert Alert.objects.with_clock().get(pk=first.pk).moot == "overtaken"


def test_a_confirmed_priority_is_no_longer_asked_for(clock: Any) -> None:
    ticket, somebody = premium(None), make_user("cse")
    clock(TUESDAY + 2 * HOUR)
    remind()
    ticket.set_priority("P2", by=somebody)
    assert rung(ticket).moot == "confirmed"


@pytest.mark.ledger("SLA-21")
def test_the_words_of_an_alert_are_made_when_it_leaves(clock: Any) -> None:
    ticket, _ = premium(), make_user("manager_cse_csa")
    clock(TUESDAY + 4 * HOUR + MINUTE)
    sweep_clocks()
    (effect,) = effects_of(ticket)
    assert effect.kind == "mail.alert"
    assert effect.args.keys() == {"alert", "user"}
    clock(TUESDAY + 6 * HOUR)
    assert "late by 2 h" in sender_of(effect.kind).preview(effect)


@pytest.mark.ledger("REQ-03")
def test_an_automation_that_is_only_watched_writes_down_what_it_would_say(clock: Any) -> None:
    Automation.objects.filter(pk="sla_alerts").update(position="watch")
    ticket, _ = premium(), make_user("cse")
    clock(TUESDAY + 3 * HOUR + MINUTE)
    sweep_clocks()
    (effect,) = effects_of(ticket)
    assert (effect.state, f"Ticket {ticket.pk}" in effect.preview) == (Effect.State.WATCHED, True)


def test_an_automation_that_is_off_still_records_the_miss(clock: Any) -> None:
    Automation.objects.filter(pk="sla_alerts").update(position="off")
    ticket, _ = premium(), make_user("manager_cse_csa")
    clock(TUESDAY + 5 * HOUR)
    sweep_clocks()
    assert effects_of(ticket) == []
    assert ticket.clocks.get(kind="response").missed


def test_the_ticket_s_history_says_who_was_told(clock: Any) -> None:
    boss, ticket = make_user("manager_cse_csa", name="Bo Boss"), premium()
    clock(TUESDAY + 4 * HOUR + MINUTE)
    sweep_clocks()
    client = Client()
    client.force_login(boss)
    assert re.search(
        r"told Bo Boss\b.{0,60}\bmissed", client.get(ticket.get_absolute_url()).content.decode(), re.DOTALL
    )


# When it may reach a person


@pytest.mark.ledger("SLA-05")
def test_a_reminder_waits_for_the_next_opening_of_its_reader(clock: Any) -> None:
    night = TUESDAY + timedelta(hours=36)  # Wednesday 22:00
    reader = make_user("manager_cse_csa", zone="Europe/Berlin", working_week=NINE_TO_FIVE)
    ticket = premium("P2")
    clock(night)
    sweep_clocks()
    (effect,) = effects_of(ticket)
    assert effect.args["user"] == reader.pk
    assert effect.next_at == datetime(2026, 1, 15, 8, 0, tzinfo=UTC)  # Thursday 09:00 in Berlin


@pytest.mark.ledger("SLA-03", "SLA-07")
def test_what_is_urgent_waits_for_nobodys_hours(clock: Any) -> None:
    make_user("manager_cse_csa")
    ticket = premium("P0", received_at=TUESDAY + timedelta(hours=10))
    clock(TUESDAY + timedelta(hours=14, minutes=1))  # Wednesday 00:01
    sweep_clocks()
    (effect,) = effects_of(ticket)
    assert effect.next_at < TUESDAY + timedelta(hours=14, minutes=2)


@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        ({}, TUESDAY, None),
        ({}, TUESDAY + timedelta(hours=10), datetime(2026, 1, 14, 15, 0, tzinfo=UTC)),
        ({}, datetime(2026, 1, 17, 18, 0, tzinfo=UTC), datetime(2026, 1, 20, 15, 0, tzinfo=UTC)),  # Monday is a holiday
        ({"zone": "Asia/Tokyo", "working_week": NINE_TO_FIVE}, TUESDAY, datetime(2026, 1, 14, 0, 0, tzinfo=UTC)),
        ({"working_week": {"mon": "nonsense"}}, TUESDAY, None),
    ],
    ids=["open", "evening", "long weekend", "own week in Tokyo", "garbled week"],
)
def test_the_next_opening_is_the_person_s(fields: dict[str, Any], now: datetime, expected: datetime | None) -> None:
    assert next_working(make_user("cse", **fields), now) == expected


def test_a_holiday_of_the_company_is_nobodys_working_day() -> None:
    Holiday.objects.create(on=date(2026, 1, 13), name="Founders' Day")
    assert next_working(make_user("cse", working_week=NINE_TO_FIVE), TUESDAY) == datetime(2026, 1, 14, 17, tzinfo=UTC)


# Who is told


def test_a_post_that_nobody_holds_is_passed_on_up_the_order() -> None:
    vp, ticket = make_user("vp_cs"), premium()
    assert recipients("missed", ticket.clocks.get(kind="response"), escalation()) == [vp]


def test_backups_are_told_when_nobody_else_holds_the_post() -> None:
    backup, ticket = make_user(None), premium()
    RoleHolding.objects.create(user=backup, post=Post.objects.get(code="cse"), from_on=date(2020, 1, 1), backup=True)
    one = ticket.clocks.get(kind="response")
    assert recipients("at_risk", one, escalation()) == [backup]
    holder = make_user("cse")
    assert recipients("at_risk", one, escalation()) == [holder]


def test_somebody_who_has_left_is_not_told() -> None:
    gone, holder, ticket = make_user("cse"), make_user("cse"), premium()
    ticket.assign(gone, by=holder)
    gone.leave(by=holder)
    ticket.refresh_from_db()
    assert recipients("at_risk", ticket.clocks.get(kind="response"), escalation()) == [holder]


def test_nobody_at_all_is_no_reason_to_ring_again(clock: Any) -> None:
    ticket = premium()
    clock(TUESDAY + 5 * HOUR)
    sweep_clocks()
    assert effects_of(ticket) == []
    assert sweep_clocks() == 0


@pytest.mark.ledger("DIR-05")
def test_the_handbook_gives_the_order(clock: Any) -> None:
    HandbookEntry.objects.create(section="escalations", code="sla", value=[
        {"threshold": "missed", "post": "csa"},
        {"threshold": 90, "post": "cro"},
        {"threshold": 30, "post": "vp_cs"},
        {"threshold": "nonsense", "post": "ceo"},
        "nonsense",
    ])  # fmt: skip
    assert escalation() == (
        Step("at_risk", "cse"),
        Step("missed", "csa"),
        Step("escalate_1", "vp_cs", timedelta(minutes=30)),
        Step("escalate_2", "cro", timedelta(minutes=90)),
    )
    csa, ticket = make_user("csa"), premium()
    clock(TUESDAY + 4 * HOUR + MINUTE)
    sweep_clocks()
    assert [effect.args["user"] for effect in effects_of(ticket)] == [csa.pk]
    assert set(ticket.clocks.get(kind="response").alerts.filter(state="armed").values_list("threshold", flat=True)) == {
        "escalate_1", "escalate_2",
    }  # fmt: skip


def test_the_order_of_thresholds_rises() -> None:
    names = ["unconfirmed", "at_risk", "target", "missed", "escalate_1", "escalate_2", "escalate_10"]
    assert sorted(names, key=rank) == names
    assert steps_of([{"threshold": "escalate_1", "post": "ceo"}])[-1] == Step("escalate_1", "ceo", HOUR)
    assert steps_of([{"threshold": True, "post": "ceo"}, {"threshold": 10**30, "post": "ceo"}])[-1].post == "vp_cs"


# All the way out


@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-07", "SLA-21", "SYS-18")
def test_a_missed_promise_reaches_the_manager_in_slack_and_the_backup_by_mail_exactly_once(
    clock: Any, standins: StandIns
) -> None:
    clock(TUESDAY)
    make_user("manager_cse_csa", slack_id="U0BOSS")
    by_mail, ticket = make_user("manager_cse_csa"), premium()
    clock(TUESDAY + 4 * HOUR + MINUTE)
    sweep_clocks()
    for _ in range(3):
        send_rest()
        sweep_clocks()
    contract = f"Ticket {ticket.pk} (Premium, P0): first response"  # the internal target rings too, by itself
    assert sum(contract in str(entry) for entry in standins.journal("slack", "/api/chat.postMessage")) == 1
    [mail] = [one for one in standins.mails() if "first response" in one["subject"]]
    assert mail["to"] == [by_mail.email]
    assert mail["subject"].startswith(f"{contract} late by")
    assert mail["headers"]["auto-submitted"] == "auto-generated"
    assert [one.state for one in effects_of(ticket)] == [Effect.State.DONE] * 2
    assert "Secretive" not in mail["text"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-19", "SLA-21")
def test_an_alert_whose_clock_was_answered_before_it_left_never_leaves(clock: Any, standins: StandIns) -> None:
    clock(TUESDAY)
    by, ticket = make_user("manager_cse_csa"), premium("P2")
    clock(TUESDAY + timedelta(hours=33))  # Wednesday 19:00: the reminder waits for Thursday morning
    sweep_clocks()
    ticket.log_reply("call", "On it.", at=TUESDAY + timedelta(hours=33), by=by)
    clock(TUESDAY + timedelta(hours=46))
    send_rest()
    assert standins.mails() == []
    assert [one.state for one in effects_of(ticket)] == [Effect.State.CANCELLED]
