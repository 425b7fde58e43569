"""A clock's page: why it is due when it is due, in words, as a band, and as text that sums to the second."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from fleetcs.models import Holiday, User
from support import band
from support.models import Clock, SlaPolicy, Ticket
from support.models.explanation import explanation_of
from tests.factories import make_account, make_channel, make_message, make_thread, make_ticket, make_user

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 1, 23, 23, 30, 7, tzinfo=UTC)  # Friday 15:30:07 in the company's zone
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNITS = {"h": 3600, "min": 60, "s": 1}


def signed_in(post: str | None = "cse", user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_user(post))
    return client


def premium(priority: str = "P1", at: datetime = FRIDAY, **fields: Any) -> Ticket:
    return make_ticket(make_account("premium"), received_at=at, priority=priority, **fields)


def contract(ticket: Ticket) -> Clock:
    return Clock.objects.for_explaining().get(ticket=ticket, kind="response")


def copied(page: str) -> str:
    found = re.search(r'data-copy-text="([^"]*)"', page)
    assert found
    return unescape(found[1])


def seconds_in(words: str) -> int:
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+) (h|min|s)\b", words))


@pytest.mark.ledger("SLA-04", "SLA-13")
def test_the_page_explains_a_clock_that_still_runs(clock: Any) -> None:
    clock(FRIDAY + HOUR)
    page = signed_in().get(contract(premium()).get_absolute_url()).content.decode()
    assert "4 business hours. Received Fri 2026-01-23 15:30:07 PST, due Mon 2026-01-26 10:30:07 PST." in page
    assert "Still running: 29 min 53 s counted until Fri 2026-01-23 16:30:" in page
    assert "calendar version" in page
    assert "Tiers and priorities" in page
    assert "<svg viewBox" in page
    assert " style=" not in page


@pytest.mark.ledger("SLA-04", "SLA-21")
@pytest.mark.parametrize("priority", ["P0", "P1", "P2", "P3"])
def test_the_copied_text_counts_spans_that_sum_to_the_second(clock: Any, priority: str) -> None:
    at = datetime(2026, 11, 25, 23, 59, 59, 123_456, tzinfo=UTC)  # the afternoon before Thanksgiving
    clock(at + HOUR)
    one = contract(premium(priority, at))
    text = copied(signed_in().get(one.get_absolute_url()).content.decode())
    counted = [line.split("counted ")[1] for line in text.splitlines() if ", counted " in line]
    total = next(line for line in text.splitlines() if "Counted in all" in line).split(": ", 1)[1]
    assert sum(map(seconds_in, counted)) == seconds_in(total)
    allowed = {"P0": 4, "P1": 4, "P2": 9, "P3": 18}[priority] * 3600
    assert seconds_in(total) == allowed


@pytest.mark.ledger("SLA-05", "SLA-15")
def test_the_holidays_that_were_taken_out_stand_by_name_beside_the_due_time(clock: Any) -> None:
    at = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    clock(at)
    page = signed_in().get(contract(premium("P2", at)).get_absolute_url()).content.decode()
    due = page.index("Due ")
    assert "Taken out: Thanksgiving Day (Thu 2026-11-26)" in page[due : due + 400]


@pytest.mark.ledger("SLA-04", "SLA-19")
def test_an_answered_clock_says_after_how_much_counted_time(clock: Any) -> None:
    ticket, by = premium(), make_user("cse")
    clock(FRIDAY + timedelta(days=5))
    ticket.log_reply("call", "Hello", at=FRIDAY + timedelta(days=2, hours=17), by=by)  # Monday 08:30:07
    assert explanation_of(contract(ticket), FRIDAY).standing == (
        "Answered Mon 2026-01-26 08:30:07 PST, after 2 h, in time."
    )


@pytest.mark.ledger("SLA-03", "SLA-21")
def test_a_missed_clock_says_by_how_much_and_asks_for_the_cause(clock: Any) -> None:
    ticket, by = premium("P0"), make_user("cse")
    clock(FRIDAY + timedelta(days=1))
    ticket.log_reply("call", "Hello", at=FRIDAY + 5 * HOUR + 47 * MINUTE, by=by)
    client, one = signed_in(user=by), contract(ticket)
    page = client.get(one.get_absolute_url()).content.decode()
    assert "late by 1 h 47 min." in page
    assert "Why was it missed?" in page
    assert client.post(f"{one.get_absolute_url()}cause/", {"cause": "nonsense"}).status_code == 422
    client.post(f"{one.get_absolute_url()}cause/", {"cause": "handed_over", "note": "Shift change"})
    one.refresh_from_db()
    assert (one.cause, one.cause_note) == ("handed_over", "Shift change")
    assert "Lost in a hand-over" in client.get(one.get_absolute_url()).content.decode()


@pytest.mark.ledger("SLA-02")
def test_a_clock_of_free_says_that_nothing_is_guaranteed(clock: Any) -> None:
    clock(FRIDAY)
    ticket = make_ticket(make_account(None), received_at=FRIDAY)
    page = signed_in().get(contract(ticket).get_absolute_url()).content.decode()
    assert "Free P2: No guaranteed resolution." in page


@pytest.mark.ledger("SLA-18")
@pytest.mark.parametrize(("hours", "words"), [(0, "1 hour"), (10, "4 hours")], ids=["inside", "outside"])
def test_the_internal_target_explains_itself_and_says_that_it_is_internal(clock: Any, hours: int, words: str) -> None:
    at = datetime(2026, 1, 23, 19, 0, tzinfo=UTC) + hours * HOUR
    clock(at)
    one = Clock.objects.for_explaining().get(ticket=premium(at=at), kind="acknowledge")
    why = explanation_of(one, at).why
    assert why.headline.startswith(f"Internal target: {words}. Received Fri 2026-01-23")
    assert why.counted == one.due_at - at
    assert "An internal target of ours" in signed_in().get(one.get_absolute_url()).content.decode()


@pytest.mark.ledger("INT-10", "INT-12")
@pytest.mark.parametrize(("kind", "hours"), [("job_application", 4), ("department_request", 9)])
def test_applications_and_requests_say_which_holidays_were_taken_out(clock: Any, kind: str, hours: int) -> None:
    at = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    clock(at)
    one = Clock.objects.for_explaining().get(ticket=premium(at=at, kind=kind), kind__in=["application", "request"])
    why = explanation_of(one, at).why
    assert why.counted == hours * HOUR
    assert why.subtracted == ("Thanksgiving Day (Thu 2026-11-26)",)
    assert why.spans[-1].end == one.due_at


@pytest.mark.ledger("SLA-24")
def test_a_due_moment_that_stands_though_the_rule_has_changed_says_so(clock: Any) -> None:
    ticket, by = premium("P0"), make_user("cse")
    clock(FRIDAY + 5 * HOUR)
    ticket.set_priority("P2", by=by, reason="Only one user")
    why = explanation_of(contract(ticket), FRIDAY + 5 * HOUR).why
    assert contract(ticket).due_at == FRIDAY + 4 * HOUR
    assert "due Fri 2026-01-23 19:30:07 PST" in why.headline
    assert "what was missed stays missed" in why.sentences[-1]


@pytest.mark.ledger("SLA-15")
def test_a_closed_clock_says_that_a_later_correction_does_not_touch_it(clock: Any) -> None:
    ticket, by = premium("P2"), make_user("cse")
    clock(FRIDAY + 7 * 24 * HOUR)
    ticket.log_reply("call", "Hello", at=FRIDAY + HOUR, by=by)
    Holiday.objects.create(on=date(2026, 1, 26), name="Founders' Day")
    assert "what was recorded stands" in explanation_of(contract(ticket), FRIDAY).why.sentences[-1]


def test_other_readings_are_behind_a_disclosure(clock: Any) -> None:
    clock(FRIDAY)
    page = signed_in().get(contract(premium("P0")).get_absolute_url()).content.decode()
    hidden = page[page.index('<details class="twin"><summary>Other readings') :]
    assert "If the hours of an emergency were business hours" in hidden[: hidden.index("</details>")]


def test_the_ticket_page_can_include_it_without_the_other_readings(clock: Any, django_assert_num_queries: Any) -> None:
    clock(FRIDAY)
    one = contract(premium())
    with django_assert_num_queries(1):  # the holidays
        shown = {"clock": one, "explanation": explanation_of(one, FRIDAY), "now": FRIDAY}
        text = render_to_string("support/_clock.html", shown)
    assert "Other readings of" not in text
    assert one.get_absolute_url() in text


# Who may see it


def test_a_clock_is_seen_by_those_who_see_its_ticket(clock: Any) -> None:
    clock(FRIDAY)
    executive, ticket = make_user("ae"), premium()
    url = contract(ticket).get_absolute_url()
    assert signed_in(None).get(url).status_code == 404
    assert signed_in(user=executive).get(url).status_code == 404
    ticket.account.ae = executive
    ticket.account.save()
    assert signed_in(user=executive).get(url).status_code == 200
    assert signed_in("csm").get(url).status_code == 200


def test_who_asked_for_something_sees_the_clock_of_their_request(clock: Any) -> None:
    clock(FRIDAY)
    somebody = make_user(None)
    ticket = make_ticket(None, received_at=FRIDAY, kind="department_request", requester=somebody)
    one = ticket.clocks.get(kind="request")
    assert signed_in(user=somebody).get(one.get_absolute_url()).status_code == 200
    assert signed_in(None).get(one.get_absolute_url()).status_code == 404


@pytest.mark.ledger("SLA-18")
def test_the_clock_of_a_thread_has_a_page_too(clock: Any) -> None:
    clock(FRIDAY)
    thread, executive = make_thread(make_channel(make_account())), make_user("ae")
    thread.hear(make_message(None, thread=thread, kind="slack", at=FRIDAY))
    url = thread.clocks.get().get_absolute_url()
    assert signed_in().get(url).status_code == 200
    assert signed_in(user=executive).get(url).status_code == 404


def test_only_those_who_work_on_it_say_why_it_was_missed(clock: Any) -> None:
    clock(FRIDAY + timedelta(days=9))
    ticket = premium("P0")
    ticket.log_reply("call", "Hello", at=FRIDAY + 9 * HOUR, by=make_user("cse"))
    url = contract(ticket).get_absolute_url()
    assert signed_in("bizops").post(f"{url}cause/", {"cause": "other"}).status_code == 403
    assert "Support, and the team of this account, say why" in signed_in("bizops").get(url).content.decode()
    assert signed_in(None).post(f"{url}cause/", {"cause": "other"}).status_code == 404


def test_a_clock_that_was_kept_has_no_cause_to_give(clock: Any) -> None:
    clock(FRIDAY)
    url = contract(premium()).get_absolute_url()
    assert signed_in().post(f"{url}cause/", {"cause": "other"}).status_code == 404


# The band


@pytest.mark.ledger("SLA-04")
def test_the_band_is_as_long_as_the_ledger_and_marks_due_and_now(clock: Any) -> None:
    clock(FRIDAY)
    drawn = explanation_of(contract(premium()), FRIDAY + HOUR).band
    assert drawn.blocks[0].x == 0
    assert drawn.blocks[-1].x + drawn.blocks[-1].width == pytest.approx(band.WIDTH)
    assert [block.kind for block in drawn.blocks] == ["counted", "closed", "counted"]
    assert [mark.label for mark in drawn.marks] == ["Now", "Due"]


def test_a_clock_that_has_been_late_for_years_is_drawn_to_a_scale_one_can_read(clock: Any) -> None:
    clock(FRIDAY)
    drawn = explanation_of(contract(premium("P0")), FRIDAY + timedelta(days=900)).band
    assert drawn.blocks[0].width > 200
    assert len(drawn.ticks) <= 10
    assert max(mark.x for mark in drawn.marks) == band.WIDTH


def test_marks_that_fall_together_stand_on_two_lines(clock: Any) -> None:
    clock(FRIDAY)
    one = contract(premium())
    drawn = explanation_of(one, one.due_at).band
    assert [mark.line for mark in drawn.marks] == [0, 1]


@pytest.mark.ledger("SLA-16")
def test_a_pinned_contract_is_explained_by_its_superseded_policy(clock: Any) -> None:
    clock(FRIDAY)
    account = make_account("premium")
    account.contracts.update(policy=SlaPolicy.objects.get(superseded=True).code)
    ticket = make_ticket(account, received_at=FRIDAY, priority="P1")
    why = explanation_of(contract(ticket), FRIDAY).why
    assert ticket.due_at == FRIDAY + 4 * HOUR  # the older table counted every hour
    assert "superseded" in why.sentences[-1]


@pytest.mark.ledger("SLA-07", "SLA-24")
def test_an_impact_that_grew_in_the_evening_is_not_said_to_have_come_then(clock: Any) -> None:
    ticket = make_ticket(make_account("ultimate"), received_at=FRIDAY, priority="P2")
    clock(FRIDAY + 3 * HOUR)
    ticket.set_priority("P0", by=make_user(), worsened_at=FRIDAY + 2 * HOUR)
    text = explanation_of(contract(ticket), FRIDAY + 3 * HOUR).text
    assert "The impact worsened outside business hours" in text
    assert "Received outside" not in text
    assert contract(ticket).due_at == FRIDAY + 4 * HOUR
