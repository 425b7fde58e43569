"""What waits for a colleague who leaves or loses a post: tickets, feedback, alerts that have not left yet (DIR-05)."""

from fleetcs import clock
from fleetcs.models import Effect, User
from support.models import Alert, Feedback, Ticket
from support.models.escalating import escalation
from support.models.sweep import recipients, tell

ALERTS = ("slack.alert", "mail.alert")


def pass_on(person: User, *, by: User) -> None:
    """Of who has left, tickets go back to all, feedback to the account's CSM; alerts to whom they concern now."""
    if not person.is_active:
        for ticket in Ticket.objects.open().filter(assignee=person).select_for_update().order_by("pk"):
            ticket.assign(None, by=by)
        for task in Feedback.objects.open().filter(csm=person).select_related("account__csm").order_by("pk"):
            task.pass_on(by=by)
    waiting = Effect.objects.filter(state=Effect.State.WAITING, kind__in=ALERTS, args__user=person.pk)
    for effect in waiting.order_by("pk"):
        _readdress(effect, person, by)


def _readdress(effect: Effect, person: User, by: User) -> None:
    alert = Alert.objects.with_clock().filter(pk=effect.args["alert"]).first()
    people = recipients(alert.threshold, alert.clock, escalation()) if alert and not alert.moot else []
    if person in people or not effect.cancel(by=by) or alert is None:
        return
    for other in people:
        tell(other, alert, alert.clock, clock.now())
