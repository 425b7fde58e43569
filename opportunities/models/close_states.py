"""How closes stand, many at once: what is so, what is ticked, how far each is, when something last moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch

from fleetcs.models import Run, Tick
from opportunities import advancing, closing
from opportunities.models import close_facts
from opportunities.models.deal_close import DealClose, checklist


@dataclass(frozen=True)
class State:
    """How one close stands: what is so, what is ticked, how far it is, and when something last moved."""

    close: DealClose
    facts: dict[str, bool]
    ticks: list[Tick]
    moved_at: datetime

    @property
    def ticked(self) -> set[str]:
        return {tick.step for tick in self.ticks}

    @property
    def progress(self) -> advancing.Progress:
        return advancing.progress(checklist(), self.facts, self.ticked)

    @property
    def lines(self) -> list[advancing.Line]:
        return advancing.lines(checklist(), self.facts, self.ticked)


def states(closes: Iterable[DealClose]) -> list[State]:
    """How each stands, in a fixed number of statements however many there are."""
    given = [close.pk for close in closes]
    rows = list(DealClose.objects.whole().filter(pk__in=given))
    kind = ContentType.objects.get_for_model(DealClose)
    runs = Run.objects.filter(subject_type=kind, subject_id__in=given, procedure=closing.CHECKLIST)
    known = {run.subject_id: run for run in runs.prefetch_related(Prefetch("ticks", Tick.objects.select_related("by")))}
    return [_state(close, known.get(close.pk)) for close in rows]


def _state(close: DealClose, run: Run | None) -> State:
    ticks = [tick for tick in run.ticks.all() if tick.taken_back_at is None] if run else []
    moments = [close.begun_at, *([close.won_at] if close.won_at else []), *(tick.at for tick in ticks)]
    return State(close, close_facts.of(close), ticks, max(moments))
