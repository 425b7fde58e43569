"""What the pages of issues show, in a constant number of statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import Account
from fleetcs import clock
from fleetcs.models import Automation, Event, User
from support import ball
from support.ball import Ball, Holder
from support.github.plus_bot import AUTOMATION
from support.github_labels import Meaning, meanings_of
from support.models import GithubPerson, Issue, IssueLink, Label, PlusLabel, Repository, Ticket

TONES: Final = {Holder.US: "warn", Holder.PRODUCT: "wait", Holder.OUTSIDE: "idle", Holder.NOBODY: "good"}
SHOWN: Final = 10
MOST: Final = 100
THERE: Final = Prefetch("labels", Label.objects.there().order_by("name"))


@dataclass(frozen=True)
class Row:
    """An issue with whose turn it is."""

    issue: Issue
    ball: Ball
    meanings: set[Meaning]
    labels: list[Label]

    @property
    def tone(self) -> str:
        return TONES[self.ball.holder]

    @property
    def reply_received(self) -> bool:
        """Whether somebody outside has answered while a label with "+" still stands (REQ-03)."""
        return Meaning.WAITING in self.meanings and self.issue.waiting_since is None


def joined(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    return issues.defer("body").prefetch_related(THERE)


def rows(issues: Iterable[Issue]) -> list[Row]:
    return [row(one) for one in issues]


def row(issue: Issue) -> Row:
    labels = list(issue.labels.all())
    meanings = meanings_of(label.name for label in labels)
    return Row(issue, ball.of_issue(seen(issue, meanings)), meanings, labels)


def seen(issue: Issue, meanings: set[Meaning]) -> ball.OfIssue:
    """What the rule looks at."""
    return ball.OfIssue(
        is_open=issue.state == Issue.State.OPEN and issue.gone_at is None,
        meanings=meanings,
        assignees=issue.assignees,
        waiting_since=issue.waiting_since,
        outside_reply_at=issue.outside_reply_at,
        inside_reply_at=issue.inside_reply_at,
        closed_at=issue.gone_at or issue.closed_at,
        created_at=issue.created_at,
    )


def freshness(repo: str = "") -> dict[str, Any]:
    """When each repository last answered, and which of them have been silent for too long (ux 22)."""
    found = Repository.objects.filter(**({"code": repo} if repo else {}))
    now, repositories = clock.now(), list(found)
    return {"repositories": repositories, "stale": [one for one in repositories if one.is_late(now)]}


# --- one issue -------------------------------------------------------------------------------------------------------
def page_of(issue: Issue, user: User) -> dict[str, Any]:
    """What stands on its page: who said something when, the tickets about it, what was done."""
    links = IssueLink.objects.visible_to(user).filter(issue=issue)
    asked = Repository.objects.filter(code=issue.repo).values_list("asked_at", flat=True)
    return {
        "read_at": max(filter(None, [issue.read_at, issue.looked_at, *asked]), default=None),
        "tickets": list(Ticket.objects.visible_to(user).filter(pk__in=links.values("ticket"))[:MOST]),
        "may_know": user.may("codename.see"),
        "timeline": sorted(happened(issue), key=lambda entry: entry["at"], reverse=True),
    }


def happened(issue: Issue) -> Iterator[dict[str, Any]]:
    """Comments and what we did ourselves, as the timeline of the kit shows it."""
    for one in issue.comments.order_by("-at", "-pk")[:MOST]:
        label = f"commented ({one.get_side_display().lower()})"
        yield {"kind": "event", "at": one.at, "who": f"@{one.author}", "label": label}
    for event in Event.objects.of(issue).newest()[:MOST]:
        yield {"kind": "event", "at": event.at, "who": event.by, "label": event.words}


def whose(issue: Issue, user: User) -> list[Account]:
    """The accounts it concerns, as far as the person may know; that they looked is written down."""
    links = IssueLink.objects.visible_to(user).filter(issue=issue)
    accounts = list(Account.objects.filter(pk__in=links.values("account")))
    for account in accounts:
        for codename in account.codenames.active():
            codename.look_up(by=user)
    return accounts


# --- of an account, of a ticket --------------------------------------------------------------------------------------
def of_account(account: Account, user: User) -> dict[str, Any]:
    """Its open bugs and requests, newest first; whoever sees them knows the codename, which is written down."""
    codename = account.codenames.active().first()
    if codename:
        codename.look_up(by=user)
    links = IssueLink.objects.visible_to(user).filter(account=account)
    kinds = dict(links.order_by().values_list("issue", "kind"))
    found = joined(Issue.objects.visible_to(user).open().filter(pk__in=list(kinds))).order_by("-updated_at", "-pk")
    told = rows(found[:MOST])
    groups = [(words, [one for one in told if kinds[one.issue.pk] == kind]) for kind, words in GROUPS]
    return {"groups": groups, "number": len(told), "codename": codename}


GROUPS: Final = [("bug", "Open bugs"), ("request", "Open requests"), ("other", "Other open issues")]


def of_ticket(ticket: Ticket, user: User) -> dict[str, Any]:
    """Its issues with whose turn it is on each, and on the ticket with them."""
    links = list(IssueLink.objects.visible_to(user).filter(ticket=ticket).order_by("pk"))
    issues = joined(Issue.objects.visible_to(user).filter(pk__in=[link.issue_id for link in links]))
    told = {one.pk: row(one) for one in issues}
    linked = [(link, told[link.issue_id]) for link in links if link.issue_id in told]
    held = ball_of(ticket, [one.ball for _, one in linked])
    return {"linked": linked, "ball": held, "tone": TONES[held.holder], **sharing(ticket, user)}


def sharing(ticket: Ticket, user: User) -> dict[str, Any]:
    """The issues whose address the customer has, by whatever link of theirs, and whether the person may give it."""
    shared = IssueLink.objects.filter(account=ticket.account_id, shared_at__isnull=False)
    may_share = ticket.account is not None and ticket.account.allows(user, "issue.share")
    return {"shared": set(shared.order_by().values_list("issue", flat=True)), "may_share": may_share}


def ball_of(ticket: Ticket, issues: list[Ball]) -> Ball:
    assignee = ticket.assignee.name if ticket.assignee else ""
    return ball.of_ticket(ticket.turn, assignee, issues, since=since_of(ticket))


def since_of(ticket: Ticket) -> datetime | None:
    """Since when its turn has been whose it is."""
    if ticket.resolved_at:
        return ticket.resolved_at
    return ticket.last_customer_at if ticket.turn in {"first", "next"} else ticket.last_reply_at


# --- labels ----------------------------------------------------------------------------------------------------------
def registry(user: User) -> dict[str, Any]:
    """Every label that says something, those that nobody knows, and what waits for somebody's word."""
    is_open = Q(issues__state="open", issues__gone_at=None)
    labels = list(seen_labels(user).annotate(open=Count("issues", filter=is_open)).order_by("name", "repo"))
    position = Automation.objects.filter(code=AUTOMATION).first()
    return {
        "known": told_once([one for one in labels if one.meaning not in (Meaning.UNKNOWN, Meaning.CODENAME)]),
        "codenames": sum(one.meaning is Meaning.CODENAME for one in labels),
        "unknown": unknown(user),
        "overdue": list(overdue(user)),
        "put_back": [
            one for one in Label.objects.to_be_put_back().filter(repo__in=repositories_of(user)) if one.lacking
        ],
        "people": list(GithubPerson.objects.unknown()[:MOST]),
        "decided": list(GithubPerson.objects.exclude(decided_at=None).select_related("decided_by")[:MOST]),
        "bot": position,
    }


def told_once(labels: Sequence[Any]) -> list[tuple[Label, int | None, int | None]]:
    """Each name once, with its open issues in the public and in the confidential repository; None where it is not."""
    named: dict[str, dict[str, Any]] = {}
    for label in labels:
        named.setdefault(label.name.lower(), {})[label.repo] = label
    codes = (Repository.Code.PUBLIC, Repository.Code.CONFIDENTIAL)
    return [
        (next(iter(of.values())), *(of[code].open if code in of else None for code in codes)) for of in named.values()
    ]


def repositories_of(user: User) -> list[str]:
    """What the person may read labels of: those of the confidential repository say whose codename they are."""
    may_know = user.scope("codename.see") is not None
    return list(Repository.Code) if may_know else [Repository.Code.PUBLIC]


def seen_labels(user: User) -> QuerySet[Label]:
    return Label.objects.there().filter(repo__in=repositories_of(user))


def unknown(user: User) -> Sequence[Label]:
    """Labels on customers' issues that nobody has told us of (REQ-11)."""
    customers = Issue.objects.visible_to(user).filter(links__isnull=False).order_by().values("pk")
    on = Count("issues", filter=Q(issues__in=customers), distinct=True)
    found = seen_labels(user).annotate(on=on).filter(on__gt=0).order_by("-on", "name")
    return [label for label in found if label.meaning is Meaning.UNKNOWN][:MOST]


def overdue(user: User) -> QuerySet[PlusLabel]:
    """Labels that still stand an hour after somebody outside has answered (R17)."""
    seen_by = Issue.objects.visible_to(user).order_by().values("pk")
    found = PlusLabel.objects.overdue(clock.now()).filter(issue__in=seen_by)
    return found.select_related("issue", "label").order_by("issue__outside_reply_at", "pk")[:MOST]
