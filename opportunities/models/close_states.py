"""How closes stand, many at once: what is so, what is ticked, how far each is, when something last moved."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch, QuerySet

from fleetcs.models import Run, Tick
from opportunities import advancing, closing, turns
from opportunities.models import close_facts, close_moves
from opportunities.models.deal_close import DealClose, checklist

AT_ONCE: Final = 200


@dataclass(frozen=True)
class State:
    """How one close stands: what is so, what is ticked, how far it is, and when something last moved."""

    close: DealClose
    facts: dict[str, bool]
    ticks: list[Tick]
    moved_at: datetime

    @cached_property
    def ticked(self) -> set[str]:
        return {tick.step for tick in self.ticks}

    @cached_property
    def progress(self) -> advancing.Progress:
        return advancing.progress(checklist(), self.facts, self.ticked)

    @cached_property
    def gates(self) -> list[turns.Turn]:
        """What has to be done before the win, with whose turn it is."""
        return advancing.gates(checklist(), closing.WIN, self.facts, self.ticked)

    @cached_property
    def lines(self) -> list[advancing.Line]:
        return advancing.lines(checklist(), self.facts, self.ticked)


def incomplete(closes: QuerySet[DealClose]) -> Iterator[State]:
    """Those with a step left, a few at a time, in the order of the closes: whoever wants some stops asking."""
    keys = closes.values_list("pk", flat=True)
    for some in batched(keys, AT_ONCE, strict=False):
        known = {state.close.pk: state for state in _states(some)}
        yield from (known[pk] for pk in some if pk in known and not known[pk].progress.is_complete)


def states(closes: Iterable[DealClose]) -> list[State]:
    """How each stands, in a fixed number of statements however many there are."""
    return _states([close.pk for close in closes])


def _states(given: Collection[int]) -> list[State]:
    rows = list(DealClose.objects.whole().filter(pk__in=given))
    kind = ContentType.objects.get_for_model(DealClose)
    runs = Run.objects.filter(subject_type=kind, subject_id__in=given, procedure=closing.CHECKLIST)
    known = {run.subject_id: run for run in runs.prefetch_related(Prefetch("ticks", Tick.objects.select_related("by")))}
    moved, who = close_moves.latest(rows), close_facts.offices()
    return [_state(close, who, known.get(close.pk), moved.get(close.pk)) for close in rows]


def _state(close: DealClose, who: close_facts.Offices, run: Run | None, moved: datetime | None) -> State:
    every = list(run.ticks.all()) if run else []
    moments = [close.begun_at, close.won_at, moved, *(at for tick in every for at in (tick.at, tick.taken_back_at))]
    ticks = [tick for tick in every if tick.taken_back_at is None]
    return State(close, close_facts.of(close, who), ticks, max(moment for moment in moments if moment))
