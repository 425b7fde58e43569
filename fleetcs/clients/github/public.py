"""Text that everybody in the world may read: a type of its own, so that no other text can leave by mistake (COD-05)."""

from typing import Literal

type Repo = Literal["public", "confidential"]
type Words = PublicText | str


class PublicText:
    """A text that has passed the scan. Only `accounts/confidential.py` makes one; a house test holds that.

    No dataclass: a changed copy of one would be as easy to make.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def text(self) -> str:
        """What everybody will read."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicText) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"PublicText({self._text!r})"


def words(repo: Repo, said: Words) -> str:
    """What is to be written there; raises TypeError for the public repository unless it is a PublicText."""
    if isinstance(said, PublicText):
        return said.text
    if repo != "confidential":
        raise TypeError("Only a PublicText may be written where everybody can read it.")
    return said
