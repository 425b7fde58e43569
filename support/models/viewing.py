"""Who has a ticket open right now: presence, never a lock (ux 10)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from fleetcs.models import User
from support.models.ticket import Ticket

PRESENT = timedelta(seconds=50)  # the page tells every 20 seconds; one lost beat is forgiven
FORGOTTEN = timedelta(minutes=10)


class ViewingQuerySet(models.QuerySet["Viewing"]):
    """Who has what open."""

    def touch(self, user: User, ticket: Ticket, now: datetime) -> None:
        """This person has it open; rows of those who went away are dropped."""
        self.filter(ticket=ticket, at__lt=now - FORGOTTEN).delete()
        self.update_or_create(user=user, ticket=ticket, defaults={"at": now})

    def others(self, user: User, ticket: Ticket, now: datetime) -> list[User]:
        """Colleagues who have it open too, by name."""
        present = self.filter(ticket=ticket, at__gte=now - PRESENT).exclude(user=user).values("user")
        return list(User.objects.filter(pk__in=present).order_by("name"))


class Viewing(models.Model):
    """That a person had a ticket's page open at a moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    objects = ViewingQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["ticket", "user"], name="viewing_once"),)
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"viewing of ticket {self.ticket_id}"
