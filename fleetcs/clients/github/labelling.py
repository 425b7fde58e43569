"""Labels of a repository and on issues. They are known by id: a name is only what they are called today (BUG-05).

Names are compared without regard to case, as GitHub does.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from fleetcs.clients.github import shapes
from fleetcs.clients.github.line import NOT_MODIFIED, PAGE, call, every, items_of
from fleetcs.clients.github.public import Repo, Words, words
from fleetcs.clients.github.repository import absent, place
from fleetcs.clients.github.shapes import Label
from fleetcs.clients.http import Rejected

LONGEST_NAME, LONGEST_DESCRIPTION = 50, 100  # characters; GitHub's description does not say so, its answers do
COLOR = re.compile("[0-9a-fA-F]{6}")
# A comma cannot be asked for in a list of issues; anything beyond ASCII is refused by some of GitHub's own tools.
NAME = re.compile(r"[!-+\--~]([ -+\--~]*[!-+\--~])?")


def labels(repo: Repo) -> list[Label]:
    """Every label there is, all pages; raises rather than give a part of them."""
    return [shapes.label(raw) for raw in every(f"{place(repo)}/labels")]


def labels_since(repo: Repo, etags: Sequence[str]) -> tuple[list[Label], list[str]] | None:
    """Every label there is and an etag for each page; None when every page is as it was under the given ones, for free.

    The last page is one that is not full, so that a page which begins after it cannot be missed.
    """
    unchanged, page = True, 0
    while unchanged and page < len(etags):
        asked = {"per_page": PAGE, "page": page + 1}
        said = call("GET", f"{place(repo)}/labels", params=asked, headers={"If-None-Match": etags[page]})
        unchanged, page = said.status == NOT_MODIFIED, page + 1
    return None if unchanged and etags else _all_labels(repo)


def _all_labels(repo: Repo) -> tuple[list[Label], list[str]]:
    found, etags, is_full = list[Label](), list[str](), True
    while is_full:
        said = call("GET", f"{place(repo)}/labels", params={"per_page": PAGE, "page": len(etags) + 1})
        items = items_of(said)
        found, etags, is_full = [*found, *map(shapes.label, items)], [*etags, said.etag], len(items) == PAGE
    return found, etags


def find_label(repo: Repo, name: str) -> Label | None:
    """The label of that name, or None when the repository is there and the label is not."""
    try:
        return shapes.label(call("GET", _label(repo, name)).body)
    except Rejected as refused:
        absent(repo, refused)
        return None


def create_label(repo: Repo, name: Words, description: Words, color: str) -> Label:
    """A new label; raises Rejected("already_exists") when there is one of that name in any case."""
    wanted = {"name": _name(words(repo, name)), "description": _description(words(repo, description))}
    return shapes.label(call("POST", f"{place(repo)}/labels", body={**wanted, "color": _color(color)}).body)


def edit_label(
    repo: Repo, name: str, *, new_name: Words | None = None, description: Words | None = None, color: str | None = None
) -> Label:
    """Change what is given, and nothing else: the label keeps its id and its issues."""
    changes: dict[str, str] = {}
    if new_name is not None:
        changes["new_name"] = _name(words(repo, new_name))
    if description is not None:
        changes["description"] = _description(words(repo, description))
    if color is not None:
        changes["color"] = _color(color)
    return shapes.label(call("PATCH", _label(repo, name), body=changes).body)


def delete_label(repo: Repo, name: str) -> None:
    """Take it off every issue and remove it. One that is gone already is fine; a hidden repository is not."""
    try:
        call("DELETE", _label(repo, name))
    except Rejected as refused:
        absent(repo, refused)


def add_labels(repo: Repo, number: int, names: Sequence[Words]) -> list[Label]:
    """Put labels on an issue and return all it has. GitHub makes those that do not exist: hence the type."""
    wanted = [_name(words(repo, name)) for name in names]
    said = call("POST", f"{place(repo)}/issues/{number}/labels", body={"labels": wanted})
    return [shapes.label(raw) for raw in items_of(said)]


def remove_label(repo: Repo, number: int, name: str) -> None:
    """Take a label off an issue; one that is not on it is fine."""
    try:
        call("DELETE", f"{place(repo)}/issues/{number}/labels/{quote(name, safe='')}")
    except Rejected as refused:
        absent(repo, refused)


def _label(repo: Repo, name: str) -> str:
    return f"{place(repo)}/labels/{quote(_name(name), safe='')}"


def _name(name: str) -> str:
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise Rejected("label_name")
    return name


def _description(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION or any(ord(sign) > 0xFFFF or sign in "\r\n\0" for sign in text):
        raise Rejected("label_description")
    return text


def _color(color: str) -> str:
    if not COLOR.fullmatch(color):
        raise Rejected("label_color")
    return color.lower()
