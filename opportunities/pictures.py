"""What the pipeline holds, stage by stage: now from the deals, of any past moment from the rows of their histories."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from fleetcs.models import User
from fleetcs.working_day import ZONE
from opportunities import pipelines, stages
from opportunities.models import Opportunity, StageChange

CENTS: Final = Decimal("0.01")
NOTHING: Final = Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=2))
# what is won is worth all of it and what is lost nothing, whatever was once thought of it
CHANCE: Final = Case(
    When(stage=stages.WON, then=Value(Decimal(100))),
    When(stage=stages.LOST, then=Value(Decimal(0))),
    default=Coalesce("probability", Value(Decimal(0))),
    output_field=DecimalField(max_digits=5, decimal_places=2),
)


@dataclass(frozen=True)
class Total:
    """A column of the pipeline; amounts in US dollars, `unweighted` counts open deals whose chance nobody knows."""

    stage: str
    count: int = 0
    amount: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    unweighted: int = 0

    @property
    def name(self) -> str:
        return stages.shown(self.stage)


def now(deals: QuerySet[Opportunity]) -> list[Total]:
    """As these stand, in the order of the stages."""
    return _totals(deals)


def before(user: User, moment: datetime, pipeline: str) -> list[Total]:
    """As it stood right before a moment."""
    rows = StageChange.objects.visible_to(user).standing(moment)
    return _totals(rows if pipeline == pipelines.ALL else of_type(rows.with_type(moment), pipeline))


def of_type(rows: QuerySet[Any], pipeline: str) -> QuerySet[Any]:
    """Rows with `type_then` of one pipeline."""
    known = Q(type_then__in=pipelines.OF.values())
    return rows.filter(type_then=pipelines.OF[pipeline]) if pipeline in pipelines.OF else rows.exclude(known)


def end_of(day: date) -> datetime:
    """The moment when a day of the company's calendar is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


def of_all(totals: Iterable[Total]) -> Total:
    """Everything open together."""
    mine = [total for total in totals if not stages.is_closed(total.stage)]
    amount = sum((total.amount for total in mine), Decimal(0))
    weighted = sum((total.weighted for total in mine), Decimal(0))
    return Total("Open", sum(one.count for one in mine), amount, weighted, sum(one.unweighted for one in mine))


def _totals(rows: QuerySet[Any]) -> list[Total]:
    """One statement, however many deals there are; every stage of the house is there, others as they occur."""
    unknown = Q(probability=None, amount__isnull=False) & ~Q(stage__in=stages.CLOSED)
    found = (
        rows.order_by()
        .values("stage")
        .annotate(
            deals=Count("pk"),
            sum=Coalesce(Sum("amount"), NOTHING),
            part=Coalesce(Sum(F("amount") * CHANCE / Value(Decimal(100)), output_field=DecimalField()), NOTHING),
            blind=Count("pk", filter=unknown),
        )
    )
    known = {row["stage"]: _total(row) for row in found}
    names = {*stages.OPEN, *stages.CLOSED, *known}
    return [known.get(name, Total(name)) for name in sorted(names, key=stages.position)]


def _total(row: dict[str, Any]) -> Total:
    return Total(row["stage"], row["deals"], row["sum"].quantize(CENTS), row["part"].quantize(CENTS), row["blind"])
