"""The same act on many tickets: each row by its own verb, in steps that hold their locks for a moment only (ux 11)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.wording import absolute
from fleetcs.working_day import ZONE
from support.models.ticket import Ticket

STEP: Final = 50
MOST: Final = 1_000
NOT_YOURS: Final = "Not yours: only support, and the team of its account, may do this."
GONE: Final = "It is no longer there, or not for you to see."


@dataclass(frozen=True)
class Effect:
    """What an act did to one ticket, or would do: the words say why it was refused. `before`: what undo restores."""

    ticket: int
    subject: str
    done: bool
    words: str
    before: int | None = None


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches."""

    def visible_to(self, user: User) -> Self:
        """Nobody but the person who began it."""
        return self.filter(by=user)


class Batch(models.Model):
    """An act on many tickets, what it did to each, and what is still to be done."""

    class Act(models.TextChoices):
        ASSIGN = "assign", "Assign"
        PRIORITY = "priority", "Set priority"
        RESOLVE = "resolve", "Resolve"
        RESTORE = "restore", "Undo assigning"

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    change = models.JSONField(default=dict, help_text="What the verb is given")
    left = models.JSONField(default=list, help_text="Tickets still to be done")
    effects = models.JSONField(default=list)
    query = models.TextField(blank=True, help_text="The list it was chosen from")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"batch {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:bulk_done", args=[self.pk])

    @property
    def total(self) -> int:
        return len(self.left) + len(self.effects)

    @property
    def succeeded(self) -> int:
        return sum(effect["done"] for effect in self.effects)

    @property
    def refused(self) -> list[dict[str, Any]]:
        return [effect for effect in self.effects if not effect["done"]]

    @property
    def can_be_undone(self) -> bool:
        return self.act == Batch.Act.ASSIGN and not self.left and not self.undone_at and self.succeeded > 0

    def preview(self, pks: Iterable[int]) -> list[Effect]:
        """What would happen to these tickets, by letting it happen and taking it back."""
        with transaction.atomic():
            effects = self._step(list(pks))
            transaction.set_rollback(True)
        return effects

    @transaction.atomic
    def go_on(self) -> None:
        """Do the next step, each ticket by itself; call it until nothing is left. Safe to repeat."""
        mine = Batch.objects.select_for_update().get(pk=self.pk)
        step, self.left = mine.left[:STEP], mine.left[STEP:]
        self.effects = mine.effects + [asdict(effect) for effect in self._step(step)]
        self.save(update_fields=["left", "effects"])
        if not self.left and step:
            Event.log(self, "batch_done", by=self.by, act=self.act, tickets=self.total, refused=len(self.refused))

    def _step(self, pks: list[int]) -> list[Effect]:
        """The act on each, in the order of the list; the rows are locked in that of their keys, as everybody does, so
        that two people who chose the same tickets in different orders do not wait for each other for good."""
        list(Ticket.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk"))
        return [self._on(pk) for pk in pks]

    def _on(self, pk: int) -> Effect:
        """The act on one ticket, in a savepoint of its own: what its verb refuses, the others do not suffer from."""
        ticket = Ticket.objects.visible_to(self.by).filter(pk=pk).first()
        if ticket is None:
            return Effect(pk, "", False, GONE)
        held = Ticket.objects.editable_by(self.by).select_for_update(of=("self",)).filter(pk=pk).first()
        if held is None:
            return Effect(pk, ticket.subject, False, NOT_YOURS)
        before = held.assignee_id
        try:
            with transaction.atomic():
                return Effect(pk, held.subject, True, getattr(self, f"_{self.act}")(held), before)
        except ValidationError as refused:
            return Effect(pk, held.subject, False, " ".join(refused.messages))

    def _assign(self, ticket: Ticket) -> str:
        person = User.objects.filter(pk=self.change["person"]).first() if self.change["person"] else None
        return self._give(ticket, person)

    def _restore(self, ticket: Ticket) -> str:
        if ticket.assignee_id != self.change["from"]:
            raise ValidationError("Somebody else has assigned it since.")
        person = User.objects.filter(pk=self.change["to"][str(ticket.pk)]).first()
        if person and not person.is_active:
            raise ValidationError(f"{person.name} has left: nobody would see it there.")
        return self._give(ticket, person)

    def _give(self, ticket: Ticket, person: User | None) -> str:
        before = ticket.assignee
        if before == person:
            raise ValidationError(f"It is {person.name}'s already." if person else "It is nobody's already.")
        ticket.assign(person, by=self.by)
        return f"{before.name if before else 'Nobody'} → {person.name if person else 'Nobody'}"

    def _priority(self, ticket: Ticket) -> str:
        if ticket.resolved_at:
            raise ValidationError("It is resolved already.")
        before = ticket.priority
        ticket.set_priority(self.change["priority"], by=self.by, reason=self.change.get("reason", ""))
        due = f"due {absolute(ticket.due_at, ZONE)}" if ticket.due_at else "no guaranteed resolution"
        return f"{before} → {ticket.priority}, {due}" if before != ticket.priority else f"{before} confirmed, {due}"

    def _resolve(self, ticket: Ticket) -> str:
        ticket.resolve(by=self.by, outcome=self.change.get("outcome", ""), note=self.change.get("note", ""))
        return "Resolved"

    @transaction.atomic
    def undo(self, *, by: User) -> "Batch":
        """Give every ticket back to whom it was before, unless it has moved on. Raises ValidationError."""
        mine = Batch.objects.select_for_update().get(pk=self.pk)
        if not mine.can_be_undone:
            raise ValidationError("There is nothing to undo any more.")
        moved = {str(effect["ticket"]): effect["before"] for effect in mine.effects if effect["done"]}
        mine.undone_at = clock.now()
        mine.save(update_fields=["undone_at"])
        return Batch.objects.create(
            by=by,
            act=Batch.Act.RESTORE,
            left=[int(pk) for pk in moved],
            query=mine.query,
            change={"from": mine.change["person"], "to": moved},
        )
