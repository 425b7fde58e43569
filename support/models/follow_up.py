"""What is still to be done beside the answer: a summary in the channel, an anonymous bug (INT-09, TPL-02)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from fleetcs import clock
from fleetcs.handbook_texts import FIRST
from fleetcs.models import Event, MessageText, User
from support.models.ticket import Ticket


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Tasks of tickets."""

    def open_anew(self, ticket: Ticket, kind: str) -> None:
        """A task that is to be done, also where the ticket has had the same one before."""
        if not self.get_or_create(ticket=ticket, kind=kind)[1]:
            self.filter(ticket=ticket, kind=kind).update(done_at=None, done_by=None)

    def settle_bug_task(self, ticket: Ticket, link: str, *, by: User | None) -> None:
        """The ticket's bug stands at GitHub: the task to file it is done by that (TPL-02)."""
        for task in self.filter(ticket=ticket, kind="bug_task", done_at=None):
            task.link, task.done_at, task.done_by = link, clock.now(), by
            task.save()
            Event.log(ticket, "follow_up_done", by=by, account_pk=ticket.account_id, kind=task.kind, link=link)

    def open_first(self, ticket: Ticket, template: MessageText | None) -> bool:
        """Open the tasks that a text says are done, where the ticket has none yet (LIC-07); whether any was new."""
        wanted = FIRST.get(template.pk, ()) if template else ()
        opened = [self.get_or_create(ticket=ticket, kind=kind)[1] for kind in wanted]
        return any(opened)

    def must_be_done(self, template: MessageText | None) -> None:
        """Raises ValidationError unless, among one ticket's tasks, those are done that a text says are done."""
        wanted = FIRST.get(template.pk, ()) if template else ()
        shown = self.filter(kind__in=wanted, done_at__isnull=False).exclude(link="")
        done = set(shown.values_list("kind", flat=True))
        if left := [FollowUp.Kind(kind).label for kind in wanted if kind not in done]:
            raise ValidationError(f"The text says that these are done. Do them first: {'; '.join(left)}.")


class FollowUp(models.Model):
    """A task of a ticket; a blocking one keeps the ticket from being resolved."""

    class Kind(models.TextChoices):
        DM_SUMMARY = "dm_summary", "Post a summary of the direct messages in the channel"
        BUG_TASK = "bug_task", "File the bug without the customer's name"
        DOCUMENTATION = "documentation", "Document the solution"
        EMERGENCY = "emergency", "Emergency: begin the emergency request flow"
        REFUND = "refund", "Refund the payment"
        MORE_HOSTS = "more_hosts", "Add three hosts for the year to the license"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="follow_ups")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    blocks = models.BooleanField(default=False)
    link = models.URLField(max_length=500, blank=True)
    waived_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (models.UniqueConstraint(fields=["ticket", "kind"], name="follow_up_once"),)

    def __str__(self) -> str:
        return f"{self.kind} of ticket {self.ticket_id}"

    @transaction.atomic
    def finish(self, *, link: str = "", because: str = "", by: User) -> None:
        """Done, with the link that shows it, or waived with a reason. Raises ValidationError without either.

        What a text tells the customer is done cannot be waived (LIC-07).
        """
        if not link and not because.strip():
            raise ValidationError("Give the link, or say why there is none.")
        if not link and any(self.kind in first for first in FIRST.values()):
            raise ValidationError("A text says that this is done: give the link that shows it.")
        self.link, self.waived_because = link, because
        self.done_at, self.done_by = clock.now(), by
        self.save()
        facts: dict[str, Any] = {"kind": self.kind, "link": link, "because": because}
        Event.log(self.ticket, "follow_up_done", by=by, account_pk=self.ticket.account_id, **facts)
