"""What an app takes over of what a company had before: rows that a person looks through, and chooses from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from fleetcs.models import User

type State = Literal["fits", "asks", "blocked"]


@dataclass(frozen=True)
class Line:
    """One thing that could be taken over: its number, how it stands, why; `told` is for those who may know.

    `brings`: what it would bring with it, a row each, naming nobody.
    """

    number: int
    state: State
    why: str
    told: str = ""
    brings: tuple[str, ...] = ()


class Adoption:
    """One kind of them. Subclass it and list the dotted name in `adoptions` of the AppConfig."""

    action: str  # what one must be allowed, to take over and to be told
    who = "a colleague who may know every mapping"

    def read(self) -> None:
        """Have what stands over there as it is now. Raises Unavailable or Rejected."""

    def hear(self, said: Mapping[str, str]) -> None:
        """What a person says of the rows that they have chosen. Raises ValueError for what means nothing here."""
        if said:
            raise ValueError("There is nothing to say of these rows.")

    def lines(self) -> list[Line]:
        """What there is, the same numbers every time."""
        raise NotImplementedError

    def take(self, numbers: Collection[int], *, by: User) -> list[int]:
        """Take these over; returns those that were. What does not fit is passed over."""
        raise NotImplementedError
