"""Who helps at which support level: the newest wording, without its tags of priority (INT-05, INT-06). Pure."""

from typing import Final

from support.kinds import Level

HELP: Final[dict[str, str]] = {
    Level.BASIC: "Basic help desk: the support team handles it, with help from L2 on-call and the solutions "
    "architecture team as needed.",
    Level.IN_DEPTH: "In-depth technical issue: the support team handles it in conjunction with L2 on-call.",
    Level.EXPERT: "Expert technical product and service support: the support team coordinates with the L2 and L3 "
    "on-call technicians.",
}
HELPERS: Final[dict[str, tuple[str, ...]]] = {
    Level.BASIC: ("l2", "csa"),
    Level.IN_DEPTH: ("l2",),
    Level.EXPERT: ("l2", "l3"),
}
POST_NAMES: Final[dict[str, str]] = {"l2": "L2 on-call", "l3": "L3 on-call", "csa": "Solutions architecture"}
EVERY_HELPER: Final[tuple[str, ...]] = tuple(POST_NAMES)
PAGED: Final[frozenset[str]] = frozenset({Level.IN_DEPTH.value, Level.EXPERT.value})
