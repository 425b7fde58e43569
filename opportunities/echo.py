"""Rows of Salesforce's stage history that tell of changes made here: they are the rows that were written here then."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from fleetcs.mirrors.deciding import Page
from fleetcs.mirrors.mapping import canonical
from fleetcs.mirrors.references import References
from fleetcs.models import MirrorLink
from opportunities.models import Opportunity, StageChange

SAME = ("stage", "amount", "close_date", "probability")


def met(page: Page) -> dict[str, int]:
    """Our rows by the ids of theirs: written by our own user there, and saying the same of the same opportunity."""
    us = page.reading.us
    told = [one for one in page.told if us and one.values.get("by") == us and one.id not in page.links]
    deals = References(page.reading, told, ())
    named = {one.id: deals.here("opportunities", one.values.get("opportunity")) for one in told}
    histories = _histories({pk for pk in named.values() if pk}) if told else {}
    waiting = _unlinked(page, histories)
    found: dict[str, int] = {}
    for one in sorted(told, key=lambda each: str(each.values.get("at"))):
        history, at = histories.get(named[one.id] or 0, []), datetime.fromisoformat(str(one.values["at"]))
        for row in history:
            if row.pk in waiting and said(row) == tuple(map(one.values.get, SAME)) and _stood(history, row, at):
                waiting.remove(row.pk)
                found[one.id] = row.pk
                break
    return found


def said(row: StageChange | Opportunity) -> tuple[Any, ...]:
    """What a row says, or a deal is, as Salesforce would."""
    return tuple(canonical(getattr(row, name)) for name in SAME)


def _histories(opportunities: Collection[int]) -> dict[int, list[StageChange]]:
    """All rows of each, oldest first."""
    found: dict[int, list[StageChange]] = defaultdict(list)
    for row in StageChange.objects.filter(opportunity__in=opportunities).order_by("at", "pk"):
        found[row.opportunity_id].append(row)
    return found


def _unlinked(page: Page, histories: dict[int, list[StageChange]]) -> set[int]:
    """Rows that were written here and are none of Salesforce's yet."""
    mine = {row.pk for rows in histories.values() for row in rows}
    known = MirrorLink.objects.filter(mirror=page.reading.mirror, record_id__in=mine)
    return mine - set(known.values_list("record_id", flat=True))


def _stood(history: list[StageChange], row: StageChange, at: datetime) -> bool:
    """Whether it was still so at a moment: what was so once, and is so again, is another row."""
    later = history[history.index(row) + 1 :]
    return all(said(other) == said(row) for other in later if other.at < at)
