"""Accounts: an account is always a customer or somebody who may become one."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse

from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.posts import OWN

if TYPE_CHECKING:
    from accounts.models.contract import Contract


def team_of(user: User, prefix: str = "") -> Q:
    """Accounts whose team `user` belongs to; `prefix` leads from another model to its account (`account__`)."""
    return Q(**{f"{prefix}csm": user}) | Q(**{f"{prefix}ae": user}) | Q(**{f"{prefix}sc": user})


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts."""

    def visible_to(self, user: User) -> Self:
        return self._within("account.see", user)

    def editable_by(self, user: User) -> Self:
        return self._within("account.edit", user)

    def contracts_visible_to(self, user: User) -> Self:
        """Accounts whose contract terms the person may read."""
        return self._within("contract.see", user)

    def _within(self, action: str, user: User) -> Self:
        scope = user.scope(action)
        if scope == OWN:
            return self.filter(team_of(user))
        return self if scope else self.none()

    def customers(self) -> Self:
        return self.filter(kind=Account.Kind.CUSTOMER)

    def of_address(self, address: str) -> "Account | None":
        """The account whose mail domain an address belongs to, the longest domain first; None for none."""
        host = address.rpartition("@")[2].lower()
        labels = host.split(".")
        domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        found = AccountDomain.objects.filter(domain__in=domains).select_related("account")
        best = max(found, key=lambda row: len(row.domain), default=None)
        return best.account if best else None


@pghistory.track()
class Account(models.Model):
    """A company we serve, or hope to."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        PROSPECT = "prospect", "Prospect"

    class Hosting(models.TextChoices):
        SELF_HOSTED = "self_hosted", "Self-hosted"
        MANAGED_CLOUD = "managed_cloud", "Managed cloud"
        UNKNOWN = "unknown", "Not known yet"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PROSPECT)
    hosting = models.CharField(max_length=14, choices=Hosting.choices, default=Hosting.UNKNOWN)
    running_version = models.CharField("Running version", max_length=40, blank=True)
    csm = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="csm_of",
                            verbose_name="CSM")
    ae = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="ae_of",
                           verbose_name="Account executive")
    sc = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="sc_of",
                           verbose_name="Solutions consultant")
    billing_address = models.TextField("Billing address", blank=True, max_length=500)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children",
                               verbose_name="Parent account")
    linkedin_company_url = models.URLField("LinkedIn company URL", blank=True)
    ciso_employees = models.PositiveIntegerField("CISO employees (#)", null=True, blank=True)
    employees = models.PositiveIntegerField("Employees", null=True, blank=True)
    industry = models.CharField("Industry", max_length=80, blank=True)
    zone = models.CharField("Time zone", max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="account_name_unique"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="account_not_its_own_parent"),
        )
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="account_name_trgm"),
            models.Index(fields=["kind", "name"], name="account_kind_name"),
        )

    def __str__(self) -> str:
        return f"account {self.pk}"  # never the name: this reaches logs (safety 0.8)

    def get_absolute_url(self) -> str:
        return reverse("accounts:account", args=[self.pk])

    def clean(self) -> None:
        ancestor, seen = self.parent, {self.pk}
        while ancestor:
            if ancestor.pk in seen:
                raise ValidationError({"parent": "That would make the account its own ancestor."})
            seen.add(ancestor.pk)
            ancestor = ancestor.parent

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.pk, **facts)

    def contract_at(self, moment: datetime) -> "Contract | None":
        """The contract in force at a moment, by the company's calendar day; None: served as Free (R5)."""
        return self.contracts.in_force(moment).first()

    def tier_at(self, moment: datetime) -> Tier:
        """The support tier promised at a moment: the contract in force decides (R5, SLA-01)."""
        contract = self.contract_at(moment)
        return Tier(contract.tier) if contract else Tier.FREE

    @property
    def tier(self) -> Tier:
        return self.tier_at(clock.now())

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User) -> None:
        """Set fields by name, all or nothing, and write which ones changed."""
        for field, value in changes.items():
            setattr(self, field, value)
        self.version += 1
        self.full_clean()
        self.save()
        self.log("account_changed", by=by, fields=sorted(changes))


class AccountDomain(models.Model):
    """A mail domain of an account; mail from it is linked to the account when no contact is known."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=190, unique=True)

    class Meta:
        ordering = ("domain",)
        constraints = (models.CheckConstraint(condition=Q(domain=Lower("domain")), name="domain_in_lower_case"),)

    def __str__(self) -> str:
        return f"domain {self.pk}"
