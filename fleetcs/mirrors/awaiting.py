"""Records that refer to one which was not here when they were read: which of them can have it now."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from fleetcs.mirrors.mapping import Kind, mappings
from fleetcs.mirrors.reading import Reading
from fleetcs.models import MirrorLink


def come(reading: Reading) -> list[int]:
    """Links of which something that they await, or for want of which they were skipped, has come.

    The database finds them: a million may wait for a colleague whom nobody has linked, and this is asked every time.
    """
    of = {mapped.ours: mapped.of for mapped, _ in reading.fields if mapped.kind is Kind.REFERENCE}
    links = reading.mirror.links.filter(~Q(awaits={}) | Q(problem="unknown"), gone_at=None).order_by()
    wants = {f"awaits_{name}": KeyTextTransform(name, "awaits") for name in of}
    lacks = {f"lacks_{name}": KeyTextTransform(name, "theirs") for name in of}
    has_come: Any = Q(pk__in=[])
    for name, code in of.items():
        lacking = Q(problem="unknown", problem_field=name)
        has_come |= Exists(_here(code, f"awaits_{name}")) | (lacking & Exists(_here(code, f"lacks_{name}")))
    return list(links.alias(**wants, **lacks).filter(has_come).values_list("pk", flat=True))


def _here(code: str, wanted: str) -> QuerySet[MirrorLink]:
    """The link of the wanted id, if references to it find their end here."""
    mapping, known = mappings()[code], MirrorLink.objects.filter(mirror__code=code, salesforce_id=OuterRef(wanted))
    ends = known.alias(end=Coalesce("merged_into__record_id", "record_id")).exclude(end=None)
    if mapping.through:
        linked = mapping.model._default_manager.exclude(**{mapping.through: None})
        ends = ends.filter(end__in=linked.order_by().values("pk"))
    return ends
