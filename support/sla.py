"""What we promise whom, and when it falls due: tier and priority to a clock, its allowances and their reasons.

Pure rules (A1-A26). A `Rule` is one cell of the policy table and is data that a manager edits with an effective date;
`DEFAULT_RULES` is what a new installation starts with. Moments are aware; what is returned is in UTC.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from accounts.tiers import Tier as Tier
from accounts.tiers import parse_tier as parse_tier
from fleetcs.hours import WEEKDAYS, Hours, NoOpenTime, Span, to_utc
from fleetcs.wording import duration

CLOCKS, UNITS = ("elapsed", "business", "none"), ("hours", "days")
NO_PROMISE = "No guaranteed resolution"
ZERO, SECOND, HOUR = timedelta(0), timedelta(seconds=1), timedelta(hours=1)


class Priority(StrEnum):
    """How badly a request hurts the customer (SLA-11); the support level is a field of its own (SLA-22)."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    @property
    def label(self) -> str:
        """The priority as people say it: "Emergency (P0)"."""
        return f"{IMPACTS[self]} ({self.value})"


IMPACTS = {Priority.P0: "Emergency", Priority.P1: "High", Priority.P2: "Medium", Priority.P3: "Low"}
# Our own wording; the handbook pack of a company replaces it (R14).
DEFINITIONS = {
    Priority.P0: "Nobody can work: the production service is down, or cannot be used at all.",
    Priority.P1: "Much of the work is held up: the service is badly degraded and the customer's business feels it.",
    Priority.P2: "Something does not work as it should, with little or no effect on the customer's business.",
    Priority.P3: "A question, or a wish for clarity: about a feature, a document, a set-up or how to do something.",
}


class Verdict(StrEnum):
    """Where a clock stands: derived from moments, never stored."""

    KEPT = "kept"
    MISSED = "missed"
    LATE = "late"
    AT_RISK = "at_risk"
    RUNNING = "running"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Allowance:
    """An amount of time a rule allows: "hours", or "days" of the calendar's own length (A2, A9)."""

    amount: Decimal
    unit: str = "hours"

    def open_time(self, hours: Hours) -> timedelta:
        """The allowance as time on this calendar."""
        whole = hours.day_length() if self.unit == "days" else HOUR
        return timedelta(microseconds=int(whole // timedelta(microseconds=1) * self.amount))

    def text(self, clock: str = "elapsed") -> str:
        """The allowance in words: "4 business hours", "1 hour", "2 business days"."""
        return f"{self.amount.normalize():f} {self.noun(clock)}{'' if self.amount == 1 else 's'}"

    def noun(self, clock: str) -> str:
        """What is counted: "hour", "business hour" or "business day"."""
        return "business day" if self.unit == "days" else "business hour" if clock == "business" else "hour"


def in_hours(amount: int | str | Decimal) -> Allowance:
    """An allowance of so many hours; whether they are business hours is the rule's clock to say."""
    return Allowance(Decimal(amount))


def in_days(amount: int | str | Decimal) -> Allowance:
    """An allowance of so many business days."""
    return Allowance(Decimal(amount), "days")


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the policy table: what a tier is promised at a priority, on the "elapsed" or "business" clock.

    The instant of receipt selects `inside` or `outside` (A4); `target` is an earlier aim beside the breach (A3).
    `holidays_close` says whether a holiday is closed on this row's clock, and outside hours for its selection (A6).
    """

    tier: Tier
    priority: Priority
    clock: str
    inside: Allowance | None = None
    outside: Allowance | None = None
    target: Allowance | None = None
    holidays_close: bool = False

    @property
    def name(self) -> str:
        """The cell in words: "Premium P1"."""
        return f"{str(self.tier).capitalize()} {self.priority}"

    def text(self) -> str:
        """The promise in words: "1 hour, or 2 hours outside business hours"."""
        if self.inside is None:
            return NO_PROMISE
        words = self.inside.text(self.clock)
        if self.target is not None:
            words += f", aiming at {self.target.text(self.clock)}"
        if self.outside in (None, self.inside):
            return words
        return f"{words}, or {self.outside.text(self.clock) if self.outside else ''} outside business hours"

    def allowance(self, inside: bool) -> Allowance | None:
        """What is allowed to a request received inside, or outside, the hours this row goes by."""
        return self.inside if inside or self.outside is None else self.outside

    def calendar(self, hours: Hours) -> Hours:
        """The calendar this row goes by: holidays do not delay the urgent (SLA-15)."""
        return hours if self.holidays_close else hours.without_holidays()


def _elapsed(tier: Tier, priority: Priority, inside: int, outside: int) -> Rule:
    return Rule(tier, priority, "elapsed", in_hours(inside), in_hours(outside))


def _within_days(tier: Tier, priority: Priority, days: int, target: int | None = None) -> Rule:
    aim = None if target is None else in_days(target)
    return Rule(tier, priority, "business", in_days(days), in_days(days), aim, holidays_close=True)


FREE_RULES = tuple(Rule(Tier.FREE, priority, "none") for priority in Priority)
DEFAULT_RULES = (
    *FREE_RULES,  # SLA-02: a policy may also leave these rows out
    _elapsed(Tier.PREMIUM, Priority.P0, 4, 4),  # SLA-03, A1
    Rule(Tier.PREMIUM, Priority.P1, "business", in_hours(4), in_hours(4)),  # SLA-04
    _within_days(Tier.PREMIUM, Priority.P2, 1),  # SLA-05
    _within_days(Tier.PREMIUM, Priority.P3, 2, target=1),  # SLA-06, A3
    _elapsed(Tier.ULTIMATE, Priority.P0, 1, 2),  # SLA-07, A4
    _elapsed(Tier.ULTIMATE, Priority.P1, 2, 4),  # SLA-08
    _within_days(Tier.ULTIMATE, Priority.P2, 1),  # SLA-09
    _within_days(Tier.ULTIMATE, Priority.P3, 1),  # SLA-10
)
# The older table of two rows (SLA-16, A26): history to pin an old contract to, never a choice for a new one.
SUPERSEDED = (
    *FREE_RULES,
    *(
        _elapsed(tier, priority, 4, 4)
        for tier in (Tier.PREMIUM, Tier.ULTIMATE)
        for priority in (Priority.P0, Priority.P1)
    ),
    *(
        _within_days(tier, priority, 1)
        for tier in (Tier.PREMIUM, Tier.ULTIMATE)
        for priority in (Priority.P2, Priority.P3)
    ),
)
# Beside every contract: when a customer's message is to be acknowledged at least (SLA-18).
ACKNOWLEDGE_INSIDE, ACKNOWLEDGE_OUTSIDE = in_hours(1), in_hours(4)
JOB_APPLICATION, DEPARTMENT_REQUEST = in_hours(4), in_days(1)
AT_RISK_QUARTERS = 3
LONGEST = 10_000


def rule_for(tier: Tier, priority: Priority, rules: Iterable[Rule] = DEFAULT_RULES) -> Rule:
    """The cell of a policy table, for Free one without a clock. Raises ValueError when a paid tier has none."""
    for rule in rules:
        if (rule.tier, rule.priority) == (tier, priority):
            return rule
    if tier == Tier.FREE:
        return Rule(tier, priority, "none")
    raise ValueError(f"The policy has no row for {tier} {priority}.")


def parse_priority(text: object) -> Priority:
    """The priority of this name. Raises ValueError naming what is allowed; P4 is refused by name (SLA-22)."""
    name = str(text).strip().upper()
    if name == "P4":
        raise ValueError("P4 is not a priority here: use P0 to P3.")
    try:
        return Priority(name)
    except ValueError as error:
        raise ValueError(f"{str(text)[:40]!r} is not a priority: use {', '.join(Priority)}.") from error


@dataclass(frozen=True, slots=True)
class Promise:
    """When a request falls due, and by what: the rule, the branch the receipt chose, the calendar it was counted on."""

    rule: Rule
    received_at: datetime
    due_at: datetime | None
    target_at: datetime | None
    inside: bool
    allowance: Allowance | None
    hours: Hours
    calendar: Hours
    worsened_at: datetime | None = None

    @property
    def counted_on(self) -> Hours | None:
        """The calendar the clock counts on; None for a clock that counts every hour, or for no clock."""
        return self.hours if self.rule.clock == "business" else None

    def at_risk_at(self) -> datetime | None:
        """When this clock becomes at risk; one that worsened is counted from then."""
        return at_risk_at(self.worsened_at or self.received_at, self.due_at, self.counted_on, self.target_at)


def promise(rule: Rule, received_at: datetime, hours: Hours) -> Promise:
    """What a rule promises to a request received at this instant; no moments where nothing is promised (SLA-02)."""
    received_at = to_utc(received_at)
    used = rule.calendar(hours)
    inside = used.is_open(received_at)
    allowance = rule.allowance(inside)
    due_at = _due(rule, received_at, allowance, used)
    target_at = _due(rule, received_at, rule.target, used)
    return Promise(rule, received_at, due_at, target_at, inside, allowance, used, hours)


def _due(rule: Rule, received_at: datetime, allowance: Allowance | None, hours: Hours) -> datetime | None:
    if allowance is None or rule.clock == "none":
        return None
    time = allowance.open_time(hours)
    return hours.after(received_at, time) if rule.clock == "business" else received_at + time


def received_inside(received_at: datetime, hours: Hours) -> bool:
    """The inside/outside split of reports and notices: a holiday is outside, whatever the row's clock says (R3)."""
    return hours.is_open(received_at)


def acknowledge_by(received_at: datetime, hours: Hours) -> datetime:
    """The internal target of a customer's message: 1 hour inside hours, 4 outside, holidays outside (SLA-18)."""
    allowance = ACKNOWLEDGE_INSIDE if received_inside(received_at, hours) else ACKNOWLEDGE_OUTSIDE
    return to_utc(received_at) + allowance.open_time(hours)


def unanswered_too_long(received_at: datetime, now: datetime) -> bool:
    """Whether a message missed "less than an hour" (SLA-20): at 59:59 it has not, at 60:00 it has."""
    return to_utc(now) - to_utc(received_at) >= HOUR


def job_application_due(received_at: datetime, hours: Hours) -> datetime:
    """When an applicant is to have an e-mail: 4 business hours, holidays closed (A24)."""
    return hours.after(received_at, JOB_APPLICATION.open_time(hours))


def department_request_due(received_at: datetime, hours: Hours) -> datetime:
    """When a request of another department is to be answered: 1 business day, holidays closed (A24)."""
    return hours.after(received_at, DEPARTMENT_REQUEST.open_time(hours))


def reprioritised(old_due: datetime | None, changed_at: datetime, new_promise: Promise, worsened: bool) -> Promise:
    """The promise after a change of priority (A19, R1, SLA-24).

    A correction recomputes from receipt without grace, so `new_promise` stands and may already be missed. Only an
    impact that worsened at `changed_at` gets the new allowance from then on, and never more than it had before.
    """
    if not worsened or new_promise.due_at is None:
        return new_promise
    changed_at = to_utc(changed_at)
    again = promise(new_promise.rule, changed_at, new_promise.calendar)
    due_at = _earlier(old_due, again.due_at)
    target_at = again.target_at and _earlier(again.target_at, due_at)
    return replace(
        again, received_at=new_promise.received_at, due_at=due_at, target_at=target_at, worsened_at=changed_at
    )


def _earlier(one: datetime | None, two: datetime | None) -> datetime | None:
    """The earlier of two moments, or the only one there is."""
    return min((to_utc(at) for at in (one, two) if at is not None), default=None)


def at_risk_at(
    started_at: datetime, due_at: datetime | None, hours: Hours | None = None, target_at: datetime | None = None
) -> datetime | None:
    """When a clock becomes at risk: three quarters of its counted time gone, or its target if that is earlier.

    `hours` is the calendar of a business clock; None means that every hour counts.
    """
    if due_at is None:
        return None
    started_at, due_at = to_utc(started_at), to_utc(due_at)
    if hours is None:
        at = started_at + _most(due_at - started_at)
    else:
        at = hours.after(started_at, _most(hours.between(started_at, due_at)))
    return min(at, due_at, to_utc(target_at or due_at))


def _most(time: timedelta) -> timedelta:
    return max(ZERO, time * AT_RISK_QUARTERS // 4)


def verdict(
    due_at: datetime | None,
    answered_at: datetime | None,
    now: datetime,
    at_risk_at: datetime | None = None,
    *,
    strict: bool = False,
) -> Verdict:
    """Where a clock stands at `now`: an answer at the due instant keeps it (A11), unless `strict` (SLA-20)."""
    if due_at is None:
        return Verdict.NONE
    if answered_at is not None:
        return Verdict.MISSED if _past(due_at, answered_at, strict) else Verdict.KEPT
    if _past(due_at, now, strict):
        return Verdict.LATE
    return Verdict.AT_RISK if at_risk_at is not None and to_utc(now) >= to_utc(at_risk_at) else Verdict.RUNNING


def _past(due_at: datetime, at: datetime, strict: bool) -> bool:
    return to_utc(at) >= to_utc(due_at) if strict else to_utc(at) > to_utc(due_at)


def missed_target(target_at: datetime | None, answered_at: datetime | None, now: datetime) -> bool:
    """Whether the earlier aim was missed: "late against target" though within the promise (SLA-06)."""
    return target_at is not None and to_utc(answered_at or now) > to_utc(target_at)


# Explaining


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a clock falls due when it does: sentences, and a minute ledger that sums to the second."""

    headline: str
    sentences: tuple[str, ...]
    spans: tuple[Span, ...]
    subtracted: tuple[str, ...]
    zone: ZoneInfo

    @property
    def counted(self) -> timedelta:
        """The time that counted, to the microsecond."""
        return sum((span.end - span.start for span in self.spans if span.counted), ZERO)

    def rows(self) -> list[tuple[Span, str]]:
        """Each span with the time it counted in words, which add up to the total to the second."""
        sums = accumulate((span.end - span.start if span.counted else ZERO for span in self.spans), initial=ZERO)
        seconds = (later // SECOND - sooner // SECOND for sooner, later in pairwise(sums))
        return [(span, duration(SECOND * count, exact=True)) for span, count in zip(self.spans, seconds, strict=True)]

    def text(self) -> str:
        """The whole explanation as plain text to paste to a customer."""
        return "\n".join([self.headline, *self.sentences, *self._lines()])

    def _lines(self) -> list[str]:
        lines = [
            f"  {moment_text(span.start, self.zone)} to {moment_text(span.end, self.zone)}: {span.reason}, "
            + (f"counted {time}" if span.counted else "not counted")
            for span, time in self.rows()
        ]
        return [*lines, f"  Counted in all: {duration(self.counted, exact=True)}"] if lines else []


def explain(
    rule: Rule,
    promise: Promise,
    received_at: datetime,
    until: datetime | None = None,
    policy: str = "",
    calendar: str = "",
) -> Explanation:
    """Why this promise falls due when it does, or what counted `until` an answer; with the versions it went by."""
    zone = promise.hours.zone
    if promise.due_at is None:
        return Explanation(f"{rule.name}: {NO_PROMISE}.", tuple(_versions(policy, calendar)), (), (), zone)
    end = until or promise.due_at
    spans = tuple(_spans(promise, to_utc(received_at), to_utc(end)))
    subtracted = tuple(holidays_in(spans, promise.hours)) if promise.counted_on else ()
    sentences = [
        *_branch(rule, promise),
        *_worsened(promise),
        *_skipped(rule, promise, spans, subtracted),
        *_versions(policy, calendar),
    ]
    return Explanation(_headline(rule, promise, received_at), tuple(sentences), spans, subtracted, zone)


def _headline(rule: Rule, promise: Promise, received_at: datetime) -> str:
    zone = promise.hours.zone
    allowed = promise.allowance.text(rule.clock) if promise.allowance else ""
    received, due = (moment_text(at, zone) for at in (received_at, promise.due_at) if at)
    target = f", target {moment_text(promise.target_at, zone)}" if promise.target_at else ""
    return f"{rule.name}: {allowed}. Received {received}{target}, due {due}."


def _branch(rule: Rule, promise: Promise) -> list[str]:
    where = "inside" if promise.inside else "outside"
    when = "The impact worsened" if promise.worsened_at else "Received"
    if rule.clock == "business":
        return [f"Only business hours count: {promise.hours.long_text()}."]
    if rule.inside == rule.outside:
        return ["Every hour counts, day and night."]
    is_holiday = promise.inside and not promise.calendar.is_open(promise.worsened_at or promise.received_at)
    also = f", which a holiday does not change for {rule.priority}" if is_holiday else ""
    return [f"{when} {where} business hours{also} ({promise.hours.long_text()}); every hour counts from then on."]


def _worsened(promise: Promise) -> list[str]:
    if promise.worsened_at is None:
        return []
    when = moment_text(promise.worsened_at, promise.hours.zone)
    return [f"The impact worsened {when}: the time allowed runs from then, but no later than what was due before."]


def _skipped(rule: Rule, promise: Promise, spans: Sequence[Span], subtracted: Sequence[str]) -> list[str]:
    """The holidays that were taken out of a clock, or that did not delay it, by name."""
    if subtracted:
        return [f"Not counted: {', '.join(subtracted)}."]
    if rule.clock == "business" and rule.holidays_close:
        return ["No holiday was subtracted."]
    ledger = promise.calendar.ledger(spans[0].start, spans[-1].end) if spans and not rule.holidays_close else []
    ignored = ", ".join(holidays_in(ledger, promise.calendar))
    return [f"Holidays do not delay {rule.priority}: {ignored}."] if ignored else []


def _spans(promise: Promise, start: datetime, end: datetime) -> list[Span]:
    if promise.counted_on:
        return promise.counted_on.ledger(start, end)
    return [Span(start, end, True, "every hour counts")] if start < end else []


def holidays_in(spans: Iterable[Span], hours: Hours) -> list[str]:
    """The holidays in a ledger, each with its day: "Thanksgiving Day (Thu 2026-11-26)"."""
    days = ((span, span.start.astimezone(hours.zone).date()) for span in spans if not span.counted)
    return [f"{span.reason} ({day:%a %Y-%m-%d})" for span, day in days if span.reason == hours.holidays.get(day)]


def _versions(policy: str, calendar: str) -> list[str]:
    parts = [f"{what} {label}" for what, label in (("Policy", policy), ("calendar", calendar)) if label]
    return [", ".join(parts) + "."] if parts else []


def moment_text(at: datetime, zone: ZoneInfo) -> str:
    """A moment with its zone's name, seconds only where there are some: "Fri 2026-01-23 15:30 PST"."""
    local = at.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M}{f':{local:%S}' if local.second else ''} {local:%Z}"


# Other readings of the same words, shown as hints


def other_readings(rule: Rule, received_at: datetime, hours: Hours) -> list[tuple[str, datetime]]:
    """What the readings that were not chosen would have made of this request, where they differ (A1-A9)."""
    chosen = promise(rule, received_at, hours)
    if chosen.due_at is None:
        return []
    readings = [
        ("p0_four_hours_on_business_clock", _on_business_clock(chosen)),
        ("end_of_nth_next_business_day", _end_of_day(chosen)),
        ("holidays_close_every_priority", _due_by(replace(rule, holidays_close=True), received_at, hours)),
        ("outside_but_never_later_than_opening_plus_inside_allowance", _from_opening(chosen)),
        ("hours_0600_1600", _due_by(rule, received_at, _from_six(hours))),
    ]
    return [(name, due_at) for name, due_at in readings if due_at is not None and due_at != chosen.due_at]


def _due_by(rule: Rule, received_at: datetime, hours: Hours) -> datetime | None:
    """The due moment of another reading; None where the calendars end before it."""
    try:
        return promise(rule, received_at, hours).due_at
    except NoOpenTime:
        return None


SIX_TO_FOUR = {day: [("06:00", "16:00")] for day in WEEKDAYS[:5]}


@lru_cache(maxsize=8)
def _from_six(hours: Hours) -> Hours:
    """The same calendar each time, so that its table of openings is not built for every question."""
    return hours.with_week(SIX_TO_FOUR)


def _on_business_clock(chosen: Promise) -> datetime | None:
    rule = chosen.rule
    if rule.priority != Priority.P0 or rule.clock != "elapsed" or rule.inside != rule.outside:
        return None
    return _due_by(replace(rule, clock="business"), chosen.received_at, chosen.calendar)


def _end_of_day(chosen: Promise) -> datetime | None:
    allowance = chosen.allowance
    if allowance is None or allowance.unit != "days" or allowance.amount % 1:
        return None
    try:
        return chosen.hours.end_of_open_day(chosen.received_at, int(allowance.amount))
    except NoOpenTime:
        return None


def _from_opening(chosen: Promise) -> datetime | None:
    rule, opening = chosen.rule, chosen.hours.next_opening(chosen.received_at)
    if rule.clock != "elapsed" or chosen.inside or rule.inside is None or opening is None:
        return None
    return _earlier(chosen.due_at, opening + rule.inside.open_time(chosen.hours))


# Checking a policy before it is saved


def validate(rules: Iterable[Rule], next_responses: Iterable[Rule] = ()) -> list[str]:
    """What is wrong with a policy table, one sentence each; empty when it can be saved.

    `next_responses` are the rows of a next-response target, if there is one: it may not overrule the first.
    """
    rules = list(rules)
    errors = [error for rule in rules for error in _errors(rule)]
    return errors + _gaps(rules) + [error for rule in next_responses for error in _shorter(rule, rules)]


def _errors(rule: Rule) -> list[str]:
    checks = [
        (rule.tier not in set(Tier), f"{str(rule.tier)[:40]!r} is not a tier: use {', '.join(Tier)}."),
        (rule.priority not in set(Priority), f"{str(rule.priority)[:40]!r} is not a priority: use P0 to P3."),
        (rule.clock not in CLOCKS, f"{rule.name}: the clock is one of {', '.join(CLOCKS)}."),
        (rule.clock == "none" and any(_allowances(rule)), f"{rule.name}: without a clock nothing can be allowed."),
        (rule.clock != "none" and rule.inside is None, f"{rule.name}: say how much time is allowed."),
    ]
    return [error for wrong, error in checks if wrong] + _bad_amounts(rule) + _bad_target(rule)


def _allowances(rule: Rule) -> list[Allowance]:
    return [allowance for allowance in (rule.inside, rule.outside, rule.target) if allowance is not None]


def _bad_amounts(rule: Rule) -> list[str]:
    amounts = _allowances(rule)
    checks = [
        (any(one.unit not in UNITS for one in amounts), "an allowance is in hours or days."),
        (not all(map(_reasonable, amounts)), f"an allowance is more than nothing and at most {LONGEST}."),
        (rule.clock == "elapsed" and any(one.unit == "days" for one in amounts), "days need a business clock."),
    ]
    return [f"{rule.name}: {error}" for wrong, error in checks if wrong]


def _reasonable(allowance: Allowance) -> bool:
    return allowance.amount.is_finite() and 0 < allowance.amount <= LONGEST


def _bad_target(rule: Rule) -> list[str]:
    due = [one for one in (rule.inside, rule.outside) if one is not None]
    if rule.target is None or not due or not all(map(_reasonable, _allowances(rule))):
        return []
    if any(one.unit != rule.target.unit for one in due):
        return [f"{rule.name}: give the target in {due[0].unit}, as the promise, so that the two can be compared."]
    late = rule.target.amount > min(one.amount for one in due)
    return [f"{rule.name}: the target is later than the promise."] if late else []


def _gaps(rules: Sequence[Rule]) -> list[str]:
    """Every cell once; Free may go without."""
    cells = Counter((rule.tier, rule.priority) for rule in rules)
    wanted = [(tier, priority) for tier in Tier for priority in Priority]
    missing = [cell for cell in wanted if cell not in cells and cell[0] != Tier.FREE]
    errors = [f"{tier.label} {priority} has no row." for tier, priority in missing]
    return errors + [f"{tier.label} {priority} has two rows." for tier, priority in wanted if cells[tier, priority] > 1]


def _shorter(rule: Rule, rules: Sequence[Rule]) -> list[str]:
    """A next response due before the first would overrule it before anybody answered."""
    first = next((one for one in rules if (one.tier, one.priority) == (rule.tier, rule.priority)), None)
    if first is None or first.inside is None or rule.inside is None:
        return []
    if (first.clock, first.inside.unit) != (rule.clock, rule.inside.unit):
        return [f"{rule.name}: the next response needs the clock and the unit of the first."]
    pairs = ((rule.allowance(side) or rule.inside, first.allowance(side) or first.inside) for side in (True, False))
    wrong = any(following.amount < answer.amount for following, answer in pairs)
    return [f"{rule.name}: the next response is due sooner than the first."] if wrong else []
