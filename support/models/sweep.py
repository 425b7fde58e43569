"""Firing alerts: any number of sweeps at once, late rather than never, never twice (F20 to F25)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from fleetcs import clock
from fleetcs.boundary import contain
from fleetcs.effects import emit
from fleetcs.hours import Hours
from fleetcs.models import Heartbeat, OpeningHours, User
from support import sla
from support.escalation import UNCONFIRMED, URGENT, Step, rank, step_for
from support.models.alert import Alert
from support.models.clock import Clock
from support.models.escalating import escalate, escalation
from support.models.in_force import InForce, in_force
from support.models.ticket import Ticket

BATCH = 50
ROUND = timedelta(seconds=20)  # after which no further batch is begun; the next sweep goes on
JUMP = timedelta(minutes=1)
AUTOMATION = "sla_alerts"

log = structlog.get_logger(__name__)


def sweep() -> int:
    """Fire what is ripe, each clock once; says how many clocks rang."""
    began, fired = clock.now(), 0
    _warn_of_jump(began)
    steps = escalation()
    after: int | None = 0
    while after is not None and clock.now() < began + ROUND:
        rang, after = _sweep_batch(after, steps)
        fired += rang
    return fired


@transaction.atomic
def _sweep_batch(after: int, steps: Sequence[Step]) -> tuple[int, int | None]:
    """The next ripe clocks by key; one whose row is held is being answered, or swept by somebody else."""
    now = clock.now()
    ripe = Clock.objects.running().filter(pk__gt=after, pk__in=Alert.objects.ripe(now).values("clock")).order_by("pk")
    batch = list(ripe.select_related("ticket__assignee").select_for_update(skip_locked=True, of=("self",))[:BATCH])
    rang = [one for one in batch if not contain(lambda one=one: ring(one, now, steps), row=str(one))]  # type: ignore[misc]
    return len(rang), batch[-1].pk if batch else None


@transaction.atomic
def ring(one: Clock, now: datetime, steps: Sequence[Step]) -> None:
    """Fire the highest ripe threshold of a clock whose row is held; the lower ones have been overtaken."""
    if one.is_past_due(now):
        _record_miss(one, steps)
    ripe = sorted(one.alerts.armed().filter(due_at__lt=now), key=lambda alert: rank(alert.threshold))
    if ripe:
        Alert.objects.filter(pk__in=[alert.pk for alert in ripe[:-1]]).update(state=Alert.State.SUPERSEDED)
        fire(ripe[-1], one, now, steps)


def _record_miss(one: Clock, steps: Sequence[Step]) -> None:
    """Write down that it is missed, for good, and arm what follows a miss of an urgent promise."""
    if not one.missed:
        one.missed = True
        one.save(update_fields=["missed"])
    escalate(one, steps)


def fire(alert: Alert, one: Clock, now: datetime, steps: Sequence[Step]) -> None:
    """Tell the people of this threshold, each within their own hours unless it is urgent."""
    alert.state, alert.fired_at = Alert.State.FIRED, now
    alert.save(update_fields=["state", "fired_at"])
    people = recipients(alert.threshold, one, steps)
    for person in people:
        tell(person, alert, one, now)
    if one.ticket:
        one.ticket.log("alert_fired", threshold=alert.threshold, clock=one.pk, people=people, late_by=alert.late_by)


def tell(person: User, alert: Alert, one: Clock, now: datetime) -> None:
    """Have one person told of an alert, once."""
    emit(
        "slack.alert" if person.slack_id else "mail.alert",
        key=f"alert:{alert.pk}:{person.pk}",
        args={"alert": alert.pk, "user": person.pk},
        automation=AUTOMATION,
        at=None if one.priority in URGENT else next_working(person, now),
    )


def recipients(threshold: str, one: Clock, steps: Sequence[Step]) -> list[User]:
    """Whoever works on it, else those who hold the post; a post that nobody holds is passed on up the order."""
    step = step_for(threshold, steps)
    assignee = one.ticket.assignee if one.ticket else None
    if step.goes_to_assignee and assignee and assignee.is_active:
        return [assignee]
    above = [other.post for other in steps if rank(other.threshold) > rank(step.threshold)]
    return next(filter(None, (_holders(post) for post in [step.post, *above])), [])


def _holders(post: str) -> list[User]:
    """The holders of a post today; their backups when there is none."""
    holding = User.objects.holding(post)
    return list(holding.filter(holdings__backup=False).distinct()) or list(holding.distinct())


def next_working(person: User, now: datetime) -> datetime | None:
    """When a reminder may reach a person: now (None) within their hours, else their next opening (#4432)."""
    hours = _working_hours(person, OpeningHours.objects.calendar(now))
    return None if hours.is_open(now) else hours.next_opening(now)


def _working_hours(person: User, company: Hours) -> Hours:
    """Their own week where they have given a usable one, with the company's holidays."""
    if not person.working_week:
        return company
    try:
        return Hours(person.zone, person.working_week, company.holidays)
    except ValueError:
        return company


def _warn_of_jump(now: datetime) -> None:
    """A sweep that came to its end in the future means that the machine's clock was put back (F23)."""
    last = Heartbeat.objects.filter(pk="sweep_clocks").values_list("at", flat=True).first()
    if last and last - now > JUMP:
        log.warning("clock_jump", seconds=(last - now).total_seconds())


def remind_of_unconfirmed() -> int:
    """Tell support once of each ticket whose priority nobody has confirmed within the internal target (R1)."""
    now, steps, versions = clock.now(), escalation(), in_force()
    told = Alert.objects.filter(threshold=UNCONFIRMED, clock__ticket__isnull=False).values("clock__ticket")
    waiting = Ticket.objects.unconfirmed().filter(received_at__lt=now - sla.HOUR).exclude(pk__in=told)
    late = (one for one in waiting.order_by("pk")[:BATCH] if now >= _wanted_by(one, versions))
    return sum(_remind(one, _wanted_by(one, versions), now, steps) for one in late)


def _wanted_by(ticket: Ticket, versions: InForce) -> datetime:
    """Until when somebody should have looked at it."""
    return sla.acknowledge_by(ticket.received_at, versions.version(ticket.received_at)[1])


@transaction.atomic
def _remind(ticket: Ticket, wanted_by: datetime, now: datetime, steps: Sequence[Step]) -> bool:
    one = ticket.clocks.filter(kind=Clock.Kind.RESPONSE).order_by("-pk").first()
    if one is None:
        return False
    alert = Alert.once(one, UNCONFIRMED, wanted_by)
    if alert:
        fire(alert, one, now, steps)
    return alert is not None
