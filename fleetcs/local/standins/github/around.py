"""The rest of a repository and its organisation: names, people, files, hooks, search, the App's token."""

import re
import shlex
from base64 import b64decode
from datetime import timedelta

from fleetcs.local.standins.github import places
from fleetcs.local.standins.github.asking import Asking, Refused, in_organization, invalid
from fleetcs.local.standins.wire import Answer, Fact

FOUND_AT_MOST = 1000


def repository(asking: Asking, repo: Fact) -> Answer:
    return asking.done(asking.show.whole_repo(repo))


def rename(asking: Asking, repo: Fact) -> Answer:
    """The old name leads to the new one from then on."""
    asking.need(repo, "admin")
    owner, _, old = repo["full_name"].partition("/")
    new, before = asking.text("name") or old, [*repo["before"], repo["full_name"].lower()]
    values = {"id": repo["id"], "private": repo["private"], "full_name": f"{owner}/{new}", "before": before}
    return asking.done(asking.show.whole_repo(asking.write("repo", repo["id"], **values)))


def permission(asking: Asking, repo: Fact, login: str) -> Answer:
    """`permission` knows four words only; triage is read and maintain is write in it."""
    asking.need(repo, "read")
    role = asking.state.role(repo, login)
    old = {"triage": "read", "maintain": "write"}.get(role, role)
    user = asking.show.user(login) | {"role_name": role}
    return asking.done({"permission": old, "user": user, "role_name": role})


def oneself(asking: Asking) -> Answer:
    return user(asking, asking.login)


def user(asking: Asking, login: str) -> Answer:
    return asking.done(asking.show.user(login) | places.person(login))


def organization(asking: Asking, org: str) -> Answer:
    in_organization(org)
    return asking.done(asking.show.whole_organization())


def membership(asking: Asking, org: str, login: str) -> Answer:
    """Who is no member is sent to the public list, as GitHub does."""
    in_organization(org)
    inside = asking.state.row("member", asking.login.lower()) or asking.login.endswith("[bot]")
    if not inside:
        raise Refused(302, "Found", there=f"{asking.api}/orgs/{org}/public_members/{login}")
    if asking.state.row("member", login.lower()) is None:
        raise Refused(404, "Not Found")
    return asking.empty()


def content(asking: Asking, repo: Fact, path: str) -> Answer:
    row = asking.state.row("file", f"{repo['id']}/{path}")
    if row is None:
        raise Refused(404, "Not Found")
    return asking.done(asking.show.file(repo, path, b64decode(row["content"])))


def write_content(asking: Asking, repo: Fact, path: str) -> Answer:
    asking.need(repo, "write")
    before = asking.state.row("file", f"{repo['id']}/{path}")
    row = asking.write("file", f"{repo['id']}/{path}", repo=repo["id"], content=asking.text("content"))
    shown = asking.show.file(repo, path, b64decode(row["content"]))
    return asking.done({"content": shown, "commit": {"message": asking.text("message")}}, 200 if before else 201)


def hooks(asking: Asking, repo: Fact) -> Answer:
    asking.need(repo, "admin")
    return asking.page(asking.state.rows("hook", repo=repo["id"]), asking.show.hook, repo)


def create_hook(asking: Asking, repo: Fact) -> Answer:
    asking.need(repo, "admin")
    config = asking.said.get("config") or {}
    if not config.get("url"):
        raise invalid("Hook", "url", "missing_field")
    number = asking.state.fresh()
    told = {"url": config["url"], "secret": config.get("secret", ""), "events": asking.said.get("events") or ["push"]}
    row = asking.write("hook", number, id=number, repo=repo["id"], created_at=asking.stamp, **told)
    return asking.done(asking.show.hook(repo, row), 201)


def deliveries(asking: Asking, repo: Fact, hook: str) -> Answer:
    asking.need(repo, "admin")
    return tried(asking, asking.state.rows("delivery", hook=int(hook)), repo)


def all_deliveries(asking: Asking) -> Answer:
    """What the App's hook was told: here, what any hook was told."""
    return tried(asking, asking.state.rows("delivery"), None)


def tried(asking: Asking, rows: list[Fact], repo: Fact | None) -> Answer:
    """Three days of it, newest first."""
    oldest = f"{asking.now - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
    newest = [row for row in reversed(rows) if row["delivered_at"] >= oldest]
    return asking.page(newest, lambda _, row: asking.show.delivery(row), repo)


def redeliver(asking: Asking, repo: Fact | None, delivery: str) -> Answer:
    row = asking.state.row("delivery", delivery)
    if row is None or (repo and row["repo"] != repo["id"]):
        raise Refused(404, "Not Found")
    again = {"hook": row["hook"], "guid": row["guid"], "redelivery": True}
    kept = {name: row[name] for name in ("repo", "event", "action", "payload")}
    asking.write("event", "", **kept, **again)
    return asking.done({}, 202)


def search(asking: Asking) -> Answer:
    """Words and the qualifiers repo, label, is, state; the best a stand-in can do is the newest first."""
    words = _words(asking.query.get("q", ""))
    size = min(int(asking.query.get("per_page") or 30), 100)
    start = (int(asking.query.get("page") or 1) - 1) * size
    if not words:
        raise invalid("Search", "q", "missing")
    if start + size > FOUND_AT_MOST + size - 1:
        raise Refused(422, "Only the first 1000 search results are available")
    rows = [row for row in asking.state.rows("issue") if _found(asking, row, words)]
    rows.sort(key=lambda row: str(row["updated_at"]), reverse=True)
    items = [{**_shown(asking, row), "score": 1.0} for row in rows[start : start + size]]
    return asking.done(
        {"total_count": len(rows), "incomplete_results": False, "search_type": "lexical", "items": items}
    )


def _words(query: str) -> list[str]:
    try:
        return [word.lower() for word in shlex.split(query)]
    except ValueError:
        return query.lower().split()


def _found(asking: Asking, row: Fact, words: list[str]) -> bool:
    repo = asking.state.row("repo", row["repo"])
    if repo is None or row.get("deleted") or row.get("moved") or not asking.state.may(repo, asking.login, "read"):
        return False
    return all(_fits(asking, repo, row, word) for word in words)


def _fits(asking: Asking, repo: Fact, row: Fact, word: str) -> bool:
    name, colon, value = word.partition(":")
    tests = {
        "repo": repo["full_name"].lower() == value,
        "org": repo["full_name"].lower().startswith(f"{value}/"),
        "label": value in {str(each["name"]).lower() for each in asking.state.labels_of(row)},
        "is": value in {"issue", row["state"], "private" if repo["private"] else "public"},
        "state": value == row["state"],
        "in": True,
    }
    if colon and name in tests:
        return bool(tests[name])
    return bool(re.search(re.escape(word), f"{row['title']} {row['body'] or ''}".lower()))


def _shown(asking: Asking, row: Fact) -> Fact:
    repo = asking.state.row("repo", row["repo"]) or {}
    return asking.show.issue(repo, row)


def access_token(asking: Asking, number: str) -> Answer:
    """A token for an hour, for the App whose JSON web token this is."""
    app = asking.state.row("app", asking.login)
    if app is None or str(app["installation"]) != number:
        raise Refused(404, "Integration not found")
    fresh = asking.state.fresh()
    until = asking.now + timedelta(hours=1)
    row = asking.write("token", f"ghs_{fresh:036d}", id=fresh, login=f"{app['slug']}[bot]", until=until.timestamp())
    granted = {"issues": "write", "metadata": "read", "members": "read", "contents": "read"}
    told = {"token": row["key"], "expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}", "permissions": granted}
    return asking.done({**told, "repository_selection": "selected"}, 201)
