"""What is so at GitHub: tables of facts, the latest of each key, made again from the journal."""

from collections import Counter
from collections.abc import Iterator
from zlib import crc32

from fleetcs.local.standins.wire import Fact

ORG, PUBLIC, CONFIDENTIAL = "lanternfish", "lanternfish/lanternfish", "lanternfish/confidential"
DESK = "lanternfish-desk"  # the machine user whose token the product has
ROLES = ("none", "read", "triage", "write", "maintain", "admin")
FIRST: tuple[Fact, ...] = (
    {"kind": "github.repo", "key": "1001", "id": 1001, "full_name": PUBLIC, "private": False, "before": []},
    {"kind": "github.repo", "key": "1002", "id": 1002, "full_name": CONFIDENTIAL, "private": True, "before": []},
    {"kind": "github.member", "key": DESK, "login": DESK, "public": False},
    {"kind": "github.role", "key": f"1001/{DESK}", "repo": 1001, "login": DESK, "role": "admin"},
    {"kind": "github.role", "key": f"1002/{DESK}", "repo": 1002, "login": DESK, "role": "admin"},
)


class State:
    """The tables by kind and key. A fact with `gone` takes its row away."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Fact]] = {}
        self.last = 2000
        self.newest: Counter[int] = Counter()  # the highest number of an issue, by repository
        self.open: dict[int, set[int]] = {}  # numbers of the issues that are open, by repository
        self.said: dict[tuple[int, int], set[str]] = {}  # keys of the comments, by repository and issue
        for fact in FIRST:
            self.apply(fact)

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; doing so twice is doing so once."""
        rows = self.tables.setdefault(fact["kind"], {})
        rows.pop(fact["key"], None) if fact.get("gone") else rows.update({fact["key"]: fact})
        self.last = max(self.last, fact.get("id", 0))
        self._count(fact)

    def _count(self, fact: Fact) -> None:
        """What a list of thousands of issues must not count anew for each of them."""
        if fact["kind"] == "github.issue" and "number" in fact:
            self.newest[fact["repo"]] = max(self.newest[fact["repo"]], fact["number"])
            still_open = self.open.setdefault(fact["repo"], set())
            still_open.add(fact["number"]) if fact["state"] == "open" else still_open.discard(fact["number"])
        if fact["kind"] == "github.comment":
            self.said.setdefault((fact["repo"], fact["issue"]), set()).add(fact["key"])

    def fresh(self) -> int:
        """An id that nothing has had."""
        self.last += 1
        return self.last

    def rows(self, kind: str, **where: object) -> list[Fact]:
        """The rows of one kind that have these values, in the order of their coming."""
        found = self.tables.get(f"github.{kind}", {}).values()
        return [row for row in found if all(row.get(name) == value for name, value in where.items())]

    def row(self, kind: str, key: object) -> Fact | None:
        return self.tables.get(f"github.{kind}", {}).get(str(key))

    def repo_called(self, full_name: str) -> tuple[Fact | None, bool]:
        """The repository of that name, and whether it had it before and is called otherwise now."""
        wanted = full_name.lower()
        repos = self.rows("repo")
        now = next((each for each in repos if each["full_name"].lower() == wanted), None)
        was = next((each for each in repos if wanted in each["before"]), None)
        return now or was, now is None and was is not None

    def comments(self, repo: int, issue: int) -> list[Fact]:
        """What was said under an issue, in the order of its coming."""
        rows = self.tables.get("github.comment", {})
        return [rows[key] for key in sorted(self.said.get((repo, issue), ()), key=int) if key in rows]

    def label(self, repo: int, name: str) -> Fact | None:
        """The label of that name in any case."""
        return next((each for each in self.rows("label", repo=repo) if each["name"].lower() == name.lower()), None)

    def labels_of(self, issue: Fact) -> Iterator[Fact]:
        for number in issue["labels"]:
            if row := self.row("label", number):
                yield row

    def merged(self, fact: Fact) -> Fact:
        """The row as it is, with the values of `fact`; raises ValueError for what is no row of ours."""
        kind, key = str(fact.get("kind", "")), str(fact.get("key", ""))
        if not kind.startswith("github.") or not key:
            raise ValueError("no row of GitHub's")
        return {**self.tables.get(kind, {}).get(key, {}), **fact}

    def hooks_for(self, event: Fact) -> list[Fact]:
        """Who is told of an event; what is sent again goes to the one that was told before."""
        hooks = self.rows("hook", repo=event["repo"])
        if "hook" in event:
            return [each for each in hooks if each["id"] == event["hook"]]
        return [each for each in hooks if event["event"] in each["events"] or "*" in each["events"]]

    def delivered(self, tried: Fact) -> Fact:
        """The row of one try to tell a hook something."""
        number = self.fresh()
        return {"kind": "github.delivery", "key": str(number), "id": number, **tried}

    def role(self, repo: Fact, login: str) -> str:
        """The role of somebody there: given, or through the organisation, or what everybody has."""
        if given := self.row("role", f"{repo['id']}/{login.lower()}"):
            return str(given["role"])
        if self.row("member", login.lower()):
            return "read"
        return "none" if repo["private"] else "read"

    def may(self, repo: Fact, login: str, role: str) -> bool:
        return ROLES.index(self.role(repo, login)) >= ROLES.index(role)

    def association(self, repo: Fact, login: str) -> str:
        """As it is told to everybody: private members look like strangers."""
        member = self.row("member", login.lower())
        if member and member["public"]:
            return "MEMBER"
        return "COLLABORATOR" if self.row("role", f"{repo['id']}/{login.lower()}") else "NONE"


def user_id(login: str) -> int:
    """Every login that looks like one is somebody's; the number follows from it."""
    return crc32(login.lower().encode())
