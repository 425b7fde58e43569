"""License keys: written down from the company's own key creator, never made here (LIC-03, DCL-23, SYS-12).

A value is sealed at rest and shown masked. Whoever may, reveals one at a time, and the history says so.
"""

from datetime import date
from typing import Any, Final, Self

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts import licenses, sealing
from accounts.models.account import Account, team_of
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.working_day import today

MOST_HOSTS: Final = 10_000_000


class LicenseKeyQuerySet(models.QuerySet["LicenseKey"]):
    """License keys."""

    def visible_to(self, user: User) -> Self:
        return self._within("license.see", user)

    def handled_by(self, user: User) -> Self:
        """Keys that a person may reveal, share and revoke."""
        return self._within("license.handle", user)

    def _within(self, action: str, user: User) -> Self:
        """What a key says is loaded for none of them: whoever reveals it asks for it."""
        return user.within(self, action, team_of(user, "account__")).defer("sealed")

    def matching(self, text: str) -> Self:
        """Keys by the name of their account; nobody searches by a key."""
        return self.filter(account__name__icontains=text)

    def active(self, day: date) -> Self:
        """Keys that work on a day; `expires_on` is the last one."""
        return self.filter(revoked_at=None, expires_on__gte=day)

    def with_followed(self, day: date) -> Self:
        """With `is_followed`: whether the account has one that works for more than thirty days."""
        until = day + licenses.SOON
        later = LicenseKey.objects.filter(account=OuterRef("account"), revoked_at=None, expires_on__gt=until)
        return self.annotate(is_followed=Exists(later))

    def expiring(self, day: date) -> Self:
        """Keys that run out within thirty days and that no later one follows (SYS-12)."""
        soon = self.active(day).filter(expires_on__lte=day + licenses.SOON)
        return soon.with_followed(day).filter(is_followed=False)

    def of_csm(self, user: User) -> Self:
        return self.filter(account__csm=user)

    def current(self, account: Account, day: date) -> "LicenseKey | None":
        """The latest key of an account that works on a day."""
        return self.active(day).filter(account=account).defer("sealed").order_by("-recorded_at", "-pk").first()

    @transaction.atomic
    def add(self, *, by: User, value: str, **fields: Any) -> "LicenseKey":
        """Write down a key that the company's own creator has made (LIC-03). Raises ValidationError."""
        key = self.model(recorded_by=by, sealed=sealing.seal(_checked(value)), **fields)
        key.full_clean()
        if key.expires_on < today():
            raise ValidationError({"expires_on": "This key does not work any more."})
        key.save()
        key.log("license_key_recorded", by=by, kind=key.kind, hosts=key.hosts, expires_on=key.expires_on)
        for asked in key.account.license_requests.open().filter(kind=key.kind):
            asked.answer(key=key, by=by)
        return key


def _checked(value: str) -> str:
    """The key without the space around it. Raises ValidationError, which never repeats it."""
    text = value.strip()
    if not licenses.SHORTEST <= len(text) <= licenses.LONGEST or not text.isprintable():
        raise ValidationError({"value": f"A key has at least {licenses.SHORTEST} characters, and no line breaks."})
    return text


@pghistory.track(exclude=["sealed"])
class LicenseKey(models.Model):
    """A key of an account: for how many hosts, until when, and where it comes from."""

    class Source(models.TextChoices):
        CREATOR = "creator", "Self-service key creator"
        DISPENSER = "dispenser", "Self-service license dispenser (small trials)"
        ISSUE = "issue", "Opportunity issue (legacy)"

    account = models.ForeignKey(Account, models.PROTECT, related_name="license_keys")
    kind = models.CharField(max_length=12, choices=licenses.KINDS)
    hosts = models.PositiveIntegerField("Hosts", validators=[MinValueValidator(1), MaxValueValidator(MOST_HOSTS)])
    expires_on = models.DateField("Works until")
    source = models.CharField("Made with", max_length=9, choices=Source.choices, default=Source.CREATOR)
    issue_url = models.URLField("Opportunity issue", max_length=500, blank=True)
    sealed = models.BinaryField(editable=False)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    revoked_because = models.CharField(max_length=300, blank=True, editable=False)

    is_followed: bool  # of with_followed

    objects = LicenseKeyQuerySet.as_manager()

    class Meta:
        ordering = ("-recorded_at", "-pk")
        indexes = (models.Index(fields=["expires_on"], name="license_expires", condition=Q(revoked_at=None)),)
        constraints = (
            models.CheckConstraint(condition=Q(hosts__gt=0), name="license_has_hosts"),
            models.CheckConstraint(
                condition=~Q(source="issue") | ~Q(issue_url=""),
                name="license_of_issue_names_it",
                violation_error_message="Give the link of the opportunity issue.",
            ),
        )

    def __str__(self) -> str:
        return f"license key {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:license", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @property
    def masked(self) -> str:
        return licenses.MASK

    @property
    def phase(self) -> licenses.Phase:
        return licenses.phase_of(self.kind)

    def works(self, day: date) -> bool:
        """Whether it is among those that are `active` on a day."""
        return self.revoked_at is None and self.expires_on >= day

    def state(self, day: date) -> str:
        """ "revoked", "expired", "expiring" or "active" on a day, of a key that came `with_followed`."""
        if self.revoked_at:
            return "revoked"
        if self.expires_on < day:
            return "expired"
        is_soon = self.expires_on <= day + licenses.SOON
        return "expiring" if is_soon and not self.is_followed else "active"

    @transaction.atomic
    def reveal(self, *, by: User) -> str:
        """The key itself, for one look that the history tells of. Raises ValidationError when it cannot be read."""
        try:
            value = sealing.unseal(self.sealed)
        except sealing.Unreadable:
            raise ValidationError("It was sealed under a secret that is not here any more: record it again.") from None
        self.log("license_key_revealed", by=by)
        return value

    @transaction.atomic
    def revoke(self, because: str, *, by: User) -> None:
        """It is not to be used any more; its links die with it. Raises ValidationError without a reason, or twice."""
        if not because.strip():
            raise ValidationError({"because": "Say why."})
        changes = {"revoked_at": clock.now(), "revoked_by": by, "revoked_because": because.strip()}
        if not LicenseKey.objects.filter(pk=self.pk, revoked_at=None).update(**changes):
            raise ValidationError("It was revoked already.")
        self.refresh_from_db()
        self.log("license_key_revoked", by=by, because=self.revoked_because)
