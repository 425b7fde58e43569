"""Answer templates on a ticket: which are offered, what their variables stand for, and the text as it would be sent."""

from typing import Final

from django.http import HttpRequest

from fleetcs.models import HandbookEntry, MessageText, OpeningHours, User
from support import details
from support.applications import TITLE
from support.forms.reply import templates_for
from support.models import Ticket
from support.variables import Filled, fill
from support.views.rights import colleague

LONGEST: Final = 300  # characters of a value typed into a template


def values_for(ticket: Ticket, user: User) -> dict[str, str]:
    """Values that nobody has to type; "" where there is none yet."""
    name, hours = ticket.contact.name if ticket.contact else "", OpeningHours.objects.calendar()
    links = {code: value for code, value in HandbookEntry.objects.section("links").items() if isinstance(value, str)}
    return links | {
        "company_name": ticket.account.name if ticket.account else "",
        "contact_name": name,
        "customer_name": name,
        "first_name": name.split(" ")[0],
        "username": name,
        "my_name": user.name,
        "agent_name": user.name,
        "ticket_number": f"#{ticket.pk}",
        "subject": ticket.subject,
        "opens": hours.opens_text,
        "closes": hours.closes_text,
        "hours": hours.text(),
        TITLE: ticket.details.get(TITLE, ""),
        "link": "",
    }


def filled_for(request: HttpRequest, ticket: Ticket, template: MessageText) -> Filled:
    """A template with the ticket's values and those of the address (`v_link=…`)."""
    given = ((name, str(value)) for name, value in request.GET.items() if name.startswith("v_"))
    typed = {name.removeprefix("v_"): value[:LONGEST] for name, value in given}
    return fill(template.body, template.required, values_for(ticket, colleague(request)), typed)


def prefilled(request: HttpRequest, ticket: Ticket) -> tuple[str, str]:
    """(what stands in the answer's field, what is wrong with the template): the draft, then a template or question."""
    kept = getattr(ticket, "draft", None) or ""
    if request.method != "GET":
        return kept, ""
    if "ask" in request.GET:
        return joined(kept, details.ask_for(ticket.details)), ""
    chosen = request.GET.get("template", "")[:60].replace("\0", "")
    template = templates_for(ticket).filter(pk=chosen).first() if chosen else None
    filled = filled_for(request, ticket, template) if template else Filled()
    return joined(kept, filled.text), filled.trouble


def joined(kept: str, more: str) -> str:
    """What was typed before stays, above what is added; the same text is not added twice."""
    return "\n\n".join(part for part in (kept, more) if part) if more not in kept else kept
