"""Two tickets about the same thing become one: messages move, replies follow, both histories say so."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from fleetcs import clock
from fleetcs.models import User
from support.models.clock import Clock
from support.models.message import Message
from support.models.owing import oldest_waiting, owe
from support.models.policy import rule_for
from support.models.running import MERGED
from support.models.thread import Thread
from support.models.ticket import Ticket


@transaction.atomic
def merge(duplicate: Ticket, into: Ticket, *, by: User) -> None:
    """Join a duplicate to the ticket that goes on; merging the same pair again changes nothing.

    The ticket that goes on is due by the earliest unanswered message of both (A14). Raises ValidationError for
    tickets of two accounts, for a ticket with itself and for one that is resolved.
    """
    found = hold(duplicate.pk, into.pk)
    duplicate, into = found[duplicate.pk], found[into.pk]
    if duplicate.merged_into_id == into.pk:
        return
    _refuse(duplicate, into)
    duplicate.clocks.all().withdraw(MERGED)
    moved = _move(duplicate, into)
    _close(duplicate, into, by)
    _count_from_earliest(into)
    newest = into.messages.public().exclude(by="bot").values("by").annotate(at=Max("at"))
    last = {row["by"]: row["at"] for row in newest}
    into.last_customer_at = last.get("customer", into.last_customer_at)
    into.last_reply_at = last.get("colleague", into.last_reply_at)
    into.bump()
    into.log("took_over", by=by, duplicate=duplicate.pk, messages=moved)


def hold(*tickets: int) -> dict[int, Ticket]:
    """Tickets by key, locked until the transaction ends in the order that everybody keeps: threads before tickets, both
    by key. So neither two opposite merges nor a merge and a message in the thread wait for each other for good."""
    threads = Thread.objects.select_for_update(no_key=True).filter(ticket__in=tickets)
    list(threads.order_by("pk").values_list("pk"))
    return Ticket.objects.select_for_update().order_by("pk").in_bulk(tickets)


def _refuse(duplicate: Ticket, into: Ticket) -> None:
    if duplicate.pk == into.pk:
        raise ValidationError("A ticket cannot be merged into itself.")
    if duplicate.merged_into_id or into.merged_into_id:
        raise ValidationError("One of the two is merged already.")
    if into.resolved_at:
        raise ValidationError("The other ticket is resolved: reopen it first.")
    if duplicate.account_id and into.account_id != duplicate.account_id:
        raise ValidationError("The two tickets belong to different accounts.")
    if duplicate.kind != into.kind:
        raise ValidationError("The two are of different kinds.")


def _move(duplicate: Ticket, into: Ticket) -> int:
    """Messages, drafts, bugs, follow-ups the other does not have, the Slack thread where there is room; says how many
    messages."""
    _move_drafts(duplicate, into)
    known = list(into.follow_ups.values_list("kind", flat=True))
    duplicate.follow_ups.exclude(kind__in=known).update(ticket=into)
    still = list(duplicate.follow_ups.filter(done_at=None).values_list("kind", flat=True))
    into.follow_ups.filter(kind__in=still).update(done_at=None, done_by=None)
    duplicate.bugs.update(ticket=into)
    if not Thread.objects.filter(ticket=into).exists():
        Thread.objects.filter(ticket=duplicate).update(ticket=into)
    return Message.objects.filter(ticket=duplicate).update(ticket=into)


def _move_drafts(duplicate: Ticket, into: Ticket) -> None:
    """What colleagues have typed and not sent goes on too, below what they have typed there."""
    there = {draft.user_id: draft for draft in into.drafts.all()}
    for draft in duplicate.drafts.all():
        if other := there.get(draft.user_id):
            other.text = f"{other.text}\n\n{draft.text}"
            other.save(update_fields=["text"])
    duplicate.drafts.exclude(user__in=there).update(ticket=into)
    duplicate.drafts.all().delete()


def _close(duplicate: Ticket, into: Ticket, by: User) -> None:
    duplicate.merged_into = into
    duplicate.resolved_at, duplicate.resolved_by = clock.now(), by
    duplicate.bump()
    duplicate.log("merged", by=by, into=into.pk)


def _count_from_earliest(into: Ticket) -> None:
    """What the customer has waited for longest decides, for the contract's promise and the internal target (A14)."""
    waiting = oldest_waiting(into)
    contract = into.running(Clock.Kind.RESPONSE)
    if waiting and contract and waiting < contract.started_at:
        contract.move_start(waiting, rule_for(into.tier, into.priority, waiting, into.pinned_policy))
    owe(into)
