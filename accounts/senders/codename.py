"""What the three senders of a codename share: which part an effect is about, and what becomes of it."""

from accounts.models import CodenamePart
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect


class CodenameSender(Sender):
    """Has one part of a codename stand over there, or taken back; `args`: part, generation."""

    protocol = "natural"

    def wanted(self, effect: Effect) -> str | None:
        part = CodenamePart.objects.filter(pk=effect.args["part"]).first()
        if part is None:
            return "codename_gone"
        return None if part.generation == effect.args["generation"] else "superseded"

    def settle(self, effect: Effect, sent: Sent) -> None:
        part_of(effect).note_settled(effect.args["generation"], sent.external_id)

    def refused(self, effect: Effect, code: str) -> None:
        part_of(effect).note_refused(effect.args["generation"], code)


def part_of(effect: Effect) -> CodenamePart:
    """The part, with its codename and account as they are now. Raises Rejected when it is gone."""
    part = CodenamePart.objects.select_related("codename__account").filter(pk=effect.args["part"]).first()
    if part is None:
        raise Rejected("codename_gone")
    return part
