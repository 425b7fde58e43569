"""What a person decides: a conflict, a skipped record, a dry run."""

import uuid

from django.db import transaction

from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.mirrors import writing
from fleetcs.mirrors.mapping import mappings
from fleetcs.mirrors.reading import Reading
from fleetcs.models import Conflict, Effect, Event, Mirror, MirrorLink, SalesforceUser, User


class NotTaken(Exception):
    """What was chosen could not be written here: the reason, in words."""


IN_THE_WAY = "The record does not take it yet: its page says what is in the way."
MEANWHILE = "The value here was changed meanwhile: look at both again."
OURS, THEIRS = Conflict.Settled.OURS, Conflict.Settled.THEIRS


def settle(conflict: Conflict, choice: str, *, by: User) -> bool:
    """Let one side's value stand: theirs is written here, ours is sent there. False when it is settled already.

    Raises ValueError for an unknown choice, and NotTaken where it is not taken with that: then nothing is settled, or
    it is asked again with what stands here by now.
    """
    settled = Conflict.Settled(choice)
    with transaction.atomic():
        done = _settle(conflict, settled, by=by)
        again = Conflict.objects.open().filter(link=conflict.link_id, field=conflict.field).first() if done else None
        if again and again.ours == conflict.ours:
            raise NotTaken(IN_THE_WAY)
        if again:
            conflict.reopen(again)
        elif done:
            mirror, field = conflict.link.mirror, conflict.field
            Event.log(mirror, "conflict_settled", by=by, conflict=conflict.pk, stands=settled.value, field=field)
    if again:
        raise NotTaken(MEANWHILE)
    return done


def _settle(conflict: Conflict, settled: Conflict.Settled, *, by: User) -> bool:
    link = MirrorLink.objects.select_for_update(of=("self",)).select_related("mirror").get(pk=conflict.link_id)
    if settled not in (OURS, THEIRS) or not conflict.close(settled, by=by):
        return False
    conflict.refresh_from_db()
    link.base[conflict.field] = conflict.theirs if settled == OURS else conflict.ours
    link.save(update_fields=["base"])
    reading, since = Reading(link.mirror), clock.now()
    if writing.apply(reading, reading.remembered([link]), again=True)["skipped"]:
        link.refresh_from_db()
        raise NotTaken(link.reason)
    if link.record_id and reading.declared.settled:
        reading.declared.settled(link.record_id, by, since)
    return True


@transaction.atomic
def replay(link: MirrorLink, *, by: User) -> bool:
    """Have one record read again; False when that is under way."""
    return _once("salesforce.look", f"look:{link.pk}", {"link": link.pk}, by=by)


@transaction.atomic
def adopt(link: MirrorLink, *, by: User) -> bool:
    """The record here that has its value already is the same one; it is read again as that. False when it is not."""
    return link.adopt(by=by) and replay(link, by=by)


@transaction.atomic
def rehearse(mirror: Mirror, *, by: User) -> bool:
    """Have listed what the next run would write; False when that is under way."""
    Mirror.objects.filter(pk=mirror.pk).update(rehearsal=None)
    return _once("salesforce.rehearsal", f"rehearsal:{mirror.pk}", {"mirror": mirror.pk}, by=by)


@transaction.atomic
def count_now(mirror: Mirror, *, by: User) -> bool:
    """Have both sides counted and compared at the next turn instead of at the next hour."""
    Event.log(mirror, "mirror_count_asked", by=by)
    return bool(Mirror.objects.filter(pk=mirror.pk).update(counted_at=None, swept_at=None))


def _once(kind: str, order: str, args: dict[str, int], *, by: User) -> bool:
    if Effect.objects.open().filter(order_key=f"salesforce:{order}").exists():
        return False
    key = f"salesforce.{order}:{uuid.uuid4().hex[:12]}"
    emit(kind, key=key, args=args, order=f"salesforce:{order}", by=by)
    return True


@transaction.atomic
def link_user(user: SalesforceUser, colleague: User, *, by: User) -> bool:
    """What this user owns over there is the colleague's: what waits for that gets it after the next window."""
    return user.link(colleague, by=by)


@transaction.atomic
def unlink_user(user: SalesforceUser, *, by: User) -> bool:
    """What was the colleague's by this link is looked at again at the next sweep, and is nobody's then."""
    was = user.unlink(by=by)
    if was is None:
        return False
    link = MirrorLink.objects.of("users", user.pk)
    owned = [(each.code, mapped.ours) for each in mappings().values() for mapped in each.fields if mapped.of == "users"]
    for code, field in owned if link else ():
        _look_again(code, field, str(link and link.salesforce_id), was)
    return True


def _look_again(code: str, field: str, id: str, was: int) -> None:
    """Records that name a user; what is never changed by reading says here and now that it was not the colleague."""
    named = MirrorLink.objects.filter(**{"mirror__code": code, f"theirs__{field}": id})
    if named.update(digest=""):
        Mirror.objects.filter(code=code).update(swept_at=None)
    if mappings()[code].keeps:
        rows = mappings()[code].model._default_manager.filter(pk__in=named.values("record_id"))
        rows.filter(**{field: was}).update(**{field: None})
