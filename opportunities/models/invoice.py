"""Invoices as BizOps enters them; the deal's dates and the account's roll-ups follow from them (CON-04, SFD-13)."""

from typing import Any, Self

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Max, Q

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.stale import held, write
from opportunities.models.agreement import Agreement
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import insist, of_own


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def unpaid(self) -> Self:
        return self.filter(sent_on__isnull=False, paid_on=None)

    def newest_days(self) -> dict[str, Any]:
        """The day the latest was sent and the day the latest was paid."""
        return self.aggregate(invoice_sent=Max("sent_on"), payment_received=Max("paid_on"))

    @transaction.atomic
    def add(self, *, opportunity: Opportunity, by: User, **fields: Any) -> "Invoice":
        """A new invoice of a deal."""
        insist(by.may("invoice.enter"), "Only BizOps, and the CRO as its backup, enters invoices.")
        invoice = self.model(opportunity=held(opportunity), **fields)
        invoice.full_clean()
        invoice.save()
        invoice.log("invoice_entered", by=by)
        invoice.roll_up(by=by)
        return invoice


@pghistory.track()
class Invoice(models.Model):
    """One invoice. It is sent on the day BizOps says, never on one worked out from the contract."""

    class Method(models.TextChoices):
        UNKNOWN = "", "Not known"
        WIRE = "wire", "Wire transfer"
        DEBIT = "debit", "Electronic debit (ACH, SWIFT)"
        CARD = "card", "Card"
        OTHER = "other", "Otherwise"

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="invoices")
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="Contract"
    )
    number = models.CharField("Invoice number", max_length=40, blank=True)
    po_number = models.CharField("PO number", max_length=60, blank=True)
    amount = models.DecimalField("Amount (USD)", max_digits=14, decimal_places=2, validators=[MinValueValidator(0)])
    sent_on = models.DateField("Sent on", null=True, blank=True)
    paid_on = models.DateField("Paid on", null=True, blank=True)
    method = models.CharField("Paid by", max_length=6, choices=Method.choices, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(paid_on=None) | Q(sent_on__isnull=False, paid_on__gte=F("sent_on")),
                name="invoice_paid_after_it_was_sent",
                violation_error_message="It cannot be paid before it was sent.",
            ),
        )

    def __str__(self) -> str:
        return f"invoice {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{self.opportunity.get_absolute_url()}#papers"

    def clean(self) -> None:
        if self.agreement and self.agreement.opportunity_id != self.opportunity_id:
            raise ValidationError({"agreement": "That is another deal's contract."})

    def allows(self, user: User, action: str) -> bool:
        return self.opportunity.allows(user, action)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.opportunity.account_id, **facts)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name: that it was sent, that it was paid. Raises Stale."""
        insist(by.may("invoice.enter"), "Only BizOps, and the CRO as its backup, enters invoices.")
        held(self.opportunity)
        write(self, changes, version)
        self.log("invoice_changed", by=by, fields=sorted(changes))
        self.roll_up(by=by)

    def roll_up(self, *, by: User) -> None:
        """The deal's own dates are those of its latest invoice."""
        latest = self.opportunity.invoices.newest_days()
        changed = {name: day for name, day in latest.items() if day != getattr(self.opportunity, name)}
        if changed:
            self.opportunity.change(changed, by=by)
