"""One search over everything: each app lists its searches on its AppConfig, floor 0 asks them in turn.

Lists that have no entry of the menu are found by what they are called, after the records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.urls import reverse
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from fleetcs.models import User

LONGEST = 200


@dataclass(frozen=True)
class Hit:
    """A record that was found: what it is called, what tells it apart, where it is, what it is."""

    label: str
    detail: str
    url: str
    kind: str


def wording(text: str) -> str:
    """What was typed, cut to what a search may cost; control characters find nothing and are left out."""
    return "".join(sign for sign in text[:LONGEST] if sign.isprintable()).strip()


def hits(user: "User", text: str, limit: int) -> list[Hit]:
    """Up to `limit` records of each kind that this person may see, and lists."""
    query = wording(text)
    if not query:
        return []
    found = [import_string(name)(user, query, limit) for name in names()]
    return closest_first([*(hit for some in found for hit in some), *islice(lists(user, query), limit)], query)


def may_see(user: "User", entry: Mapping[str, Any]) -> bool:
    """Whether what an app lists (of the menu, a list, a part of the home page) is for this person."""
    action = entry.get("action")
    return action is None or user.may(action)


def lists(user: "User", query: str) -> Iterator[Hit]:
    """Lists beside the menu whose names have every word; the menu finds its own entries in the browser."""
    entries = (entry for config in apps.get_app_configs() for entry in getattr(config, "lists", []))
    for entry in entries:
        if may_see(user, entry) and all(word in entry["label"].casefold() for word in query.casefold().split()):
            yield Hit(entry["label"], "", reverse(entry["url_name"]), "Lists")


def closest_first(found: list[Hit], query: str) -> list[Hit]:
    """Kinds as they came; within each, what is called exactly that, then what begins so, then the rest."""
    kinds = list(dict.fromkeys(hit.kind for hit in found))
    typed = query.casefold()

    def distance(hit: Hit) -> tuple[int, bool, bool]:
        label = hit.label.casefold()
        return kinds.index(hit.kind), label != typed, not label.startswith(typed)

    return sorted(found, key=distance)


def names() -> list[str]:
    """The dotted names of all searches, in the order of the floors."""
    return [name for config in apps.get_app_configs() for name in getattr(config, "searches", [])]
