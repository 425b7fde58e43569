"""Rows of Salesforce's stage history that tell of changes made here: they are the rows that were written here then."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from fleetcs.mirrors.deciding import Page
from fleetcs.mirrors.mapping import canonical
from fleetcs.mirrors.references import References
from fleetcs.models import MirrorLink
from opportunities.models import StageChange

SAME = ("stage", "amount", "close_date", "probability")


def met(page: Page) -> dict[str, int]:
    """Our rows by the ids of theirs: written by our own user there, and saying the same of the same opportunity."""
    us = page.reading.us
    told = [one for one in page.told if us and one.values.get("by") == us and one.id not in page.links]
    deals = References(page.reading, told, ())
    named = {one.id: deals.here("opportunities", one.values.get("opportunity")) for one in told}
    waiting = _unlinked(page, {pk for pk in named.values() if pk}) if told else {}
    found: dict[str, int] = {}
    for one in sorted(told, key=lambda each: str(each.values.get("at"))):
        if rows := waiting.get((named[one.id], *(one.values.get(name) for name in SAME))):
            found[one.id] = rows.pop(0)
    return found


def _unlinked(page: Page, opportunities: Collection[int]) -> dict[tuple[Any, ...], list[int]]:
    """Rows that were written here and are none of Salesforce's yet, oldest first, by what they say."""
    linked = MirrorLink.objects.filter(mirror=page.reading.mirror).exclude(record_id=None).values("record_id")
    rows = StageChange.objects.filter(opportunity__in=opportunities).exclude(pk__in=linked).order_by("at", "pk")
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        found[row.opportunity_id, *(canonical(getattr(row, name)) for name in SAME)].append(row.pk)
    return found
