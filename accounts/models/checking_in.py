"""What is asked of the check-ins with customers: who has none, and what past ones lack (DCL-27, DCL-28)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from accounts import check_ins
from accounts.models.account import Account
from accounts.models.contract import Contract
from accounts.models.meeting import Meeting
from accounts.models.meeting_notes import MeetingNotes
from fleetcs.hours import Hours
from fleetcs.models import User
from fleetcs.working_day import day_of

LOOKED_BACK: Final = timedelta(weeks=13)


@dataclass(frozen=True)
class Owed:
    """A check-in that is over and lacks its notes, or, with `notes`, the review of its todos."""

    account: Account
    on: date
    notes: MeetingNotes | None


def without_check_in(user: User, now: datetime) -> QuerySet[Account]:
    """Customers with a contract in force and no check-in on the calendar, of those whose meetings `user` schedules."""
    series = Meeting.objects.check_ins().standing().filter(account=OuterRef("pk"))
    contracts = Contract.objects.in_force(now).filter(account=OuterRef("pk"))
    customers = Account.objects.meetings_scheduled_by(user).customers()
    return customers.filter(Exists(contracts), ~Exists(series)).select_related("csm")


def going_on(user: User) -> QuerySet[Meeting]:
    """Series that nobody has called off, of those whose meetings `user` schedules."""
    series = Meeting.objects.check_ins().standing().filter(account__in=Account.objects.meetings_scheduled_by(user))
    return series.select_related("account__csm").order_by("account__name", "pk")


def owed(user: User, now: datetime) -> list[Owed]:
    """Check-ins of the last thirteen weeks that lack something, the newest first; two statements for all of them."""
    mine = Account.objects.meetings_scheduled_by(user)
    linked = MeetingNotes.objects.filter(account__in=mine, held_on__gte=day_of(now - LOOKED_BACK))
    notes = {(one.account_id, one.held_on): one for one in linked.order_by("todos_reviewed", "pk")}
    held = {(account.pk, on): account for account, on in _held(mine, now)}
    lacking = [Owed(account, on, notes.get((pk, on))) for (pk, on), account in held.items()]
    rows = [row for row in lacking if not (row.notes and row.notes.todos_reviewed)]
    return sorted(rows, key=lambda row: (-row.on.toordinal(), row.account.name))


def _held(accounts: QuerySet[Account], now: datetime) -> Iterator[tuple[Account, date]]:
    """Accounts and the days of their check-ins that are over; of a series called off, those before that."""
    series = Meeting.objects.check_ins().filter(account__in=accounts, starts_at__lte=now)
    for one in series.select_related("account__csm"):
        until = min(now, one.cancelled_at or now) - timedelta(minutes=one.minutes)
        for moment in check_ins.occurrences(one.starts_at, one.recurs, now - LOOKED_BACK, until):
            yield one.account, day_of(moment)


def review_proposed(meetings: Iterable[Meeting], calendar: Hours) -> date | None:
    """The day proposed for the first business review, from the kickoff among these meetings (DCL-25)."""
    kickoffs = [one.starts_at for one in meetings if one.kind == Meeting.Kind.KICKOFF and not one.cancelled_at]
    return check_ins.first_review(max(kickoffs), calendar) if kickoffs else None
