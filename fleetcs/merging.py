"""How two copies of one record become one again, field by field, from the value both sides last agreed on (SFD-25).

Values are compared in the form in which the far side stores them. What differs on one side only goes to the other;
what differs on both is a clash for a person, unless one side is the master of the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

type Value = str | int | float | bool | None
type Values = Mapping[str, Value]

EMPTY: Final = (None, "")


class Master(StrEnum):
    """Whose value stands when the two differ."""

    THEIRS = "theirs"
    OURS = "ours"
    BOTH = "both"


@dataclass(frozen=True)
class Clash:
    """A field that both sides have changed to different values; `base` is None where they never agreed."""

    base: Value
    ours: Value
    theirs: Value


@dataclass
class Merged:
    """What follows: values to write here, values to send there, values now agreed, and what a person must decide."""

    here: dict[str, Value] = field(default_factory=dict)
    there: dict[str, Value] = field(default_factory=dict)
    base: dict[str, Value] = field(default_factory=dict)
    clashes: dict[str, Clash] = field(default_factory=dict)


def same(one: Value, other: Value) -> bool:
    """Whether two values say the same: nothing is nothing, and a flag is no number."""
    if one in EMPTY and other in EMPTY:
        return True
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def merge(masters: Mapping[str, Master], base: Values, ours: Values, theirs: Values) -> Merged:
    """Merge the fields named in `masters`. What is to be sent is not agreed until it arrives: `base` keeps what was.

    `base` lacks the fields on which the sides have never agreed; whoever masters them, an empty side then takes what
    the other has, so that a first meeting wipes out nothing.
    """
    merged = Merged(base={name: value for name, value in base.items() if name in masters})
    for name, master in masters.items():
        _merge_field(merged, name, master, ours.get(name), theirs.get(name))
    return merged


def _merge_field(merged: Merged, name: str, master: Master, ours: Value, theirs: Value) -> None:
    if same(ours, theirs):
        merged.base[name] = theirs
    elif _theirs_stands(merged.base, name, master, ours, theirs):
        merged.here[name] = merged.base[name] = theirs
    elif master is Master.OURS or _untouched(merged.base, name, theirs):
        merged.there[name] = ours
    else:
        merged.clashes[name] = Clash(merged.base.get(name), ours, theirs)


def _theirs_stands(base: Values, name: str, master: Master, ours: Value, theirs: Value) -> bool:
    if name not in base and (ours in EMPTY or theirs in EMPTY):
        return ours in EMPTY
    return master is Master.THEIRS or (master is Master.BOTH and _untouched(base, name, ours))


def _untouched(base: Values, name: str, value: Value) -> bool:
    """Whether a side still has what was agreed; where nothing ever was, an empty side counts as untouched."""
    return same(value, base[name]) if name in base else value in EMPTY


def settle(base: Values, sent: Values, theirs: Values, *, by_us: bool) -> dict[str, Value]:
    """`base` after our own writing has come back: a value counts as agreed when we have sent it, our own user was the
    last to write the record, and it stands there. Time alone proves nothing."""
    came_back = {name: value for name, value in sent.items() if by_us and same(theirs.get(name), value)}
    return {**base, **came_back}
