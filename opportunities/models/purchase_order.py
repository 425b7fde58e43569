"""The customer's purchase order, that their invoice refers to; or that they use none, and why (DCL-11)."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.stale import held
from opportunities.models.opportunity import Opportunity


class PurchaseOrderQuerySet(models.QuerySet["PurchaseOrder"]):
    """Purchase orders."""

    @transaction.atomic
    def secure(self, opportunity: Opportunity, *, by: User, number: str, none_because: str) -> "PurchaseOrder":
        """Write down the number, or why there is none; what was written before is replaced, and stays in history."""
        held(opportunity)
        order = self.filter(opportunity=opportunity).first() or self.model(opportunity=opportunity)
        before = order.number
        order.number, order.none_because, order.by, order.at = number.strip(), none_because.strip(), by, clock.now()
        order.full_clean()
        order.save()
        opportunity.log("purchase_order_secured", by=by, before=before, after=order.number)
        return order


class PurchaseOrder(models.Model):
    """One for each deal."""

    opportunity = models.OneToOneField(Opportunity, models.PROTECT, related_name="purchase_order")
    number = models.CharField("PO number", max_length=60, blank=True)
    none_because = models.CharField("They use none, because", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=(~Q(number="") & Q(none_because="")) | (Q(number="") & ~Q(none_because="")),
                name="purchase_order_or_reason",
                violation_error_message="Give the number, or why the customer uses none.",
            ),
        )

    def __str__(self) -> str:
        return f"purchase order {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:opportunity", args=[self.opportunity_id])

    @property
    def words(self) -> str:
        return self.number or f"None: {self.none_because}"
