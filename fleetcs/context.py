"""What every page has at hand: place in the navigation, theme, zone, the clock, the frame to stand in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from django.apps import apps
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from fleetcs import clock
from fleetcs.models import OpeningHours, User
from fleetcs.models.written import found, planned
from fleetcs.templatetags.kit import icon
from fleetcs.wording import absolute, opening
from fleetcs.working_day import today

THEMES: Final = ("system", "light", "dark")
DENSITIES: Final = ("normal", "compact")
FRAME: Final = "base.html"
SHELLS: Final = {name: f"_kit/shell_{name}.html" for name in ("main", "panel", "results")}
OURS: Final = ("url_name", "order")  # what an entry says to us alone
MOST: Final = 100  # a count in the navigation says 99+ beyond that; counting on would help nobody


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    label: str
    url: str
    icon: str
    action: str | None = None
    key: str = ""
    group: str = ""
    count: str = ""


@dataclass(frozen=True)
class Shown:
    """A place as this page shows it to this person."""

    place: Place
    count: int
    is_here: bool

    @property
    def count_text(self) -> str:
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)

    @property
    def html(self) -> str:
        """The entry; every page has a score of them, so only what differs is written anew."""
        before, after = _entry(self.place)
        here = ' aria-current="page"' if self.is_here else ""
        waits = f'<span class="nav-count">{self.count_text}<span class="visually-hidden"> waiting</span></span>'
        return f"{before}{here}{after}{waits if self.count else ''}</a></li>"


@cache
def _entry(place: Place) -> tuple[str, str]:
    """An entry of the navigation up to where it says that one is there, and from there to the count."""
    key = format_html(' data-key="g {}" data-does="Go to {}"', place.key, place.label) if place.key else ""
    before = format_html('<li><a class="nav-link" href="{}"{}', place.url, key)
    return before, format_html(">{}<span>{}</span>", icon(place.icon), place.label)


def listed(entries: Iterable[Shown]) -> SafeString:
    """The entries with the names of their groups above them."""
    parts = []
    for group, entries_of in groupby(entries, lambda shown: shown.place.group):
        head = format_html('<li class="nav-group">{}</li>', group) if group else ""
        parts += [head, *(shown.html for shown in entries_of)]
    return SafeString("".join(parts))


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every template that is rendered with a request. Only what a page uses costs anything."""
    user, shell, now, zone = request.user, shell_of(request), clock.now(), zone_of(request.user)
    nav: Any = SimpleLazyObject(lambda: navigation(user, request.path))
    return {
        "now": now,
        "zone": zone,
        "printed": absolute(now, zone),
        "shell": shell,
        "heading": "h1" if shell in {FRAME, SHELLS["main"]} else "h2",
        "nav": nav,
        "nav_list": SimpleLazyObject(lambda: listed(nav)),
        "hours": SimpleLazyObject(opening_hours),
        "panel_url": panel_of(request),
        "mode": settings.MODE,
        "local_passwords": settings.LOCAL_PASSWORDS,
        **looks(request),
    }


def looks(request: HttpRequest) -> dict[str, Any]:
    """Theme, density and request id: what even an error page can know, without the database."""
    theme, density = request.COOKIES.get("theme", ""), request.COOKIES.get("density", "")
    theme = theme if theme in THEMES else THEMES[0]
    return {
        "theme": theme,
        "scheme": theme if theme in THEMES[1:] else _system_scheme(request),
        "density": density if density in DENSITIES else DENSITIES[0],
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }


def _system_scheme(request: HttpRequest) -> str:
    """What the browser's system prefers, as far as an earlier page or a client hint told."""
    told = request.headers.get("Sec-CH-Prefers-Color-Scheme") or request.COOKIES.get("scheme")
    return "dark" if told == "dark" else "light"


def shell_of(request: HttpRequest) -> str:
    """The frame of the answer: the whole page, or what htmx asked to put in its place."""
    htmx = request.htmx  # type: ignore[attr-defined]
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return FRAME
    return SHELLS.get(htmx.target or "", "_kit/shell_fragment.html")


def panel_of(request: HttpRequest) -> str:
    """The page that the address opens in the side panel: one of ours, or none."""
    url = request.GET.get("panel", "")
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""


def opening_hours() -> str:
    """The opening hours in force, in words."""
    version = OpeningHours.objects.in_force(clock.now())
    return opening(version.zone, version.week)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_of(user: object) -> ZoneInfo:
    """The person's time zone; the company's for strangers."""
    return _zone(getattr(user, "zone", "") or settings.TIME_ZONE)


# --- navigation -------------------------------------------------------------------------------------------------------
@cache
def places() -> tuple[Place, ...]:
    """Every entry that the apps list, with its address; those without a group first, each group in one piece."""
    entries = [entry for config in reversed(list(apps.get_app_configs())) for entry in getattr(config, "nav", [])]
    groups = ["", *dict.fromkeys(entry.get("group", "") for entry in entries)]
    entries.sort(key=lambda entry: (groups.index(entry.get("group", "")), entry.get("order", 0)))
    return tuple(
        Place(url=reverse(entry["url_name"]), **{name: value for name, value in entry.items() if name not in OURS})
        for entry in entries
    )


def navigation(user: object, path: str) -> list[Shown]:
    """The places this person may go, each with what waits there for them; one query for all counts."""
    if not isinstance(user, User):
        return []
    allowed = [place for place in places() if place.action is None or user.may(place.action)]
    counts = waiting(user, [place.count for place in allowed if place.count])
    here = max((place.url for place in allowed if path.startswith(place.url)), key=len, default="")
    return [Shown(place, counts.get(place.count, 0), place.url == here) for place in allowed]


def waiting(user: User, names: Iterable[str]) -> dict[str, int]:
    """How many rows each of these dotted functions (user) -> QuerySet finds, up to MOST, in one statement."""
    compiled = {name: sql for name in names if (sql := _sql(name, user))}
    if not compiled:
        return {}
    columns = ", ".join(f"(SELECT count(*) FROM ({sql}) AS found)" for sql, _ in compiled.values())  # noqa: S608 - from compiled queries
    counts = found(f"SELECT {columns}", [value for _, values in compiled.values() for value in values])
    return dict(zip(compiled, counts[0], strict=True))


type Compiled = tuple[str, Sequence[Any]] | None
_KNOWN: Final[dict[tuple[object, ...], Compiled]] = {}
REMEMBERED: Final = 5_000


def _sql(name: str, user: User) -> Compiled:
    """The statement behind a count. It follows from who asks, what they may and the company's day, so a process makes
    it up once a day for each person, unless it holds a moment."""
    key = (name, user.pk, user.is_active, user.groups_today, today())
    if key in _KNOWN:
        return _KNOWN[key]
    compiled = _compiled(import_string(name)(user))
    if not any(isinstance(value, datetime) for value in (compiled or ("", ()))[1]):
        if len(_KNOWN) >= REMEMBERED:
            _KNOWN.clear()
        _KNOWN[key] = compiled
    return compiled


def _compiled(queryset: QuerySet[Any]) -> Compiled:
    try:
        return planned(*queryset.order_by().values("pk")[:MOST].query.sql_with_params())
    except EmptyResultSet:
        return None
