"""Issues, comments, assignees, locks and the timeline."""

from typing import Any

from fleetcs.local.standins.github import labels
from fleetcs.local.standins.github.asking import Asking, Refused, invalid
from fleetcs.local.standins.wire import Answer, Fact

REASONS = {"completed", "not_planned", "duplicate", "reopened"}


def found(asking: Asking, repo: Fact, number: str) -> Fact:
    """The issue of that number. Raises Refused: gone, moved elsewhere, or never there."""
    row = asking.state.row("issue", f"{repo['id']}/{number}")
    if row is None:
        raise Refused(404, "Not Found")
    if row.get("deleted"):
        raise Refused(410, "This issue was deleted")
    if there := row.get("moved"):
        raise Refused(301, "Moved Permanently", there=f"{asking.api}/repositories/{there[0]}/issues/{there[1]}")
    return row


def listed(asking: Asking, repo: Fact) -> Answer:
    query = asking.query
    names = [name for name in query.get("labels", "").split(",") if name]
    rows = [row for row in _there(asking, repo) if _fits(asking, repo, row, names)]
    order = {"updated": "updated_at", "comments": "comments"}.get(query.get("sort", ""), "created_at")
    rows.sort(key=lambda row: (row.get(order, ""), row["number"]), reverse=query.get("direction") != "asc")
    return asking.page(rows, asking.show.issue, repo)


def create(asking: Asking, repo: Fact) -> Answer:
    """Labels and assignees of somebody without write access are dropped without a word."""
    asking.need(repo, "read")
    if not asking.text("title"):
        raise invalid("Issue", "title", "missing_field")
    row = _new(asking, repo)
    asking.tell(repo, "issues", "opened", issue=asking.show.issue(repo, row))
    if asking.state.may(repo, asking.login, "write"):
        row = labels.put(asking, repo, row, labels.wanted(asking))
        row = _assign(asking, repo, row, [*asking.said.get("assignees", [])])
    shown = asking.show.issue(repo, row)
    return asking.done(shown, 201, {"Location": str(shown["url"])})


def _new(asking: Asking, repo: Fact) -> Fact:
    number = asking.state.newest[repo["id"]] + 1
    said: Fact = {"title": asking.text("title"), "body": asking.text("body") or None, "user": asking.login}
    fresh: Fact = {"state": "open", "state_reason": None, "locked": False, "labels": [], "assignees": []}
    moments = {"created_at": asking.stamp, "updated_at": asking.stamp, "closed_at": None, "closed_by": None}
    values = {"id": asking.state.fresh(), "repo": repo["id"], "number": number, **said, **fresh, **moments}
    return asking.write("issue", f"{repo['id']}/{number}", **values)


def one(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    return asking.done(asking.show.issue(repo, issue))


def edit(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    if asking.login != issue["user"]:
        asking.need(repo, "triage")
    row = issue
    if changes := {name: asking.said[name] for name in ("title", "body") if name in asking.said}:
        row = change(asking, row, **changes)
        told = {name: {"from": issue[name]} for name in changes}
        asking.tell(repo, "issues", "edited", issue=asking.show.issue(repo, row), changes=told)
    if "state" in asking.said:
        row = _turn(asking, repo, row)
    return asking.done(asking.show.issue(repo, row))


def _turn(asking: Asking, repo: Fact, issue: Fact) -> Fact:
    state, reason = asking.text("state"), asking.text("state_reason")
    if state not in {"open", "closed"} or (reason and reason not in REASONS):
        raise invalid("Issue", "state", "invalid")
    if state == issue["state"]:
        return issue
    closed = state == "closed"
    said = reason or ("completed" if closed else "reopened")
    moments: Fact = {"closed_at": asking.stamp if closed else None, "closed_by": asking.login if closed else None}
    row = change(asking, issue, state=state, state_reason=said, **moments)
    event = "closed" if closed else "reopened"
    asking.happened(repo, issue["number"], event, state_reason=said)
    asking.tell(repo, "issues", event, issue=asking.show.issue(repo, row))
    return row


def assign(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    asking.need(repo, "triage")
    row = _assign(asking, repo, issue, [*asking.said.get("assignees", [])])
    return asking.done(asking.show.issue(repo, row), 201)


def _assign(asking: Asking, repo: Fact, issue: Fact, logins: list[str]) -> Fact:
    """Those who may not be assigned are passed over."""
    for login in logins:
        inside = asking.state.row("member", login.lower()) or asking.state.may(repo, login, "triage")
        if inside and login not in issue["assignees"]:
            issue = change(asking, issue, assignees=[*issue["assignees"], login])
            _assigned(asking, repo, issue, login, "assigned")
    return issue


def unassign(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    asking.need(repo, "triage")
    for login in asking.said.get("assignees", []):
        if login in issue["assignees"]:
            issue = change(asking, issue, assignees=[each for each in issue["assignees"] if each != login])
            _assigned(asking, repo, issue, login, "unassigned")
    return asking.done(asking.show.issue(repo, issue))


def _assigned(asking: Asking, repo: Fact, issue: Fact, login: str, event: str) -> None:
    asking.happened(repo, issue["number"], event, assignee=login)
    shown = {"issue": asking.show.issue(repo, issue), "assignee": asking.show.user(login)}
    asking.tell(repo, "issues", event, **shown)


def lock(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    asking.need(repo, "write")
    locked = asking.call.method == "PUT"
    row = change(asking, issue, locked=locked)
    asking.tell(repo, "issues", "locked" if locked else "unlocked", issue=asking.show.issue(repo, row))
    return asking.empty()


def comments(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    rows = asking.state.comments(repo["id"], issue["number"])
    return asking.page(_since(asking, rows), asking.show.comment, repo)


def all_comments(asking: Asking, repo: Fact) -> Answer:
    rows = _since(asking, asking.state.rows("comment", repo=repo["id"]))
    if sort := asking.query.get("sort"):
        backwards = asking.query.get("direction") != "asc"
        rows.sort(key=lambda row: (row["updated_at" if sort == "updated" else "created_at"], row["id"]))
        rows = rows[::-1] if backwards else rows
    return asking.page(rows, asking.show.comment, repo)


def say(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    if issue["locked"] and not asking.state.may(repo, asking.login, "write"):
        raise Refused(403, "Unable to create comment because issue is locked.")
    if not asking.text("body").strip():
        raise invalid("IssueComment", "data", "unprocessable", "Body cannot be blank")
    number = asking.state.fresh()
    said = {"id": number, "repo": repo["id"], "issue": issue["number"], "user": asking.login}
    moments = {"created_at": asking.stamp, "updated_at": asking.stamp}
    row = asking.write("comment", number, **said, **moments, body=asking.text("body"))
    asking.happened(repo, issue["number"], "commented", comment=number)
    issue = change(asking, issue)
    shown = asking.show.comment(repo, row)
    asking.tell(repo, "issue_comment", "created", issue=asking.show.issue(repo, issue), comment=shown)
    return asking.done(shown, 201, {"Location": str(shown["url"])})


def comment(asking: Asking, repo: Fact, number: str) -> Answer:
    return asking.done(asking.show.comment(repo, _comment(asking, repo, number)))


def edit_comment(asking: Asking, repo: Fact, number: str) -> Answer:
    row = _comment(asking, repo, number)
    if asking.login != row["user"]:
        asking.need(repo, "write")
    before, now = row["body"], {"body": asking.text("body"), "updated_at": asking.stamp}
    row = asking.write("comment", row["id"], **{name: row[name] for name in row if name not in {"kind", "key"}} | now)
    issue = asking.show.issue(repo, found(asking, repo, row["issue"]))
    shown, changes = asking.show.comment(repo, row), {"body": {"from": before}}
    asking.tell(repo, "issue_comment", "edited", issue=issue, comment=shown, changes=changes)
    return asking.done(shown)


def timeline(asking: Asking, repo: Fact, issue: Fact) -> Answer:
    rows = asking.state.rows("happening", repo=repo["id"], issue=issue["number"])
    return asking.page(rows, asking.show.happening, repo)


def change(asking: Asking, issue: Fact, **changes: Any) -> Fact:
    kept = {name: value for name, value in issue.items() if name not in {"kind", "key"}}
    return asking.write("issue", issue["key"], **kept | changes | {"updated_at": asking.stamp})


def _comment(asking: Asking, repo: Fact, number: str) -> Fact:
    row = asking.state.row("comment", number)
    if row is None or row["repo"] != repo["id"]:
        raise Refused(404, "Not Found")
    return row


def _there(asking: Asking, repo: Fact) -> list[Fact]:
    rows = asking.state.rows("issue", repo=repo["id"])
    return [row for row in rows if not row.get("deleted") and not row.get("moved")]


def _fits(asking: Asking, repo: Fact, row: Fact, names: list[str]) -> bool:
    """Without `state` only open ones are listed; all labels must be on it."""
    wanted, since = asking.query.get("state", "open"), asking.query.get("since", "")
    on_it = {str(each["name"]).lower() for each in asking.state.labels_of(row)}
    return wanted in ("all", row["state"]) and row["updated_at"] >= since and {n.lower() for n in names} <= on_it


def _since(asking: Asking, rows: list[Fact]) -> list[Fact]:
    return [row for row in rows if row["updated_at"] >= asking.query.get("since", "")]
