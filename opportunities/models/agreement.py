"""Contracts from their draft to the copy in the folder; the one in force for service is `accounts.Contract`."""

from datetime import date
from typing import Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.urls import reverse

from accounts.models import Contract
from fleetcs import clock
from fleetcs.models import Event, User, stale
from fleetcs.models.stale import held
from opportunities import closing, links, signing, terms
from opportunities.models import close_facts, copies
from opportunities.models.deal_close import DealClose
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import holds_itself, insist, insist_none, of_own, stands_in
from opportunities.models.screening import Screening

PLACES = {"executed_url": "on the opportunity", "filed_url": "in the subscriptions folder"}


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Contracts of deals."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def executed(self) -> Self:
        """Signed by every party."""
        return self.alias(parties=Count("signatures")).filter(parties=len(signing.PARTIES))

    def unsigned(self) -> Self:
        """Sent out, and not signed by every party yet."""
        return self.alias(parties=Count("signatures")).filter(parties__lt=len(signing.PARTIES), sent_at__isnull=False)

    def unfiled(self) -> Self:
        """Signed by every party, and a copy is lacking on the opportunity or in the folder (CON-13)."""
        return self.executed().filter(Q(executed_url="") | Q(filed_url=""))

    @transaction.atomic
    def add(self, *, opportunity: Opportunity, by: User, **fields: Any) -> "Agreement":
        agreement = self.model(opportunity=opportunity, **fields)
        agreement.full_clean()
        agreement.save()
        agreement.log("agreement_added", by=by, kind=agreement.kind)
        agreement.note_order_form(by=by)
        return agreement


@pghistory.track()
class Agreement(models.Model):
    """One contract of a deal: its paper, who got it, who has signed, and where its executed copies are."""

    class Kind(models.TextChoices):
        SUBSCRIPTION = "subscription", "Subscription agreement"
        NDA = "nda", "Non-disclosure agreement (NDA)"
        OTHER = "other", "Other contract"

    class Paper(models.TextChoices):
        OURS = "ours", "Our standard text"
        REDLINES = "redlines", "Our text with redlines"
        THEIRS = "theirs", "The other party's text"

    SENT = "It has been sent: its kind stays."
    WON = "The deal is won by another contract: add a new one."
    WON_BY_IT = "The deal is won by it: put another link in its place, or have the deal opened again first."

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="agreements")
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="Contract in force"
    )
    kind = models.CharField("Kind", max_length=12, choices=Kind.choices, default=Kind.SUBSCRIPTION)
    paper = models.CharField("Text", max_length=8, choices=Paper.choices, default=Paper.OURS)
    effective_on = models.DateField("Effective date", null=True, blank=True, help_text=signing.EFFECTIVE_DATE)
    ends_on = models.DateField("Subscription end", null=True, blank=True)
    draft_url = models.URLField("Draft", blank=True, validators=[links.drive])
    envelope = models.CharField("Envelope reference", max_length=80, blank=True, editable=False)
    copied = ArrayField(models.EmailField(), default=list, blank=True, editable=False)
    sent_to = models.EmailField("Sent to", blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    executed_url = models.URLField("Executed copy", blank=True, editable=False)
    filed_url = models.URLField("Copy in the subscriptions folder", blank=True, editable=False)
    filed_as_backup = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(effective_on=None) | Q(ends_on__gte=F("effective_on")),
                name="agreement_ends_after_it_starts",
                violation_error_message="The subscription would end before its effective date.",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | (~Q(sent_to="") & (Q(envelope="") | ~Q(copied=[]))),
                name="agreement_sent_to_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"agreement {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:agreement", args=[self.pk])

    def clean(self) -> None:
        for name in ("effective_on", "ends_on"):
            if (day := getattr(self, name)) and day >= closing.FARTHEST:
                raise ValidationError({name: "That is thousands of years ahead."})
        if self.contract and self.contract.account_id != self.opportunity.account_id:
            raise ValidationError({"contract": "That is another account's contract."})

    def allows(self, user: User, action: str) -> bool:
        return self.opportunity.allows(user, action)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.opportunity.account_id, **facts)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name. Raises Stale. Once a party has signed, only the link to the contract in force."""
        self.hold()
        stale.hold(self, version)
        before, is_signed = self.kind, self.signatures.exists()
        insist(not is_signed or set(changes) <= {"contract"}, "A party has signed it: it stays as it is.")
        for field, value in changes.items():
            setattr(self, field, value)
        insist(self.kind == before or not self.sent_at, self.SENT)
        insist(self.kind == before or not (self.close and self.close.is_won), self.WON)
        self.full_clean()
        self.save()
        self.log("agreement_changed", by=by, fields=sorted(changes))
        if self.kind != before:
            self.note_order_form(before, by=by)

    def note_order_form(self, before: str = "", *, by: User) -> None:
        """It has become the order form, or is it no more: the close of the deal is told; call it in a transaction."""
        close = DealClose.objects.filter(opportunity=self.opportunity_id).first()
        if close and Agreement.Kind.SUBSCRIPTION in (before, self.kind):
            close.check_copy_anew(by=by)

    def hold(self) -> None:
        """Nobody else is at it, nor at the close of its deal, until the end of this transaction; it is read anew."""
        if close := DealClose.objects.filter(opportunity=self.opportunity_id).first():
            close.hold()  # always before the contract: a win takes them in this order too
        held(self)

    # --- its dates ----------------------------------------------------------------------------------------------------
    @property
    def signed(self) -> dict[str, date]:
        return {each.party: each.signed_on for each in self.signatures.all()}

    @property
    def closed_on(self) -> date | None:
        """The close date: that of the last signature (CON-03)."""
        return signing.closed_on(self.signed)

    @property
    def state(self) -> tuple[str, str]:
        """How it stands: the tone of its dot and the words."""
        if self.closed_on:
            return "good", "Signed by all"
        return ("wait", "Sent out") if self.sent_at else ("idle", "Draft")

    @property
    def invoiced_on(self) -> date | None:
        """The invoice date: the day the first invoice of it was sent, whatever the other dates are (CON-04)."""
        return min((each.sent_on for each in self.invoices.all() if each.sent_on), default=None)

    # --- what is in the way -------------------------------------------------------------------------------------------
    @property
    def needs_review(self) -> bool:
        """Whether legal has to have read it: all but our own standard text (CON-08, CON-09, DCL-02)."""
        return self.paper != Agreement.Paper.OURS

    def review_obstacles(self) -> list[str]:
        """Reviews that are open, or that nobody has asked for where one is needed."""
        reviews = list(self.reviews.all())
        if any(not each.is_submitted for each in reviews):
            return ["A legal review has no issue yet: it is not submitted."]
        if any(not each.closed_at for each in reviews):
            return ["A legal review of it is open."]
        return [] if reviews or not self.needs_review else ["It needs a legal review first."]

    def obstacles(self) -> list[str]:
        """Why it may not move to signing (CON-07 to CON-09)."""
        return [*self.review_obstacles(), *terms.obstacles(self.deviations.standing())]

    def awaits_execution_by(self, user: User) -> bool:
        """Whether our signature on the paper copy is what it lacks, and this person, the CEO, enters it (DCL-05)."""
        is_out = self.sent_at or not self.close
        ready = is_out and not self.is_asked_for and signing.COMPANY not in self.signed and not self.obstacles()
        return bool(ready and self.opportunity.allows(user, "agreement.sign") and holds_itself(user, "ceo"))

    @property
    def is_asked_for(self) -> bool:
        """Whether our signature was asked for: it is given at the request then, and nowhere else (CON-10)."""
        return hasattr(self, "signature_request")

    @property
    def close(self) -> Any:
        """The close that this contract is the order form of, if it is one's."""
        return getattr(self.opportunity, "deal_close", None) if self.kind == Agreement.Kind.SUBSCRIPTION else None

    @property
    def has_won(self) -> bool:
        """Whether its deal is won by it: it is the contract of its close, or the only executed copy of one without."""
        deal = self.opportunity
        if self.kind != Agreement.Kind.SUBSCRIPTION or not deal.is_won:
            return False
        if self.close:
            return bool(close_facts.paper_of(self.close) == self)
        executed = deal.agreements.executed().filter(kind=self.kind).exclude(executed_url="")
        return not deal.self_service and [each.pk for each in executed] == [self.pk]

    # --- out, signed, filed -------------------------------------------------------------------------------------------
    @transaction.atomic
    def send(self, *, to: str, envelope: str = "", copied: list[str] | None = None, by: User) -> None:
        """The order form goes out: as an envelope for signature with its copies, or straight to the customer."""
        self.hold()
        insist(not self.sent_at, "It has been sent already.")
        checked = Screening.objects.standing(self.opportunity.account).obstacle
        without = copies.lacking(self.opportunity, copied or [], copies.operations()) if envelope else []
        lacking = [f"{who} gets no copy." for who in without]
        by_its_close = self.close.sending_obstacles(self, envelope=envelope) if self.close else []
        insist_none([*([checked] if checked else []), *self.obstacles(), *lacking, *by_its_close])
        self.sent_to, self.envelope, self.copied, self.sent_at, self.sent_by = (
            to,
            envelope,
            copied or [],
            clock.now(),
            by,
        )
        self.full_clean()
        self.save()
        self.log("agreement_sent", by=by, by_envelope=bool(envelope))

    @transaction.atomic
    def attach(self, url: str, *, by: User) -> None:
        """The executed copy on the opportunity (DCL-09a); an empty link takes it off."""
        self._keep("executed_url", url, by)

    @transaction.atomic
    def file(self, url: str, *, by: User) -> None:
        """The executed copy in the subscriptions folder, by BizOps or as its backup (DCL-10)."""
        insist(by.may("agreement.file"), "Only BizOps, and the CRO as its backup, files contracts.")
        self._keep("filed_url", url, by, filed_as_backup=stands_in(by))

    def _keep(self, field: str, url: str, by: User, **more: Any) -> None:
        Opportunity.objects.select_for_update().get(pk=self.opportunity_id)  # nobody wins it meanwhile
        self.hold()
        insist(self.closed_on, "It is not signed by every party yet.")
        insist(url or field != "executed_url" or not self.has_won, self.WON_BY_IT)
        if url:
            links.drive(url)
        for name, value in {field: url, **more}.items():
            setattr(self, name, value)
        self.save()
        decided = {"as_backup": more["filed_as_backup"]} if more else {}
        self.log("copy_kept" if url else "copy_taken_off", by=by, place=PLACES[field], **decided)
