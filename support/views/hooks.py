"""What others call: check the signature over the raw bytes, store them, answer. Everything else comes later.

Nothing here looks further into a body than for its id, speaks to the broker or waits for anybody. A database that is
away answers 503 (the middleware does), so that the sender tries again; a wrong signature always answers 401.
"""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fleetcs import clock, inbox, signed
from fleetcs.clients import slack
from fleetcs.clients.http import Rejected
from support import mail_gate

KEPT_HEADERS = ("Content-Type", "User-Agent", "X-Slack-Retry-Num", "X-Slack-Retry-Reason", signed.TIMESTAMP)

type Hook = Callable[[HttpRequest], HttpResponse]


def hook(view: Hook) -> Hook:
    """A view for machines: no session, no CSRF token, POST only."""
    machine: Hook = login_not_required(csrf_exempt(require_POST(view)))
    return machine


@hook
def slack_events(request: HttpRequest) -> HttpResponse:
    """Slack's Events API."""
    if refusal := refused_by_slack(request):
        return refusal
    payload = as_object(request.body)
    if payload.get("type") == "url_verification":
        return JsonResponse({"challenge": str(payload.get("challenge", ""))[:500]})
    known = word(payload, "event_id") or inbox.fingerprint(request.body)
    return stored(request, "slack", known, word(payload, "type"), bad="" if payload else "no JSON object")


@hook
def slack_interactions(request: HttpRequest) -> HttpResponse:
    """Slack's buttons: a form with one field that holds JSON."""
    return refused_by_slack(request) or stored(request, "slack_click", inbox.fingerprint(request.body))


@hook
def email_inbound(request: HttpRequest) -> HttpResponse:
    """One raw mail, from the mail gateway; of one that is too large its head is kept."""
    if refusal := refused(request, settings.MAIL_SIGNING_SECRETS):
        return refusal
    delivery, _ = mail_gate.receive(request.body, headers_of(request))
    return HttpResponse(f"stored {delivery.pk}\n", content_type="text/plain")


@hook
def contact(request: HttpRequest) -> HttpResponse:
    """The contact form of the web site, as JSON. The same signed request is one submission, however often it comes."""
    if refusal := refused(request, settings.CONTACT_SIGNING_SECRETS):
        return refusal
    known = inbox.fingerprint(request.headers[signed.TIMESTAMP].encode() + b"." + request.body)
    return stored(request, "contact", known, bad="" if as_object(request.body) else "no JSON object")


def stored(request: HttpRequest, source: str, delivery_id: str, event: str = "", *, bad: str = "") -> HttpResponse:
    """Write one row, however often it comes, and answer."""
    inbox.receive(source, delivery_id, request.body, headers_of(request), event, bad=bad)
    return HttpResponse("stored\n", content_type="text/plain")


def headers_of(request: HttpRequest) -> dict[str, str]:
    return {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}


def refused_by_slack(request: HttpRequest) -> HttpResponse | None:
    try:
        slack.verify(request.headers, request.body, clock.now(), settings.SLACK_SIGNING_SECRETS)
    except Rejected as error:
        return unauthorized(error.code)
    return None


def refused(request: HttpRequest, secrets: list[str]) -> HttpResponse | None:
    problem = signed.problem(request.headers, request.body, clock.now(), secrets)
    return unauthorized(problem) if problem else None


def unauthorized(code: str) -> HttpResponse:
    return HttpResponse(f"{code}\n", status=401, content_type="text/plain")


def word(payload: dict[str, Any], name: str) -> str:
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def as_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body, or an empty one."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
