"""Who is who: users of Salesforce, and the colleagues that an administrator has said they are."""

from typing import Self

import pghistory
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Lower

from fleetcs.models.event import Event
from fleetcs.models.person import User


class SalesforceUserQuerySet(models.QuerySet["SalesforceUser"]):
    """Users of Salesforce."""

    def unlinked(self) -> Self:
        return self.filter(colleague=None)

    def with_proposal(self) -> Self:
        """Each with `proposed`, the key of the colleague with the same address whom nobody there is yet.

        An address alone gives no rights: a person has to say that they are the same.
        """
        taken = SalesforceUser.objects.exclude(colleague=None).values("colleague")
        same = User.objects.alias(low=Lower("email")).filter(is_active=True, low=Lower(OuterRef("email")))
        return self.annotate(proposed=Subquery(same.exclude(pk__in=taken).values("pk")[:1]))


@pghistory.track()
class SalesforceUser(models.Model):
    """One user over there. What they own there is the colleague's here, as soon as that has been confirmed."""

    name = models.CharField("Name", max_length=121)
    email = models.CharField("Email", max_length=254, blank=True)
    username = models.CharField("User name", max_length=254, blank=True)
    title = models.CharField("Title", max_length=255, blank=True)
    is_active = models.BooleanField("Active", default=True)
    colleague = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="in_salesforce"
    )

    objects = SalesforceUserQuerySet.as_manager()

    class Meta:
        ordering = (F("is_active").desc(), "name", "pk")

    def __str__(self) -> str:
        return f"salesforce user {self.pk}"

    @transaction.atomic
    def link(self, colleague: User, *, by: User) -> bool:
        """They are this colleague; False when one of the two is linked already."""
        User.objects.select_for_update(no_key=True).get(pk=colleague.pk)  # who clicks at the same time comes after us
        free = SalesforceUser.objects.unlinked().filter(pk=self.pk)
        if SalesforceUser.objects.filter(colleague=colleague).exists() or not free.update(colleague=colleague):
            return False
        Event.log(self, "salesforce_user_linked", by=by, colleague=colleague)
        return True

    @transaction.atomic
    def unlink(self, *, by: User) -> int | None:
        """They are not who was thought: the key of who that was; None when nobody was linked."""
        mine = SalesforceUser.objects.filter(pk=self.pk)
        was = mine.select_for_update().values_list("colleague", flat=True).get()
        if was is not None:
            mine.update(colleague=None)
            Event.log(self, "salesforce_user_unlinked", by=by, colleague=was)
        return was
