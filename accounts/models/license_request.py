"""A colleague asks for a license key: it waits for whoever is responsible in that phase (LIC-04)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q

from accounts import licenses
from accounts.models.account import Account, team_of
from accounts.models.license import MOST_HOSTS, LicenseKey
from fleetcs import clock
from fleetcs.models import Event, User


class LicenseRequestQuerySet(models.QuerySet["LicenseRequest"]):
    """Requests for license keys."""

    def visible_to(self, user: User) -> Self:
        return self._within("license.see", user)

    def answerable_by(self, user: User) -> Self:
        return self._within("license.handle", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, team_of(user, "account__"))

    def open(self) -> Self:
        return self.filter(answered_at=None)

    def waiting_for(self, user: User) -> Self:
        """Open requests for which a person is responsible by their post (LIC-04)."""
        return self.open().filter(kind__in=licenses.kinds_of(user.groups_today))

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "LicenseRequest":
        """Ask for a key."""
        request = self.model(asked_by=by, **fields)
        request.full_clean()
        request.save()
        request.log("license_key_asked_for", by=by, kind=request.kind, post=licenses.post_of(request.kind))
        return request


class LicenseRequest(models.Model):
    """One request; answered by a key, or turned down with a reason."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="license_requests")
    kind = models.CharField(max_length=12, choices=licenses.KINDS)
    hosts = models.PositiveIntegerField("Hosts", validators=[MinValueValidator(1), MaxValueValidator(MOST_HOSTS)])
    expires_on = models.DateField("Should work until")
    note = models.CharField("What for", max_length=300, blank=True)
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    key = models.ForeignKey(LicenseKey, models.SET_NULL, null=True, related_name="+", editable=False)
    turned_down = models.CharField(max_length=300, blank=True, editable=False)

    objects = LicenseRequestQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        indexes = (models.Index(fields=["kind"], name="license_asked_for", condition=Q(answered_at=None)),)

    def __str__(self) -> str:
        return f"license request {self.pk}"

    def get_absolute_url(self) -> str:
        return self.account.get_absolute_url()

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    def wants(self) -> dict[str, Any]:
        """What the form for the key begins with."""
        until: date = self.expires_on
        return {"kind": self.kind, "hosts": self.hosts, "expires_on": until}

    @transaction.atomic
    def answer(self, *, key: LicenseKey | None = None, because: str = "", by: User) -> None:
        """There is a key for it, or a reason why there is none. Raises ValidationError when it was answered already."""
        if key is None and not because.strip():
            raise ValidationError({"because": "Say why."})
        changes: dict[str, Any] = {"answered_at": clock.now(), "key": key, "turned_down": because.strip()}
        if not LicenseRequest.objects.filter(pk=self.pk, answered_at=None).update(**changes):
            raise ValidationError("It was answered already.")
        self.refresh_from_db()
        self.log("license_request_answered", by=by, key=key, because=because.strip())
