"""Rows in GitHub's published forms."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fleetcs.local.standins.github import places
from fleetcs.local.standins.github.places import SITE
from fleetcs.local.standins.github.state import ORG, State, user_id
from fleetcs.local.standins.wire import Fact

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
ORGANIZATION = {
    *("login", "id", "node_id", "url", "avatar_url", "description", "repos_url", "events_url", "hooks_url"),
    *("issues_url", "members_url", "public_members_url"),
}
USER_PATHS = ("followers", "subscriptions", "repos", "received_events")
Shown = dict[str, Any]


@dataclass(frozen=True)
class Showing:
    """How rows are shown at one address (`api`, without a slash at its end)."""

    state: State
    api: str

    def user(self, login: str) -> Shown:
        number, url = user_id(login), f"{self.api}/users/{quote(login, safe='')}"
        bot = login.endswith("[bot]")
        return {
            "login": login,
            "id": number,
            "node_id": node("User", number),
            "avatar_url": picture(number),
            "gravatar_id": "",
            "url": url,
            "html_url": f"{SITE}/apps/{login[:-5]}" if bot else f"{SITE}/{login}",
            **{f"{name}_url": f"{url}/{name}" for name in USER_PATHS},
            "organizations_url": f"{url}/orgs",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "events_url": f"{url}/events{{/privacy}}",
            "type": "Bot" if bot else "Organization" if login == ORG else "User",
            "user_view_type": "public",
            "site_admin": False,
        }

    def organization(self) -> Shown:
        """As hooks tell it: without what only its own page says."""
        return {name: value for name, value in self.whole_organization().items() if name in ORGANIZATION}

    def whole_organization(self) -> Shown:
        number = user_id(ORG)
        shown = places.organization(f"{self.api}/orgs/{ORG}", ORG)
        return shown | {"id": number, "node_id": node("Organization", number), "avatar_url": picture(number)}

    def repo_url(self, repo: Fact) -> str:
        return f"{self.api}/repos/{repo['full_name']}"

    def repo(self, repo: Fact) -> Shown:
        """As hooks tell it."""
        owner, _, name = repo["full_name"].partition("/")
        still_open = len(self.state.open.get(repo["id"], ()))
        return {
            **places.repository(self.repo_url(repo), repo["full_name"], still_open),
            "id": repo["id"],
            "node_id": node("Repository", repo["id"]),
            "name": name,
            "full_name": repo["full_name"],
            "private": repo["private"],
            "visibility": "private" if repo["private"] else "public",
            "owner": self.user(owner),
        }

    def whole_repo(self, repo: Fact) -> Shown:
        return self.repo(repo) | {"network_count": 0, "subscribers_count": 0}

    def label(self, repo: Fact, label: Fact) -> Shown:
        return {
            "id": label["id"],
            "node_id": node("Label", label["id"]),
            "url": f"{self.repo_url(repo)}/labels/{quote(label['name'], safe='')}",
            "name": label["name"],
            "color": label["color"],
            "default": False,
            "description": label["description"],
        }

    def issue(self, repo: Fact, issue: Fact) -> Shown:
        url = f"{self.repo_url(repo)}/issues/{issue['number']}"
        assignees = [self.user(login) for login in issue["assignees"]]
        kept = ("number", "title", "body", "state", "state_reason", "locked", "created_at", "updated_at", "closed_at")
        return {
            "url": url,
            "repository_url": self.repo_url(repo),
            "labels_url": f"{url}/labels{{/name}}",
            **{f"{name}_url": f"{url}/{name}" for name in ("comments", "events", "timeline")},
            "html_url": f"{SITE}/{repo['full_name']}/issues/{issue['number']}",
            "id": issue["id"],
            "node_id": node("Issue", issue["id"]),
            "user": self.user(issue["user"]),
            "labels": [self.label(repo, each) for each in self.state.labels_of(issue)],
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": None,
            "comments": len(self.state.comments(repo["id"], issue["number"])),
            "author_association": self.state.association(repo, issue["user"]),
            "active_lock_reason": None,
            "closed_by": self.user(issue["closed_by"]) if issue["closed_by"] else None,
            "reactions": reactions(url),
            "performed_via_github_app": None,
            **{name: issue[name] for name in kept},
        }

    def comment(self, repo: Fact, comment: Fact) -> Shown:
        issue = f"issues/{comment['issue']}"
        url = f"{self.repo_url(repo)}/issues/comments/{comment['id']}"
        return {
            "url": url,
            "html_url": f"{SITE}/{repo['full_name']}/{issue}#issuecomment-{comment['id']}",
            "issue_url": f"{self.repo_url(repo)}/{issue}",
            "id": comment["id"],
            "node_id": node("IssueComment", comment["id"]),
            "user": self.user(comment["user"]),
            "created_at": comment["created_at"],
            "updated_at": comment["updated_at"],
            "author_association": self.state.association(repo, comment["user"]),
            "body": comment["body"],
            "reactions": reactions(url),
            "performed_via_github_app": None,
        }

    def happening(self, repo: Fact, happening: Fact) -> Shown:
        """An entry of a timeline; comments are shown as such."""
        if said := self.state.row("comment", happening.get("comment")):
            return {"event": "commented", "actor": self.user(said["user"]), **self.comment(repo, said)}
        assignee = {"assignee": self.user(happening["assignee"])} if happening.get("assignee") else {}
        kept = {name: happening[name] for name in ("label", "state_reason", "rename") if happening.get(name)}
        return {
            "id": happening["id"],
            "node_id": node("Event", happening["id"]),
            "url": f"{self.repo_url(repo)}/issues/events/{happening['id']}",
            "actor": self.user(happening["actor"]),
            "event": happening["event"],
            "commit_id": None,
            "commit_url": None,
            "created_at": happening["created_at"],
            "performed_via_github_app": None,
            **kept,
            **assignee,
        }

    def hook(self, repo: Fact, hook: Fact) -> Shown:
        url = f"{self.repo_url(repo)}/hooks/{hook['id']}"
        config = {"content_type": "json", "insecure_ssl": "0", "url": hook["url"], "secret": "********"}
        return {
            "type": "Repository",
            "id": hook["id"],
            "name": "web",
            "active": True,
            "events": hook["events"],
            "config": config,
            "updated_at": hook["created_at"],
            "created_at": hook["created_at"],
            "url": url,
            "test_url": f"{url}/test",
            "ping_url": f"{url}/pings",
            "deliveries_url": f"{url}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None},
        }

    def delivery(self, row: Fact) -> Shown:
        kept = ("id", "guid", "delivered_at", "redelivery", "duration", "status", "status_code", "event", "action")
        told = {name: row[name] for name in kept}
        return told | {"installation_id": None, "repository_id": row["repo"], "throttled_at": None}

    def file(self, repo: Fact, path: str, content: bytes) -> Shown:
        url = f"{self.repo_url(repo)}/contents/{quote(path)}?ref=main"
        encoded = b64encode(content).decode()
        lines = "".join(f"{encoded[at : at + 60]}\n" for at in range(0, len(encoded), 60))
        page = f"{SITE}/{repo['full_name']}/blob/main/{quote(path)}"
        sha = f"{user_id(encoded):040x}"
        git = f"{self.repo_url(repo)}/git/blobs/{sha}"
        return {
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
            "size": len(content),
            "url": url,
            "html_url": page,
            "git_url": git,
            "download_url": f"{page}?raw=true",
            "type": "file",
            "content": lines,
            "encoding": "base64",
            "_links": {"self": url, "git": git, "html": page},
        }


def picture(number: int) -> str:
    return f"{SITE}/avatars/{number}"


def node(kind: str, number: int) -> str:
    return b64encode(f"0:{kind}{number}".encode()).decode()


def reactions(url: str) -> Shown:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(REACTIONS, 0)}
