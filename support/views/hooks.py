"""What others call: each names what came and says whose signature it must bear; the door does the rest.

Nothing here looks further into a body than for its id.
"""

import json
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from fleetcs import clock, signed
from fleetcs.clients import github, slack
from fleetcs.clients.http import Rejected
from fleetcs.inbox import Arrived, fingerprint
from fleetcs.views.hooks import Headers, SignedHook
from fleetcs.working_day import today
from support import mail_gate

SLACK_KEEPS: Final = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
GITHUB_KEEPS: Final = ("X-GitHub-Event", "X-GitHub-Delivery", "X-GitHub-Hook-ID")
ONCE: Final = "Idempotency-Key"
SMALL: Final = 1_000_000  # bytes; Slack and the web site send far less


def by_slack(headers: Headers, raw: bytes) -> None:
    slack.verify(headers, raw, clock.now(), settings.SLACK_SIGNING_SECRETS)


def by_mail_gateway(headers: Headers, raw: bytes) -> None:
    by_ourselves(headers, raw, settings.MAIL_SIGNING_SECRETS)


def by_web_site(headers: Headers, raw: bytes) -> None:
    by_ourselves(headers, raw, settings.CONTACT_SIGNING_SECRETS)


def by_unthread(headers: Headers, raw: bytes) -> None:
    by_ourselves(headers, raw, settings.UNTHREAD_SIGNING_SECRETS)


def by_zapier(headers: Headers, raw: bytes) -> None:
    """Raises Rejected without the secret: Zapier cannot sign what it sends (SYS-04)."""
    if not signed.bears(headers, settings.ZAPIER_SECRETS):
        raise Rejected("secret", 403)


def by_ourselves(headers: Headers, raw: bytes, secrets: list[str]) -> None:
    """Raises Rejected unless one of our own systems has signed it."""
    if problem := signed.problem(headers, raw, clock.now(), secrets):
        raise Rejected(problem, 401)


@SignedHook("slack", verify=by_slack, limit=SMALL, keeps=SLACK_KEEPS)
def slack_events(headers: Headers, raw: bytes) -> Arrived | HttpResponse:
    """Slack's Events API."""
    payload = an_object(raw)
    if payload.get("type") == "url_verification":
        return JsonResponse({"challenge": str(payload.get("challenge", ""))[:500]})
    return Arrived(word(payload, "event_id") or fingerprint(raw), word(payload, "type"))


@SignedHook("slack_click", verify=by_slack, limit=SMALL, keeps=SLACK_KEEPS)
def slack_interactions(headers: Headers, raw: bytes) -> Arrived:
    """Slack's buttons: a form with one field that holds JSON."""
    return Arrived(fingerprint(raw))


@SignedHook("github", verify=github.verify, keeps=GITHUB_KEEPS)
def github_webhook(headers: Headers, raw: bytes) -> Arrived:
    """GitHub's events. A redelivery has the id of the delivery that it repeats; up to 25 MB are sent."""
    event, action = headers.get("X-GitHub-Event", ""), word(an_object(raw), "action")
    return Arrived(headers.get("X-GitHub-Delivery") or fingerprint(raw), ".".join(filter(None, (event, action))))


@SignedHook("email", verify=by_mail_gateway, keeps=(signed.TIMESTAMP,))
def email_inbound(headers: Headers, raw: bytes) -> Arrived:
    """One raw mail, from the mail gateway; of one that is too large its head is kept."""
    return mail_gate.arrived(raw)


@SignedHook("contact", verify=by_web_site, limit=SMALL, keeps=(signed.TIMESTAMP,))
def contact(headers: Headers, raw: bytes) -> Arrived:
    """The contact form of the web site, as JSON. The same signed request is one submission, however often it comes."""
    an_object(raw)
    return Arrived(fingerprint(headers[signed.TIMESTAMP].encode() + b"." + raw))


@SignedHook("unthread", verify=by_unthread, keeps=(signed.TIMESTAMP,))
def unthread_events(headers: Headers, raw: bytes) -> Arrived:
    """One conversation of Unthread's as it stands, in our own form (docs/desks.md)."""
    an_object(raw)
    return Arrived(headers.get(ONCE) or fingerprint(raw))


@SignedHook("zapier_after_hours", verify=by_zapier, limit=SMALL, refused=403)
def zapier_after_hours(headers: Headers, raw: bytes) -> Arrived:
    """Zapier's after-hours flow has answered a customer (AHR-01)."""
    return from_zapier(headers, raw)


@SignedHook("zapier_question", verify=by_zapier, limit=SMALL, refused=403)
def zapier_questions(headers: Headers, raw: bytes) -> Arrived:
    """A colleague has sent a customer's question on (DOC-01)."""
    return from_zapier(headers, raw)


@SignedHook("zapier_sms", verify=by_zapier, limit=SMALL, refused=403)
def zapier_sms(headers: Headers, raw: bytes) -> Arrived:
    """A flow asks for a text message (AHR-09)."""
    return from_zapier(headers, raw)


def from_zapier(headers: Headers, raw: bytes) -> Arrived:
    """What is sent again under the same id, or with the same words on the same day and no id, is the same request."""
    said, once_a_day = an_object(raw), fingerprint(f"{today()}\n".encode() + raw)
    return Arrived(headers.get(ONCE) or word(said, "id") or once_a_day, word(said, "event"))


def word(payload: dict[str, Any], name: str) -> str:
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def an_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises ValueError for anything else."""
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
