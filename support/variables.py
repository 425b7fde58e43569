"""An answer template on one ticket: its variables filled, or what stands in the way (TPL-01, TPL-03, TPL-04). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fleetcs.texts import WordingError, looks_unfilled, render, variables
from support.applications import TITLE

LABELS: Final = {"link": "Link", TITLE: "Title of the position"}


@dataclass(frozen=True)
class Field:
    """A variable that somebody has to type."""

    name: str
    value: str

    @property
    def label(self) -> str:
        return LABELS.get(self.name, self.name.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Filled:
    """The text as it would be sent, or the trouble with it; `fields` are the values to type."""

    text: str = ""
    trouble: str = ""
    fields: tuple[Field, ...] = ()


def fill(body: str, required: Iterable[str], known: Mapping[str, str], typed: Mapping[str, str]) -> Filled:
    """The template filled from what is known (`known`, "" where nobody knows yet) and what somebody has typed.

    A variable that is neither known nor required by the template is a mistake in the template, not a blank.
    """
    if not body.strip():
        return Filled(trouble="This template is still empty: its owner has to write it first.")
    try:
        named = variables(body)
    except WordingError as wrong:
        return Filled(trouble=f"The template has a mistake: {wrong}.")
    if left := [blank for blank in looks_unfilled(body) if blank.strip("{}") not in named]:
        return Filled(trouble=f"The template has blanks that nobody can fill: {', '.join(left)}.")
    values = dict.fromkeys(required, "") | dict(known)
    by_hand = sorted(name for name in named if name in values and not values[name].strip())
    values |= {name: typed[name] for name in by_hand if typed.get(name, "").strip()}
    return _rendered(body, values, tuple(Field(name, values[name]) for name in by_hand))


def _rendered(body: str, values: Mapping[str, str], fields: tuple[Field, ...]) -> Filled:
    try:
        text = render(body, values)
    except WordingError as wrong:
        return Filled(trouble=f"{str(wrong).capitalize()}.", fields=fields)
    return Filled(text=text, fields=fields)
