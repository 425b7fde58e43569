"""The 25 worked examples of the promises, and the calendar they are counted in."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fleetcs.hours import Hours
from support.sla import Priority, Promise, Rule, Tier, promise, reprioritised, rule_for

LA = ZoneInfo("America/Los_Angeles")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOLIDAYS = {
    "2026-01-01": "New Year's Day",
    "2026-01-19": "Martin Luther King Jr. Day",
    "2026-02-16": "Washington's Birthday",
    "2026-05-25": "Memorial Day",
    "2026-06-19": "Juneteenth",
    "2026-07-03": "Independence Day (observed)",
    "2026-09-07": "Labor Day",
    "2026-10-12": "Columbus Day",
    "2026-11-11": "Veterans Day",
    "2026-11-26": "Thanksgiving Day",
    "2026-12-25": "Christmas Day",
    "2027-01-01": "New Year's Day",
}
HOURS = Hours("America/Los_Angeles", {day: [("07:00", "16:00")] for day in WORKDAYS}, HOLIDAYS)
EARLY = HOURS.with_week({day: [("06:00", "16:00")] for day in WORKDAYS})

BUSINESS_P0 = "p0_four_hours_on_business_clock"
END_OF_DAY = "end_of_nth_next_business_day"
HOLIDAYS_CLOSE = "holidays_close_every_priority"
FROM_OPENING = "outside_but_never_later_than_opening_plus_inside_allowance"
FROM_SIX = "hours_0600_1600"
READINGS = {
    "business_p0": BUSINESS_P0,
    "end_of_day": END_OF_DAY,
    "holidays_close": HOLIDAYS_CLOSE,
    "from_opening": FROM_OPENING,
    "from_six": FROM_SIX,
}
type Example = tuple[Tier, Priority, datetime, datetime | None, datetime | None, list[tuple[str, datetime]]]


def at(text: str) -> datetime:
    """A Pacific moment as the worked examples write it: "2026-01-14 10:00:00 PST"."""
    return datetime.fromisoformat(text[:19] + {"PST": "-08:00", "PDT": "-07:00"}[text[-3:]])


def premium(priority: str) -> Rule:
    return rule_for(Tier.PREMIUM, Priority(priority))


def ultimate(priority: str) -> Rule:
    return rule_for(Tier.ULTIMATE, Priority(priority))


# The worked examples: number, tier, priority, received, due, target; under a row what other readings would have said

EXAMPLES = """
 1 | premium  | P0 | 2026-01-14 10:00:00 PST | 2026-01-14 14:00:00 PST | -
 2 | premium  | P0 | 2026-01-23 15:30:00 PST | 2026-01-23 19:30:00 PST | -
   business_p0 2026-01-26 10:30:00 PST
 3 | premium  | P1 | 2026-01-23 15:30:00 PST | 2026-01-26 10:30:00 PST | -
   from_six 2026-01-26 09:30:00 PST
 4 | premium  | P2 | 2026-01-23 15:30:00 PST | 2026-01-26 15:30:00 PST | -
   end_of_day 2026-01-26 16:00:00 PST
 5 | premium  | P3 | 2026-01-23 15:30:00 PST | 2026-01-27 15:30:00 PST | 2026-01-26 15:30:00 PST
   end_of_day 2026-01-27 16:00:00 PST
 6 | ultimate | P0 | 2026-01-23 15:30:00 PST | 2026-01-23 16:30:00 PST | -
 7 | ultimate | P1 | 2026-01-24 11:00:00 PST | 2026-01-24 15:00:00 PST | -
 8 | premium  | P1 | 2026-01-24 11:00:00 PST | 2026-01-26 11:00:00 PST | -
   from_six 2026-01-26 10:00:00 PST
 9 | premium  | P1 | 2026-01-16 15:30:00 PST | 2026-01-19 10:30:00 PST | -
   holidays_close 2026-01-20 10:30:00 PST
   from_six 2026-01-19 09:30:00 PST
10 | ultimate | P0 | 2026-02-03 06:59:59 PST | 2026-02-03 08:59:59 PST | -
   from_opening 2026-02-03 08:00:00 PST
   from_six 2026-02-03 07:59:59 PST
11 | ultimate | P0 | 2026-02-03 07:00:00 PST | 2026-02-03 08:00:00 PST | -
12 | ultimate | P0 | 2026-02-03 16:00:00 PST | 2026-02-03 18:00:00 PST | -
13 | premium  | P2 | 2026-02-03 07:00:00 PST | 2026-02-03 16:00:00 PST | -
   end_of_day 2026-02-04 16:00:00 PST
   from_six 2026-02-04 07:00:00 PST
14 | premium  | P2 | 2026-02-03 16:00:00 PST | 2026-02-04 16:00:00 PST | -
15 | premium  | P0 | 2026-03-07 23:30:00 PST | 2026-03-08 04:30:00 PDT | -
   business_p0 2026-03-09 11:00:00 PDT
16 | premium  | P1 | 2026-03-06 15:30:00 PST | 2026-03-09 10:30:00 PDT | -
   from_six 2026-03-09 09:30:00 PDT
17 | premium  | P0 | 2026-11-01 00:30:00 PDT | 2026-11-01 03:30:00 PST | -
   business_p0 2026-11-02 11:00:00 PST
18 | ultimate | P0 | 2026-11-01 01:30:00 PST | 2026-11-01 03:30:00 PST | -
19 | premium  | P2 | 2026-07-02 15:30:00 PDT | 2026-07-06 15:30:00 PDT | -
   end_of_day 2026-07-06 16:00:00 PDT
20 | premium  | P1 | 2026-07-03 10:00:00 PDT | 2026-07-03 14:00:00 PDT | -
   holidays_close 2026-07-06 11:00:00 PDT
21 | ultimate | P3 | 2026-07-03 10:00:00 PDT | 2026-07-06 16:00:00 PDT | -
22 | premium  | P3 | 2026-11-25 15:30:00 PST | 2026-11-30 15:30:00 PST | 2026-11-27 15:30:00 PST
   end_of_day 2026-11-30 16:00:00 PST
23 | ultimate | P0 | 2026-11-26 09:00:00 PST | 2026-11-26 10:00:00 PST | -
   holidays_close 2026-11-26 11:00:00 PST
24 | premium  | P2 | 2026-12-31 15:30:00 PST | 2027-01-04 15:30:00 PST | -
   end_of_day 2027-01-04 16:00:00 PST
25 | free     | P2 | 2026-01-14 10:00:00 PST | -                       | -
"""


def examples() -> list[Example]:
    """The rows of the table; an indented line is another reading of the row above it."""
    rows: list[Example] = []
    for line in EXAMPLES.strip().splitlines():
        if "|" in line:
            _, tier, priority, received, due, target = (cell.strip() for cell in line.split("|"))
            rows.append((Tier(tier), Priority(priority), at(received), moment(due), moment(target), []))
        else:
            name, when = line.split(maxsplit=1)
            rows[-1][-1].append((READINGS[name], at(when)))
    return rows


def moment(text: str) -> datetime | None:
    return None if text == "-" else at(text)


def changed(new: Rule, received: str, changed_at: str, worsened: bool, old: Rule) -> tuple[Promise, Promise]:
    before = promise(old, at(received), HOURS)
    after = reprioritised(before.due_at, at(changed_at), promise(new, at(received), HOURS), worsened)
    return before, after
