"""The text message that begins the emergency request flow (AHR-09), and those that other flows ask for (SYS-04)."""

import json
from datetime import timedelta

from fleetcs import clock
from fleetcs.clients import sms
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Delivery, Effect, Post, User
from support.models import Ticket
from support.senders.mail import asked
from support.senders.wording import filled, link_to

POST = "vp_cs"
LONGEST = 1_600
LATEST = timedelta(hours=12)  # after which a text that somebody asked for wakes nobody any more


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


class RequestedText(Sender):
    """What one of Zapier's flows asks to be told to whoever holds a post; `args`: delivery, post."""

    destination = "sms"
    lane = "page"
    protocol = "manual"

    def wanted(self, effect: Effect) -> str | None:
        return "too_late" if clock.now() - effect.created_at > LATEST else None

    def send(self, effect: Effect) -> Sent:
        person, text = requested(effect)
        if not person.phone:
            raise Rejected("no_phone")
        return Sent(sms.send(person.phone.replace(" ", ""), text, effect.key))

    def preview(self, effect: Effect) -> str:
        person, text = requested(effect)
        return f"To {person.name}: {text}"


def requested(effect: Effect) -> tuple[User, str]:
    """Who is to be told, and what. Raises Rejected."""
    delivery = Delivery.objects.filter(pk=effect.args["delivery"]).first()
    if delivery is None:
        raise Rejected("request_gone")
    told = json.loads(bytes(delivery.raw))
    return woken(str(effect.args["post"])), str(told["text"]).replace("\0", "").strip()[:LONGEST]


def woken(post: str = POST) -> User:
    """Who holds the post today, the backup when nobody else does. Raises Rejected for a post that nobody holds."""
    held = Post.objects.filter(code=post).first()
    holder = held.holder() if held else None
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
