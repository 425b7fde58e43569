"""What a stage that comes from Salesforce entails here, and what the history of stages says where ours is another.

A deal that Salesforce moves has a row of its history over there, which is read. Where our copy stands otherwise than
what is told (a conflict, a win that is held, a value of ours on its way), or a person settles which side stands, a row
of ours says so: the newest row is always what the deal is, and a past day can be shown as it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from fleetcs.mirrors.deciding import Decision, Page
from fleetcs.models import Conflict, User
from opportunities import stages, winning_there
from opportunities.models import Opportunity

SAID: Final = Opportunity.HISTORY


@contextmanager
def within(page: Page) -> Iterator[None]:
    """Around writing a page of deals."""
    known = [one for one in page.decisions if not one.is_new and not one.problem]
    with winning_there.within(page):
        yield
    Opportunity.objects.filter(pk__in=[one.pk for one in known if _is_reopened(one)]).update(lost_because="")
    restate([one.pk for one in known if not {*one.merged.clashes, *one.merged.there}.isdisjoint(SAID)])


def _is_reopened(decision: Decision) -> bool:
    return (decision.row or {}).get("stage") == stages.LOST != decision.merged.here.get("stage", stages.LOST)


def follow(rows: Sequence[Decision]) -> None:
    """After a page of rows of the history: what they tell of a deal that stands otherwise here is not how it stands."""
    deals = {row.here.get("opportunity_id") for row in rows if row.is_new}
    held = Conflict.objects.open().filter(field__in=SAID, link__mirror__code="opportunities")
    restate(held.filter(link__record_id__in=deals).values_list("link__record_id", flat=True))


def settled(deal: int, by: User) -> None:
    """Somebody has said which side stands."""
    restate([deal], by=by)


def restate(deals: Iterable[int | None], *, by: User | None = None) -> None:
    """A row of the history for each deal that its newest one does not tell."""
    asked = {pk for pk in deals if pk}
    for deal in Opportunity.objects.filter(pk__in=asked) if asked else ():
        newest: Any = deal.stage_changes.order_by("-at", "-pk").first()
        if newest is None or any(getattr(newest, name) != getattr(deal, name) for name in SAID):
            deal.note_stage(by=by)
