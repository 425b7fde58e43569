"""Records that are gone over there: deleted, or merged into another one, which then inherits what hung on them here."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from pghistory.models import Event as HistoryEvent

from fleetcs import clock
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.models import Conflict, Event, MirrorLink


def let_go(reading: Reading, gone: Sequence[Told]) -> int:
    """Mark links as gone and follow merges; says how many were news. Our records stay: work hangs on them."""
    known = reading.mirror.links.filter(salesforce_id__in=[one.id for one in gone]) if gone else ()
    told = {one.id: one for one in gone}
    for link in known:
        one = told[str(link.salesforce_id)]
        link.gone_at, link.digest, link.master_id = link.gone_at or clock.now(), one.digest, one.master_id
        link.save(update_fields=["gone_at", "digest", "master_id"])
        for conflict in link.conflicts.open():
            conflict.close(Conflict.Settled.GONE)  # nobody can choose any more
    follow(reading)
    return len(known)


def follow(reading: Reading) -> None:
    """What hung on a record that was merged away hangs on the one that is left, as soon as that is known (trap 12)."""
    mine = reading.mirror.links
    for loser in mine.filter(merged_into=None).exclude(master_id=""):
        if winner := mine.filter(salesforce_id=loser.master_id).exclude(pk=loser.pk).first():
            mine.filter(merged_into=loser).update(merged_into=winner)
            mine.filter(pk=loser.pk).update(merged_into=winner)
            _inherit(reading, loser, winner)


def _inherit(reading: Reading, loser: MirrorLink, winner: MirrorLink) -> None:
    if loser.record_id and winner.record_id:
        left = move(reading.declared.model, loser.record_id, winner.record_id)
        subject = reading.declared.model._default_manager.get(pk=winner.record_id)
        account = getattr(subject, reading.declared.account, None)
        Event.log(subject, "merged_in_salesforce", account_pk=account, merged=loser.record_id, left=left)


def move(model: type[models.Model], old: int, new: int) -> list[str]:
    """Point everything that refers to `old` to `new`, on whatever floor; what cannot be moved is named and stays."""
    left = []
    for relation in model._meta.related_objects:
        other: Any = relation.related_model
        if issubclass(other, HistoryEvent) or not relation.field.concrete:
            continue
        left += _moved(other, str(relation.field.name), old, new)
    return sorted(set(left))


def _moved(other: Any, field: str, old: int, new: int) -> list[str]:
    rows = other._base_manager.filter(**{field: old})
    if other._meta.get_field(field).related_model is other:
        rows = rows.exclude(pk=new)  # the one that is left does not become its own parent
    left = []
    for pk in rows.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                other._base_manager.filter(pk=pk).update(**{field: new})
        except IntegrityError:
            left.append(str(other._meta.verbose_name))
    return left
