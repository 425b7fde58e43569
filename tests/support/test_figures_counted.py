"""The sums of the managers' page, held against an independent recount (SLA-21)."""

import random
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from fleetcs import clock as product_clock
from fleetcs.models import User
from support import figures as rules
from support.models import Clock, ResponseTally, SourceTally, StaleDay, Tally, Ticket
from support.models.figures import Scope, in_state
from support.models.summing import read
from support.tasks import refresh_tallies, sweep_clocks
from tests.factories import make_account, make_message, make_ticket, make_user
from tests.support.figures import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db


def counted_apart(now: datetime) -> dict[tuple[str, ...], Counter[str]]:
    """States by kind, tier, priority and side, by reading every clock's moments in Python."""
    sums: dict[tuple[str, ...], Counter[str]] = {}
    for one in Clock.objects.all():
        key = (one.kind, one.tier, one.priority, str(one.inside))
        sums.setdefault(key, Counter())[apart(one, now)] += 1
    return sums


def apart(one: Clock, now: datetime) -> str:
    if one.due_at is None:
        return "none"
    late_at = (lambda at: at >= one.due_at) if one.kind == "acknowledge" else (lambda at: at > one.due_at)
    ended = one.stopped_at or one.withdrawn_at
    if ended:
        return "missed" if late_at(ended) else "kept" if one.stopped_at else "withdrawn"
    return "late" if late_at(now) else "at_risk" if now >= one.at_risk_at else "running"


def from_page(scope: Scope, now: datetime) -> dict[tuple[str, ...], Counter[str]]:
    rows = [row for row in read(scope, now).promises if row["week"] is None]
    sums = rules.added_up(rows, "kind", "tier", "priority", "inside")
    return {tuple(map(str, key)): Counter(counts) for key, counts in sums.items() if counts}


def many(clock: Any, seed: int, number: int = 40) -> datetime:
    """Tickets of three weeks: answered early and late, resolved, reopened, re-prioritised, or left waiting."""
    dice, people = random.Random(seed), [make_user("cse") for _ in range(3)]
    accounts = [make_account(tier) for tier in ("premium", "ultimate", None, "premium")]
    for _ in range(number):
        at = MONDAY + dice.random() * 20 * DAY
        clock(at)
        chosen = {"priority": dice.choice(["P0", "P1", "P2", "P3", None]), "source": dice.choice(["email", "manual"])}
        ticket = make_ticket(dice.choice(accounts), received_at=at, **chosen)
        live(ticket, clock, dice, people)
    clock(MONDAY + 20 * DAY + 5 * HOUR)
    return product_clock.now()


def live(ticket: Ticket, clock: Any, dice: random.Random, people: list[User]) -> None:
    by, fate = dice.choice(people), dice.random()
    if dice.random() < 0.2:
        clock.forward(minutes=dice.randint(1, 90))
        ticket.set_priority(dice.choice(["P0", "P1", "P2", "P3"]), by=by, reason="As it turns out.")
    clock.forward(minutes=dice.choice([3, 30, 55, 61, 119, 121, 250, 900, 3000]))
    if fate < 0.7:
        ticket.log_reply("call", "Hello", at=product_clock.now(), by=by)
    if fate < 0.3 or fate > 0.9:
        ticket.resolve(by=by, outcome="faq_updated")
    if fate < 0.15:
        clock.forward(hours=30)
        ticket.hear(make_message(ticket, at=product_clock.now()))


@pytest.mark.ledger("SLA-21")
def test_two_hundred_tickets_equal_an_independent_recount_by_both_ways(clock: Any) -> None:
    now = many(clock, seed=7, number=200)
    scope = Scope(date(2026, 1, 1), date(2026, 3, 1))
    expected = counted_apart(now)
    assert from_page(scope, now) == expected  # every day marked: counted live
    refresh_tallies()
    assert from_page(scope, now) == expected  # from the tallies
    for day in Tally.objects.order_by("on").values_list("on", flat=True).distinct()[::2]:
        StaleDay.mark(day)
    assert from_page(scope, now) == expected  # half and half
    narrowed = Scope(scope.first, scope.last, narrow=in_state(now)["late"] | ~in_state(now)["late"])
    assert from_page(narrowed, now) == expected  # all from the clocks


@pytest.mark.ledger("SLA-21")
def test_a_sweep_changes_no_figure(clock: Any) -> None:
    now = many(clock, seed=8)
    scope = Scope(date(2026, 1, 1), date(2026, 3, 1))
    before = from_page(scope, now)
    sweep_clocks()
    assert from_page(scope, now) == before == counted_apart(now)


def test_every_clock_is_in_exactly_the_state_that_its_page_shows(clock: Any) -> None:
    now = many(clock, seed=9)
    found = {state: set(Clock.objects.filter(q).values_list("pk", flat=True)) for state, q in in_state(now).items()}
    assert sum(map(len, found.values())) == Clock.objects.count()
    for one in Clock.objects.all():
        assert one.pk in found[one.state(now)]


@pytest.mark.ledger("SLA-21")
def test_response_times_equal_an_independent_recount_by_both_ways(clock: Any) -> None:
    now = many(clock, seed=10)
    scope, expected = Scope(date(2026, 1, 1), date(2026, 3, 1)), Counter[int]()
    for one in Clock.objects.filter(kind="response", stopped_at__isnull=False):
        expected[rules.step_of((one.stopped_at - one.started_at).total_seconds())] += 1
    live = steps_of(scope, now)
    refresh_tallies()
    assert live == steps_of(scope, now) == expected
    assert sum(ResponseTally.objects.values_list("responses", flat=True)) == expected.total()
    assert sum(SourceTally.objects.values_list("tickets", flat=True)) == 40


def steps_of(scope: Scope, now: datetime) -> dict[int, int]:
    return read(scope, now).responses[()]


# Behind every number
