"""How clocks are shown: their state as a pill, and moments in the zone of their calendar."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from fleetcs.templatetags.kit import sla
from support.models import Clock
from support.sla import moment_text

if TYPE_CHECKING:
    from support.views.summary import Line

register = template.Library()


@register.filter
def in_zone(at: datetime, zone: ZoneInfo) -> str:
    """A moment as the ledger writes it, with its zone's name and its seconds where there are some."""
    return moment_text(at, zone)


@register.simple_tag(takes_context=True)
def clock_pill(context: Context, clock: Clock) -> SafeString:
    """Where a clock stands, as a pill."""
    return sla(context, clock.due_at, clock.stopped_at, state=clock.state(context["now"]))


@register.simple_tag
def numbers(line: "Line") -> SafeString:
    """The cells of a line of figures: each number with its tickets, all of them, and the share that was kept."""
    cells = [
        f'<td class="num"><a href="{escape(url)}">{count:,}</a></td>'
        if url
        else f'<td class="num">{count:,}</td>'
        if count
        else '<td class="num quiet">0</td>'
        for count, url in line.cells
    ]
    share = "\u2013" if line.share is None else f"{line.share:.1f} %"
    # numbers of ours and addresses that are escaped; a page has a hundred of them
    return SafeString("".join(cells) + f'<td class="num">{line.total:,}</td><td class="num">{share}</td>')


def cause_buttons(address: str) -> str:
    """A button for each cause, for a form that several rows share: each leads to its own row's address."""
    return _cause_buttons().replace("ADDRESS", address)


@cache
def _cause_buttons() -> SafeString:
    button = '<button class="btn btn-small" formaction="ADDRESS" name="cause" value="{}">{}</button>'
    return format_html_join("", button, Clock.Cause.choices)
