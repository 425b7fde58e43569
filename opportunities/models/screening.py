"""The export and sanctions check: who looked at which list for whom, what they saw, and what became of a hit."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.links import web
from accounts.models import Account
from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.stale import held
from opportunities import sanctions
from opportunities.models.country import Country
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import insist, of_own, stands_in

LIST_WANTED = "Nobody has entered the countries under embargo yet: BizOps does that first."


class ScreeningQuerySet(models.QuerySet["Screening"]):
    """Checks, oldest first."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def undecided(self) -> Self:
        """Hits that stop a deal until BizOps has looked at them."""
        return self.filter(is_hit=True, is_match=None)

    def standing(self, account: Account) -> sanctions.Standing:
        """How an account stands: what every quote and order form asks before it leaves (DCL-01, CON-12)."""
        return sanctions.standing(self.filter(account=account).select_related("country"))

    @transaction.atomic
    def record(self, opportunity: Opportunity, *, by: User, **fields: Any) -> "Screening":
        """Write down what somebody saw; a country under embargo is a hit whatever they saw."""
        insist(Country.objects.embargoed().exists(), LIST_WANTED)
        hold_win(opportunity)
        screening = self.model(opportunity=opportunity, account=opportunity.account, by=by, **fields)
        screening.is_hit = screening.is_hit or screening.country.is_embargoed
        screening.full_clean()
        screening.save()
        opportunity.log("screened", by=by, country=screening.country.code, hit=screening.is_hit)
        return screening


def hold_win(opportunity: Opportunity) -> None:
    """Nobody wins the deal, nor another one of its account, meanwhile: the deal first, as a win takes them."""
    Opportunity.objects.select_for_update().get(pk=opportunity.pk)
    Account.objects.select_for_update().get(pk=opportunity.account_id)


class Screening(models.Model):
    """One look at the official list; never changed but by the one decision about a hit, and never deleted."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="screenings")
    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="screenings")
    country = models.ForeignKey(Country, models.PROTECT, related_name="+", verbose_name="Country or territory")
    party = models.CharField("Looked up as", max_length=200)
    list_url = models.URLField("Link to the list", validators=[web])
    is_hit = models.BooleanField("There was a hit", default=False)
    note = models.CharField("What was seen", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    is_match = models.BooleanField("It is them", null=True, blank=True)
    evidence = models.TextField("Evidence", blank=True, max_length=2_000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    as_backup = models.BooleanField(default=False)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_match=None, decided_at=None, decided_by=None, evidence="")
                | (
                    Q(is_hit=True, is_match__isnull=False, decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(evidence="")
                ),
                name="screening_decided_with_evidence",
            ),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="screening_stands", exclude=["is_match", "evidence", "decided_by", "decided_at", "as_backup"]
            ),
            pgtrigger.Protect(  # R12: a match is final, and so is a clearing
                name="screening_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_match__isnull=False),
            ),
            pgtrigger.Protect(name="screening_stays", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"screening {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:screening", args=[self.opportunity_id])

    @property
    def is_embargoed(self) -> bool:
        return self.country.is_embargoed

    def clean(self) -> None:
        if self.at and self.at > clock.now():
            raise ValidationError({"at": "That is in the future."})

    def allows(self, user: User, action: str) -> bool:
        return self.opportunity.allows(user, action)

    @transaction.atomic
    def decide(self, *, is_match: bool, evidence: str, by: User) -> None:
        """Say whether a hit is them: "not a match" lets the deal go on, a match ends it for good (R12)."""
        hold_win(self.opportunity)
        held(self)
        insist(by.may("screening.clear"), "Only BizOps, and the CRO as its backup, decides about a hit.")
        insist(self.is_hit, "There was no hit.")
        insist(self.is_match is None, "That has been decided already, and it stays so.")
        insist(evidence.strip(), "Say what shows it.")
        self.is_match, self.evidence, self.decided_by, self.decided_at = is_match, evidence.strip(), by, clock.now()
        self.as_backup = stands_in(by)
        self.save()
        self.opportunity.log("hit_decided", by=by, match=is_match, as_backup=self.as_backup)
