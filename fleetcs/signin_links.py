"""One-time links by which a colleague sets a password of their own: made under People, shown once, never mailed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse

from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.models import Event, User


class LinkTokens(PasswordResetTokenGenerator):
    """The keys of the links. Nothing is stored: a key is a signature over password, address and last sign-in.

    It dies when one of these changes, after PASSWORD_RESET_TIMEOUT, and with the person's leaving. allauth's form
    checks by it, since the settings name it; allauth's own kind would write rows when a link is only looked at.
    """

    def check_token(self, user: User | None, token: str | None) -> bool:
        return user is not None and user.is_active and super().check_token(user, token)

    def _now(self) -> datetime:
        """By the product's clock; without a zone, as Django counts."""
        return clock.now().replace(tzinfo=None)


TOKENS: Final = LinkTokens()


@dataclass(frozen=True)
class Link:
    """Where somebody sets their password, and until when."""

    url: str
    expires_at: datetime


@transaction.atomic
def offer_link(person: User, *, by: User) -> Link:
    """Make a link for a colleague; the history says who made it for whom, and holds no part of it."""
    key = TOKENS.make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    Event.log(person, "sign_in_link_made", by=by)
    expires_at = clock.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return Link(absolute_url(path), expires_at)
