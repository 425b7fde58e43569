"""Labels of repositories and on issues."""

import re

from fleetcs.local.standins.github.asking import Asking, Refused, invalid
from fleetcs.local.standins.wire import Answer, Fact

COLOR = re.compile("[0-9a-fA-F]{6}")


def listed(asking: Asking, repo: Fact) -> Answer:
    rows = sorted(asking.state.rows("label", repo=repo["id"]), key=lambda row: str(row["name"]).lower())
    return asking.page(rows, asking.show.label, repo)


def create(asking: Asking, repo: Fact) -> Answer:
    asking.need(repo, "write")
    name = _name(asking, repo, asking.text("name"))
    row = new(asking, repo, name, _color(asking.text("color") or "ededed"), _description(asking))
    return asking.done(asking.show.label(repo, row), 201, {"Location": str(asking.show.label(repo, row)["url"])})


def one(asking: Asking, repo: Fact, name: str) -> Answer:
    return asking.done(asking.show.label(repo, _found(asking, repo, name)))


def edit(asking: Asking, repo: Fact, name: str) -> Answer:
    """A new name keeps the id and the issues, and touches none of them."""
    asking.need(repo, "write")
    row = _found(asking, repo, name)
    new_name = _name(asking, repo, asking.text("new_name"), row) if asking.text("new_name") else row["name"]
    color = _color(asking.text("color")) if asking.text("color") else row["color"]
    description = _description(asking) if "description" in asking.said else row["description"]
    changes = {"name": {"from": row["name"]}} if new_name != row["name"] else {}
    row = asking.write("label", row["id"], **_values(row) | _named(new_name, color, description))
    asking.tell(repo, "label", "edited", label=asking.show.label(repo, row), changes=changes)
    return asking.done(asking.show.label(repo, row))


def delete(asking: Asking, repo: Fact, name: str) -> Answer:
    asking.need(repo, "write")
    row = _found(asking, repo, name)
    asking.write("label", row["id"], gone=True)
    asking.tell(repo, "label", "deleted", label=asking.show.label(repo, row))
    return asking.empty()


def on_issue(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    return asking.page(asking.state.labels_of(issue), asking.show.label, repo)


def add(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    """Labels that do not exist are made."""
    asking.need(repo, "triage")
    put(asking, repo, issue, wanted(asking))
    now = asking.state.row("issue", issue["key"]) or issue
    return asking.done([asking.show.label(repo, row) for row in asking.state.labels_of(now)])


def replace(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    """These labels and no others."""
    asking.need(repo, "triage")
    names = wanted(asking)
    for row in [*asking.state.labels_of(issue)]:
        if row["name"].lower() not in {name.lower() for name in names}:
            issue = _off(asking, repo, issue, row)
    now = put(asking, repo, issue, names)
    return asking.done([asking.show.label(repo, row) for row in asking.state.labels_of(now)])


def take_off(asking: Asking, repo: Fact, issue: Fact, name: str) -> Answer:
    asking.need(repo, "triage")
    row = asking.state.label(repo["id"], name)
    if row is None or row["id"] not in issue["labels"]:
        raise Refused(404, "Label does not exist")
    now = _off(asking, repo, issue, row)
    return asking.done([asking.show.label(repo, each) for each in asking.state.labels_of(now)])


def _off(asking: Asking, repo: Fact, issue: Fact, row: Fact) -> Fact:
    left = [number for number in issue["labels"] if number != row["id"]]
    now = asking.write("issue", issue["key"], **_values(issue) | {"labels": left, "updated_at": asking.stamp})
    _turned(asking, repo, now, row, "unlabeled")
    return now


def wanted(asking: Asking) -> list[str]:
    """The names in a body: under `labels`, or a bare list; each a text or an object with a name."""
    given = asking.said.get("labels", []) if isinstance(asking.said, dict) else asking.said
    return [str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in given or ()]


def put(asking: Asking, repo: Fact, issue: Fact, names: list[str]) -> Fact:
    """Put labels on an issue, one after the other, as the timeline and the hooks tell it."""
    for name in names:
        row = asking.state.label(repo["id"], name) or new(asking, repo, _checked(name), "ededed", None)
        if row["id"] not in issue["labels"]:
            more = {"labels": [*issue["labels"], row["id"]], "updated_at": asking.stamp}
            issue = asking.write("issue", issue["key"], **_values(issue) | more)
            _turned(asking, repo, issue, row, "labeled")
    return issue


def new(asking: Asking, repo: Fact, name: str, color: str, description: str | None) -> Fact:
    number = asking.state.fresh()
    row = asking.write("label", number, id=number, repo=repo["id"], **_named(name, color, description))
    asking.tell(repo, "label", "created", label=asking.show.label(repo, row))
    return row


def _named(name: str, color: str, description: str | None) -> dict[str, str | None]:
    return {"name": name, "color": color, "description": description}


def _turned(asking: Asking, repo: Fact, issue: Fact, row: Fact, event: str) -> None:
    asking.happened(repo, issue["number"], event, label={"name": row["name"], "color": row["color"]})
    shown = {"issue": asking.show.issue(repo, issue), "label": asking.show.label(repo, row)}
    asking.tell(repo, "issues", event, **shown)


def _found(asking: Asking, repo: Fact, name: str) -> Fact:
    if row := asking.state.label(repo["id"], name):
        return row
    raise Refused(404, "Not Found")


def _name(asking: Asking, repo: Fact, name: str, own: Fact | None = None) -> str:
    if not name:
        raise invalid("Label", "name", "missing_field")
    there = asking.state.label(repo["id"], name)
    if there is not None and (own is None or there["id"] != own["id"]):
        raise invalid("Label", "name", "already_exists")
    return _checked(name)


def _checked(name: str) -> str:
    if len(name) > 50:
        raise invalid("Label", "name", "custom", "name is too long (maximum is 50 characters)")
    return name


def _color(color: str) -> str:
    if not COLOR.fullmatch(color):
        raise invalid("Label", "color", "invalid")
    return color


def _description(asking: Asking) -> str | None:
    text = asking.text("description")
    if len(text) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
    if any(ord(sign) > 0xFFFF for sign in text):
        raise invalid("Label", "description", "custom", "description contains unicode characters above 0xffff")
    return text or None


def _values(row: Fact) -> Fact:
    return {name: value for name, value in row.items() if name not in {"kind", "key"}}
