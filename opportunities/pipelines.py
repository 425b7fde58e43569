"""The three pipelines, by the type of an opportunity: new business, expansions, renewals (SFD-23, OPP-04, OPP-08).

Salesforce keeps the list of types: whatever is neither an expansion nor a renewal is new business, so that the three
add up to everything.
"""

from typing import Final

NEW: Final = "New"
EXPANSION: Final = "Expansion"
RENEWAL: Final = "Existing Business"  # OPP-08

ALL: Final = "all"
PIPELINES: Final[dict[str, str]] = {
    ALL: "All pipelines",
    "new": "New business",
    "expansion": "Expansions",
    "renewal": "Renewals",
}
OF: Final[dict[str, str]] = {"expansion": EXPANSION, "renewal": RENEWAL}  # the others have a type of their own


def pipeline_of(type: str) -> str:
    """The code of the pipeline to which a type belongs."""
    return next((code for code, own in OF.items() if own == type), "new")


def is_expansion(type: str) -> bool:
    return type == EXPANSION
