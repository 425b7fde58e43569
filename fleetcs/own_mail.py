"""Mails that the product sends by itself: each has a Message-ID of its own, looked for before it is sent again."""

from datetime import timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from fleetcs.clients import email
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect


class OwnMail(Sender):
    """What they all share."""

    destination = "email"
    protocol = "probe"
    patience = timedelta(minutes=1)  # the provider's log is behind at times

    def probe(self, effect: Effect) -> Sent | None:
        found = email.find(own_id(effect), effect.created_at)
        return Sent(found) if found else None

    def mailed(self, effect: Effect, to: str, subject: str, text: str) -> Sent:
        email.send(email.Mail((to,), subject, text, own_id(effect), auto_submitted="auto-generated"))
        return Sent(own_id(effect))


def own_id(effect: Effect) -> str:
    """The mail's own id, the same on every try and made up for everybody who has not our secret.

    A mail whose answer was lost is not found again once `SECRET_KEY` has been rotated, or a release has changed how
    ids are made: it is sent a second time.
    """
    made = salted_hmac("fleetcs.mail", f"{effect.kind}:{effect.pk}", algorithm="sha256").hexdigest()[:40]
    return f"<{made}@{settings.MAIL_DOMAIN}>"
