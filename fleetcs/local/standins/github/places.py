"""The long forms: a repository, an organisation and a person with all the addresses that GitHub lists in them."""

from typing import Any

SITE = "https://github.example"
BEGUN = "2024-01-08T17:00:00Z"
PLAIN = (
    *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges", "stargazers"),
    *("subscribers", "subscription", "tags", "teams"),
)
# Names of addresses whose templates are not plain paths.
TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "statuses": "statuses/{sha}",
    "trees": "git/trees{/sha}",
}
COUNTS = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size")
ABSENT = ("description", "homepage", "language", "license", "mirror_url")
OFF = ("fork", "archived", "disabled", "is_template", "has_pages", "has_discussions", "web_commit_signoff_required")
ON = ("has_issues", "has_projects", "has_wiki", "has_downloads", "allow_forking")
UNSAID = ("bio", "blog", "company", "email", "hireable", "location")
LINKS = {"repos": "", "events": "", "hooks": "", "issues": "", "members": "{/member}", "public_members": "{/member}"}


def repository(url: str, full_name: str, open_issues: int) -> dict[str, Any]:
    """All of a repository that does not differ between two of them but by its name and its open issues."""
    page = f"{SITE}/{full_name}"
    return {
        **{f"{name}_url": f"{url}/{name}" for name in PLAIN},
        **{f"{name}_url": f"{url}/{path}" for name, path in TEMPLATES.items()},
        "url": url,
        "html_url": page,
        "svn_url": page,
        "clone_url": f"{page}.git",
        "git_url": f"git://github.example/{full_name}.git",
        "ssh_url": f"git@github.example:{full_name}.git",
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(ABSENT),
        **dict.fromkeys(OFF, False),
        **dict.fromkeys(ON, True),
        "default_branch": "main",
        "topics": [],
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), BEGUN),
    }


def organization(url: str, login: str) -> dict[str, Any]:
    """What is shown of an organisation to those who ask for it, beyond its id and picture."""
    return {
        "login": login,
        "url": url,
        **{f"{name}_url": f"{url}/{name}{template}" for name, template in LINKS.items()},
        "description": "",
        "html_url": f"{SITE}/{login}",
        "has_organization_projects": True,
        "has_repository_projects": True,
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "type": "Organization",
        **dict.fromkeys(("created_at", "updated_at"), BEGUN),
        "archived_at": None,
    }


def person(login: str) -> dict[str, Any]:
    """What is shown of a person to those who ask for them, beyond what stands beside every text of theirs."""
    return {
        "name": login,
        **dict.fromkeys(UNSAID),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        **dict.fromkeys(("created_at", "updated_at"), BEGUN),
    }
