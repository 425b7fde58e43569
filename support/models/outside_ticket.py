"""What a ticket is called in other ticket systems: each id there belongs to one ticket here, for good (SYS-05)."""

from typing import TYPE_CHECKING

from django.db import connection, models

from fleetcs import clock
from support import outside_system

if TYPE_CHECKING:
    from support.models.ticket import Ticket


class OutsideTicketQuerySet(models.QuerySet["OutsideTicket"]):
    """Ids of tickets elsewhere."""

    def ticket_of(self, system: str, external_id: str) -> "Ticket | None":
        """The ticket of an id over there; whoever else asks for the same id waits until this transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7416))", [f"{system}:{external_id}"])
        known = self.filter(system=system, external_id=external_id).select_related("ticket").first()
        return known.ticket if known else None


class OutsideTicket(models.Model):
    """One id. A ticket may have several: the thread it came from can have been a ticket in two systems."""

    system = models.CharField(max_length=20, choices=list(outside_system.NAMES.items()))
    external_id = models.CharField(max_length=120)
    ticket = models.ForeignKey("support.Ticket", models.PROTECT, related_name="elsewhere")
    at = models.DateTimeField(default=clock.now)

    objects = OutsideTicketQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["system", "external_id"], name="outside_ticket_once"),)
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.system} id of ticket {self.ticket_id}"
