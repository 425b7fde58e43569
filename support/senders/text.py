"""The text message that begins the emergency request flow (AHR-09)."""

from fleetcs.clients import sms
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, Post, User
from support.models import Ticket
from support.senders.mail import asked
from support.senders.wording import filled, link_to

POST = "vp_cs"
LONGEST = 1_600


class EscalationText(Sender):
    """Wakes whoever holds the VP of CS post today; `args`: ticket.

    A page: it is tried for as long as the ticket is open, and rather comes twice than never.
    """

    destination = "sms"
    lane = "page"
    protocol = "manual"

    def wanted(self, effect: Effect) -> str | None:
        return "resolved" if asked(effect).resolved_at else None

    def send(self, effect: Effect) -> Sent:
        ticket, person = asked(effect), woken()
        if not person.phone:
            raise Rejected("no_phone")
        return Sent(sms.send(person.phone.replace(" ", ""), words(ticket), effect.key))

    def settle(self, effect: Effect, sent: Sent) -> None:
        asked(effect).log("emergency_text_sent", post=POST)

    def preview(self, effect: Effect) -> str:
        return f"To {woken().name}: {words(asked(effect))}"


def woken() -> User:
    """Who holds the post today, the backup when nobody else does. Raises Rejected for a post that nobody holds."""
    holder = Post.objects.get(code=POST).holder()
    if holder is None:
        raise Rejected("post_vacant")
    return holder


def words(ticket: Ticket) -> str:
    """The company's text. Raises Rejected."""
    values = {
        "account": ticket.account.name if ticket.account else "an unknown account",
        "tier": ticket.get_tier_display(),
        "priority": ticket.priority,
        "link": link_to(ticket),
    }
    return filled("emergency_text", values)[1][:LONGEST]
