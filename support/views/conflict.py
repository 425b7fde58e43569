"""Two people at one ticket: what came in meanwhile, both versions, and one click to go on (F47, ux 10)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from support.models import Ticket
from support.views.timeline import Item, since

OWN_FIELDS = {"csrfmiddlewaretoken", "form_token", "version", "seen"}
WORDS = {"level": "support level", "note": "remark", "to": "sent to", "at": "when"}


@dataclass(frozen=True)
class Field:
    """A field of the stale form: what the person sent, and what stands in the ticket now."""

    name: str
    value: str
    now: str = ""

    @property
    def label(self) -> str:
        return WORDS.get(self.name, self.name.replace("_", " ")).capitalize()

    @property
    def is_text(self) -> bool:
        return self.name == "text"


def is_stale(request: HttpRequest, ticket: Ticket) -> bool:
    """Whether the form was made from an older version of the ticket; forms without a version change nothing old."""
    version = request.POST.get("version", "")
    return request.method == "POST" and version != "" and version != str(ticket.version)


def conflict(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Both versions: what was typed, and what happened since; nothing is lost, one click sends it all the same."""
    page = {
        "title": "Somebody else was here",
        "ticket": ticket,
        "fields": typed(request, ticket),
        "meanwhile": meanwhile(request, ticket),
        "action": request.path,
        "hidden_version": ticket.version,
        "hidden_seen": newest(ticket),
    }
    return render(request, "support/ticket_conflict.html", page, status=409)


def typed(request: HttpRequest, ticket: Ticket) -> list[Field]:
    """What was typed, field by field, beside what stands there now."""
    names = [name for name in request.POST if name not in OWN_FIELDS]
    return [Field(name, value, now_of(ticket, name)) for name in names for value in request.POST.getlist(name)]


def now_of(ticket: Ticket, name: str) -> str:
    """What stands in the ticket where the form has a field of this name."""
    value = ticket.details.get(name, "") if name in ticket.details else getattr(ticket, name, "")
    return value if isinstance(value, str) else ""


def meanwhile(request: HttpRequest, ticket: Ticket) -> list[Item]:
    message, _, event = request.POST.get("seen", "").partition(".")
    return since(ticket, *(int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0 for pk in (message, event)))


def newest(ticket: Ticket) -> str:
    """The last message and the last entry of the history, as a form's `seen` names them."""
    items = since(ticket, 0, 0)
    message, event = (max((getattr(item, kind) or 0 for item in items), default=0) for kind in ("message", "event"))
    return f"{message}.{event}"
