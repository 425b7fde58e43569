"""What is asked of the check-ins with customers: who has none, and what past ones lack (DCL-27, DCL-28)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import check_ins
from accounts.models.account import Account
from accounts.models.contract import Contract
from accounts.models.meeting import Meeting
from accounts.models.meeting_notes import MeetingNotes
from fleetcs.hours import Hours
from fleetcs.models import OpeningHours, User
from fleetcs.working_day import day_of, is_working

LOOKED_BACK: Final = timedelta(weeks=13)
MOVED: Final = timedelta(days=3)  # a check-in that is held so much later is the same one


@dataclass(frozen=True)
class Owed:
    """A check-in that is over and lacks its notes, or, with `notes`, the review of its todos."""

    account: Account
    on: date
    notes: MeetingNotes | None


def without_check_in(user: User, now: datetime) -> QuerySet[Account]:
    """Customers in force of `user`'s that have no check-in on the calendar."""
    series = Meeting.objects.check_ins().standing().filter(account=OuterRef("pk"))
    return _customers(user, now).filter(~Exists(series)).select_related("csm")


def _customers(user: User, now: datetime) -> QuerySet[Account]:
    """Customers with a contract in force, of those whose meetings `user` schedules."""
    contracts = Contract.objects.in_force(now).filter(account=OuterRef("pk"))
    return Account.objects.meetings_scheduled_by(user).customers().filter(Exists(contracts))


def going_on(user: User) -> QuerySet[Meeting]:
    """Series that nobody has called off, of those whose meetings `user` schedules."""
    series = Meeting.objects.of_scheduler(user).check_ins().standing()
    return series.select_related("account__csm").order_by("account__name", "pk")


def owed(user: User, now: datetime) -> list[Owed]:
    """Check-ins of the last thirteen weeks, on working days, that lack something, the newest first.

    Notes settle one check-in, of their own day or of the days before; however many there are, it asks as often.
    """
    mine, works = _customers(user, now), cache(is_working(OpeningHours.objects.calendar(now)))
    notes: dict[int, list[MeetingNotes]] = defaultdict(list)
    linked = MeetingNotes.objects.filter(account__in=mine, held_on__gte=day_of(now - LOOKED_BACK))
    for one in linked.order_by("held_on", "-todos_reviewed", "pk"):
        notes[one.account_id].append(one)
    others = _other_days(mine, now)
    held = sorted(set(_held(mine, now)), key=lambda each: (-each[1].toordinal(), each[0].name))
    rows = [Owed(account, on, _taken(notes[account.pk], on, others[account.pk])) for account, on in held if works(on)]
    return [row for row in rows if not (row.notes and row.notes.todos_reviewed)]


def _other_days(accounts: QuerySet[Account], now: datetime) -> dict[int, set[date]]:
    """The days of each account's other meetings: their notes are nothing that a check-in was moved to."""
    days: dict[int, set[date]] = defaultdict(set)
    others = Meeting.objects.standing().exclude(kind=Meeting.Kind.CHECK_IN).filter(account__in=accounts)
    for one in others.filter(~Q(recurs="") | Q(starts_at__gte=now - LOOKED_BACK), starts_at__lte=now):
        held = check_ins.occurrences(one.starts_at, one.recurs, now - LOOKED_BACK, now)
        days[one.account_id].update(map(day_of, held))
    return days


def _taken(notes: list[MeetingNotes], on: date, others: Collection[date]) -> MeetingNotes | None:
    """The first notes of a day, or of those to which its check-in may have been moved: taken out, for they are its."""
    its = (one for one in notes if one.held_on == on or (on < one.held_on <= on + MOVED and one.held_on not in others))
    found = next(its, None)
    if found:
        notes.remove(found)
    return found


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
