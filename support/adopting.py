"""Bugs that were open before fleetcs: issues with a codename's label, linked to the accounts they concern (COD-08).

Whose a label is, and what a link made by one says, is as it is for every reading of GitHub: by its id before its name.

A bug that is being looked into (`~investigate`) joins the cycle on the working day on which it is.
"""

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.models import Account, Codename
from fleetcs.adoption import Adoption, Line
from fleetcs.clients import github
from fleetcs.gates import through_gate
from fleetcs.models import Event, User
from support.github.links import follow_codenames_of, whose_labels
from support.github_labels import Meaning, meaning_of
from support.models import Investigation, Issue, IssueLink, Repository

NOBODYS = "A label of it is nobody's codename: take over the codenames first"
RETIRED = "A codename of it is retired"


@dataclass(frozen=True)
class Found:
    """An open bug with the accounts that its labels name, and what speaks against linking them."""

    issue: Issue
    accounts: tuple[Account, ...]
    blocked: bool
    retired: bool
    joins: bool = False

    @property
    def line(self) -> Line:
        whom = f"{self.issue.repo} #{self.issue.number}: {', '.join(account.name for account in self.accounts)}"
        if self.blocked:
            return Line(self.issue.pk, "blocked", NOBODYS, whom)
        return Line(self.issue.pk, "asks", RETIRED, whom) if self.retired else Line(self.issue.pk, "fits", "", whom)


class Bugs(Adoption):
    """Open issues that are bugs and carry codenames, as the mirror has read them; what is ours already is left out."""

    action = "codename.adopt"

    def __init__(self) -> None:
        self.began: dict[int, datetime] = {}

    def read(self) -> None:
        """Since when those are looked into that are: the mirror knows their labels, the timeline when they came."""
        for found in open_bugs():
            if found.joins:
                self.began[found.issue.pk] = through_gate("github", partial(since, found.issue))

    def lines(self) -> list[Line]:
        return [found.line for found in open_bugs()]

    def take(self, numbers: Collection[int], *, by: User) -> list[int]:
        taken = [found for found in open_bugs() if found.issue.pk in numbers and not found.blocked]
        for found in taken:
            link(found, self.began.get(found.issue.pk, found.issue.created_at), by=by)
        return [found.issue.pk for found in taken]


def since(issue: Issue) -> datetime:
    """When its label of the cycle was last put on; when it was made, if nothing tells. Raises Unavailable, Rejected."""
    told = github.timeline("public" if issue.repo == Repository.Code.PUBLIC else "confidential", issue.number)
    put_on = [one for one in told if one.event == "labeled" and meaning_of(one.label) == Meaning.INVESTIGATE]
    return next((one.at for one in reversed(put_on) if one.at), issue.created_at)


def open_bugs() -> Iterator[Found]:
    """Those that concern somebody to whom nobody has linked them yet, or that are looked into without our knowing."""
    codenames, whose = Codename.objects.select_related("account").in_bulk(), whose_labels()
    linked = {*IssueLink.objects.values_list("issue", "account")}
    known = {*Investigation.objects.values_list("issue", flat=True)}
    for issue in Issue.objects.open().prefetch_related("labels").order_by("pk"):
        labels = [label for label in issue.labels.all() if label.gone_at is None]
        meanings = {label.meaning for label in labels}
        if {Meaning.BUG, Meaning.CODENAME} <= meanings:
            named = [whose.get(label.pk, 0) for label in labels if label.meaning == Meaning.CODENAME]
            found = judged(issue, [codenames.get(pk) for pk in named], linked)
            found = replace(found, joins=Meaning.INVESTIGATE in meanings and issue.pk not in known)
            if found.accounts or found.blocked or found.joins:
                yield found


def judged(issue: Issue, named: Sequence[Codename | None], linked: Container[tuple[int, int]]) -> Found:
    """The bug with the accounts to which it is still to be linked."""
    left = [codename for codename in named if codename and (issue.pk, codename.account_id) not in linked]
    retired = any(codename.retired_at for codename in left)
    return Found(issue, tuple(codename.account for codename in left), None in named, retired)


@transaction.atomic
def link(found: Found, began: datetime, *, by: User) -> None:
    """Let its links follow its labels; one that is looked into joins the cycle where it stands (BUG-10)."""
    follow_codenames_of(found.issue.repo, [found.issue.pk])
    if found.joins:
        Investigation.objects.join(found.issue, began, by=by)
    Event.log(found.issue, "bug_adopted", by=by)
