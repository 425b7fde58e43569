"""What those who sell did in the last thirty days, person by person and account by account (REP-01, REP-02)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet

from accounts.models import Account, team_of
from fleetcs import clock
from fleetcs.models import User
from fleetcs.working_day import ZONE, today
from opportunities.models import Activity

DAYS: Final = 30  # REP-02: they roll, whatever the month
SELLERS: Final = ("AE", "SDR", "CSM", "SC", "DSC")


@dataclass
class Tally:
    """Activities with one account, or of one person."""

    by_kind: Counter[str] = field(default_factory=Counter)
    contacts: int = 0
    last_at: datetime | None = None

    @property
    def count(self) -> int:
        return self.by_kind.total()

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """The kinds that occur, in their order."""
        return [(str(kind.label), self.by_kind[kind]) for kind in Activity.Kind if self.by_kind[kind]]

    @property
    def is_too_frequent(self) -> bool:
        """Only where the company has said how much is too much; else that is a reviewer's judgement (REP-03)."""
        most = settings.REP_ACTIVITY_TOO_MANY
        return bool(most) and self.count > most


@dataclass
class Rep:
    """One person: all they did, with how many accounts, and how much with the one they wrote to most."""

    person: User
    tally: Tally = field(default_factory=Tally)
    accounts: int = 0
    most: int = 0
    too_frequent: int = 0


def since() -> datetime:
    """When the day thirty days ago began: what was done on it counts."""
    return datetime.combine(today() - timedelta(days=DAYS), time(), ZONE)


def seen_by(user: User) -> QuerySet[User]:
    """Whose activity a person may review: everybody's, or one's own (REP-01)."""
    found: QuerySet[User] = user.within(User.objects.active(), "rep.see", Q(pk=user.pk))
    return found


def sellers(user: User) -> QuerySet[User]:
    """Those of them who sell."""
    found: QuerySet[User] = User.objects.of_groups(SELLERS).filter(pk__in=seen_by(user).order_by().values("pk"))
    return found


def overview(people: Iterable[User]) -> list[Rep]:
    """All of them, those first who did most; two statements."""
    reps = {person.pk: Rep(person) for person in people}
    for (owner, account), tally in _tallies(Q(owner__in=reps)).items():
        rep = reps[owner]
        rep.tally.by_kind.update(tally.by_kind)
        rep.tally.last_at = max(filter(None, (rep.tally.last_at, tally.last_at)))
        if account is None:
            continue  # leads have no account: together they are not one
        rep.accounts += 1
        rep.most = max(rep.most, tally.count)
        rep.too_frequent += tally.is_too_frequent
    return sorted(reps.values(), key=lambda rep: (-rep.tally.count, rep.person.name))


def by_account(rep: User) -> list[tuple[Account | None, Tally]]:
    """Every account of theirs, and every other they spoke with: the most first, those they did not speak with last."""
    tallies = {account: tally for (_, account), tally in _tallies(Q(owner=rep)).items()}
    accounts = Account.objects.filter(Q(pk__in=filter(None, tallies)) | team_of(rep)).order_by("name")
    rows: list[tuple[Account | None, Tally]] = [(one, tallies.get(one.pk, Tally())) for one in accounts]
    rows += [(None, tallies[None])] if None in tallies else []
    return sorted(rows, key=lambda row: -row[1].count)


def _tallies(whose: Q) -> dict[tuple[int, int | None], Tally]:
    """By person and account; None: with people of no account."""
    done = Activity.objects.said(clock.now()).filter(whose, at__gte=since()).order_by()
    kinds = {f"of_{kind}": Count("pk", filter=Q(kind=kind)) for kind in Activity.Kind}
    groups = done.values("owner", "account").annotate(people=Count("contact", distinct=True), last=Max("at"), **kinds)
    return {(row["owner"], row["account"]): _tally(row) for row in groups}


def _tally(row: Any) -> Tally:
    by_kind = Counter({str(kind): row[f"of_{kind}"] for kind in Activity.Kind})
    return Tally(by_kind, row["people"], row["last"])
