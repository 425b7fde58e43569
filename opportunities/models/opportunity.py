"""Opportunities: what an account may buy, expand or renew, and how far that has come (SFD-11 to SFD-14)."""

from datetime import date
from typing import Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse

from accounts.models import Account, team_of
from fleetcs import clock
from fleetcs.mirrors import pushing
from fleetcs.models import Event, User
from fleetcs.models.stale import hold
from fleetcs.posts import ALL, OWN
from opportunities import stages


class OpportunityQuerySet(models.QuerySet["Opportunity"]):
    """Opportunities."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("opportunity.see") else self.none()

    def editable_by(self, user: User) -> Self:
        """All of them, or those that the person owns or whose account's team they are on (OPP-02, OPP-06, OPP-10)."""
        scope = user.scope("opportunity.edit")
        if scope == OWN:
            return self.filter(Q(owner=user) | team_of(user, "account__"))
        return self if scope else self.none()

    def open(self) -> Self:
        return self.exclude(stage__in=stages.CLOSED)

    def with_close(self) -> Self:
        """Each with `closes`: the day to sort by, those without one after all others."""
        return self.annotate(closes=Coalesce("close_date", Value(date.max)))

    def matching(self, text: str) -> Self:
        """Opportunities whose name or account's name holds `text`, or whose name is much like it."""
        alike = self.alias(upper_name=Upper("name"))
        held = Q(name__icontains=text) | Q(account__name__icontains=text)
        return alike.filter(held | Q(upper_name__trigram_similar=text.upper()))

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "Opportunity":
        """Take an opportunity into the books; its history begins with its stage."""
        opportunity = self.model(**fields)
        opportunity.full_clean()
        opportunity.check_term()
        opportunity.insist_on("")
        opportunity.save()
        opportunity.log("opportunity_added", by=by)
        opportunity.note_stage(by=by)
        pushing.tell(opportunity, fields, by=by)
        return opportunity


@pghistory.track()
class Opportunity(models.Model):
    """One deal that may come to be."""

    HISTORY = ("stage", "amount", "probability", "close_date")  # a change of these is a row of the stage history
    TERM = ("effective_date", "subscription_end")

    account = models.ForeignKey(Account, models.PROTECT, related_name="opportunities", verbose_name="Account name")
    name = models.CharField("Opportunity name", max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name="Opportunity owner",
    )
    type = models.CharField("Type", max_length=255, blank=True)
    stage = models.CharField("Stage", max_length=255)
    amount = models.DecimalField("Amount", max_digits=16, decimal_places=2, null=True, blank=True)
    probability = models.DecimalField("Probability (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    expected_revenue = models.DecimalField("Expected amount", max_digits=16, decimal_places=2, null=True, blank=True)
    close_date = models.DateField("Close date", null=True, blank=True)
    next_step = models.CharField("Next step", max_length=255, blank=True)
    next_step_due = models.DateField("Next step's due date", null=True, blank=True)
    lead_source = models.CharField("Lead source", max_length=255, blank=True)
    max_hosts = models.PositiveIntegerField("Up to # of hosts", null=True, blank=True)
    payment_terms = models.CharField("Payment terms", max_length=255, blank=True)
    billing_process = models.CharField("Billing process", max_length=255, blank=True)
    term = models.PositiveSmallIntegerField("Term (months)", null=True, blank=True)
    reseller = models.CharField("Reseller", max_length=120, blank=True)
    effective_date = models.DateField("Effective date", null=True, blank=True)
    subscription_end = models.DateField("Subscription end date", null=True, blank=True)
    invoice_sent = models.DateField("Invoice sent", null=True, blank=True)
    payment_received = models.DateField("Payment received on", null=True, blank=True)
    summary_of_terms = models.TextField("Summary of terms", blank=True, max_length=32_000)
    renewal_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name="Renewal of"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "opportunities"
        constraints = (models.CheckConstraint(condition=~Q(renewal_of=F("id")), name="opportunity_not_its_renewal"),)
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="opportunity_name_trgm"),
            models.Index(fields=["close_date", "id"], name="opportunity_close_date"),
            models.Index(fields=["stage", "close_date"], name="opportunity_stage"),
        )

    def __str__(self) -> str:
        return f"opportunity {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:opportunity", args=[self.pk])

    def check_term(self) -> None:
        """A subscription does not end before it begins (SFD-13); asked of whoever sets one of the days."""
        if self.effective_date and self.subscription_end and self.subscription_end < self.effective_date:
            raise ValidationError({"subscription_end": "The subscription would end before its effective date."})

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    def allows(self, user: User, action: str) -> bool:
        """Whether a person may do `action` with it: of the right post, its owner, or on its account's team."""
        scope = user.scope(action)
        return scope == ALL or (scope == OWN and (user.pk == self.owner_id or self.account.allows(user, action)))

    @property
    def is_closed(self) -> bool:
        return stages.is_closed(self.stage)

    @property
    def is_won(self) -> bool:
        return stages.is_won(self.stage)

    # --- from stage to stage ------------------------------------------------------------------------------------------
    @transaction.atomic
    def move_to(self, stage: str, *, by: User, version: int | None = None, **along: Any) -> None:
        """Go to another stage, with what goes `along` by field: the one door, whoever calls it.

        Raises ValidationError with what is in the way, Stale when `version` is no longer the record's.
        """
        self.change({**along, "stage": stage}, by=by, version=version)

    def obstacles(self, stage: str) -> list[str]:
        """Why it may not go to a stage as it stands: none when it may (OPP-09)."""
        if not stages.is_won(stage):
            return []
        dated = [] if self.close_date else ["Give the close date first."]
        kept = self.pk and self.agreements.executed().exclude(executed_url="").exists()
        return [*dated, *([] if kept else ["Attach the executed contract first."])]

    def insist_on(self, before: str) -> None:
        """Raises ValidationError where the stage is another one than `before`, and something is in its way."""
        if self.stage != before and (why := self.obstacles(self.stage)):
            raise ValidationError({"stage": why})

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name, all or nothing; a stage has to pass its gates. Raises Stale and ValidationError."""
        hold(self, version)
        before = Opportunity.objects.values(*self.HISTORY).get(pk=self.pk)
        for field, value in changes.items():
            setattr(self, field, value)
        self.full_clean()
        if set(changes) & set(self.TERM):
            self.check_term()
        self.insist_on(before["stage"])
        self.save()
        self.log("opportunity_changed", by=by, fields=sorted(changes))
        if before != {name: getattr(self, name) for name in self.HISTORY}:
            self.note_stage(by=by)
        pushing.tell(self, changes, by=by)

    def note_stage(self, *, by: User | None) -> None:
        """One more row of the history, with what stands now; call it inside the verb's transaction."""
        now = {name: getattr(self, name) for name in self.HISTORY}
        self.stage_changes.create(by=by, at=clock.now(), **now)
