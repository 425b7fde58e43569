"""How records go to Salesforce, and how single ones are asked for: read outside any transaction, applied in one."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import Sender, Sent
from fleetcs.merging import Value
from fleetcs.mirrors import quota, writing
from fleetcs.mirrors.deciding import Decision, Page
from fleetcs.mirrors.mapping import label_of, needed
from fleetcs.mirrors.pull import ORDER, after
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.mirrors.references import Row, is_unknown
from fleetcs.models import Conflict, Effect, Event, Mirror, MirrorLink

# Salesforce compares whole seconds: what was changed a moment ago could be changed again unseen (F32).
SETTLED: Final = timedelta(seconds=2)
LISTED: Final = 200


class Push(Sender):
    """What has changed of a record here; `args`: link. Read there first, merged, and only the difference is sent."""

    destination = "salesforce"
    protocol = "natural"

    def wanted(self, effect: Effect) -> str | None:
        link = link_of(effect)
        if link.gone_at:
            return "gone"
        if not link.mirror.is_running:
            return "mirror_stopped"
        return "nothing_to_send" if is_settled(link) else None

    def send(self, effect: Effect) -> Sent:
        link = link_of(effect)
        reading = Reading(link.mirror, us=salesforce.user_id())
        told = asked(reading, link) if link.salesforce_id else made(reading, link)
        difference = to_send(reading, told)
        if difference:
            note_sent(link, difference)
            update(reading, told, difference)
        return Sent(told.id, {"told": told, "sent": difference, "us": reading.us})

    def settle(self, effect: Effect, sent: Sent) -> None:
        quota.note()
        told: Told | None = sent.facts.get("told")
        if told is None:
            return  # a person says that it has arrived: the next window will tell
        link = link_of(effect)
        told.values, told.digest, told.dumped = {**told.values, **sent.facts["sent"]}, "", ""
        writing.apply(Reading(link.mirror, us=sent.facts["us"]), [told], again=True)
        if sent.facts["sent"]:
            note(link, "sent_to_salesforce", fields=sorted(sent.facts["sent"]))

    def refused(self, effect: Effect, code: str) -> None:
        note(link_of(effect), "refused_by_salesforce", code=code)

    def preview(self, effect: Effect) -> str:
        """Which fields would be sent, never what they hold."""
        link = link_of(effect)
        reading = Reading(link.mirror)
        if not link.salesforce_id:
            return f"Would make a new {link.mirror.object} in Salesforce."
        known = reading.remembered([link])
        names = [label_of(link.mirror.code, name) for name in to_send(reading, known[0])] if known else []
        return f"Would set in Salesforce: {', '.join(names) or 'nothing'}."


class Look(Sender):
    """One record read again and applied, whatever was read before; `args`: link."""

    destination = "salesforce"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        link = link_of(effect)
        reading = Reading(link.mirror, us=salesforce.user_id())
        return Sent(facts={"told": found(reading, link)[0], "us": reading.us})

    def settle(self, effect: Effect, sent: Sent) -> None:
        quota.note()
        if "told" in sent.facts:
            reading = Reading(link_of(effect).mirror, us=sent.facts["us"])
            writing.apply(reading, [sent.facts["told"]], again=True)


class Rehearsal(Sender):
    """What the next run would write, listed and not written; `args`: mirror."""

    destination = "salesforce"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        mirror = Mirror.objects.get(pk=effect.args["mirror"])
        reading = Reading(mirror, us=salesforce.user_id())
        soql = reading.soql() if mirror.is_whole else reading.soql(after(mirror.stamp, mirror.last_id), ORDER)
        page = next(salesforce.query(soql, include_deleted=mirror.stamp is not None or reading.declared.archives))
        return Sent(facts={"told": reading.told(page.rows), "total": page.total, "us": reading.us})

    def settle(self, effect: Effect, sent: Sent) -> None:
        quota.note()
        if "told" not in sent.facts:
            return
        mirror = Mirror.objects.get(pk=effect.args["mirror"])
        page = Page(Reading(mirror, us=sent.facts["us"]), sent.facts["told"])
        rows = [line(mirror.code, decision) for decision in page.decisions]
        rows = [row for row in rows if row["does"] != "nothing"]
        gone = [{"id": one.id, "does": "gone", "fields": []} for one in page.gone]
        told = {"read": len(sent.facts["told"]), "total": sent.facts["total"], "rows": [*rows, *gone][:LISTED]}
        Mirror.objects.filter(pk=mirror.pk).update(rehearsal={**told, "writes": len(rows) + len(gone)})


def line(code: str, decision: Decision) -> dict[str, Any]:
    """One line of a dry run: the record over there, what would be done, and to which fields."""
    merged = decision.merged
    does = "make" if decision.is_new else "change" if merged.here else "ask" if merged.clashes else "nothing"
    names = sorted({*merged.here, *merged.clashes})
    if decision.problem:
        does, names = "skip", [decision.problem_field]
    return {"id": decision.told.id, "does": does, "fields": [label_of(code, name) for name in names]}


def link_of(effect: Effect) -> MirrorLink:
    """Raises Rejected when it is no more."""
    link = MirrorLink.objects.select_related("mirror").filter(pk=effect.args["link"]).first()
    if link is None:
        raise Rejected("link_gone")
    return link


def found(reading: Reading, link: MirrorLink) -> tuple[Told, timedelta]:
    """The record as it is over there now, and for how long it has been left alone."""
    condition = f"Id = {salesforce.quoted(link.salesforce_id)}"
    page = next(salesforce.query(reading.soql(condition), include_deleted=True))
    told = reading.told(page.rows)
    if not told:
        return Told(str(link.salesforce_id), None, {}, is_gone=True), SETTLED
    stamp = told[0].stamp
    return told[0], page.server_now - stamp if stamp else SETTLED


def asked(reading: Reading, link: MirrorLink) -> Told:
    """The record over there. Raises Unavailable while it may still be changing within the same second."""
    told, rested = found(reading, link)
    if rested < SETTLED:
        raise Unavailable(code="just_changed")
    return told


def made(reading: Reading, link: MirrorLink) -> Told:
    """A new record over there under our key: doing it again makes no second one (F27).

    Raises Rejected, and Unavailable while the record that it belongs to is still to be made over there itself.
    """
    row = reading.declared.model._default_manager.filter(pk=link.record_id).values().first()
    if row is None or not link.mirror.has_key:
        raise Rejected("record_gone" if row is None else "no_external_id")
    if is_early(reading, row):
        raise Unavailable(code="awaits_record")
    with transaction.atomic():
        values = Page(reading, []).ours_of(row)
    fields = {name: value for name, value in theirs(reading, values).items() if value is not None}
    extra = reading.declared.born(row) if reading.declared.born else {}
    upserted = salesforce.upsert(
        link.mirror.object, settings.SALESFORCE_EXTERNAL_ID, str(link.key), {**fields, **extra}
    )
    MirrorLink.objects.filter(pk=link.pk, salesforce_id=None).update(salesforce_id=upserted.id)
    link.salesforce_id = upserted.id
    return found(reading, link)[0]


def to_send(reading: Reading, told: Told) -> dict[str, Value]:
    """The values of ours that Salesforce has to learn."""
    if told.is_gone:
        return {}
    return decided(reading, told).to_send(reading.writable)


def decided(reading: Reading, told: Told) -> Decision:
    """What one record means for us now; nothing is written."""
    with transaction.atomic():
        return Page(reading, [told], again=True).decisions[0]


def is_settled(link: MirrorLink) -> bool:
    """Whether the record here is what Salesforce said last, and nobody is asked about it: it is as it was again."""
    reading = Reading(link.mirror)
    known = reading.remembered([link])
    return (
        bool(known) and decided(reading, known[0]).is_settled and not Conflict.objects.open().filter(link=link).exists()
    )


def is_early(reading: Reading, row: Row) -> bool:
    """Whether the record that this one belongs to is on its way to Salesforce, and has no id there yet."""
    unmade, above = MirrorLink.objects.filter(salesforce_id=None, gone_at=None), needed(reading.mirror.code)
    named = [(mapped.of, row[mapped.column]) for mapped, _ in reading.fields if mapped.of in above]
    return any(unmade.filter(mirror__code=code, record_id=pk).exists() for code, pk in named)


def theirs(reading: Reading, values: dict[str, Value]) -> Row:
    """Values under the names over there, as they are sent: an empty text is nothing."""
    sent = {name: None if value == "" else value for name, value in values.items() if not is_unknown(value)}
    return {there: sent[name] for name, there in reading.writable.items() if name in sent}


def update(reading: Reading, told: Told, values: dict[str, Value]) -> None:
    """Send only what differs, if nobody has changed the record since it was read."""
    try:
        salesforce.update(reading.mirror.object, told.id, theirs(reading, values), unmodified_since=told.stamp)
    except Rejected as error:
        if error.code == "precondition":
            raise Unavailable(code="changed_meanwhile") from None
        raise


def note_sent(link: MirrorLink, values: dict[str, Value]) -> None:
    """Before the call: should we die right after it, our own words are known when they come back."""
    with transaction.atomic(durable=True):
        MirrorLink.objects.filter(pk=link.pk).update(sent=values)


def note(link: MirrorLink, verb: str, **facts: Any) -> None:
    """A line in the history of the record."""
    declared = Reading(link.mirror).declared
    record = declared.model._default_manager.filter(pk=link.record_id or 0).first()
    if record is not None:
        Event.log(record, verb, account_pk=getattr(record, declared.account, None), **facts)
