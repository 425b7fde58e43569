"""What a colleague reads when a clock rings: ticket by number, promise, due moment and lateness, never a customer."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.urls import reverse

from fleetcs import wording
from fleetcs.addresses import absolute_url
from fleetcs.models import User
from support.escalation import UNCONFIRMED
from support.models import Alert, Clock

LATE_NOTICE = timedelta(minutes=5)  # a notice that comes later than this says so
PROMISES = {
    Clock.Kind.RESPONSE.value: "first response",
    Clock.Kind.ACKNOWLEDGE.value: "answer to a message (internal target)",
    Clock.Kind.APPLICATION.value: "mail to an applicant",
    Clock.Kind.REQUEST.value: "answer to a department request",
}


def subject(alert: Alert, now: datetime) -> str:
    """The notice in one line, also the subject of a mail."""
    one = alert.clock
    return f"{which(one)}: {_state(alert, now)}"


def text(alert: Alert, user: User, now: datetime) -> str:
    """The whole notice, with moments in the reader's zone and a link."""
    one, zone = alert.clock, zone_of(user)
    due = f" Due {wording.absolute(one.due_at, zone)}." if one.due_at else ""
    return "\n".join([f"{subject(alert, now)}.{due}", *_delay(alert), url(one)])


def zone_of(user: User) -> ZoneInfo:
    """The reader's zone; the company's where theirs is none, since a notice must not fail for that."""
    try:
        return ZoneInfo(user.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def which(one: Clock) -> str:
    """Ticket by number, tier and priority: "Ticket 17 (Premium, P1)"."""
    name = f"Ticket {one.ticket_id}" if one.ticket_id else f"Slack thread {one.thread_id}"
    return f"{name} ({one.get_tier_display()}, {one.priority})"


def _state(alert: Alert, now: datetime) -> str:
    one = alert.clock
    what = PROMISES[one.kind]
    if alert.threshold == UNCONFIRMED:
        return "nobody has confirmed its priority"
    if one.due_at is None:
        return f"{what} is awaited"
    amount = wording.duration(one.due_at - now)
    return f"{what} late by {amount}" if one.is_past_due(now) else f"{what} due in {amount}"


def _delay(alert: Alert) -> list[str]:
    late = alert.late_by
    return [f"This notice is {wording.duration(late)} late."] if late and late > LATE_NOTICE else []


def url(one: Clock) -> str:
    """Where the reader goes: the ticket, or the clock of a thread that is none yet."""
    page = reverse("support:ticket", args=[one.ticket_id]) if one.ticket_id else one.get_absolute_url()
    return absolute_url(page)
