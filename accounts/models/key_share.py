"""Links by which a customer gets a license key: one for each named recipient, dead after seven days (DCL-24, LIC-06).

Of a link only a hash of its token is kept. Whoever opens it is sent a code to the recipient's address; with the code
the key is shown, once. A wrong link, a revoked one and one that never was look alike.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q

from accounts import licenses, sealing
from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.models.license import LicenseKey
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import User
from fleetcs.working_day import day_of, today


class KeyShareQuerySet(models.QuerySet["KeyShare"]):
    """Links to license keys."""

    def of_token(self, token: str) -> "KeyShare | None":
        """The link of that token, unless it is dead for another reason than its age."""
        alive = self.filter(revoked_at=None, key__revoked_at=None, wrong__lt=licenses.MOST_WRONG)
        return alive.filter(token_hash=digest(token)).select_related("key").defer("key__sealed").first()

    def live(self, moment: datetime) -> Self:
        alive = self.filter(revoked_at=None, key__revoked_at=None, wrong__lt=licenses.MOST_WRONG)
        return alive.filter(expires_at__gt=moment)

    def lapsed(self, moment: datetime) -> Self:
        """Links that died of age before anybody had seen the key, which works still: to be shared again (DCL-24)."""
        unseen = self.filter(revoked_at=None, shown_at=None, expires_at__lte=moment)
        unseen = unseen.filter(key__revoked_at=None, key__expires_on__gte=day_of(moment))
        again = KeyShare.objects.filter(key=models.OuterRef("key"), email=models.OuterRef("email"))
        return unseen.exclude(models.Exists(again.filter(shared_at__gt=models.OuterRef("shared_at"))))

    def shared_for(self, account: Account) -> "KeyShare | None":
        """What shows that the customer's key was shared, with the dates of its link (DCL-24)."""
        of_account = self.filter(key__account=account, key__revoked_at=None, revoked_at=None)
        return of_account.exclude(key__kind__in=licenses.BEFORE_THE_DEAL).order_by("-shared_at", "-pk").first()

    @transaction.atomic
    def share(
        self, key: LicenseKey, contacts: Iterable[Contact], *, by: User, life: timedelta = licenses.LINK_LIFE
    ) -> "list[tuple[KeyShare, str]]":
        """A link for each of these people, with its token, which is told this once. Theirs from before are revoked.

        Raises ValidationError for a key that does not work, people of another account, and more than seven days.
        """
        people, now = list(contacts), clock.now()
        if not key.works(today()):
            raise ValidationError("This key does not work any more.")
        if not people or any(one.account_id != key.account_id or not one.email for one in people):
            raise ValidationError("Choose people of this account who have an address.")
        if not timedelta() < life <= licenses.LINK_LIFE:
            raise ValidationError({"days": "A link works for seven days at most."})
        before = key.shares.live(now).filter(email__in=[one.email for one in people])
        for share in before.select_for_update(of=("self",)):
            share.revoke(by=by)
        return [self._made(key, one, by, now, now + life) for one in people]

    def _made(
        self, key: LicenseKey, contact: Contact, by: User, now: datetime, until: datetime
    ) -> "tuple[KeyShare, str]":
        token = secrets.token_urlsafe(32)
        made = {"contact": contact, "email": contact.email, "token_hash": digest(token)}
        share = self.create(key=key, **made, shared_by=by, shared_at=now, expires_at=until)
        key.log("license_key_shared", by=by, share=share.pk, expires_at=until)
        return share, token


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class KeyShare(models.Model):
    """One link for one person."""

    key = models.ForeignKey(LicenseKey, models.CASCADE, related_name="shares")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    shared_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    shown_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    code_hash = models.CharField(max_length=200, blank=True)
    code_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)

    objects = KeyShareQuerySet.as_manager()

    class Meta:
        ordering = ("-shared_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("shared_at"), expires_at__lte=F("shared_at") + licenses.LINK_LIFE),
                name="key_share_seven_days",
            ),
        )

    def __str__(self) -> str:
        return f"key share {self.pk}"

    def is_expired(self, moment: datetime) -> bool:
        """Whether the link is too old, or its key does not work any more."""
        return self.expires_at <= moment or not self.key.works(day_of(moment))

    def state(self, moment: datetime) -> str:
        """ "revoked", "locked", "expired", "opened" or "waiting"."""
        if self.revoked_at or self.key.revoked_at:
            return "revoked"
        if self.wrong >= licenses.MOST_WRONG:
            return "locked"
        if self.is_expired(moment):
            return "expired"
        return "opened" if self.shown_at else "waiting"

    def is_live(self, moment: datetime) -> bool:
        """Whether the key can be had by it."""
        return self.state(moment) in {"waiting", "opened"}

    def serves(self, moment: datetime) -> bool:
        """Whether the customer has seen the key by it, or still can (DCL-24)."""
        state = self.state(moment)
        return state == "waiting" or (state != "revoked" and self.shown_at is not None)

    @transaction.atomic
    def revoke(self, *, by: User) -> None:
        """The link is dead from now on. Raises ValidationError when it was already."""
        if not KeyShare.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=clock.now(), revoked_by=by):
            raise ValidationError("It was revoked already.")
        self.key.log("license_key_share_revoked", by=by, share=self.pk)

    @transaction.atomic
    def ask_code(self) -> None:
        """Have a code mailed to the recipient: not more than one a minute, and not without end."""
        now, share = clock.now(), KeyShare.objects.select_for_update().get(pk=self.pk)
        if share.asked >= licenses.MOST_CODES or (share.asked_at and share.asked_at > now - licenses.CODE_PAUSE):
            return
        share.asked, share.asked_at = share.asked + 1, now
        share.save(update_fields=["asked", "asked_at"])
        args = {"share": share.pk, "ask": share.asked}
        emit("license.code", key=f"license-code:{share.pk}:{share.asked}", args=args, order=f"key-share:{share.pk}")

    def new_code(self) -> str:
        """A code that has not been told yet; what is kept of it is a hash. The one before is void."""
        code = f"{secrets.randbelow(10**licenses.CODE_DIGITS):0{licenses.CODE_DIGITS}}"
        changes: dict[str, Any] = {"code_hash": make_password(code), "code_at": clock.now(), "tries": 0}
        KeyShare.objects.filter(pk=self.pk).update(**changes)
        return code

    @transaction.atomic
    def open(self, code: str) -> str:
        """The key, to whoever has the code, once for each code; "" for a wrong code, an old one and one used before.

        Raises sealing.Unreadable, and the code stays good: the secret may be put back.
        """
        share, now = KeyShare.objects.select_for_update(of=("self",)).select_related("key").get(pk=self.pk), clock.now()
        if not share.is_live(now) or not share.takes_codes(now):
            return ""
        if not check_password("".join(code.split()), share.code_hash):
            share.tries, share.wrong = share.tries + 1, share.wrong + 1
            share.save(update_fields=["tries", "wrong"])
            return ""
        share.code_hash, share.shown_at = "", share.shown_at or now
        share.save(update_fields=["code_hash", "shown_at"])
        share.key.log("license_key_opened", share=share.pk)
        return sealing.unseal(share.key.sealed)

    def note_unreadable(self) -> None:
        """Somebody had the right code, and the key cannot be read: its history says so to whoever is responsible."""
        self.key.log("license_key_unreadable", share=self.pk)

    def takes_codes(self, moment: datetime) -> bool:
        """Whether a code was sent lately that has not been tried too often."""
        lately = self.code_at is not None and moment < self.code_at + licenses.CODE_LIFE
        return bool(self.code_hash) and lately and self.tries < licenses.MOST_TRIES
