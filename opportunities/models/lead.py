"""Leads: people who may become a contact at an account (SFD-20, SFD-21, LEA-01)."""

from typing import Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse

from accounts.models import Account, Contact
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.posts import ALL, OWN
from opportunities.models.opportunity import Opportunity


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("lead.see") else self.none()

    def editable_by(self, user: User) -> Self:
        """All of them, or those that the person owns."""
        scope = user.scope("lead.edit")
        if scope == OWN:
            return self.filter(owner=user)
        return self if scope else self.none()

    def open(self) -> Self:
        return self.filter(is_converted=False)

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
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="lead_name_trgm"),
            models.Index(Lower("email"), name="lead_email"),
            models.Index(fields=["status"], name="lead_status"),
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
