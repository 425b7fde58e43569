"""Two tickets that have to do with each other and both go on: linked, which is no merge; both histories say so."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.once import insert_once
from support.models.ticket import Ticket


class TicketRelation(models.Model):
    """That two tickets are related; the one with the lower number stands first, so that a pair stands once."""

    one = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    other = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["one", "other"], name="relation_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="relation_in_order"),
        )

    def __str__(self) -> str:
        return f"tickets {self.one_id} and {self.other_id}"


@transaction.atomic
def relate(one: Ticket, other: Ticket, *, by: User) -> bool:
    """Link two tickets; linking the same pair again changes nothing. Raises ValidationError for a ticket and itself."""
    if one.pk == other.pk:
        raise ValidationError("A ticket cannot be linked to itself.")
    low, high = sorted((one, other), key=lambda ticket: ticket.pk)
    if not insert_once(TicketRelation(one=low, other=high, by=by)):
        return False
    one.log("related", by=by, to=other.pk)
    other.log("related", by=by, to=one.pk)
    return True


@transaction.atomic
def unrelate(one: Ticket, other: Ticket, *, by: User) -> bool:
    """Take the link between two tickets away; False when there is none."""
    low, high = sorted((one.pk, other.pk))
    if not TicketRelation.objects.filter(one=low, other=high).delete()[0]:
        return False
    one.log("unrelated", by=by, to=other.pk)
    other.log("unrelated", by=by, to=one.pk)
    return True
