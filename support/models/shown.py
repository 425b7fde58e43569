"""What the scan finds in a text that somebody is about to make public: where and of what kind, never what."""

from typing import TypedDict

from accounts import confidential
from accounts.models.private_words import private_words
from support.bug_text import Shown, parts


class Found(TypedDict):
    """One place: `text` is title, body or label."""

    text: str
    start: int
    end: int
    kind: str


def marks_in(shown: Shown) -> list[Found]:
    """Every place of a report in which something confidential stands."""
    words, labels = private_words(), " ".join(shown.labels)
    return [
        Found(text=name, start=mark.start, end=mark.end, kind=mark.kind)
        for name, text in (("title", shown.title), ("body", shown.body), ("label", labels))
        for mark in confidential.marks(text, words)
    ]


def pieces(text: str, found: list[Found], name: str) -> list[tuple[str, str]]:
    """A text cut at the marks: (piece, kind), kind "" for what may stand."""
    return parts(text, [(one["start"], one["end"], one["kind"]) for one in found if one["text"] == name])
