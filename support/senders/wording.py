"""The company's texts, filled in at the moment they are sent (TPL-05)."""

from collections.abc import Mapping

from django.urls import reverse

from fleetcs import texts
from fleetcs.addresses import absolute_url
from fleetcs.clients.http import Rejected
from fleetcs.models import MessageText
from support.models import Ticket


def filled(code: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body of an automatic text. Raises Rejected when it is missing or names what we do not know."""
    text = MessageText.objects.filter(code=code).exclude(body="").first()
    if text is None:
        raise Rejected("text_missing")
    try:
        return texts.render(text.subject, values), texts.render(text.body, values)
    except texts.WordingError:
        raise Rejected("text_unusable") from None


def link_to(ticket: Ticket) -> str:
    """The address of a ticket's page for colleagues."""
    return absolute_url(reverse("support:ticket", args=[ticket.pk]))
