"""Conversations and tickets of other systems, for tests: in the forms in which they come."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from fleetcs import clock, inbox, signed
from fleetcs.models import Delivery
from support import outside_system, tasks
from support.desks.files import Row
from support.models import Ticket, TicketImport
from tests.factories import make_user

SECRET = "a secret of at least twenty-four"


def conversation(id: str = "conv-1", *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One of Unthread's, in our own form; a customer's question of January unless it says otherwise."""
    asked = said("The hosts are offline.", "2026-01-12T10:00:00-08:00", id=f"{id}-1")
    return {
        "id": id,
        "subject": "Hosts are offline",
        "created_at": (messages or (asked,))[0]["at"],
        "requester": {"name": "Ada", "email": "ada@brook.example"},
        "messages": list(messages) or [asked],
        **fields,
    }


def said(text: str, at: str, by: str = "customer", **fields: Any) -> dict[str, Any]:
    """One message."""
    return {"text": text, "at": at, "by": by, "name": by.title(), **fields}


def closed(id: str = "old-1", **fields: Any) -> dict[str, Any]:
    """A conversation of last year: asked at ten, answered at noon, closed the day after."""
    return conversation(
        id,
        said("Where is the log?", "2025-03-03T10:00:00-08:00", id="1", email="ada@brook.example"),
        said("In the folder of the agent.", "2025-03-03T12:00:00-08:00", "colleague", id="2"),
        **{"status": "closed", "closed_at": "2025-03-04T12:00:00-08:00", **fields},
    )


def ticket(id: int = 35, *comments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One of Zendesk's, as its export has it."""
    return {
        "id": id,
        "subject": "Certificate expired",
        "raw_subject": "Certificate expired",
        "status": "closed",
        "priority": "high",
        "created_at": "2025-03-03T18:00:00Z",
        "updated_at": "2025-03-05T18:00:00Z",
        "via": {"channel": "email"},
        "requester": {"id": 1, "name": "Ada", "email": "ada@brook.example", "role": "end-user"},
        "organization": None,
        "external_id": None,
        "comments": list(comments)
        or [comment(101, 1, "2025-03-03T18:00:00Z"), comment(102, 2, "2025-03-03T19:00:00Z", role="agent")],
        **fields,
    }


def comment(id: int, author: int, at: str, role: str = "end-user", **fields: Any) -> dict[str, Any]:
    """One comment with its author beside it."""
    person = {"id": author, "name": f"Person {author}", "email": f"person{author}@brook.example", "role": role}
    words = {"body": f"Words {id}", "plain_body": f"Words {id}", "public": True, "attachments": []}
    return {"id": id, "type": "Comment", "author_id": author, "author": person, "created_at": at, **words, **fields}


def order(system: str, *told: Any, **choices: Any) -> TicketImport:
    """An import of these is begun, by a manager."""
    raw = json.dumps(list(told)).encode()
    rows: list[Row] = outside_system.DESKS[system].rows(raw)
    by = choices.pop("by", None) or make_user("manager_cse_csa")
    return TicketImport.objects.order(system, by=by, rows=rows, name="tickets.json", **choices)


def imported(system: str, *told: Any, **choices: Any) -> TicketImport:
    """… and carried out by the duty of the schedule."""
    job = order(system, *told, **choices)
    while tasks.import_tickets():
        continue
    job.refresh_from_db()
    return job


def outcome(job: TicketImport) -> list[str]:
    return list(job.rows.values_list("state", flat=True))


def only_ticket() -> Ticket:
    return Ticket.objects.get()


def hook(path: str, told: Any, *, secret: str = SECRET, **headers: str) -> HttpResponse:
    """A body signed in our own form, at the door."""
    raw, at = json.dumps(told).encode(), str(int(clock.now().timestamp()))
    own = {signed.TIMESTAMP: at, signed.SIGNATURE: signed.sign(raw, at, secret)}
    return send(path, raw, **own, **headers)


def zap(path: str, told: Any, *, secret: str = SECRET, **headers: str) -> HttpResponse:
    """A body with the bearer secret, at the door."""
    bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
    return send(f"/zapier/{path}", json.dumps(told).encode(), **bearer, **headers)


def send(path: str, raw: bytes, **headers: str) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    answer: HttpResponse = client.post(path, raw, content_type="application/json", headers=headers)
    return answer


def handled(source: str) -> Delivery:
    """The newest delivery of a source, after the inbox has looked at it."""
    inbox.take()
    return Delivery.objects.filter(source=source).latest("pk")


def told(path: str, body: Any, **headers: str) -> Delivery:
    """Unthread told of a conversation, and it was handled."""
    assert hook(path, body, **headers).status_code == 200
    return handled("unthread")
