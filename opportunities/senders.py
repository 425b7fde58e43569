"""What leaves from this floor by mail: that a contract is ready for signature, or has been signed (CON-10)."""

from fleetcs.addresses import absolute_url
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sent
from fleetcs.models import Effect, User
from fleetcs.own_mail import OwnMail
from opportunities.models import Agreement
from opportunities.signing import NOTIFYING


class SignatureMail(OwnMail):
    """A word to the requestor; `args`: user and agreement, keys both, and the step. It names no customer."""

    def wanted(self, effect: Effect) -> str | None:
        return None if User.objects.active().filter(pk=effect.args["user"]).exists() else "person_left"

    def send(self, effect: Effect) -> Sent:
        person = User.objects.get(pk=effect.args["user"])
        return self.mailed(effect, person.email, subject(effect), self.preview(effect))

    def preview(self, effect: Effect) -> str:
        agreement = Agreement.objects.filter(pk=effect.args["agreement"]).first()
        if agreement is None:
            raise Rejected("agreement_gone")
        return f"{subject(effect)}.\n\n{absolute_url(agreement.get_absolute_url())}\n"


def subject(effect: Effect) -> str:
    return f"Contract {effect.args['agreement']} {NOTIFYING[effect.args['step']]}"
