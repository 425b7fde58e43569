"""What the person before the screen may do on one ticket: fetched by permission, refused by name (R13)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, QueryDict

from fleetcs.models import User
from fleetcs.posts import ALL, OWN
from support.models import Ticket

NOT_YOURS = "Only support, and the team of this account, may do this."


@dataclass(frozen=True)
class Rights:
    """What a person may do on a ticket; the page shows the rest disabled, with the reason."""

    answer: bool
    note: bool
    work: bool
    triage: bool
    link: bool = False
    file: bool = False
    reason: str = NOT_YOURS


def colleague(request: HttpRequest) -> User:
    """The person who is signed in; every page here needs one."""
    return cast("User", request.user)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, even if that is nothing; None when it is only asked for."""
    return request.POST if request.method == "POST" else None


def rights(user: User, ticket: Ticket) -> Rights:
    """The same answer as `Ticket.objects.answerable_by(user)` and its sisters give, without asking the database."""
    account = ticket.account
    team = {account.csm_id, account.ae_id, account.sc_id} if account else set()
    mine = user.pk in team | {ticket.assignee_id}
    reach = {ALL, OWN} if mine else {ALL}
    names = ("ticket.answer", "ticket.note", "ticket.work", "ticket.triage", "issue.link", "bug.file")
    answer, note, work, triage, link, file = (user.scope(name) in reach for name in names)
    return Rights(answer=answer, note=note, work=work, triage=triage, link=link, file=file)


def works_on(user: User) -> Callable[[Ticket], bool]:
    """Which of the tickets of a page the person may work on."""
    scope = user.scope("ticket.work")
    return lambda ticket: rights(user, ticket).work if scope == OWN else scope == ALL
