"""Opportunities: what an account may buy, expand or renew, and how far that has come (SFD-11 to SFD-14)."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse

from accounts.models import Account, team_of
from fleetcs import clock
from fleetcs.mirrors import mastered, pushing
from fleetcs.models import Event, User
from fleetcs.models.stale import as_it_was, held, hold
from fleetcs.posts import OWN
from fleetcs.working_day import today
from opportunities import closing, expanding, links, pipelines, silence, stages
from opportunities.models import stage_door
from opportunities.models.pipeline import CLOSES, PipelineQuerySet

OF_OWNER: Final = {"quote.prepare"}  # not the account's team's (QUO-04)
AT_ONCE: Final = timedelta(minutes=10)  # how long a move can be taken back with one click


class OpportunityQuerySet(PipelineQuerySet):
    """Opportunities."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("opportunity.see") else self.none()

    def editable_by(self, user: User) -> Self:
        """All of them, or those that the person owns or whose account's team they are on (OPP-02, OPP-06, OPP-10)."""
        return self._within("opportunity.edit", user)

    def handed_by(self, user: User) -> Self:
        """Those that the person may hand to somebody else (OPP-02, OPP-10)."""
        return self._within("opportunity.hand", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, Q(owner=user) | team_of(user, "account__"))

    @transaction.atomic
    def add(self, *, by: User | None, **fields: Any) -> "Opportunity":
        """Take an opportunity into the books; its history begins with its stage. Raises ValidationError."""
        opportunity = self.model(**fields)
        opportunity.take_owner(None, by=by)
        opportunity.take_chance("", fields)
        opportunity.full_clean()
        opportunity.check_term()
        stage_door.insist_on(opportunity, "", fields, by=by)
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
    self_service = models.BooleanField("Bought by themselves", default=False, editable=False)
    lost_because = models.CharField("Lost because", max_length=255, blank=True)
    reopened_because = models.CharField("Reopened because", max_length=255, blank=True)
    poc_active = models.BooleanField("Active proof of concept", default=False)
    poc_notes = models.TextField("Notes on the proof of concept", blank=True, max_length=4_000)
    success_criteria_url = models.URLField("Success criteria", blank=True, max_length=500, validators=[links.drive])
    expansion_reason = models.CharField(
        "Why the business grows", max_length=14, choices=expanding.REASONS, blank=True, default=""
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Assigned by"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "opportunities"
        constraints = (models.CheckConstraint(condition=~Q(renewal_of=F("id")), name="opportunity_not_its_renewal"),)
        triggers = (stage_door.WON_BY_ITS_CLOSE,)
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="opportunity_name_trgm"),
            models.Index(fields=["close_date", "id"], name="opportunity_close_date"),
            models.Index(CLOSES, "id", name="opportunity_closes"),
            models.Index(fields=["name", "id"], name="opportunity_name"),
            models.Index(fields=["stage", "close_date"], name="opportunity_stage"),
            models.Index(fields=["stage", "type"], include=["amount", "probability"], name="opportunity_pipeline"),
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
        if (scope := user.scope(action)) != OWN or user.pk == self.owner_id:
            return bool(scope)
        return action not in OF_OWNER and self.account.allows(user, action)

    @property
    def is_closed(self) -> bool:
        return stages.is_closed(self.stage)

    @property
    def is_won(self) -> bool:
        return stages.is_won(self.stage)

    @property
    def step_fault(self) -> str:
        """What is wrong with its next step, while it is open (OPP-06)."""
        return "" if self.is_closed else silence.lacks_step(self.next_step, self.next_step_due, today())

    # --- from stage to stage ------------------------------------------------------------------------------------------
    @transaction.atomic
    def move_to(self, stage: str, *, by: User, version: int | None = None, **along: Any) -> None:
        """Go to another stage, with what goes `along` by field: the one door, whoever calls it.

        Raises ValidationError with what is in the way, Stale when `version` is no longer the record's.
        """
        self.change({**along, "stage": stage}, by=by, version=version)

    @property
    def has_checklist(self) -> bool:
        """Whether it is closed by the checklist: a deal with a new customer who does not buy by themselves (DCL-00).

        Who is a customer is shown by a contract, which sales cannot enter: the kind of an account is a word of theirs.
        """
        is_known = self.account.kind == Account.Kind.CUSTOMER and self.account.contracts.exists()
        return (hasattr(self, "deal_close") or not is_known) and not self.self_service

    @property
    def may_have_close(self) -> bool:
        """Whether a close can begin: renewals and expansions of those who are customers already have none."""
        return (pipelines.pipeline_of(self.type) == "new" and not self.self_service) or self.has_checklist

    @transaction.atomic
    def take_back(self, *, by: User) -> None:
        """Undo one's own last move, made a moment ago. Raises ValidationError."""
        hold(self, None)
        last, before = self._last_moves()
        mine = last and before and last.by_id == by.pk and last.at > clock.now() - AT_ONCE
        if not (mine and last.stage == self.stage != before.stage):
            raise ValidationError("It is too late to take that back: move it.")
        self.move_to(by=by, **stage_door.back(self, before))

    def _last_moves(self) -> list[Any]:
        return [*self.stage_changes.order_by("-at", "-pk")[:2], None, None][:2]

    def may_go_back(self, user: User) -> bool:
        """Whether the door lets somebody take their last move back."""
        before = self._last_moves()[1]
        return before is not None and stage_door.lets_back(self, before.stage, by=user)

    def take_chance(self, before: str, said: Collection[str]) -> None:
        """In another stage it has the chance of others there, as Salesforce sets it, unless one is said."""
        if self.stage == before or "probability" in said:
            return
        known = Opportunity.objects.filter(stage=self.stage).exclude(probability=None).order_by("-pk")
        settled = stages.chance(self.stage)
        found = known.values_list("probability", flat=True).first() if settled is None else settled
        self.probability = self.probability if found is None else found

    # --- whose it is -------------------------------------------------------------------------------------------------
    @transaction.atomic
    def hand_to(self, owner: User, *, by: User, version: int | None = None) -> None:
        """Let somebody else work on it (OPP-02, OPP-10). Raises ValidationError and Stale."""
        if "owner" in mastered.locked(self):
            raise ValidationError({"owner": mastered.REASON})
        self.change({"owner": owner}, by=by, version=version)

    def take_owner(self, before: dict[str, Any] | None, *, by: User | None) -> None:
        """Its owner is who is named, else the account's AE or CSM; an expansion needs the CRO's word for an AE."""
        if self.owner is None:
            self.owner = getattr(self.account, expanding.role_of(self.type)) if before is None else None
        if self.owner is None:
            raise ValidationError({"owner": expanding.NO_OWNER})
        is_new = before is None or (before["owner"], before["type"]) != (self.owner_id, self.type)
        if is_new and expanding.needs_cro(self.type, self.owner.groups_today):
            if not (by and by.may("opportunity.assign")):
                raise ValidationError({"owner": expanding.BY_CRO})
            self.assigned_by = by

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name, all or nothing; a stage has to pass its gates. Raises Stale and ValidationError."""
        held(self)
        with as_it_was(self):
            hold(self, version)
            self._take(changes, by=by)

    def _take(self, changes: dict[str, Any], *, by: User) -> None:
        before = {name: getattr(self, name) for name in (*self.HISTORY, "type")} | {"owner": self.owner_id}
        for field, value in changes.items():
            setattr(self, field, value)
        if before["stage"] == stages.LOST != self.stage:
            self.lost_because = ""
        if {"owner", "type"} & set(changes):
            self.take_owner(before, by=by)
        self.take_chance(before["stage"], changes)
        self.full_clean()
        if set(changes) & set(self.TERM):
            self.check_term()
        stage_door.insist_on(self, before["stage"], changes, by=by)
        with stage_door.winning(self, before["stage"], by=by):
            self.save()
            self.log("opportunity_changed", by=by, fields=sorted(changes))
            self._note(before, by=by)
            pushing.tell(self, changes, by=by)

    def _note(self, before: Mapping[str, Any], *, by: User) -> None:
        """The histories of stage and type, as far as one of them has changed."""
        if any(before[name] != getattr(self, name) for name in self.HISTORY):
            self.note_stage(by=by)
        if before["type"] != self.type:
            self.type_changes.create(before=before["type"], after=self.type, by=by)

    @transaction.atomic
    def sells_itself(self, *, is_so: bool = True, by: User) -> None:
        """The customer buys it by themselves: BizOps says so, and there is no checklist (DCL-00)."""
        hold(self, None)
        self.refresh_from_db(fields=["stage"])
        if not by.may(closing.OPERATE) or hasattr(self, "deal_close") or self.is_closed:
            raise ValidationError("Only BizOps says so, and only before its close has begun and it is closed.")
        self.self_service = is_so
        self.save(update_fields=["self_service", "version"])
        self.log("sold_by_itself" if is_so else "sold_by_contract", by=by)

    def note_stage(self, *, by: User | None) -> None:
        """One more row of the history, with what stands now; call it inside the verb's transaction."""
        now = {name: getattr(self, name) for name in self.HISTORY}
        self.stage_changes.create(by=by, at=clock.now(), **now)
