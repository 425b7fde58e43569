"""What a stage that comes from Salesforce entails here, and what the history of stages says where ours is another.

A deal that Salesforce moves has a row of its history over there, which is read before or after the deal. Where our
copy stands otherwise than what is told (a conflict, a win that is held, a value of ours on its way, a move of ours that
came later), or a person settles which side stands, a row of ours says so: once both are read, the newest row is what
the deal is, and a past day can be shown as it was.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import transaction

from fleetcs.merging import Value, same
from fleetcs.mirrors.deciding import Decision, Page
from fleetcs.models import MirrorLink, User
from opportunities import stages, winning_there
from opportunities.echo import said
from opportunities.models import Opportunity, StageChange, type_change

SAID: Final = frozenset(Opportunity.HISTORY)


@contextmanager
def within(page: Page) -> Iterator[None]:
    """Around writing a page of deals."""
    known = [one for one in page.decisions if not one.is_new and not one.problem]
    with winning_there.within(page):
        yield
    type_change.follow(one for one in known if one.here)
    Opportunity.objects.filter(pk__in=[one.pk for one in known if _is_reopened(one)]).update(lost_because="")
    restate(one.pk for one in known if not SAID.isdisjoint({*one.merged.clashes, *one.merged.there}))
    moved = {one.pk: one.told.values for one in known if not SAID.isdisjoint(one.merged.here)}
    words = last_words(moved)
    restate(pk for pk, values in moved.items() if pk in words and alike(words[pk], values))


def _is_reopened(decision: Decision) -> bool:
    return (decision.row or {}).get("stage") == stages.LOST != decision.merged.here.get("stage", stages.LOST)


@contextmanager
def within_history(page: Page) -> Iterator[None]:
    """Around writing a page of the history, rows of our own among them that have come back."""
    yield
    follow([one for one in page.decisions if not one.problem])


def follow(rows: Sequence[Decision]) -> None:
    """Where rows of the history have caught up with the deal, the newest row is the deal."""
    told = sorted(rows, key=lambda row: str(row.told.values.get("at")))
    words = {int((row.row or row.here)["opportunity_id"]): row.told.values for row in told}
    deals = MirrorLink.objects.filter(mirror__code="opportunities", gone_at=None, record_id__in=words)
    known = dict(deals.values_list("record_id", "theirs")) if words else {}
    others = untold(pk for pk, values in words.items() if pk in known and alike(values, known[pk]))
    read = last_words([deal.pk for deal in others])
    for deal in others:
        if str(read.get(deal.pk, {}).get("at", "")) <= str(words[deal.pk]["at"]):
            deal.note_stage(by=None)


def last_words(deals: Collection[int]) -> dict[int, dict[str, Value]]:
    """What the newest row that was read over there says of each deal, by its key."""
    mine = dict(StageChange.objects.filter(opportunity__in=deals).values_list("pk", "opportunity"))
    links = MirrorLink.objects.filter(mirror__code="stages", record_id__in=mine) if mine else MirrorLink.objects.none()
    rows = sorted(links.values_list("record_id", "theirs"), key=lambda row: str(row[1].get("at")))
    return {mine[pk or 0]: theirs for pk, theirs in rows}


def alike(row: Mapping[str, Value], deal: Mapping[str, Value]) -> bool:
    """Whether a row of the history says of a deal what the deal says."""
    return all(same(row.get(name), deal.get(name)) for name in SAID)


def settled(deal: int, by: User, since: datetime) -> None:
    """Somebody has said which side stands: what has been written of it since is theirs."""
    restate([deal], by=by)
    StageChange.objects.filter(opportunity=deal, by=None, at__gte=since).update(by=by)


@transaction.atomic
def restate(deals: Iterable[int], *, by: User | None = None) -> None:
    """A row of the history for each deal that its newest one does not tell."""
    for deal in untold(deals):
        deal.note_stage(by=by)


def untold(deals: Iterable[int]) -> list[Opportunity]:
    """Those of which the newest row of the history says something else, or that have none; nobody moves one of them
    till the end of the transaction."""
    asked = set(deals)
    if not asked:
        return []
    found = list(Opportunity.objects.select_for_update().filter(pk__in=asked).order_by("pk"))
    newest = StageChange.objects.filter(opportunity__in=asked).order_by("opportunity_id", "-at", "-pk")
    rows = {row.opportunity_id: row for row in newest.distinct("opportunity_id")}
    return [deal for deal in found if not (row := rows.get(deal.pk)) or said(row) != said(deal)]
