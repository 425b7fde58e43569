"""Text that everybody in the world may read: a type of its own, so that no other text can leave by mistake (COD-05)."""

from dataclasses import dataclass
from typing import Literal

type Repo = Literal["public", "confidential"]
type Words = PublicText | str


@dataclass(frozen=True)
class PublicText:
    """A text that has passed the scan. Only `accounts/confidential.py` makes one; a house test holds that."""

    text: str


def words(repo: Repo, said: Words) -> str:
    """What is to be written there; raises TypeError for the public repository unless it is a PublicText."""
    if isinstance(said, PublicText):
        return said.text
    if repo != "confidential":
        raise TypeError("Only a PublicText may be written where everybody can read it.")
    return said
