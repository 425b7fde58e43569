"""Which day it is for the company: days are Pacific, whatever the zone of the person who asks (A25)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from fleetcs import clock

ZONE = ZoneInfo(settings.TIME_ZONE)


def day_of(moment: datetime) -> date:
    """The company's calendar day of an aware moment."""
    return moment.astimezone(ZONE).date()


def today() -> date:
    """The company's calendar day now."""
    return day_of(clock.now())
