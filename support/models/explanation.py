"""Why a clock stands where it stands: its minute ledger in words, with what was counted until now or an answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from fleetcs.hours import Hours, Span
from fleetcs.wording import duration
from support import band, sla
from support.models.clock import Clock
from support.models.in_force import Answer

HEADS = {
    Clock.Kind.ACKNOWLEDGE: "Internal target",
    Clock.Kind.APPLICATION: "Job application",
    Clock.Kind.REQUEST: "Department request",
}


@dataclass(frozen=True)
class Reading:
    """A reading of the promise that was not chosen, and when it would have fallen due."""

    words: str
    due_at: datetime


@dataclass(frozen=True)
class Answered:
    """What the calculator has found out, with its explanation."""

    answer: Answer
    why: sla.Explanation

    @property
    def rows(self) -> list[tuple[Span, str]]:
        return self.why.rows()

    @property
    def counted(self) -> str:
        return duration(self.why.counted, exact=True)

    @property
    def text(self) -> str:
        return self.why.text()

    @property
    def zone(self) -> ZoneInfo:
        return self.why.zone

    @property
    def band(self) -> band.Band:
        promise = self.answer.promise
        marks = [(label, at) for label, at in (("Target", promise.target_at), ("Due", promise.due_at)) if at]
        return band.drawn(self.why.spans, marks, self.zone)

    @property
    def readings(self) -> list[Reading]:
        return readings_of(self.answer.promise)


def of_answer(answer: Answer) -> Answered:
    """An answer of the calculator as the page shows it."""
    return Answered(answer, answer.explanation)


@dataclass(frozen=True)
class Explained:
    """A clock with its explanation at a moment."""

    clock: Clock
    why: sla.Explanation
    now: datetime
    calendar: Hours
    promise: sla.Promise | None

    @property
    def zone(self) -> ZoneInfo:
        return self.why.zone

    @property
    def rows(self) -> list[tuple[Span, str]]:
        """The minute ledger; the counted times add up to the total to the second."""
        return self.why.rows()

    @property
    def counted(self) -> str:
        return duration(self.why.counted, exact=True)

    @property
    def end(self) -> datetime:
        """Until when the clock has run."""
        return self.clock.stopped_at or self.clock.withdrawn_at or self.now

    @property
    def counts(self) -> Hours | None:
        """The calendar it counts on; None when every hour counts."""
        if self.clock.kind == Clock.Kind.RESPONSE:
            return self.promise.counted_on if self.promise else None
        return None if self.clock.is_strict else self.calendar

    @property
    def standing(self) -> str:
        """Where it stands, in a sentence: answered, withdrawn or still running, and after how much counted time."""
        one, end = self.clock, self.end
        counts = self.counts
        used = counts.between(one.started_at, end) if counts else max(end - one.started_at, sla.ZERO)
        so_long = duration(used, exact=True)
        when = sla.moment_text(end, self.zone)
        if one.stopped_at:
            return f"Answered {when}, after {so_long}{self._verdict(end)}."
        if one.withdrawn_at:
            return f"Withdrawn {when} ({one.withdrawn_reason}), after {so_long}{self._verdict(end)}."
        return f"Still running: {so_long} counted until {when}{self._verdict(end)}."

    def _verdict(self, end: datetime) -> str:
        due = self.clock.due_at
        if due is None:
            return ""
        return f", late by {duration(end - due, exact=True)}" if self.clock.is_past_due(end) else ", in time"

    @property
    def text(self) -> str:
        """Everything as plain text to paste."""
        return f"{self.why.text()}\n{self.standing}" if self.clock.due_at else self.why.text()

    @property
    def band(self) -> band.Band:
        """The ledger as a drawn band."""
        return band.drawn(self.why.spans, self.marks, self.zone)

    @property
    def marks(self) -> list[tuple[str, datetime]]:
        one = self.clock
        marks = [("Target", one.target_at), ("Due", one.due_at), ("Answered", one.stopped_at)]
        now = self.now if one.is_running else None
        return [(label, at) for label, at in [*marks, ("Now", now)] if at]

    @cached_property
    def readings(self) -> list[Reading]:
        """What the readings that were not chosen would have said."""
        return readings_of(self.promise) if self.promise else []


def readings_of(promise: sla.Promise) -> list[Reading]:
    """The readings that were not chosen, where they differ, in words."""
    found = sla.other_readings(promise.rule, promise.received_at, promise.calendar)
    return [Reading(READINGS[name], due_at) for name, due_at in found]


READINGS = {
    "p0_four_hours_on_business_clock": "If the hours of an emergency were business hours",
    "end_of_nth_next_business_day": "If a business day meant until closing of the next business day",
    "holidays_close_every_priority": "If holidays delayed every priority",
    "outside_but_never_later_than_opening_plus_inside_allowance": (
        "If outside hours it were never later than opening plus what is allowed inside"
    ),
    "hours_0600_1600": "If the hours were 6 AM to 4 PM",
}


def explanation_of(clock: Clock, now: datetime) -> Explained:
    """Why this clock falls due when it does, and where it stands; running ones too. Read it with `for_explaining`."""
    calendar = clock.hours.calendar
    promise = clock.promise_on(calendar)
    contract = clock.kind == Clock.Kind.RESPONSE
    why = _of_promise(clock, promise, calendar) if contract else _of_internal(clock, calendar)
    return Explained(clock, why, now, calendar, promise)


def _of_promise(one: Clock, promise: sla.Promise | None, hours: Hours) -> sla.Explanation:
    if promise is None or one.rule is None:
        head = f"{one.get_tier_display()} {one.priority}: {sla.NO_PROMISE}."
        return sla.Explanation(head, (), (), (), hours.zone)
    recorded, version = _as_recorded(one, promise), f"version {one.hours_id}"
    why = sla.explain(promise.rule, recorded, one.started_at, policy=one.rule.policy.name, calendar=version)
    if promise.due_at == one.due_at:
        return why
    return replace(why, sentences=(*why.sentences, _recorded(one, promise.due_at, hours.zone)))


def _as_recorded(one: Clock, promise: sla.Promise) -> sla.Promise:
    return replace(promise, due_at=one.due_at, target_at=one.target_at)


def _recorded(one: Clock, due_at: datetime | None, zone: ZoneInfo) -> str:
    """Why the recorded due moment is not the one that would be counted today."""
    would = f"it would be {sla.moment_text(due_at, zone)}" if due_at else "there would be none"
    why = "what was missed stays missed" if one.missed else "what was recorded stands"
    return f"The due moment stands as it was recorded: counted by what holds today {would}, but {why}."


def _of_internal(one: Clock, hours: Hours) -> sla.Explanation:
    """The internal targets: one hour or four of every hour, or business time with holidays taken out."""
    if one.kind == Clock.Kind.IMPORTED:
        return sla.Explanation(SETTLED, (), (), (), hours.zone)
    due = one.due_at or one.started_at
    received, until = (sla.moment_text(at, hours.zone) for at in (one.started_at, due))
    allowed = INTERNAL[one.kind](one.inside).text("elapsed" if one.is_strict else "business")
    head = f"{HEADS[Clock.Kind(one.kind)]}: {allowed}. Received {received}, due {until}."
    every_hour = [Span(one.started_at, due, True, "every hour counts")]
    spans = tuple(every_hour if one.is_strict else hours.ledger(one.started_at, due))
    subtracted = () if one.is_strict else tuple(sla.holidays_in(spans, hours))
    sentences = [_how(one, hours), *_taken_out(subtracted), f"Calendar version {one.hours_id}."]
    return sla.Explanation(head, tuple(sentences), spans, subtracted, hours.zone)


def _how(one: Clock, hours: Hours) -> str:
    if not one.is_strict:
        return f"Only business hours count: {hours.long_text()}."
    where = "inside" if one.inside else "outside"
    return f"Received {where} business hours ({hours.long_text()}); every hour counts from then on."


def _taken_out(subtracted: tuple[str, ...]) -> list[str]:
    return [f"Not counted: {', '.join(subtracted)}."] if subtracted else []


SETTLED = "Settled before it was imported: it is remembered, and stands in no figure."
INTERNAL = {
    "acknowledge": lambda inside: sla.ACKNOWLEDGE_INSIDE if inside else sla.ACKNOWLEDGE_OUTSIDE,
    "application": lambda inside: sla.JOB_APPLICATION,
    "request": lambda inside: sla.DEPARTMENT_REQUEST,
}
