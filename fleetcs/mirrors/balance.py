"""Whether a mirror can be trusted, in a word; what its pages show; and what the pages of records have to say of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import django_filters as filters
from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet

from fleetcs import clock
from fleetcs.merging import Value
from fleetcs.mirrors import quota
from fleetcs.mirrors.mapping import Kind, label_of, mapping_of, mappings
from fleetcs.models import Conflict, Event, Mirror, MirrorLink, User
from fleetcs.models.mirror_link import PROBLEMS
from fleetcs.wording import plural

EVERYBODYS: Final = ("//login.salesforce.com", "//test.salesforce.com")  # where every company signs in: no records


@dataclass(frozen=True)
class Standing:
    """How a mirror stands: a colour and its words. Only "Balanced" is green."""

    tone: str
    words: str


def standing(mirror: Mirror, now: datetime) -> Standing:
    """The first thing that is wrong, from the worst on."""
    if not mirror.is_running:
        return Standing("idle", "Stopped" if mirror.started_at else "Not started")
    if mirror.held:
        return Standing("bad", f"{plural(mirror.held, 'record')} vanished at once")
    if mirror.is_late(now):
        return Standing("bad", "Stale")
    if mirror.trouble in quota.PARTIAL:
        return Standing("warn", "Partial: it goes on when calls come back")
    if mirror.loaded_at is None:
        return Standing("warn" if mirror.trouble else "wait", f"Loading, {mirror.percent} %")
    if mirror.count_there is None or mirror.count_here is None:
        return Standing("wait", "Not counted yet")
    return _balance(mirror, mirror.count_there - mirror.count_here, mirror.skipped)


def _balance(mirror: Mirror, missing: int, skipped: int) -> Standing:
    if missing not in (0, skipped):
        return Standing("bad", f"{plural(abs(missing), 'record')} {'missing' if missing > 0 else 'too many'}")
    if skipped:
        return Standing("warn", f"{plural(skipped, 'record')} skipped")
    if missing_fields(mirror):
        return Standing("warn", "A field is missing over there")
    return Standing("good", "Balanced")


def missing_fields(mirror: Mirror) -> list[str]:
    """Mirrored fields that Salesforce does not have, or does not show us."""
    return list(mirror.fields.filter(is_on=True).exclude(missing_at=None).values_list("theirs", flat=True))


def overview(now: datetime) -> list[tuple[Mirror, Standing]]:
    """Every mirror and how it stands."""
    return [(mirror, standing(mirror, now)) for mirror in Mirror.objects.all()]


def lag(mirror: Mirror, now: datetime) -> timedelta | None:
    """How old at most is what is shown."""
    return now - mirror.asked_at if mirror.asked_at else None


class SkippedFilter(filters.FilterSet):
    """Records that could not be taken as they are."""

    PROBLEMS: Final = [(code, words[0].upper() + words[1:]) for code, words in PROBLEMS.items()]

    q = filters.CharFilter(field_name="salesforce_id", lookup_expr="startswith", label="Search", max_length=200)
    problem = filters.ChoiceFilter(choices=PROBLEMS, label="Reason", empty_label="Any")


# --- what records say ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mirrored:
    """What the page of a record says of its mirror."""

    mirror: Mirror
    link: MirrorLink
    is_stale: bool
    heir: Model | None = None

    @property
    def url(self) -> str:
        """Where people open the record over there; "" where it is not, or nobody has said where."""
        id = "" if self.link.gone_at else self.link.salesforce_id
        return address_there(self.mirror.object, id) if id else ""


def address_there(object: str, id: str) -> str:
    """The page of a record in Salesforce: as the setting says, else on the company's own domain, where we sign in."""
    login = settings.SALESFORCE_LOGIN_URL.rstrip("/")
    own = "" if login.endswith(EVERYBODYS) else f"{login}/lightning/r/{{object}}/{{id}}/view"
    pattern = settings.SALESFORCE_RECORD_URL or own
    return pattern.replace("{object}", quote(object)).replace("{id}", quote(id))


def of_record(record: Model) -> Mirrored | None:
    """How a record stands to Salesforce; None for one that is not mirrored."""
    mapping = mapping_of(type(record))
    link = MirrorLink.objects.of(mapping.code, record.pk) if mapping else None
    if mapping is None or link is None:
        return None
    winner = link.merged_into
    heir = mapping.model._default_manager.filter(pk=winner.record_id).first() if winner else None
    return Mirrored(link.mirror, link, link.mirror.is_late(clock.now()), heir)


def awaited_name(mirrored: Mirrored | None, field: str) -> str:
    """What the record is called over there that a field here still waits for; "" when it waits for none."""
    if mirrored is None or field not in mirrored.link.awaits:
        return ""
    mapped = mappings()[mirrored.mirror.code].mapped(field)
    return _said(mapped.kind, mapped.of, mirrored.link.awaits[field])


def names_there(code: str, field: str, pks: Collection[int]) -> dict[int, str]:
    """What records are called that records over there name in a reference, by the keys of ours."""
    links = MirrorLink.objects.filter(mirror__code=code, record_id__in=pks) if pks else None
    named = dict(links.values_list("record_id", f"theirs__{field}")) if links is not None else {}
    of = mappings()[mappings()[code].mapped(field).of]
    known = MirrorLink.objects.filter(mirror__code=of.code, salesforce_id__in=named.values()) if named else None
    keys = dict(known.values_list("salesforce_id", "record_id")) if known is not None else {}
    records = of.model._default_manager.in_bulk(keys.values()) if keys else {}
    told = {pk: records.get(keys.get(id)) for pk, id in named.items()}
    return {pk: str(getattr(record, "name", record)) for pk, record in told.items() if record}


# --- conflicts -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Question:
    """A conflict with its record and its values as people read them."""

    conflict: Conflict
    record: Any
    label: str
    base: str
    ours: str
    theirs: str
    is_told: bool = True
    is_asked_for: bool = False  # told only to who asks, since it says whose codename something is


def open_conflicts(user: User) -> QuerySet[Conflict]:
    """What waits for somebody who may decide it; the count beside the entry of the navigation."""
    waiting = Conflict.objects.open()
    return waiting if user.may("conflict.settle") else waiting.none()


def questions(conflicts: list[Conflict], user: User, asked: str = "") -> list[Question]:
    """The conflicts with their records, read at once for each mirror, as far as somebody may be told.

    What not everybody may know is told only of the one that was `asked` for.
    """
    pks: dict[str, list[int]] = {}
    for conflict in conflicts:
        pks.setdefault(conflict.link.mirror.code, []).append(conflict.link.record_id or 0)
    records = {code: mappings()[code].model._default_manager.in_bulk(found) for code, found in pks.items()}
    told = [(one, records[one.link.mirror.code].get(one.link.record_id or 0)) for one in conflicts]
    return [_question(one, record, user, is_asked=str(one.pk) == asked) for one, record in told]


def may_settle(conflict: Conflict, user: User) -> bool:
    """Only who may be told both values can choose between them."""
    mapping = mappings()[conflict.link.mirror.code]
    record = mapping.model._default_manager.filter(pk=conflict.link.record_id).first()
    return mapping.mapped(conflict.field).shown_to(user, record)


def _question(conflict: Conflict, record: Any, user: User, *, is_asked: bool) -> Question:
    code = conflict.link.mirror.code
    mapped, label = mappings()[code].mapped(conflict.field), label_of(code, conflict.field)
    if not mapped.shown_to(user, record):
        return Question(conflict, record, label, "", "", "", is_told=False)
    if mapped.see and not is_asked:
        return Question(conflict, record, label, "", "", "", is_told=False, is_asked_for=True)
    base, ours, theirs = (_said(mapped.kind, mapped.of, one) for one in (conflict.base, conflict.ours, conflict.theirs))
    return Question(conflict, record, label, base, ours, theirs, is_asked_for=bool(mapped.see))


@transaction.atomic
def note_looks(shown: list[Question], *, by: User) -> None:
    """Somebody was told what is told to who asks: written down, each time (R11)."""
    for one in shown:
        if one.is_asked_for and one.is_told:
            account = getattr(one.record, mappings()[one.conflict.link.mirror.code].account, None)
            Event.log(one.record, "conflict_looked_at", by=by, account_pk=account, field=one.conflict.field)


def _said(kind: Kind, of: str, value: Value) -> str:
    if kind is Kind.REFERENCE and value:
        link = MirrorLink.objects.filter(mirror__code=of, salesforce_id=value).first()
        record = mappings()[of].model._default_manager.filter(pk=link.record_id).first() if link else None
        return str(getattr(record, "name", value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
