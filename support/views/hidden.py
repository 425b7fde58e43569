"""The hidden fields of a ticket's forms."""

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetcs.once import new_token
from support.models import Ticket
from support.views.timeline import Row


def hidden_fields(request: HttpRequest, ticket: Ticket, spoken: list[Row], events: list[Row]) -> SafeString:
    """What every form of the page carries: against forgery, against sending twice, against an older version."""
    seen = f"{max((one['pk'] for one in spoken), default=0)}.{max((one['pk'] for one in events), default=0)}"
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="form_token" value="{}">'
        '<input type="hidden" name="version" value="{}"><input type="hidden" name="seen" value="{}">',
        get_token(request),
        new_token(),
        ticket.version,
        seen,
    )
