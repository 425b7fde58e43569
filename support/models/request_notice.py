"""Notices to colleagues about customer requests, within their hours: each once (REQ-07, REQ-08)."""

from typing import TYPE_CHECKING, Final, NamedTuple

from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import User
from support.models.sweep import next_working

if TYPE_CHECKING:
    from support.models.customer_request import CustomerRequest
    from support.models.feedback import Feedback

AUTOMATION: Final = "request_notices"


class Notice(NamedTuple):
    """That somebody is told of something, once for each key; `request` is a key of a request."""

    key: str
    about: str
    request: int
    person: User


def prioritized(request: "CustomerRequest", person: User) -> Notice:
    """That product has prioritized what a customer of theirs waits for."""
    return Notice(f"request:{request.pk}:prioritized:{person.pk}", "prioritized", request.pk, person)


def asked(task: "Feedback", person: User) -> Notice:
    """That they are to bring what was released to a customer."""
    return Notice(f"feedback:{task.pk}:asked:{person.pk}", "feedback", task.request_id, person)


def notify(notice: Notice) -> None:
    """Have one person told, within their hours; the words are made when they leave, and name no customer."""
    emit(
        "slack.request" if notice.person.slack_id else "mail.request",
        key=notice.key,
        args={"request": notice.request, "user": notice.person.pk, "about": notice.about},
        automation=AUTOMATION,
        at=next_working(notice.person, clock.now()),
    )
