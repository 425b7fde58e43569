"""Accounts: an account is always a customer or somebody who may become one."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower, Upper
from django.urls import reverse

from accounts import links
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.mirrors import pushing
from fleetcs.models import Event, User
from fleetcs.models.stale import held, hold
from fleetcs.models.written import Written
from fleetcs.posts import ALL, OWN

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

    def contracts_editable_by(self, user: User) -> Self:
        """Accounts to which the person may add a contract."""
        return self._within("contract.edit", user)

    def contacts_editable_by(self, user: User) -> Self:
        """Accounts to which the person may add contacts."""
        return self._within("contact.edit", user)

    def codenames_visible_to(self, user: User) -> Self:
        """Accounts whose codename the person may look up (R11)."""
        return self._within("codename.see", user)

    def codenames_assignable_by(self, user: User) -> Self:
        """Accounts for which the person may choose a codename (COD-02)."""
        return self._within("codename.assign", user)

    def notes_linkable_by(self, user: User) -> Self:
        """Accounts to which the person may link notes of meetings (SFD-06)."""
        return self._within("notes.link", user)

    def meetings_scheduled_by(self, user: User) -> Self:
        """Accounts whose meetings the person schedules (DCL-25, DCL-27)."""
        return self._within("meeting.schedule", user)

    def licenses_handled_by(self, user: User) -> Self:
        """Accounts whose license keys the person may record and share (LIC-03)."""
        return self._within("license.handle", user)

    def licenses_asked_by(self, user: User) -> Self:
        """Accounts for which the person may ask for a license key (LIC-04)."""
        return self._within("license.ask", user)

    def expanded_by(self, user: User) -> Self:
        """Accounts whose expansions the person may start (OPP-02, OPP-05)."""
        return self._within("opportunity.expand", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, team_of(user))

    def with_tier(self, moment: datetime) -> Self:
        """Each account with `tier_now`, the tier of its contract in force at a moment (R5)."""
        contracts: Any = self.model._meta.get_field("contracts").related_model
        in_force = contracts.objects.in_force(moment).filter(account=OuterRef("pk"))
        return self.annotate(tier_now=Coalesce(Subquery(in_force.values("tier")[:1]), Value(Tier.FREE.value)))

    def matching(self, text: str) -> Self:
        """Accounts whose name or mail domain holds `text`, or whose name is much like it."""
        every = Account.objects.alias(upper_name=Upper("name")).order_by()
        named = every.filter(Q(name__icontains=text) | Q(upper_name__trigram_similar=text.upper())).values("pk")
        domains = AccountDomain.objects.filter(domain__contains=text.lower()).order_by().values("account")
        return self.filter(pk__in=named.union(domains))  # each by its own index: an OR of the two would read every row

    @transaction.atomic
    def add(self, *, by: User, domains: Collection[str] = (), **fields: Any) -> "Account":
        """Take a company into the books."""
        account = self.model(**fields)
        account.full_clean()
        account.save()
        account.keep_domains(domains)
        account.log("account_added", by=by)
        pushing.tell(account, fields, by=by)
        return account

    def customers(self) -> Self:
        return self.filter(kind=Account.Kind.CUSTOMER)

    def of_address(self, address: str) -> "Account | None":
        """The account whose mail domain an address belongs to, the longest domain first; None for none."""
        host = address.rpartition("@")[2].lower()
        labels = host.split(".")
        domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        found = DOMAINS(domains=domains) if domains else []
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
    csm = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="csm_of", verbose_name="CSM"
    )
    ae = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ae_of",
        verbose_name="Account executive",
    )
    sc = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sc_of",
        verbose_name="Solutions consultant",
    )
    billing_address = models.TextField("Billing address", blank=True, max_length=500)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="Parent account"
    )
    linkedin_company_url = models.URLField("LinkedIn company URL", blank=True, validators=[links.linkedin])
    ciso_employees = models.PositiveIntegerField("CISO employees (#)", null=True, blank=True)
    employees = models.PositiveIntegerField("Employees", null=True, blank=True)
    industry = models.CharField("Industry", max_length=80, blank=True)
    rating = models.CharField("Account rating", max_length=80, blank=True)
    linkedin_sales_navigator_url = models.URLField(
        "LinkedIn sales navigator URL", blank=True, validators=[links.linkedin]
    )
    linkedin_overlaps = models.CharField(
        "My LinkedIn overlaps", max_length=255, blank=True, validators=[links.overlaps]
    )
    press_approval = models.CharField("Press approval", max_length=80, blank=True)
    payment_terms = models.CharField("Payment terms", max_length=255, blank=True)
    shipping_address = models.TextField("Shipping address", blank=True, max_length=500)
    zone = models.CharField("Time zone", max_length=64, blank=True)
    github_label = models.CharField("GitHub label", max_length=50, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="account_name_unique",
                violation_error_message="There is an account of this name already.",
            ),
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

    def allows(self, user: User, action: str) -> bool:
        """Whether a person may do `action` with this account: anybody of the right post, or its own team."""
        scope = user.scope(action)
        return scope == ALL or (scope == OWN and user.pk in {self.csm_id, self.ae_id, self.sc_id})

    def contract_at(self, moment: datetime) -> "Contract | None":
        """The contract in force at a moment, by the company's calendar day; None: served as Free (R5)."""
        if contract := self.contracts.deciding(self.pk, moment):
            contract.account = self
        return contract

    def tier_at(self, moment: datetime) -> Tier:
        """The support tier promised at a moment: the contract in force decides (R5, SLA-01)."""
        contract = self.contract_at(moment)
        return Tier(contract.tier) if contract else Tier.FREE

    @property
    def tier(self) -> Tier:
        return self.tier_at(clock.now())

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User | None, version: int | None = None) -> None:
        """Set fields (and `domains`) by name, all or nothing. Raises Stale when `version` is no longer the record's."""
        held(self)  # a colleague may have changed it
        hold(self, version)
        for field, value in changes.items():
            if field != "domains":
                setattr(self, field, value)
        self.full_clean()
        self.save()
        if "domains" in changes:
            self.keep_domains(changes["domains"])
        self.log("account_changed", by=by, fields=sorted(changes))
        for codename in self.codenames.active() if "name" in changes else ():
            codename.follow_account(by=by)
        pushing.tell(self, changes, by=by)

    def keep_domains(self, domains: Collection[str]) -> None:
        """Let these be the account's mail domains and no others; call it inside the verb's transaction."""
        self.domains.exclude(domain__in=domains).delete()
        known = set(self.domains.values_list("domain", flat=True))
        for domain in domains:
            if domain not in known:
                self.domains.create(domain=domain)


class AccountDomain(models.Model):
    """A mail domain of an account; mail from it is linked to the account when no contact is known."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=190, unique=True)

    class Meta:
        ordering = ("domain",)
        constraints = (models.CheckConstraint(condition=Q(domain=Lower("domain")), name="domain_in_lower_case"),)

    def __str__(self) -> str:
        return f"domain {self.pk}"


DOMAINS = Written(
    lambda domains: AccountDomain.objects.filter(
        Func(
            F("domain"), domains, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField()
        )
    ).select_related("account"),
    domains=ArrayField(models.CharField()),
)
