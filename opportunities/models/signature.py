"""Who signed a contract, for which party, and on which day (CON-03, CON-11)."""

from datetime import date
from typing import Any

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from fleetcs.models import User
from fleetcs.working_day import today
from opportunities import signing
from opportunities.models.agreement import Agreement
from opportunities.models.paperwork import holds_itself, insist_none

OPEN_EXCEPTION = """
    IF EXISTS (SELECT 1 FROM opportunities_termdeviation one WHERE one.agreement_id = NEW.agreement_id
               AND one.is_beyond AND one.withdrawn_at IS NULL AND one.is_approved IS NOT TRUE) THEN
        RAISE EXCEPTION 'an exception beyond the maximum is not approved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class SignatureQuerySet(models.QuerySet["Signature"]):
    """Signatures."""

    @transaction.atomic
    def record(self, agreement: Agreement, *, by: User, **fields: Any) -> "Signature":
        """A party has signed. Raises ValidationError while something is in the way (CON-07 to CON-09)."""
        agreement.hold()
        by_its_close = agreement.close.signing_obstacles(agreement, str(fields["party"]), by) if agreement.close else []
        insist_none([*agreement.obstacles(), *by_its_close, *_unasked(agreement, str(fields["party"]))])
        signature = self.model(agreement=agreement, recorded_by=by, **fields)
        signature.full_clean()
        signature.save()
        agreement.log("agreement_signed", by=by, party=signature.party, signed_on=signature.signed_on)
        return signature


def _unasked(agreement: Agreement, party: str) -> list[str]:
    """Where our signature was asked for it is given by the request's own step, which tells whoever asked (CON-10)."""
    request = getattr(agreement, "signature_request", None) if party == signing.COMPANY else None
    return [signing.AT_THE_REQUEST] if request and signing.SIGN not in request.run.ticked() else []


class Signature(models.Model):
    """That one party has signed: the customer somebody by name, the company its CEO."""

    class Party(models.TextChoices):
        CUSTOMER = signing.CUSTOMER, "The customer"
        COMPANY = signing.COMPANY, "We"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    party = models.CharField("Who signed", max_length=8, choices=Party.choices)
    name = models.CharField("Name of the customer's signer", max_length=120, blank=True)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Our signatory"
    )
    signed_on = models.DateField("Signed on")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = SignatureQuerySet.as_manager()

    class Meta:
        ordering = ("signed_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["agreement", "party"],
                name="signature_once",
                violation_error_message="This party has signed already.",
            ),
            models.CheckConstraint(
                condition=Q(party="company", signer__isnull=False) | Q(party="customer", signer=None),
                name="signature_of_the_company_is_a_colleagues",
                violation_error_message="The company signs by a colleague, the customer by somebody of theirs.",
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="signature_no_open_exception",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=OPEN_EXCEPTION,
            ),
            pgtrigger.Protect(name="signature_stands", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"signature {self.pk}"

    def clean(self) -> None:
        """The company signs by its CEO and nobody else (CON-11)."""
        if self.party == Signature.Party.COMPANY and not (self.signer and holds_itself(self.signer, "ceo")):
            raise ValidationError({"signer": "The CEO signs for the company, nobody else."})
        if self.party == Signature.Party.CUSTOMER and not self.name.strip():
            raise ValidationError({"name": "Say who signed."})
        if isinstance(self.signed_on, date) and self.signed_on > today():
            raise ValidationError({"signed_on": "That day is still to come."})
