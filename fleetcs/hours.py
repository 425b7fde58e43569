"""Working time as pure values: opening hours, holidays, and the arithmetic on them.

Every question is answered from one cumulative table of opening intervals in UTC (bisect, no stepping), which is
built lazily, years at a time, around what is asked. Aware datetimes go in, UTC datetimes come out, and microseconds
survive because the table holds datetimes and never floats. Intervals are half open: `[opens, closes)`.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZONE_NAMES = {
    "America/Los_Angeles": ("PT", "Pacific Time"),
    "America/Denver": ("MT", "Mountain Time"),
    "America/Chicago": ("CT", "Central Time"),
    "America/New_York": ("ET", "Eastern Time"),
    "UTC": ("UTC", "UTC"),
}
OPEN, CLOSED, BREAK, HOLIDAY = "open hours", "closed", "break", "holiday"
MIDNIGHT = 24 * 60
ZERO = timedelta(0)
# Nobody plans beyond these; they also bound how far a calendar that never opens again is searched.
FIRST_YEAR, LAST_YEAR = 1970, 2200

type Pair = tuple[str | time, str | time] | Sequence[str]
type Day = date | str
type Dated[T] = Mapping[date, T] | Mapping[str, T] | Mapping[Day, T]
type Minutes = tuple[tuple[int, int], ...]
type Interval = tuple[datetime, datetime]


class NoOpenTime(ValueError):
    """The calendar has not enough open time between 1970 and 2200 to answer."""


class AmbiguousTime(ValueError):
    """A wall time that the autumn change shows twice; `first` and `second` are the two instants, in UTC (A12)."""

    def __init__(self, wall: datetime, zone: ZoneInfo) -> None:
        here = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        self.first, self.second = (one.astimezone(UTC) for one in here)
        names = " and once in ".join(one.tzname() or "?" for one in here)
        super().__init__(f"{wall:%Y-%m-%d %H:%M} happens twice in {zone.key}: once in {names}. Say which one is meant.")


class Span(NamedTuple):
    """One stretch of a ledger, in UTC: whether it counted as open time, and why."""

    start: datetime
    end: datetime
    counted: bool
    reason: str

    @property
    def length(self) -> timedelta:
        """How long the stretch is, whether it counted or not."""
        return self.end - self.start


class Table:
    """Opening intervals of some whole years, and the open time summed up before and after each of them."""

    __slots__ = ("after", "before", "closes", "first", "high", "last", "low", "opens")

    def __init__(self, years: tuple[int, int], low: datetime, high: datetime, intervals: Iterable[Interval]) -> None:
        self.first, self.last = years
        self.low, self.high = low, high
        # An empty interval in front spares every look-up the question whether there is one at all.
        self.opens, self.closes, self.before, self.after = [low], [low], [ZERO], [ZERO]
        for opens, closes in intervals:
            self.opens.append(opens)
            self.closes.append(closes)
            self.before.append(self.after[-1])
            self.after.append(self.after[-1] + (closes - opens))

    def open_until(self, at: datetime) -> timedelta:
        """Open time between the start of the table and `at`."""
        index = bisect_right(self.opens, at) - 1
        closes = self.closes[index]
        return self.before[index] + ((at if at < closes else closes) - self.opens[index])


NOTHING = Table((LAST_YEAR, FIRST_YEAR), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), ())


class Hours:
    """A working calendar (SLA-13): weekly hours in one zone, less holidays, with changed days and breaks.

    `week` maps "mon" to "sun" to ("HH:MM", "HH:MM") pairs, "24:00" allowed as an end. `holidays` are dates, ISO
    strings, or a mapping of those to names. `shifts` replace a day's hours (and win over a holiday: somebody said that
    this day is worked), `breaks` are taken out of a day's. Raises ValueError for anything that is no calendar.
    """

    def __init__(
        self,
        zone: str,
        week: Mapping[str, Iterable[Pair]],
        holidays: Iterable[Day] | Dated[str] = (),
        shifts: Dated[Iterable[Pair]] | None = None,
        breaks: Dated[Iterable[Pair]] | None = None,
    ) -> None:
        self._given = (zone, week, holidays, shifts, breaks)
        self.zone = _zone(zone)
        self.week = _week(week)
        self.holidays = _holidays(holidays)
        self.shifts = _dated("shift", shifts or {})
        self.breaks = _dated("break", breaks or {})
        if not self._open_days():
            raise ValueError("The week has no open interval: give at least one day its hours.")
        # Outside of the years with a dated exception all weeks are alike: who finds no edge there finds none later.
        years = [day.year for days in (self.holidays, self.shifts, self.breaks) for day in days]
        self._varies = min(years, default=LAST_YEAR) - 1, max(years, default=FIRST_YEAR) + 1
        self._table = NOTHING
        self._without_holidays: Hours | None = None

    # Arithmetic

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in opening hours: the opening instant does, the closing instant does not (A10)."""
        moment = to_utc(at)
        table = self._reach(moment, moment)
        return moment < table.closes[bisect_right(table.opens, moment) - 1]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants; zero when they are reversed."""
        first, last = to_utc(start), to_utc(end)
        if last <= first:
            return ZERO
        table = self._reach(first, last)
        return table.open_until(last) - table.open_until(first)

    def after(self, start: datetime, open_time: timedelta) -> datetime:
        """When `open_time` has passed since `start`: the earliest such instant, so a full day ends at closing.

        Zero is the next open moment. Raises NoOpenTime when the calendar never has that much.
        """
        moment = to_utc(_possible(start, open_time))
        table = self._reach(moment, moment)
        find = bisect_left if open_time else bisect_right
        target = table.open_until(moment) + open_time
        while (index := find(table.after, target)) == len(table.after):
            table = self._later(table)
        return table.opens[index] + (target - table.before[index])

    def before(self, end: datetime, open_time: timedelta) -> datetime:
        """From when on `open_time` passes until `end`: the latest such instant, so a full day starts at opening.

        Zero is `end` itself when that is open, else the closing before it. Raises NoOpenTime as `after` does.
        """
        moment = to_utc(_possible(end, open_time))
        if not open_time:
            return moment if self.is_open(moment) else self._last_open(moment)
        table = self._reach(moment, moment)
        while (target := table.open_until(moment) - open_time) < ZERO:
            table = self._earlier(table)
        index = bisect_right(table.before, target) - 1
        return table.opens[index] + (target - table.before[index])

    def ledger(self, start: datetime, end: datetime) -> list[Span]:
        """Every stretch from `start` to `end` with the reason it counted or not; the counted sum to `between`."""
        first, last = to_utc(start), to_utc(end)
        spans: list[Span] = []
        for opens, closes in self._opened(first, last):
            spans += self._closed(first, opens)
            spans.append(Span(opens, closes, True, OPEN))
            first = closes
        return spans + self._closed(first, last)

    # Edges of the day

    def opening_before(self, at: datetime) -> datetime | None:
        """The latest opening at or before `at`; None when the calendar was open ever since 1970."""
        moment = to_utc(at)
        table = self._reach(moment, moment)
        while (index := bisect_right(table.opens, moment) - 1) == 0 or table.opens[index] == table.low:
            if table.first <= max(FIRST_YEAR, self._varies[0]):
                return None
            table = self._earlier(table)
        return table.opens[index]

    def closing_before(self, at: datetime) -> datetime | None:
        """The latest closing at or before `at`; None when there is none since 1970."""
        moment = to_utc(at)
        table = self._reach(moment, moment)
        while (index := bisect_right(table.closes, moment) - 1) == 0:
            if table.first <= max(FIRST_YEAR, self._varies[0]):
                return None
            table = self._earlier(table)
        return table.closes[index]

    def next_opening(self, at: datetime) -> datetime | None:
        """The first opening later than `at`; None when there is none until 2200."""
        moment = to_utc(at)
        table = self._reach(moment, moment)
        while (index := bisect_right(table.opens, moment)) == len(table.opens):
            if table.last >= min(LAST_YEAR, self._varies[1]):
                return None
            table = self._later(table)
        return table.opens[index]

    def next_closing(self, at: datetime) -> datetime | None:
        """The first closing later than `at`; None when the calendar does not close again until 2200."""
        moment = to_utc(at)
        table = self._reach(moment, moment)
        while (index := bisect_right(table.closes, moment)) == len(table.closes) or table.closes[index] == table.high:
            if table.last >= min(LAST_YEAR, self._varies[1]):
                return None
            table = self._later(table)
        return table.closes[index]

    def end_of_open_day(self, at: datetime, nth: int) -> datetime:
        """The last closing of the nth open day after the local day of `at`. Raises NoOpenTime."""
        day = to_utc(at).astimezone(self.zone).date()
        while nth > 0:
            day += timedelta(days=1)
            if day.year > LAST_YEAR:
                raise NoOpenTime(f"There are not that many open days until {LAST_YEAR}.")
            opened = self._open_on(day)
            nth -= bool(opened)
        return opened[-1][1]

    # What the calendar says about itself

    def day_length(self) -> timedelta:
        """One business day (A2, A9): the usual length of an open day, the shorter one of two that are as usual."""
        lengths = Counter(sum(closes - opens for opens, closes in day) for day in self._open_days())
        return timedelta(minutes=min(lengths, key=lambda length: (-lengths[length], length)))

    def without_holidays(self) -> "Hours":
        """The same calendar for what holidays do not delay (A6): P0 and P1."""
        if not self.holidays:
            return self
        if self._without_holidays is None:
            zone, week, _, shifts, breaks = self._given
            self._without_holidays = Hours(zone, week, (), shifts, breaks)
        return self._without_holidays

    def with_week(self, week: Mapping[str, Iterable[Pair]]) -> "Hours":
        """The same zone, holidays, shifts and breaks around other weekly hours ("what if we opened at six?")."""
        zone, _, holidays, shifts, breaks = self._given
        return Hours(zone, week, holidays, shifts, breaks)

    @property
    def opens_text(self) -> str:
        """When the usual day opens: "7am"."""
        return _clock(self._usual_day()[0][0])

    @property
    def closes_text(self) -> str:
        """When the usual day closes: "4pm"."""
        return _clock(self._usual_day()[-1][1])

    @property
    def zone_text(self) -> str:
        """The zone in short: "PT", or "Berlin time" where no abbreviation is known."""
        return ZONE_NAMES.get(self.zone.key, (_town(self.zone),))[0]

    @property
    def zone_name(self) -> str:
        """The zone in full: "Pacific Time"."""
        return ZONE_NAMES.get(self.zone.key, (_town(self.zone),))[-1]

    @property
    def days_text(self) -> str:
        """The open days of the week: "Monday-Friday"."""
        return _days(day for day, intervals in enumerate(self.week) if intervals)

    def text(self) -> str:
        """The hours as a message says them: "7am - 4pm PT"; with the days in front where the days differ (SLA-14)."""
        patterns = {_walls(day, " - "): None for day in self._open_days()}
        if len(patterns) == 1:
            return f"{next(iter(patterns))} {self.zone_text}"
        return ", ".join(self._groups(" - ")) + f" {self.zone_text}"

    def long_text(self) -> str:
        """The hours as a policy says them: "Monday-Friday, 7AM-4PM Pacific Time"."""
        groups = ", ".join(self._groups("-", ", "))
        return re.sub(r"\d[ap]m\b", lambda found: found[0].upper(), groups) + f" {self.zone_name}"

    # The table

    def _reach(self, first: datetime, last: datetime) -> Table:
        """A table that holds both instants; one object, so that another thread's growing cannot mix two."""
        table = self._table
        if table.low <= first and last < table.high:
            return table
        if first.year < FIRST_YEAR or last.year > LAST_YEAR:
            raise NoOpenTime(f"Working time is known from {FIRST_YEAR} to {LAST_YEAR} only.")
        # Local years begin up to a day beside those of UTC, hence one more on either side.
        return self._build(min(table.first, first.year - 1), max(table.last, last.year + 1))

    def _later(self, table: Table) -> Table:
        if table.last >= LAST_YEAR:
            raise NoOpenTime(f"The calendar has not that much open time until {LAST_YEAR}.")
        return self._build(table.first, min(LAST_YEAR, 2 * table.last - table.first + 1))

    def _earlier(self, table: Table) -> Table:
        if table.first <= FIRST_YEAR:
            raise NoOpenTime(f"The calendar has not that much open time since {FIRST_YEAR}.")
        return self._build(max(FIRST_YEAR, 2 * table.first - table.last - 1), table.last)

    def _build(self, first: int, last: int) -> Table:
        begin, end = date(first, 1, 1), date(last + 1, 1, 1)
        days = (begin + timedelta(days=count) for count in range((end - begin).days))
        intervals = _merged(sorted(interval for day in days for interval in self._open_on(day)))
        self._table = Table((first, last), self._instant(begin, 0), self._instant(end, 0), intervals)
        return self._table

    def _open_on(self, day: date) -> list[Interval]:
        planned = self._instants(day, self._planned(day))
        if day not in self.breaks:
            return planned
        return _less(planned, self._instants(day, self.breaks[day]))

    def _planned(self, day: date) -> Minutes:
        if day in self.shifts:
            return self.shifts[day]
        return () if day in self.holidays else self.week[day.weekday()]

    def _instants(self, day: date, intervals: Minutes) -> list[Interval]:
        pairs = ((self._instant(day, opens), self._instant(day, closes), opens, closes) for opens, closes in intervals)
        return [(start, end) for start, end, *walls in pairs if start < end and not self._vanishes(day, *walls)]

    def _instant(self, day: date, minute: int) -> datetime:
        """The instant of a wall time: the first of an ambiguous one, moved forward by the gap in a skipped one."""
        return self._wall(day, minute).astimezone(UTC)

    def _wall(self, day: date, minute: int) -> datetime:
        # Adding to an aware datetime moves the wall clock, which is what is wanted here: 24:00 is the next midnight.
        return datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(minutes=minute)

    def _vanishes(self, day: date, opens: int, closes: int) -> bool:
        """Whether an interval lies wholly in the hour that spring leaves out."""
        return _skipped(self._wall(day, opens)) and _skipped(self._wall(day, closes))

    def _last_open(self, moment: datetime) -> datetime:
        closing = self.closing_before(moment)
        if closing is None:
            raise NoOpenTime(f"The calendar has no open time since {FIRST_YEAR}.")
        return closing

    # The ledger

    def _opened(self, first: datetime, last: datetime) -> Iterator[Interval]:
        if first >= last:
            return
        table = self._reach(first, last)
        for index in range(bisect_right(table.closes, first), bisect_left(table.opens, last)):
            yield max(first, table.opens[index]), min(last, table.closes[index])

    def _closed(self, first: datetime, last: datetime) -> list[Span]:
        spans: list[Span] = []
        for start, end, reason in self._named(first, last) if first < last else ():
            start, end = max(start, first), min(end, last)
            if start < end:
                spans += [Span(first, start, False, CLOSED)] if first < start else []
                spans.append(Span(start, end, False, reason))
                first = end
        return [*spans, Span(first, last, False, CLOSED)] if first < last else spans

    def _named(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """The stretches that are closed for a reason of their own: holidays (whole local days) and breaks."""
        day, stop = (at.astimezone(self.zone).date() for at in (first, last))
        while day <= stop:
            if self._lost_to_holiday(day):
                yield self._instant(day, 0), self._instant(day, MIDNIGHT), self.holidays[day]
            elif day in self.breaks:
                for start, end in self._taken_out(day):
                    yield start, end, BREAK
            day += timedelta(days=1)

    def _lost_to_holiday(self, day: date) -> bool:
        """A holiday that takes nothing away (on a Saturday, or worked as a shift) is not worth naming."""
        return day in self.holidays and day not in self.shifts and bool(self.week[day.weekday()])

    def _taken_out(self, day: date) -> list[Interval]:
        planned = self._instants(day, self._planned(day))
        return sorted(set(_less(planned, _less(planned, self._instants(day, self.breaks[day])))))

    # Words

    def _open_days(self) -> list[Minutes]:
        return [day for day in self.week if day] or [day for day in self.shifts.values() if day]

    def _usual_day(self) -> Minutes:
        return Counter(self._open_days()).most_common(1)[0][0]

    def _groups(self, dash: str, after_days: str = " ") -> Iterator[str]:
        """The days that share their hours, with those hours: "Monday-Thursday 7am - 4pm"."""
        if not any(self.week):
            yield "announced days" + after_days + _walls(self._usual_day(), dash)
        for hours in dict.fromkeys(day for day in self.week if day):
            days = _days(day for day, intervals in enumerate(self.week) if intervals == hours)
            yield days + after_days + _walls(hours, dash)


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC, where subtracting and comparing are about instants and not about walls (A12)."""
    if at.tzinfo is None:
        raise ValueError("Working time needs a datetime that knows its zone.")
    return at.astimezone(UTC)


def wall_time(wall: str | datetime, zone: str | ZoneInfo, fold: int | None = None) -> datetime:
    """The UTC instant of what a wall clock in `zone` shows (A12); a value with its own offset is simply converted.

    Raises AmbiguousTime (with both instants) in the repeated autumn hour unless `fold` says which (0 the first, 1 the
    second), and ValueError in the hour that spring leaves out, or for text that is no date with a time.
    """
    local = _parsed(wall)
    if local.tzinfo is not None:
        return _checked_utc(local)
    where = _zone(zone) if isinstance(zone, str) else zone
    here = local.replace(tzinfo=where, fold=fold or 0)
    if _skipped(here):
        raise ValueError(f"{local:%Y-%m-%d %H:%M} does not exist in {where.key}: the clocks go forward over it.")
    if fold is None and _repeated(here):
        raise AmbiguousTime(local, where)
    return _checked_utc(here)


def _parsed(wall: str | datetime) -> datetime:
    if isinstance(wall, datetime):
        return wall
    text = str(wall).strip()
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ][\d:.,]{4,15}(Z|[+-][\d:]{2,9})?", text):
        raise ValueError("Write a date and a time, such as 2026-11-01 01:30.")
    return datetime.fromisoformat(text)


def _checked_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("That date is out of range.") from error


def _skipped(wall: datetime) -> bool:
    """In a gap the offset before the change (fold 0) is the smaller one; in a repeated hour it is the larger one."""
    return _offset(wall, 0) < _offset(wall, 1)


def _repeated(wall: datetime) -> bool:
    return _offset(wall, 0) > _offset(wall, 1)


def _offset(wall: datetime, fold: int) -> timedelta:
    return wall.replace(fold=fold).utcoffset() or ZERO


def _possible(at: datetime, open_time: timedelta) -> datetime:
    if open_time < ZERO:
        raise ValueError("An amount of open time cannot be negative.")
    if open_time.days > 366 * (LAST_YEAR - FIRST_YEAR):
        raise NoOpenTime(f"There is not that much time between {FIRST_YEAR} and {LAST_YEAR}.")
    return at


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted intervals with touching ones made one, so that a calendar without nights has no edge at midnight."""
    merged: list[Interval] = []
    for opens, closes in intervals:
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes)
        else:
            merged.append((opens, closes))
    return merged


def _less(intervals: list[Interval], taken: list[Interval]) -> list[Interval]:
    """What is left of the intervals when the taken ones are cut out."""
    for start, end in taken:
        pieces = [((opens, min(closes, start)), (max(opens, end), closes)) for opens, closes in intervals]
        intervals = [(opens, closes) for pair in pieces for opens, closes in pair if opens < closes]
    return intervals


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
        raise ValueError(f"There is no time zone {_short(name)}.") from error


def _week(week: Mapping[str, Iterable[Pair]]) -> tuple[Minutes, ...]:
    if not isinstance(week, Mapping):
        raise ValueError("The week is a table of days and their intervals.")
    if unknown := set(week) - set(WEEKDAYS):
        raise ValueError(f"{_short(min(unknown, key=str))} is not a day: use {', '.join(WEEKDAYS)}.")
    return tuple(_intervals(DAY_NAMES[index], week.get(day, ())) for index, day in enumerate(WEEKDAYS))


def _holidays(days: Iterable[Day] | Dated[str]) -> dict[date, str]:
    if isinstance(days, Mapping):
        return {_date("holiday", day): str(name) or HOLIDAY for day, name in days.items()}
    return {_date("holiday", day): HOLIDAY for day in days}


def _dated(what: str, days: Dated[Iterable[Pair]]) -> dict[date, Minutes]:
    return {_date(what, day): _intervals(f"{what} of {day}", pairs) for day, pairs in days.items()}


def _date(what: str, day: Day) -> date:
    if type(day) is date:
        return day
    try:
        return date.fromisoformat(str(day))
    except ValueError as error:
        raise ValueError(f"{_short(day)} is not the date of a {what}: write it as 2026-11-26.") from error


def _intervals(where: str, pairs: Iterable[Pair]) -> Minutes:
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise ValueError(f"{where}: give a list of intervals.")
    intervals = sorted(_interval(where, pair) for pair in pairs)
    for (_, closes), (opens, _) in pairwise(intervals):
        if opens < closes:
            raise ValueError(f"{where}: two intervals overlap at {_digits(opens)}.")
    return tuple((opens, closes) for opens, closes in _joined(intervals))


def _joined(intervals: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """08:00-12:00 and 12:00-16:00 are one interval."""
    edges = Counter(edge for interval in intervals for edge in interval)
    lone = sorted(edge for edge, times in edges.items() if times == 1)
    return zip(lone[::2], lone[1::2], strict=True)


def _interval(where: str, pair: Pair) -> tuple[int, int]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError(f"{where}: an interval is an opening and a closing time.")
    opens, closes = (_minute(where, value) for value in pair)
    if closes == MIDNIGHT - 1:
        raise ValueError(f"{where}: 23:59 would lose the last minute of the day, write 24:00.")
    if closes <= opens:
        raise ValueError(f"{where}: the end {_digits(closes)} is not after the start {_digits(opens)}.")
    return opens, closes


def _minute(where: str, value: str | time) -> int:
    text = value.isoformat() if isinstance(value, time) else str(value)
    found = re.fullmatch(r"([01]\d|2[0-4]):([0-5]\d)(?::00)?", text, re.ASCII)
    minute = int(found[1]) * 60 + int(found[2]) if found else MIDNIGHT + 1
    if minute > MIDNIGHT:
        raise ValueError(f"{where}: {_short(text)} is not a time between 00:00 and 24:00.")
    return minute


def _short(value: object) -> str:
    """What somebody gave us, short enough to be shown back."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _digits(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _clock(minute: int) -> str:
    if minute % 720 == 0:
        return "noon" if minute == 720 else "midnight"
    hour, rest = divmod(minute, 60)
    return f"{(hour - 1) % 12 + 1}{f':{rest:02}' if rest else ''}{'am' if hour < 12 else 'pm'}"


def _walls(day: Minutes, dash: str) -> str:
    return " and ".join(f"{_clock(opens)}{dash}{_clock(closes)}" for opens, closes in day)


def _days(days: Iterable[int]) -> str:
    """Weekday numbers as runs of names: "Monday-Wednesday, Friday"."""
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0])]
    return ", ".join("-".join(dict.fromkeys((DAY_NAMES[run[0]], DAY_NAMES[run[-1]]))) for run in runs)


def _town(zone: ZoneInfo) -> str:
    return f"{zone.key.rsplit('/', 1)[-1].replace('_', ' ')} time"
