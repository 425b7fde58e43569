"""One search over everything: each app lists its searches on its AppConfig, floor 0 asks them in turn."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
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
    """Up to `limit` records of each kind that this person may see."""
    query = wording(text)
    if not query:
        return []
    found = [import_string(name)(user, query, limit) for name in names()]
    return closest_first([hit for some in found for hit in some], query)


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
