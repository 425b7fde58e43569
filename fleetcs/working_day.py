"""Which day it is for the company: days are Pacific, whatever the zone of the person who asks (A25)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from fleetcs import clock
from fleetcs.hours import Hours

ZONE = ZoneInfo(settings.TIME_ZONE)
LONGEST_BREAK: Final = 30  # days


def day_of(moment: datetime) -> date:
    """The company's calendar day of an aware moment."""
    return moment.astimezone(ZONE).date()


def today() -> date:
    """The company's calendar day now."""
    return day_of(clock.now())


def is_working(calendar: Hours) -> Callable[[date], bool]:
    """Whether the company works on a day, holidays considered."""

    def works(day: date) -> bool:
        begins = datetime.combine(day, time(), ZONE)
        return calendar.between(begins, datetime.combine(day + timedelta(days=1), time(), ZONE)) > timedelta()

    return works


def working_day(day: date, works: Callable[[date], bool]) -> date:
    """A day on which the company works, or the first such day after it; itself where it never works."""
    days = (day + timedelta(days=count) for count in range(LONGEST_BREAK))
    return next(filter(works, days), day)


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())
