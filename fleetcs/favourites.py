"""Favourites of the navigation (ux 3): addresses that a person has starred, in the order they want.

What is kept is where a page is, never what it is called: titles are looked up each time among what the person may see
(docs/adr/0008), in at most one statement whatever is starred, and in none where no record and no view is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final, Self
from urllib.parse import parse_qsl

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet, Value
from django.urls import reverse
from django.utils.module_loading import import_string

from fleetcs import order
from fleetcs.listing import meaning
from fleetcs.models import SavedView, User
from fleetcs.search import may_see

MOST: Final = 12
NOT_SAID: Final = frozenset({"sort", "format"})  # parts of a list's address that do not tell what it shows


@dataclass(frozen=True)
class Favourite:
    """An address of ours: a page by its URL name, the key of its record (0 for a list), what a list shows."""

    page: str
    pk: int = 0
    query: str = ""

    @classmethod
    def all_of(cls, user: User) -> list[Self]:
        return [cls(**kept) for kept in user.favourites]

    @property
    def url(self) -> str:
        place = reverse(self.page, args=[self.pk] if self.pk else [])
        return f"{place}?{self.query}" if self.query else place

    def is_at(self, other: "Favourite") -> bool:
        """Whether both lead to the same page, whatever the order of an address's parts."""
        return (self.page, self.pk, meaning(self.query)) == (other.page, other.pk, meaning(other.query))


@dataclass(frozen=True)
class Starred:
    """A favourite as this person sees it today."""

    favourite: Favourite
    title: str
    icon: str


# --- the list, as plain values ----------------------------------------------------------------------------------------
def added(kept: list[Favourite], one: Favourite) -> list[Favourite]:
    """With one more at the end. Raises ValidationError when there are enough."""
    if any(one.is_at(other) for other in kept):
        return kept
    if len(kept) >= MOST:
        raise ValidationError(f"You have {MOST} favourites. Take one away first.")
    return [*kept, one]


def without(kept: list[Favourite], one: Favourite) -> list[Favourite]:
    return [other for other in kept if not one.is_at(other)]


def moved(kept: list[Favourite], one: Favourite, step: int, shown: list[Favourite]) -> list[Favourite]:
    """One place up (-1) or down (1) among those that are shown; those that are not stand behind."""
    seen = [other for other in kept if other in shown]
    return [*order.moved(seen, one, step), *(other for other in kept if other not in shown)]


# --- what may be starred ----------------------------------------------------------------------------------------------
@cache
def records() -> Mapping[str, tuple[str, str]]:
    """URL name of a record's page -> (dotted function (user) -> the records they may see, as `called`; icon)."""
    return {name: told for config in apps.get_app_configs() for name, told in getattr(config, "records", {}).items()}


@cache
def lists() -> Mapping[str, Mapping[str, Any]]:
    """URL name of a list -> its label, icon and the action that shows it: what the navigation has, and a few more."""
    entries = [
        entry
        for config in apps.get_app_configs()
        for entry in (*getattr(config, "nav", []), *getattr(config, "lists", []))
    ]
    return {entry["url_name"]: entry for entry in entries}


# --- what it is called ------------------------------------------------------------------------------------------------
def starred(user: User, kept: Iterable[Favourite] | None = None) -> list[Starred]:
    """Those of a person's favourites (all of them) that they may see now, in their order."""
    wanted = Favourite.all_of(user) if kept is None else list(kept)
    titles = titles_of(wanted, user) if wanted else {}
    return [Starred(one, titles[one], icon_of(one)) for one in wanted if one in titles]


def icon_of(one: Favourite) -> str:
    return records()[one.page][1] if one.pk else str(lists()[one.page]["icon"])


def titles_of(kept: list[Favourite], user: User) -> dict[Favourite, str]:
    """What each is called; what the person may not see, or is gone, has no title."""
    parts = [*_records(kept, user), *_views(kept, user)]
    rows = parts[0].union(*parts[1:], all=True).order_by() if parts[1:] else parts[0] if parts else []
    found = {Favourite(page, pk, query): title for page, pk, query, title in rows}
    named = {one: listed(one, found.get(one, ""), user) for one in kept if not one.pk}
    return {one: found[one] for one in kept if one.pk and one in found} | {
        one: said for one, said in named.items() if said
    }


def listed(one: Favourite, view: str, user: User) -> str:
    """A list by its label, and the saved view it is or else what its address asks for; "" for what is not theirs."""
    entry = lists().get(one.page)
    if entry is None or not may_see(user, entry):
        return ""
    asked = ", ".join(value for name, value in parse_qsl(one.query) if name not in NOT_SAID)
    said = view or "".join(sign for sign in asked.replace("_", " ") if sign.isprintable())
    return f"{entry['label']}: {said}" if said else str(entry["label"])


def _records(kept: list[Favourite], user: User) -> Iterable[Any]:
    for page, (name, _) in records().items():
        if keys := [one.pk for one in kept if one.page == page]:
            seen: QuerySet[Any] = import_string(name)(user)
            yield _row(seen.filter(pk__in=keys), Value(page), F("pk"), Value(""), F("called"))


def _views(kept: list[Favourite], user: User) -> Iterable[Any]:
    ways = [Q(page=one.page, query=one.query) for one in kept if one.query]
    if ways:
        views = SavedView.objects.visible_to(user).filter(Q(*ways, _connector=Q.OR))
        yield _row(views, F("page"), Value(0), F("query"), F("name"))


def _row(rows: QuerySet[Any], page: Any, key: Any, query: Any, title: Any) -> Any:
    """The same four columns of every kind."""
    told = rows.order_by().annotate(on_page=page, with_key=key, as_asked=query, as_called=title)
    return told.values_list("on_page", "with_key", "as_asked", "as_called")


def kept_as(favourites: Iterable[Favourite]) -> list[dict[str, Any]]:
    return [asdict(one) for one in favourites]
