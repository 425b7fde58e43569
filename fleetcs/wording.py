"""How amounts of time, moments and days are written: one formatter for pages, messages and logs. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SECOND = timedelta(seconds=1)


def duration(amount: timedelta, *, exact: bool = False) -> str:
    """An amount of time without its sign: "45 s", "12 min", "3 h 05 min", "2 d 4 h".

    `exact` keeps the seconds and cuts what is less, "26 h 7 s": the lines of a minute ledger add up to their total.
    """
    if exact:
        return _exact(abs(amount) // SECOND)
    seconds = abs(round(amount.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return _pair(seconds, HOUR, "h", MINUTE, "min", width=2)
    return _pair(seconds, DAY, "d", HOUR, "h")


def _pair(seconds: int, large: int, large_name: str, small: int, small_name: str, width: int = 1) -> str:
    whole, rest = divmod(seconds, large)
    part = rest // small
    return f"{whole} {large_name} {part:0{width}} {small_name}" if part else f"{whole} {large_name}"


def _exact(seconds: int) -> str:
    hours, rest = divmod(seconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)
    return " ".join(parts) or "0 s"


def relative(moment: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """A moment as seen from `now`: "now", "3 h ago", "in 20 min"; beyond a week the day itself."""
    ahead = moment >= now
    seconds = abs((moment - now).total_seconds())
    if seconds < 45:
        return "now"
    if seconds >= 7 * DAY:
        return _short_day(moment.astimezone(zone).date(), now.astimezone(zone).date())
    words = _rounded(seconds)
    return f"in {words}" if ahead else f"{words} ago"


def _rounded(seconds: float) -> str:
    if seconds < HOUR:
        return f"{max(1, int(seconds // MINUTE))} min"
    return f"{int(seconds // HOUR)} h" if seconds < DAY else f"{int(seconds // DAY)} d"


def _short_day(on: date, today: date) -> str:
    words = f"{on.day} {on:%b}"
    return words if on.year == today.year else f"{words} {on.year}"


def absolute(moment: datetime, zone: tzinfo) -> str:
    """A moment with its zone: "Mon 23 Nov 2026, 14:05 PST"."""
    local = moment.astimezone(zone)
    return f"{day(local)}, {local:%H:%M %Z}"


def day(on: date) -> str:
    """A day: "Mon 23 Nov 2026"."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def plural(count: int, noun: str, *, at_least: bool = False) -> str:
    """A counted noun: "1 ticket", "1,204 tickets"; `at_least` adds a plus sign."""
    is_day = noun[-2:-1] in "aeiou"  # a day, two days; a query, two queries
    ending = "" if count == 1 and not at_least else "ies" if noun.endswith("y") and not is_day else "s"
    stem = noun[:-1] if ending == "ies" else noun
    return f"{count:,}{'+' if at_least else ''} {stem}{ending}"


WEEKDAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}
ZONES = {"America/New_York": "Eastern", "America/Chicago": "Central", "America/Denver": "Mountain",
         "America/Los_Angeles": "Pacific"}  # fmt: skip


def opening(zone: str, week: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Opening hours: "Mon-Fri 07:00-16:00 Pacific time"; days with the same hours are drawn together."""
    runs: list[tuple[list[str], str]] = []
    for code, name in WEEKDAYS.items():
        times = " and ".join(f"{start}-{end}" for start, end in week.get(code, ()))
        if runs and runs[-1][1] == times:
            runs[-1][0].append(name)
        else:
            runs.append(([name], times))
    said = ", ".join(f"{_span(names)} {times}" for names, times in runs if times)
    return f"{said} {ZONES.get(zone, zone)} time"


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"


def amount(value: float) -> str:
    """A number with thousands apart and at most one decimal."""
    return f"{value:,.1f}".removesuffix(".0")


def kind_words(kind: str) -> str:
    """A kind as people read it: at_risk is "At risk"."""
    return kind.replace("_", " ").capitalize()
