"""How clocks are shown: their state as a pill, and moments in the zone of their calendar."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from fleetcs.templatetags.kit import sla
from support.models import Clock
from support.sla import moment_text

register = template.Library()


@register.filter
def in_zone(at: datetime, zone: ZoneInfo) -> str:
    """A moment as the ledger writes it, with its zone's name and its seconds where there are some."""
    return moment_text(at, zone)


@register.simple_tag(takes_context=True)
def clock_pill(context: Context, clock: Clock) -> SafeString:
    """Where a clock stands, as a pill."""
    return sla(context, clock.due_at, clock.stopped_at, state=clock.state(context["now"]))
