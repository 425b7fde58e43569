"""When something last happened to the papers of a deal that is being closed: what its history says, many at once."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model, Q

from fleetcs.models import Event
from opportunities.models.deal_close import DealClose

# of the deal, its customer's keys and meetings only this moves a close; of its own papers everything does
MOVES: Final = (
    *("screened", "hit_decided", "purchase_order_secured"),
    *("license_key_recorded", "license_key_shared", "meeting_scheduled"),
)

type Named = tuple[int, int]  # the kind of a record, and its key


def latest(closes: Iterable[DealClose]) -> dict[int, datetime]:
    """By the key of the close, each read with `whole()`: one statement. None of those whose papers have no history."""
    papers = {close.pk: {_name(one) for one in _papers(close)} for close in closes}
    others = {close.pk: {_name(one) for one in _others(close)} for close in closes}
    asked = _of(papers.values()) | (_of(others.values()) & Q(verb__in=MOVES))
    rows = Event.objects.filter(asked).values_list("subject_type", "subject_id").annotate(at=Max("at"))
    known = {(kind, pk): at for kind, pk, at in rows}
    moments = {pk: [known[one] for one in papers[pk] | others[pk] if one in known] for pk in papers}
    return {pk: max(each) for pk, each in moments.items() if each}


def _papers(close: DealClose) -> Iterator[Model]:
    yield close
    yield from close.opportunity.quotes.all()
    yield from close.opportunity.agreements.all()
    if hasattr(close, "handoff"):
        yield close.handoff


def _others(close: DealClose) -> Iterator[Model]:
    yield close.opportunity
    yield from close.opportunity.account.license_keys.all()
    yield from close.opportunity.account.meetings.all()


def _name(record: Model) -> Named:
    return ContentType.objects.get_for_model(record).pk, record.pk


def _of(named: Iterable[Iterable[Named]]) -> Q:
    """Of any of these records, each kind by itself as the index wants it."""
    by_kind: dict[int, list[int]] = {}
    for kind, pk in chain.from_iterable(named):
        by_kind.setdefault(kind, []).append(pk)
    return reduce(or_, (Q(subject_type=kind, subject_id__in=pks) for kind, pks in by_kind.items()), Q(pk__in=()))
