"""What a verb tells the mirror: a record has changed, so Salesforce has to hear of it. One open effect a record."""

import uuid
from collections.abc import Collection

from django.db import models

from fleetcs.effects import emit
from fleetcs.mirrors.mapping import mapping_of
from fleetcs.models import Effect, Mirror, MirrorLink, User

AUTOMATION = "salesforce"


def push(link: int, *, by: User | None) -> None:
    """Have a link's record sent, in the transaction of its reason; what waits already reads it as it is then."""
    order = f"salesforce:{link}"
    waiting = Effect.objects.filter(order_key=order, kind="salesforce.push", state=Effect.State.WAITING)
    if waiting.select_for_update().first() is None:  # locked, so that nobody claims it before we have committed
        key = f"salesforce.push:{link}:{uuid.uuid4().hex[:12]}"
        emit("salesforce.push", key=key, args={"link": link}, order=order, by=by, automation=AUTOMATION)


def tell(record: models.Model, fields: Collection[str], *, by: User | None) -> None:
    """A verb has changed `fields` of a record: let Salesforce hear of it, unless nothing of it is mirrored."""
    mapping = mapping_of(type(record))
    mirror = Mirror.objects.running().filter(code=mapping.code).first() if mapping else None
    if mirror is None or not mirror.fields.filter(ours__in=fields, is_on=True, missing_at=None).exists():
        return
    if link := _link_of(mirror, record.pk):
        push(link.pk, by=by)


def _link_of(mirror: Mirror, pk: int) -> MirrorLink | None:
    """The record's link, made now for one that Salesforce does not know yet, if it can keep our id."""
    link = MirrorLink.objects.of(mirror.code, pk)
    if link is None and mirror.has_key and mirror.loaded_at:
        return MirrorLink.objects.create(mirror=mirror, record_id=pk)
    return link if link and link.gone_at is None else None
