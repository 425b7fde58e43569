"""The numbers beside this wing's entries of the navigation: only what this very person must act on."""

from django.db.models import Q, QuerySet

from fleetcs.models import User
from support.models import Clock, Feedback, Investigation, Ticket


def queue(user: User) -> QuerySet[Ticket]:
    """Unconfirmed priorities and running clocks of one's own tickets."""
    mine = Q(assignee=user, next_due_at__isnull=False)
    unconfirmed = Q(confirmed=False) if user.may("ticket.work") else Q(pk=None)
    return Ticket.objects.editable_by(user).open().filter(unconfirmed | mine)


def unanswered(user: User) -> QuerySet[Clock]:
    """Slack threads that wait for a colleague, for those who answer (R2)."""
    running = Clock.objects.running().filter(kind=Clock.Kind.ACKNOWLEDGE, ticket=None)
    return running if user.may("ticket.answer") else running.none()


def triage(user: User) -> QuerySet[Ticket]:
    """Requests that nobody could place."""
    return Ticket.objects.in_triage() if user.may("ticket.triage") else Ticket.objects.none()


def requests(user: User) -> QuerySet[Ticket]:
    """Department requests that nobody has answered yet, for those who answer."""
    open_requests = Ticket.objects.editable_by(user).open().filter(kind=Ticket.Kind.DEPARTMENT_REQUEST)
    return open_requests.filter(last_reply_at=None)


def stand_up(user: User) -> QuerySet[Investigation]:
    """Suspected bugs that nobody has acknowledged yet, for those who do (BUG-09)."""
    waiting = Investigation.objects.undecided().filter(acknowledged_at=None, issue__state="open")
    return waiting if user.may("bug.acknowledge") else waiting.none()


def feedback(user: User) -> QuerySet[Feedback]:
    """Feedback that this very person is asked to bring back from customers (REQ-08)."""
    mine = Feedback.objects.open().filter(csm=user, request__issue__state="open")
    return mine if user.may("request.settle") else mine.none()
