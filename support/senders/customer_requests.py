"""What leaves about customer requests for colleagues: the key date for product, notices for CSMs (REQ-04, REQ-07)."""

from typing import Final

from accounts.models import Channel, Codename
from fleetcs import wording
from fleetcs.addresses import absolute_url
from fleetcs.clients import email, slack
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, HandbookEntry
from support.models import CustomerRequest, Feedback, IssueLink
from support.senders.alerts import reader_of
from support.senders.mail import MailNotice, notice_id, sent
from support.senders.slack import SlackNudge, found, nudged
from support.slack_text import outgoing

PRODUCT: Final = "ask_product"
ABOUT: Final = {
    "prioritized": "Product has prioritized a customer request that one of your customers waits for.",
    "feedback": "What a customer request asked for is released. Please bring it to your customers, and hear them.",
}


class KeyDatePost(Sender):
    """A key date, for product to discuss before anybody commits; `args`: request, day, n.

    It says codenames and the issue's address, and never whose codenames they are.
    """

    destination = "slack"
    protocol = "probe"

    def wanted(self, effect: Effect) -> str | None:
        request = request_of(effect)
        if request.posted_at:
            return "posted_already"
        current = (str(request.key_on), request.posts) == (effect.args["day"], effect.args["n"])
        return None if current else "superseded"

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(product_channel(), outgoing(self.preview(effect)), effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        return found((product_channel(), None), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        channel, ts = product_channel(), sent.external_id.replace(".", "")
        link = f"https://slack.com/archives/{channel}/p{ts}"
        request_of(effect).note_posted(link, effect.args["day"], effect.args["n"])

    def refused(self, effect: Effect, code: str) -> None:
        request_of(effect).note_post_refused(code, effect.args["n"])

    def preview(self, effect: Effect) -> str:
        request = request_of(effect)
        if request.key_on is None:
            raise Rejected("no_key_date")
        who = ", ".join(codenames_of(request)) or "A customer"
        return f"{who} would like to have this by {wording.day(request.key_on)}. What do you think? {request.issue.url}"


class SlackRequestNotice(SlackNudge):
    """A notice to a colleague in Slack; `args`: request, user, about."""

    def wanted(self, effect: Effect) -> str | None:
        return moot(effect)

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(nudged(effect), outgoing(self.preview(effect)), effect_key=effect.key))

    def preview(self, effect: Effect) -> str:
        return notice(effect)


class MailRequestNotice(MailNotice):
    """The same by mail, for who has no id in Slack; `args`: request, user, about."""

    def wanted(self, effect: Effect) -> str | None:
        return super().wanted(effect) or moot(effect)

    def send(self, effect: Effect) -> Sent:
        to, text = (reader_of(effect).email,), notice(effect)
        subject = "A customer request"
        return sent(email.Mail(to, subject, text, notice_id(effect), auto_submitted="auto-generated"))

    def preview(self, effect: Effect) -> str:
        return notice(effect)


def notice(effect: Effect) -> str:
    """What a CSM reads: our own page, no customer and no codename."""
    there = absolute_url(request_of(effect).get_absolute_url())
    return f"{ABOUT[effect.args['about']]}\n{there}"


def moot(effect: Effect) -> str | None:
    """Why this person need not hear of it any more, as a code: it has ended, or concerns no customer of theirs."""
    still = CustomerRequest.objects.open().filter(pk=effect.args["request"])
    if effect.args["about"] == "prioritized":
        theirs = IssueLink.objects.filter(account__csm=effect.args["user"]).values("issue")
        still = still.filter(prioritized_at__isnull=False, issue__in=theirs)
    else:
        tasks = Feedback.objects.open().filter(csm=effect.args["user"]).values("request")
        still = still.filter(feedback_asked_at__isnull=False, pk__in=tasks)
    return None if still.exists() else "no_longer"


def request_of(effect: Effect) -> CustomerRequest:
    """The request with its issue. Raises Rejected when it is gone."""
    found_ = CustomerRequest.objects.select_related("issue").filter(pk=effect.args["request"]).first()
    if found_ is None:
        raise Rejected("request_gone")
    return found_


def product_channel() -> str:
    """The id of the channel that the handbook names for product. Raises Rejected where it names none that we know."""
    name = str(HandbookEntry.objects.value("aliases", PRODUCT)).removeprefix("#")
    if not name:
        raise Rejected("no_product_channel")
    own = Channel.objects.filter(name=name, archived_at=None).exclude(kind=Channel.Kind.CUSTOMER)
    if known := own.order_by("pk").first():
        return known.slack_id
    raise Rejected("channel_not_known")


def codenames_of(request: CustomerRequest) -> list[str]:
    """The labels of the codenames of everybody who waits for it."""
    waiting = Codename.objects.active().filter(account__issue_links__issue=request.issue_id)
    return sorted({codename.label for codename in waiting})
