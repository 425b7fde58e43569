"""The tags of every page: icons, moments, amounts of time, people, states. Built in, so no template loads them."""

import html
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from django import template
from django.contrib.messages.storage.base import Message
from django.core.files.storage import storages
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fleetcs import clock, drawn, wording
from fleetcs.listing import Listing
from fleetcs.static import VENDOR

if TYPE_CHECKING:
    from fleetcs.models import User

register = template.Library()
register.filter("duration", wording.duration)
register.filter("plural", wording.plural)
register.filter("amount", wording.amount)
register.simple_tag(drawn.bars, name="chart_bars")
register.simple_tag(drawn.line, name="chart_line")

STYLES: Final = ("css/app.css",)
HTMX: Final = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}
SCRIPTS: Final = (
    "vendor/htmx.min.js",
    "js/app.js",
    "js/forms.js",
    "js/keys.js",
    "js/lists.js",
    "js/board.js",
    "js/panel.js",
    "js/palette.js",
)


# --- files ------------------------------------------------------------------------------------------------------------
@register.simple_tag
@cache
def assets() -> SafeString:
    """Every style and script of the product and how htmx behaves; the same on all pages, so written once a process."""
    url = storages["staticfiles"].url
    early = [(url(name),) for name in VENDOR if name.endswith(".css")]
    return mark_safe(  # noqa: S308 - parts that are already escaped
        format_html('<meta name="htmx-config" content="{}">', json.dumps(HTMX))
        + format_html_join("", '<link rel="preload" href="{}" as="style">', early)
        + format_html_join("", '<link rel="stylesheet" href="{}">', [(url(name),) for name in STYLES])
        + format_html_join("", '<script src="{}" defer></script>', [(url(name),) for name in SCRIPTS])
    )


def escaped(text: object) -> str:
    """As Django's `conditional_escape`, for plain text: a list has hundreds of them."""
    return text if isinstance(text, SafeString) else html.escape(str(text))


# --- icons ------------------------------------------------------------------------------------------------------------
@cache
def _icons() -> ZipFile:
    """The package's archive, in memory: opening it costs more than all icons of a page."""
    return ZipFile(BytesIO((files("tablericons") / "tablericons.zip").read_bytes()))


@cache
def _strokes(name: str) -> SafeString:
    drawing = _icons().read(f"outline/{name}.svg").decode()
    inside = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return mark_safe("".join(line.strip() for line in inside.splitlines()))  # noqa: S308 - the package's drawing


@register.simple_tag
@cache
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Tabler outline icon as inline SVG; read out only when it has a label. Raises KeyError for an unknown name."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="{}" height="{}" viewBox="0 0 24 24" {}>{}</svg>', size, size, spoken, _strokes(name)
    )


@register.simple_tag
@cache
def sprite() -> SafeString:
    """The icons that rows repeat, drawn once a page; a row refers to them by id."""
    symbols = format_html_join(
        "",
        '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>',
        [(state, _strokes(name)) for state, (_, name, _) in SLA.items()],
    )
    return format_html('<svg class="sprite" aria-hidden="true" width="0" height="0">{}</svg>', symbols)


@register.simple_tag
@cache
def overlays() -> SafeString:
    """The dialogs that every page has in store: the same on all, so written once a process."""
    return mark_safe(render_to_string("_kit/overlays.html"))  # noqa: S308 - a template


# --- time -------------------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime | None, absolute: bool = False) -> SafeString:
    """A moment as people say it, the exact one with its zone on hover and in print."""
    if at is None:
        return SafeString('<span class="quiet">&ndash;</span>')
    zone = _zone(context)
    exact = wording.absolute(at, zone)
    words = exact if absolute else wording.relative(at, _now(context), zone)
    # nothing here can hold markup, and a list has a hundred of them
    return SafeString(f'<time datetime="{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" title="{exact}">{words}</time>')


def _now(context: Mapping[str, Any] | Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else clock.now()


def _zone(context: Mapping[str, Any] | Context) -> tzinfo:
    zone = context.get("zone")
    return zone if isinstance(zone, tzinfo) else UTC


@register.simple_tag
def day(on: date | None) -> SafeString:
    """A day: Mon 23 Nov 2026."""
    if on is None:
        return SafeString('<span class="quiet">&ndash;</span>')
    return SafeString(f'<time datetime="{on:%Y-%m-%d}">{wording.day(on)}</time>')


@register.simple_tag
def amount_of_time(amount: timedelta | None, exact: bool = False) -> str:
    """An amount of time in the words used everywhere."""
    return "-" if amount is None else wording.duration(amount, exact=exact)


# --- states -----------------------------------------------------------------------------------------------------------
# state: (colour, icon, words; {} takes the amount of time)
SLA: Final[dict[str, tuple[str, str, str]]] = {
    "kept": ("good", "circle-check", "Kept"),
    "missed": ("bad", "circle-x", "Missed"),
    "late": ("bad", "alert-triangle", "Late by {}"),
    "at_risk": ("warn", "hourglass-low", "{} left"),
    "running": ("idle", "clock", "{} left"),
    "paused": ("wait", "player-pause", "Paused"),
    "withdrawn": ("idle", "clock-off", "Withdrawn"),
    "none": ("idle", "circle-minus", "No promise"),
}


def sla_state(due: datetime | None, answered: datetime | None, at_risk: datetime | None, now: datetime) -> str:
    """How a promise stands at `now`, for pages that only have its moments."""
    if due is None:
        return "none"
    if answered:
        return "kept" if answered <= due else "missed"
    if now > due:
        return "late"
    return "at_risk" if at_risk and now >= at_risk else "running"


@register.simple_tag(takes_context=True)
def sla(
    context: Context,
    due: datetime | None,
    answered: datetime | None = None,
    *,
    at_risk: datetime | None = None,
    state: str = "",
    paused: str = "",
    how: str = "",
) -> SafeString:
    """A promise as a pill: icon, colour and words. Hover tells the due moment and how it came about."""
    now = _now(context)
    state = "paused" if paused else state or sla_state(due, answered, at_risk, now)
    kind, _, words = SLA[state]
    said = words.format(_sla_amount(due, answered, now)) + (f": {paused}" if paused else "")
    told = " · ".join(part for part in (f"Due {wording.absolute(due, _zone(context))}" if due else "", how) if part)
    return SafeString(
        f'<span class="pill pill-{kind}" title="{escaped(told)}"><svg class="icon" width="14" height="14" '
        f'aria-hidden="true"><use href="#i-{state}"/></svg>{escaped(said)}</span>'
    )


def _sla_amount(due: datetime | None, answered: datetime | None, now: datetime) -> str:
    return wording.duration((answered or now) - due) if due else ""


@register.simple_tag
def dot(kind: str, word: str) -> SafeString:
    """A state as a dot and its word; colour is never alone."""
    return SafeString(f'<span class="dot dot-{kind}">{escaped(word)}</span>')


@register.simple_tag
def pill(kind: str, words: str, icon_name: str = "") -> SafeString:
    """Words on a tint, with an icon where it helps."""
    return format_html('<span class="pill pill-{}">{}{}</span>', kind, icon(icon_name, 14) if icon_name else "", words)


# --- people -----------------------------------------------------------------------------------------------------------
@register.simple_tag
def person(who: "User | None", size: str = "") -> SafeString:
    """A colleague: initials in a colour of their own, and the name."""
    if who is None:
        return SafeString('<span class="quiet">Nobody</span>')
    small = " person-small" if size == "small" else ""
    return SafeString(
        f'<span class="person{small}"><span class="initials hue-{(who.pk or 0) % 8}" aria-hidden="true">'
        f"{escaped(initials(who.name))}</span>{escaped(who.name)}</span>"
    )


def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.filter
def undo_url(message: Message) -> str:
    """Where a toast's Undo leads, when the view gave it one."""
    tag = next((tag for tag in (message.extra_tags or "").split() if tag.startswith("undo:")), "")
    return tag.removeprefix("undo:")


# --- lists ----------------------------------------------------------------------------------------------------------
@register.inclusion_tag("_kit/sort.html", takes_context=True)
def sort(context: Context, key: str, label: str, kind: str = "") -> dict[str, Any]:
    """The head of a column that the list can be sorted by."""
    page: Listing[Any] = context["listing"]
    return {"label": label, "kind": kind, "direction": page.sorted_by(key), "url": page.sort_url(key)}
