"""Quotes and purchase orders: written by who owns the deal, approved by the CRO as they are, then sent (QUO-02)."""

from typing import Any, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, RoleHolding, User
from fleetcs.models.stale import held, hold
from fleetcs.posts import Group
from fleetcs.working_day import today
from opportunities import links, quoting
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import changed, insist, insist_none, of_own
from opportunities.models.screening import Screening

VOID = {"submitted_at": None, "approved_at": None, "approved_by": None, "approved_digest": "", "refused_at": None}


class QuoteQuerySet(models.QuerySet["Quote"]):
    """Quotes, the newest version of a deal first."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def pending(self) -> Self:
        return self.filter(submitted_at__isnull=False, approved_at=None, refused_at=None, sent_at=None)

    def pending_for(self, action: str) -> Self:
        """Those that are approved by whoever may do `action`: each one's `approving`."""
        if not settings.CRO_QUOTES_TO_CEO:
            return self.pending() if action == quoting.approving(of_cro=False, to_ceo=False) else self.none()
        cros = RoleHolding.objects.on(today()).filter(post__group=Group.CRO).values("user")
        of_cro = Q(prepared_by__in=cros) | Q(written_by__in=cros)
        is_of_cro = action == quoting.approving(of_cro=True, to_ceo=True)
        return self.pending().filter(of_cro if is_of_cro else ~of_cro)

    @transaction.atomic
    def add(self, *, opportunity: Opportunity, by: User, **fields: Any) -> "Quote":
        """The next version of a deal's quote, written by who owns the deal or by a manager (QUO-04)."""
        insist(
            held(opportunity).allows(by, "quote.prepare"),
            "Only the deal's owner and the managers prepare a quote for it.",
        )
        newest = opportunity.quotes.aggregate(newest=Max("number"))["newest"] or 0
        quote = self.model(opportunity=opportunity, number=newest + 1, prepared_by=by, written_by=by, **fields)
        quote.seal()
        quote.full_clean()
        quote.save()
        quote.log("quote_prepared", by=by)
        return quote


@pghistory.track()
class Quote(models.Model):
    """One version of what a deal is offered. Its content is sealed by a digest; an approval is of that digest alone."""

    class Format(models.TextChoices):
        SLIDES = quoting.SLIDES, "Slides"
        PURCHASE_ORDER = quoting.PURCHASE_ORDER, "Purchase order for signature"

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="quotes")
    number = models.PositiveSmallIntegerField("Version", editable=False)
    format = models.CharField("Form", max_length=12, choices=Format.choices, default=Format.SLIDES)
    product = models.CharField("Product", max_length=120)
    hosts = models.PositiveIntegerField("Up to # of hosts", validators=[MinValueValidator(1)])
    price = models.DecimalField("Price (USD)", max_digits=14, decimal_places=2, validators=[MinValueValidator(0)])
    term = models.PositiveSmallIntegerField("Term (months)", default=12, validators=[MinValueValidator(1)])
    valid_until = models.DateField("Valid until", null=True, blank=True)
    unique_terms = models.TextField("Unique terms", blank=True, max_length=8_000)
    special_pricing = models.BooleanField("Special pricing", default=False)
    deck_url = models.URLField("Slides", blank=True, validators=[links.drive])
    digest = models.CharField(max_length=64, editable=False)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    approved_digest = models.CharField(max_length=64, blank=True, editable=False)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    sent_to = models.EmailField("Sent to", blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ("opportunity", "-number")
        constraints = (
            models.UniqueConstraint(fields=["opportunity", "number"], name="quote_version_once"),
            models.CheckConstraint(
                condition=Q(sent_at=None) | (Q(approved_at__isnull=False, approved_digest=F("digest")) & ~Q(digest="")),
                name="quote_sent_only_as_approved",
            ),
            models.CheckConstraint(
                condition=Q(format="slides") | Q(unique_terms="", special_pricing=False),
                name="quote_purchase_order_is_standard",
                violation_error_message="A purchase order needs neither unique terms nor special pricing: take slides.",
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="quote_sent_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sent_at__isnull=False) & changed(*quoting.CONTENT, "sent_at"),
            ),
            pgtrigger.Trigger(  # whoever changes the content, by whatever way, voids the approval
                name="quote_edit_voids",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=changed(*quoting.CONTENT),
                func="NEW.submitted_at = NULL; NEW.approved_at = NULL; NEW.approved_by_id = NULL;"
                " NEW.approved_digest = ''; NEW.refused_at = NULL; RETURN NEW;",
            ),
        )

    def __str__(self) -> str:
        return f"quote {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:quote", args=[self.pk])

    def allows(self, user: User, action: str) -> bool:
        return user.may(self.approving) if action == "quote.approve" else self.opportunity.allows(user, action)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        facts = {"number": self.number, "opportunity": self.opportunity_id} | facts
        return Event.log(self, verb, by=by, account_pk=self.opportunity.account_id, **facts)

    @property
    def content(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in quoting.CONTENT}
        return named | {"opportunity": self.opportunity_id, "number": self.number}

    @property
    def standing(self) -> quoting.Standing:
        return quoting.standing(self)

    @property
    def approving(self) -> str:
        """The action of whoever approves it: the CRO's, the CEO's for what the CRO wrote where that is so set."""
        of_cro = Group.CRO in self.prepared_by.groups_today | self.written_by.groups_today
        return quoting.approving(of_cro=of_cro, to_ceo=settings.CRO_QUOTES_TO_CEO)

    def seal(self) -> None:
        """Compute the digest of what it says now."""
        for name in quoting.CONTENT:  # as the columns will hold it: "1200" is 1200.00
            column: Any = self._meta.get_field(name)
            setattr(self, name, column.to_python(getattr(self, name)))
        self.digest = quoting.digest(self.content)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name; an edit voids the approval, or whatever else was said. Raises Stale."""
        held(self)
        hold(self, version)
        insist(not self.sent_at, "It has been sent: make a new version.")
        was, approved = self.digest, bool(self.approved_at)
        for field, value in changes.items():
            setattr(self, field, value)
        self.seal()
        self.full_clean()
        if self.digest != was:
            self._void(by)
        self.save()
        self.log("quote_changed", by=by, fields=sorted(changes), approval_void=approved and self.digest != was)

    def _void(self, by: User) -> None:
        for name, value in VOID.items():
            setattr(self, name, value)
        self.written_by = by

    def obstacles(self) -> list[str]:
        """Why it may not leave, its approval apart: the sanctions check and legal reviews (QUO-03, CON-12)."""
        reviews = ["A legal review of it is open."] if self.reviews.open().exists() else []
        checked = Screening.objects.standing(self.opportunity.account).obstacle
        return [*([checked] if checked else []), *reviews]

    @transaction.atomic
    def submit(self, *, by: User) -> None:
        """Ask for its approval. Raises ValidationError for a prospect of whom not even the country is known."""
        held(self)
        insist(not self.submitted_at and not self.sent_at, "It has been submitted already.")
        checked = Screening.objects.standing(self.opportunity.account).obstacle
        insist(not checked, checked)
        self.submitted_at, self.refused_at = clock.now(), None
        self.save()
        self.log("quote_submitted", by=by)

    @transaction.atomic
    def approve(self, digest: str, *, by: User) -> None:
        """Approve the very content whose digest was read. Raises ValidationError for anything else (F49)."""
        self._judged(digest, by)
        insist(not self.reviews.open().exists(), "A legal review of it is open: it is approved once that is closed.")
        self.verdicts.judge(self, approves=True, by=by)
        self.approved_at, self.approved_by, self.approved_digest = clock.now(), by, self.digest
        self.save()
        self.log("quote_approved", by=by, digest=self.digest)

    @transaction.atomic
    def refuse(self, digest: str, why: str, *, by: User) -> None:
        """Say no, and why; it can be changed and submitted again."""
        self._judged(digest, by)
        insist(why.strip(), "Say why.")
        self.verdicts.judge(self, approves=False, by=by, note=why.strip())
        self.submitted_at, self.refused_at = None, clock.now()
        self.save()
        self.log("quote_refused", by=by)

    def _judged(self, digest: str, by: User) -> None:
        held(self)
        insist(by.may(self.approving), "Only the CRO approves quotes, and the CEO those of the CRO where that is set.")
        insist(not self.approved_at, "It has been approved already.")
        insist(self.submitted_at and not self.sent_at, "It has not been submitted.")
        insist(digest == self.digest, "It was changed since you read it: read it again.")

    @transaction.atomic
    def send(self, to: str, *, by: User) -> None:
        """It goes out, as approved. Raises ValidationError with what is in the way."""
        held(self)
        insist(not self.sent_at, "It has been sent already.")
        insist(self.approved_at and self.approved_digest == self.digest, "Its approval is missing.")
        insist_none(self.obstacles())
        self.sent_at, self.sent_by, self.sent_to = clock.now(), by, to
        self.full_clean()
        self.save()
        self.log("quote_sent", by=by)

    @transaction.atomic
    def revise(self, *, by: User) -> "Quote":
        """A new version with the same content, to be changed and approved anew."""
        content = {name: getattr(self, name) for name in quoting.CONTENT}
        return Quote.objects.add(opportunity=self.opportunity, by=by, **content)
