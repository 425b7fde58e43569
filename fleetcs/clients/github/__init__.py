"""GitHub: labels, issues, comments, who is inside, and what it tells us. `repo` is "public" or "confidential".

Everything raises `Unavailable` or `Rejected`. Reads are repeated once by themselves, writes never. What is written to
the public repository is a `PublicText`.
"""

from datetime import timedelta
from typing import Final

from fleetcs.clients.github.hooks import hook_deliveries, redeliver, sign, verify
from fleetcs.clients.github.labelling import (
    add_labels,
    create_label,
    delete_label,
    edit_label,
    find_label,
    labels,
    labels_since,
    remove_label,
)
from fleetcs.clients.github.looking import MARGIN, changed, marked
from fleetcs.clients.github.people import is_member, own_login, permission
from fleetcs.clients.github.public import PublicText, Repo, Words
from fleetcs.clients.github.repository import full_name, issue_template, name_today
from fleetcs.clients.github.shapes import Comment, Found, Happening, HookDelivery, Issue, Label, Page, Person
from fleetcs.clients.github.talking import (
    assign,
    comment,
    comments,
    create_issue,
    issue,
    issue_anywhere,
    issues,
    recent_comments,
    search_issues,
    set_state,
    timeline,
    unassign,
)
from fleetcs.pace import Pace

# What GitHub asks of those who write: one after the other, a second apart, and not too many (trap 41).
PACE: Final = Pace(timedelta(seconds=1), ((80, timedelta(minutes=1)), (500, timedelta(hours=1))))
PATIENCE: Final = timedelta(minutes=1)  # until its lists surely show what it has taken

__all__ = [
    "MARGIN",
    "PACE",
    "PATIENCE",
    "Comment",
    "Found",
    "Happening",
    "HookDelivery",
    "Issue",
    "Label",
    "Page",
    "Person",
    "PublicText",
    "Repo",
    "Words",
    "add_labels",
    "assign",
    "changed",
    "comment",
    "comments",
    "create_issue",
    "create_label",
    "delete_label",
    "edit_label",
    "find_label",
    "full_name",
    "hook_deliveries",
    "is_member",
    "issue",
    "issue_anywhere",
    "issue_template",
    "issues",
    "labels",
    "labels_since",
    "marked",
    "name_today",
    "own_login",
    "permission",
    "recent_comments",
    "redeliver",
    "remove_label",
    "search_issues",
    "set_state",
    "sign",
    "timeline",
    "unassign",
    "verify",
]
