"""Leads: people who may become a contact at an account (SFD-20, SFD-21, LEA-01)."""

from datetime import datetime
from typing import Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Lower, Upper
from django.urls import reverse

from accounts.models import Account, Contact
from fleetcs import clock
from fleetcs.mirrors import pushing
from fleetcs.models import Event, User
from fleetcs.models.stale import held, write
from fleetcs.posts import ALL, OWN
from fleetcs.working_day import today
from opportunities import prospecting
from opportunities.models.conversion import Plan
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import insist

CONVERTED = "It is converted: go on with what came of it."


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("lead.see") else self.none()

    def editable_by(self, user: User) -> Self:
        """All of them, or those that the person owns."""
        return user.within(self, "lead.edit", Q(owner=user))

    def convertible_by(self, user: User) -> Self:
        """Those that the person may make an account, a contact and an opportunity of."""
        return user.within(self, "lead.convert", Q(owner=user))

    def open(self) -> Self:
        return self.filter(is_converted=False)

    def mqls(self) -> Self:
        """The Open MQL list; the rule is `prospecting.is_mql` (LEA-02)."""
        words = Q()
        for each in prospecting.MQL_WORDS:
            words |= Q(status__icontains=each)
        return self.open().filter(words)

    def with_last_word(self, now: datetime) -> Self:
        """Each with `last_word`: when somebody last spoke with them, None for never; a task to do so is no word."""
        activities: Any = self.model._meta.get_field("activities").related_model
        said = activities.objects.said(now).filter(lead=OuterRef("pk")).order_by()
        return self.annotate(last_word=Subquery(said.values("lead").annotate(last=Max("at")).values("last")))

    def twins_of(self, lead: "Lead") -> Self:
        """Other open leads with the same address: one and the same person, most likely."""
        if not lead.email:
            return self.none()
        return self.open().alias(low=Lower("email")).filter(low=lead.email.lower()).exclude(pk=lead.pk)

    def used(self, name: str) -> list[str]:
        """Every value of a field that some lead has: what the company calls them, whatever we know."""
        return list(self.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct())

    def status_of_converted(self) -> str:
        """What Salesforce calls a converted lead's status, as the latest one tells; "" while none is known."""
        known = self.filter(is_converted=True).exclude(status="").order_by("-converted_on", "-pk")
        return known.values_list("status", flat=True).first() or ""

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "Lead":
        """Write down somebody who has shown interest."""
        lead = self.model(**fields)
        lead.full_clean()
        lead.save()
        lead.log("lead_added", by=by)
        pushing.tell(lead, fields, by=by)
        return lead

    def matching(self, text: str) -> Self:
        """Leads whose name, company or address holds `text`, or whose name is much like it."""
        alike = self.alias(upper_name=Upper("name"))
        held = Q(name__icontains=text) | Q(company__icontains=text) | Q(email__icontains=text)
        return alike.filter(held | Q(upper_name__trigram_similar=text.upper()))


@pghistory.track()
class Lead(models.Model):
    """Somebody who has shown interest. A converted one leads to the records that came of it."""

    name = models.CharField("Name", max_length=121)
    source = models.CharField("Lead source", max_length=255, blank=True)
    status = models.CharField("Lead status", max_length=255, blank=True)
    rating = models.CharField("Rating", max_length=255, blank=True)
    company = models.CharField("Company", max_length=255, blank=True)
    title = models.CharField("Title", max_length=128, blank=True)
    email = models.EmailField("Email", blank=True)
    phone = models.CharField("Phone", max_length=40, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name="Lead owner"
    )
    is_converted = models.BooleanField("Converted", default=False)
    converted_on = models.DateField("Converted on", null=True, blank=True)
    converted_account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="came_from", verbose_name="Became the account"
    )
    converted_contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="came_from", verbose_name="Became the contact"
    )
    converted_opportunity = models.ForeignKey(
        Opportunity,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="came_from",
        verbose_name="Became the opportunity",
    )
    created_at = models.DateTimeField("Added", default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="lead_name_trgm"),
            GinIndex(OpClass(Upper("company"), "gin_trgm_ops"), name="lead_company_trgm"),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="lead_email_trgm"),
            models.Index(Lower("email"), name="lead_email"),
            models.Index(fields=["status"], name="lead_status"),
            models.Index(fields=["created_at", "id"], name="lead_added"),
            models.Index(fields=["name", "id"], name="lead_name"),
        )

    def __str__(self) -> str:
        return f"lead {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:lead", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.converted_account_id, **facts)

    def allows(self, user: User, action: str) -> bool:
        """Whether a person may do `action` with it: of the right post, or its owner."""
        scope = user.scope(action)
        return scope == ALL or (scope == OWN and user.pk == self.owner_id)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name, all or nothing. Raises Stale when `version` is no longer the record's."""
        insist(not held(self).is_converted, CONVERTED)
        write(self, changes, version)
        self.log("lead_changed", by=by, fields=sorted(changes))
        pushing.tell(self, changes, by=by)

    @transaction.atomic
    def convert(self, plan: Plan, *, by: User) -> bool:
        """Become an account, a contact and an opportunity, all or none; False when somebody was first.

        Whoever comes second finds what the first has made. Salesforce converts only by hand: the new records and the
        lead's status go there, and a conversion made there is taken over. Raises ValidationError.
        """
        if held(self).is_converted:
            return False
        made = plan.carry_out(self.person, by=by)
        status = Lead.objects.status_of_converted() or self.status
        became = dict(zip(("converted_account", "converted_contact", "converted_opportunity"), made, strict=True))
        write(self, {**became, "is_converted": True, "converted_on": today(), "status": status})
        self.log("lead_converted", by=by, opportunity=self.converted_opportunity)
        pushing.tell(self, ["status", "is_converted", *became], by=by)
        return True

    @property
    def person(self) -> dict[str, Any]:
        """What a new contact takes over from it."""
        words = {"name": self.name[:120], "job_title": self.title[:120]}
        return words | {"email": self.email, "mobile": self.phone}
