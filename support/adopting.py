"""Bugs that were open before fleetcs: issues with a codename's label, linked to the accounts they concern (COD-08).

A bug that is being looked into (`~investigate`) joins the cycle where `link` makes it one of ours.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Account, Codename
from fleetcs.adoption import Adoption, Line
from fleetcs.models import Event, User
from support.github_labels import Meaning
from support.models import Issue, IssueLink

NOBODYS = "A label of it is nobody's codename: take over the codenames first"
RETIRED = "A codename of it is retired"


@dataclass(frozen=True)
class Found:
    """An open bug with the accounts that its labels name, and what speaks against linking them."""

    issue: Issue
    accounts: tuple[Account, ...]
    blocked: bool
    retired: bool

    @property
    def line(self) -> Line:
        whom = f"{self.issue.repo} #{self.issue.number}: {', '.join(account.name for account in self.accounts)}"
        if self.blocked:
            return Line(self.issue.pk, "blocked", NOBODYS, whom)
        return Line(self.issue.pk, "asks", RETIRED, whom) if self.retired else Line(self.issue.pk, "fits", "", whom)


class Bugs(Adoption):
    """Open issues that are bugs and carry codenames, as the mirror has read them; linked ones are left out."""

    action = "codename.adopt"

    def lines(self) -> list[Line]:
        return [found.line for found in open_bugs()]

    def take(self, numbers: Collection[int], *, by: User) -> list[int]:
        taken = [found for found in open_bugs() if found.issue.pk in numbers and not found.blocked]
        for found in taken:
            link(found, by=by)
        return [found.issue.pk for found in taken]


def open_bugs() -> Iterator[Found]:
    """Those that concern somebody to whom nobody has linked them yet."""
    codenames = {codename.word: codename for codename in Codename.objects.select_related("account")}
    linked = {*IssueLink.objects.values_list("issue", "account")}
    for issue in Issue.objects.open().prefetch_related("labels").order_by("pk"):
        labels = [label for label in issue.labels.all() if label.gone_at is None]
        named = [label.name for label in labels if label.meaning == Meaning.CODENAME]
        if named and any(label.meaning == Meaning.BUG for label in labels):
            found = [codenames.get(name.lower().partition("-")[2]) for name in named]
            known = [codename for codename in found if codename]
            left = [codename for codename in known if (issue.pk, codename.account_id) not in linked]
            if left or len(known) < len(found):
                accounts = tuple(codename.account for codename in left)
                is_retired = any(codename.retired_at for codename in left)
                yield Found(issue, accounts, len(known) < len(found), is_retired)


@transaction.atomic
def link(found: Found, *, by: User) -> None:
    """Link the bug to its accounts, once."""
    for account in found.accounts:
        told = {"kind": IssueLink.Kind.BUG, "by_label": True, "by": by}
        IssueLink.objects.get_or_create(issue=found.issue, account=account, ticket=None, defaults=told)
    Event.log(found.issue, "bug_adopted", by=by)
