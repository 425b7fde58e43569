"""Terms of a contract that are other than standard; those beyond the maximum are exceptions, for the CEO (CON-07)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.stale import held
from opportunities import terms
from opportunities.models.agreement import Agreement
from opportunities.models.paperwork import changed, holds_itself, insist, of_own
from opportunities.models.standard_term import StandardTerm


class DeviationQuerySet(models.QuerySet["TermDeviation"]):
    """Deviations."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see", "agreement__opportunity__")

    def standing(self) -> Self:
        """Those that have not been taken out again."""
        return self.filter(withdrawn_at=None)

    def awaiting(self) -> Self:
        """Exceptions that wait for the CEO."""
        return self.standing().filter(is_beyond=True, is_approved=None)

    @transaction.atomic
    def note(self, agreement: Agreement, *, by: User, judged: bool | None = None, **fields: Any) -> "TermDeviation":
        """Write down a deviation; where the maximum is no number, `judged` says whether it goes beyond it."""
        held(agreement)
        insist(not agreement.signatures.exists(), "A party has signed it: its terms stay as they are.")
        deviation = self.model(agreement=agreement, noted_by=by, **fields)
        beyond = terms.is_beyond(deviation.term, deviation.number, judged=judged)
        if beyond is None:
            numeric = deviation.term is not None and terms.is_numeric(deviation.term)
            raise ValidationError({"number" if numeric else "judged": "Say how it compares with the maximum."})
        deviation.is_beyond = beyond
        deviation.full_clean()
        deviation.save()
        agreement.log("deviation_noted", by=by, beyond=deviation.is_beyond, form=deviation.form)
        return deviation


class TermDeviation(models.Model):
    """One term that is to be other than standard. What it says never changes; another wording is another row."""

    class Form(models.TextChoices):
        REDLINE = "redline", "Redline in our agreement"
        OWN_CONTRACT = "own_contract", "Term of their own contract"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="deviations")
    term = models.ForeignKey(
        StandardTerm, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Standard term"
    )
    value = models.CharField("What it is to be", max_length=1_000)
    number = models.DecimalField("As a number", max_digits=14, decimal_places=2, null=True, blank=True)
    form = models.CharField("Where it stands", max_length=12, choices=Form.choices)
    is_beyond = models.BooleanField("Beyond the maximum")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(default=clock.now)
    is_approved = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField("Reason", max_length=1_000, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = DeviationQuerySet.as_manager()

    class Meta:
        ordering = ("noted_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_approved=None, decided_at=None, decided_by=None)
                | Q(is_beyond=True, is_approved__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="deviation_decided_by_somebody",
            ),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="deviation_says_what_it_said",
                fields=["agreement", "term", "value", "number", "form", "is_beyond", "noted_by", "noted_at"],
            ),
            pgtrigger.Protect(
                name="deviation_decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_approved__isnull=False)
                & changed("is_approved", "decided_by", "decided_at", "reason"),
            ),
        )

    def __str__(self) -> str:
        return f"deviation {self.pk}"

    def get_absolute_url(self) -> str:
        return self.agreement.get_absolute_url()

    def allows(self, user: User, action: str) -> bool:
        return self.agreement.allows(user, action)

    @property
    def state(self) -> tuple[str, str]:
        """How it stands: the tone of its dot and the words."""
        if self.withdrawn_at:
            return "idle", "Taken out"
        if not self.is_beyond:
            return "good", "Within the maximum"
        if self.is_approved is None:
            return "wait", "Waits for the CEO"
        return ("good", "Exception approved") if self.is_approved else ("bad", "Exception refused")

    @transaction.atomic
    def decide(self, *, approves: bool, reason: str, by: User) -> None:
        """Approve or refuse an exception: the CEO, and nobody for the CEO (CON-07)."""
        held(self)
        insist(holds_itself(by, "ceo"), "Exceptions beyond the maximum are for the CEO alone: nobody stands in.")
        insist(self.is_beyond and not self.withdrawn_at, "There is nothing to decide here.")
        insist(self.is_approved is None, "That has been decided already.")
        insist(approves or reason.strip(), "Say why.")
        self.is_approved, self.decided_by, self.decided_at, self.reason = approves, by, clock.now(), reason.strip()
        self.save()
        self.agreement.log("exception_decided", by=by, approved=approves, deviation=self.pk)

    @transaction.atomic
    def withdraw(self, *, by: User) -> None:
        """The contract no longer asks for it."""
        held(self.agreement)
        held(self)
        insist(not self.withdrawn_at, "It has been taken out already.")
        insist(not self.agreement.signatures.exists(), "A party has signed it: its terms stay as they are.")
        self.withdrawn_at = clock.now()
        self.save()
        self.agreement.log("deviation_withdrawn", by=by, deviation=self.pk)
