"""What leaves from this floor by mail: that a contract is ready for signature, or has been signed (CON-10)."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from fleetcs.addresses import absolute_url
from fleetcs.clients import email
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, User
from opportunities.models import Agreement
from opportunities.signing import NOTIFYING

PATIENCE: Final = timedelta(minutes=1)  # the provider's log is behind at times


class SignatureMail(Sender):
    """A word to the requestor; `args`: user and agreement, keys both, and the step. It names no customer."""

    destination = "email"
    protocol = "probe"
    patience = PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        return None if User.objects.active().filter(pk=effect.args["user"]).exists() else "person_left"

    def send(self, effect: Effect) -> Sent:
        person = User.objects.get(pk=effect.args["user"])
        mail = email.Mail(
            (person.email,), subject(effect), self.preview(effect), known(effect), auto_submitted="auto-generated"
        )
        email.send(mail)
        return Sent(mail.message_id)

    def probe(self, effect: Effect) -> Sent | None:
        taken = email.find(known(effect), effect.created_at)
        return Sent(taken) if taken else None

    def preview(self, effect: Effect) -> str:
        agreement = Agreement.objects.filter(pk=effect.args["agreement"]).first()
        if agreement is None:
            raise Rejected("agreement_gone")
        return f"{subject(effect)}.\n\n{absolute_url(agreement.get_absolute_url())}\n"


def subject(effect: Effect) -> str:
    return f"Contract {effect.args['agreement']} {NOTIFYING[effect.args['step']]}"


def known(effect: Effect) -> str:
    """The Message-ID, the same on every try."""
    return f"<signature.{effect.pk}@{settings.MAIL_DOMAIN}>"
