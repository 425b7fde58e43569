"""What follows from issues as they were just read: requests, whom to tell, feedback asked for, drafts of release notes.

The mirror calls `follow_keys` with the issues of a page it has applied. Doing it again changes nothing. Every page
costs the same statements, whatever it holds and however many, since everything is asked about all of them; only tasks
of feedback, notices and drafts that are new cost more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Subquery, When

from accounts.models import Account
from fleetcs import clock, posts, texts
from fleetcs.effects import KEPT
from fleetcs.models import Event, MessageText, User
from support import customer_requests
from support.models.customer_note import CustomerNote
from support.models.customer_request import CustomerRequest
from support.models.feedback import Feedback
from support.models.follow_up import FollowUp
from support.models.found_requests import requests_told_by
from support.models.issue import Issue, IssueLink
from support.models.label import Label
from support.models.repository import Repository
from support.models.request_notice import Notice, asked, notify, prioritized
from support.models.ticket import Ticket

FRESH: Final = timedelta(days=30)  # what was closed before that is history: nobody drafts notes about it
RELEASE_NOTE: Final = "release_note"
EVER: Final = datetime.min.replace(tzinfo=UTC)


def follow(issues: Iterable[Issue]) -> None:
    """Let customer requests and release notes know how these issues stand now (REQ-01, REQ-07, REQ-08)."""
    follow_keys([issue.pk for issue in issues])


@transaction.atomic
def follow_keys(pks: Collection[int]) -> None:
    """The same, by the keys of issues: what the mirror calls with each page it has taken."""
    if page := Page(pks):
        page.find_requests()
        page.ask_for_feedback()
        page.tell()
        page.draft_notes()


@transaction.atomic
def concern(issue: Issue, account: Account | None, ticket: Ticket | None = None, *, by: User) -> IssueLink:
    """A person says that an issue concerns a customer, or is what a ticket of theirs is about; what is tied already
    stays. Raises ValidationError while nobody knows whose ticket it is."""
    if account is None:
        raise ValidationError({"issue": "Say first whose ticket it is: an issue is linked to the account, too."})
    known = {"kind": issue.kind, "by": by}
    link, made = IssueLink.objects.get_or_create(issue=issue, account=account, ticket=ticket, defaults=known)
    if made:
        _note_link(link, by)
        follow([issue])
    return link


def _note_link(link: IssueLink, by: User) -> None:
    if link.ticket is None:
        Event.log(link, "issue_linked", by=by, account_pk=link.account_id, kind=link.kind)
        return
    link.ticket.log("issue_linked", by=by, issue=link.issue)
    if link.kind == IssueLink.Kind.BUG:
        FollowUp.objects.settle_bug_task(link.ticket, link.issue.url, by=by)


class Page:
    """A page of issues with whom they concern."""

    def __init__(self, pks: Collection[int]) -> None:
        self.issues: dict[int, Any] = {one.pk: one for one in _read(pks)}
        self.labels = {pk: [name for name in one.names if name] for pk, one in self.issues.items()}
        self.signs = {pk: customer_requests.signs(self.labels[pk], one.assignees) for pk, one in self.issues.items()}
        self.links: dict[int, list[IssueLink]] = defaultdict(list)
        for link in IssueLink.objects.filter(issue__in=self.issues).select_related("account__csm").order_by("pk"):
            self.links[link.issue_id].append(link)
        self.requests: dict[int, CustomerRequest] = {}
        self.tasks: list[Feedback] = []

    def __len__(self) -> int:
        return len(self.issues)

    def find_requests(self) -> None:
        """A row for each issue whose labels say that customers wait for it; what a person said stays said."""
        self.requests = requests_told_by(self.signs)

    # --- feedback -----------------------------------------------------------------------------------------------------
    def ask_for_feedback(self) -> None:
        """One open task for each account of a request that is to be brought to its customers (REQ-08)."""
        self.tasks = self._tasks()
        had = {(task.request_id, task.account_id) for task in self.tasks}
        missing = [(one, of) for one in self.waiting for of in self.accounts(one) if (one.pk, of.pk) not in had]
        if missing:
            self._open_tasks(missing)
            self.tasks = self._tasks()

    def _tasks(self) -> list[Feedback]:
        """Those that are open, or were settled since feedback was last asked for."""
        asked_for = Feedback.objects.of_this_asking().filter(request__issue__in=self.issues)
        return list(asked_for.select_related("csm"))

    def _open_tasks(self, missing: list[tuple[CustomerRequest, Any]]) -> None:
        assigned = self._assigned()
        tasks = [
            Feedback(request=one, account=account, csm=_csm(self.issue(one), account, assigned), asked_at=clock.now())
            for one, account in missing
        ]
        Feedback.objects.bulk_create(tasks, ignore_conflicts=True)

    def _assigned(self) -> dict[str, User]:
        """Whoever may settle feedback, by their GitHub handles, as far as they are assigned on this page: designers,
        who stay assigned beside them, bring nothing to customers."""
        logins = {login.lower() for issue in self.issues.values() for login in issue.assignees}
        people = User.objects.of_groups(posts.MAY["request.settle"]).exclude(github="")
        return {one.github.lower(): one for one in people if one.github.lower() in logins}

    # --- whom to tell -------------------------------------------------------------------------------------------------
    def tell(self) -> None:
        """Each linked account's CSM once: that it is prioritized, and that feedback is asked for (REQ-07, REQ-08)."""
        wanted = {notice.key: notice for notice in (*self._prioritized(), *self._asked())}
        said = _said(wanted)
        for key, notice in wanted.items():
            if key not in said:
                notify(notice)

    def _prioritized(self) -> Iterator[Notice]:
        for one in self.open_requests:
            for account in self.accounts(one) if self._is_news(one, one.prioritized_at) else ():
                if account.csm and account.csm.is_active:
                    yield prioritized(one, account.csm)

    def _asked(self) -> Iterator[Notice]:
        waiting = {one.pk: one for one in self.waiting}
        for task in self.tasks:
            one = waiting.get(task.request_id) if task.is_open else None
            if one and task.csm and task.csm.is_active and self._is_news(one, task.asked_at):
                yield asked(task, task.csm)

    def _is_news(self, one: CustomerRequest, since: datetime | None) -> bool:
        """Whether something came after the first reading of its repository, and so lately that an effect of it would
        still be there: what has been told is not told again once that is forgotten."""
        issue = self.issue(one)
        fresh = since is not None and since > max(issue.loaded_at or EVER, clock.now() - KEPT)
        return fresh and not issue.is_loading

    # --- release notes ------------------------------------------------------------------------------------------------
    def draft_notes(self) -> None:
        """A private draft for each customer of an issue that has shipped lately; a person edits and sends it."""
        notes = CustomerNote.objects.filter(issue__in=self.issues, about=CustomerNote.About.RELEASE)
        known = set(notes.values_list("issue", "account"))
        shipped = [one for one in self.issues.values() if self._has_shipped(one)]
        whose = [(one, account) for one in shipped for account in accounts_of(self.links[one.pk])]
        if missing := [(one, account) for one, account in whose if (one.pk, account.pk) not in known]:
            self._draft(missing)

    def _draft(self, missing: list[tuple[Any, Any]]) -> None:
        wording = release_wording()
        drafts = [
            CustomerNote(issue=one, account=account, about=CustomerNote.About.RELEASE, text=drafted(one, wording))
            for one, account in missing
        ]
        CustomerNote.objects.bulk_create(drafts, ignore_conflicts=True)

    def _has_shipped(self, issue: Any) -> bool:
        closed = issue.state == Issue.State.CLOSED
        if closed and (issue.closed_at is None or issue.closed_at < clock.now() - FRESH):
            return False
        return customer_requests.has_shipped(self.labels[issue.pk], closed=closed, reason=issue.state_reason)

    # --- around -------------------------------------------------------------------------------------------------------
    @property
    def open_requests(self) -> list[CustomerRequest]:
        return [one for one in self.requests.values() if self.issue(one).state == Issue.State.OPEN]

    @property
    def waiting(self) -> list[CustomerRequest]:
        """Those that are to be brought to their customers."""
        return [one for one in self.open_requests if one.feedback_asked_at]

    def issue(self, request: CustomerRequest) -> Any:
        return self.issues[request.issue_id]

    def accounts(self, request: CustomerRequest) -> list[Any]:
        return accounts_of(self.links[request.issue_id])


def _read(pks: Collection[int]) -> Any:
    """Issues with the `names` of their labels, None for one that is gone: with a condition on labels, each issue may be
    held against all there are. `loaded_at` is when their repository was first read to its end."""
    names = Label.objects.filter(issues=OuterRef("pk")).order_by().values_list(Case(When(gone_at=None, then="name")))
    of = Repository.objects.filter(code=OuterRef("repo"))
    read = {"loaded_at": Subquery(of.values("loaded_at")), "is_loading": Exists(of.filter(loaded_at=None))}
    return Issue.objects.filter(pk__in=pks).defer("body").annotate(names=ArraySubquery(names), **read).order_by("pk")


def _said(keys: Collection[str]) -> set[str]:
    """Which of these were emitted; asked for none, too, so that a page with news costs what any costs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM fleetcs_effect WHERE key = ANY(%s)", [list(keys)])
        return {key for (key,) in cursor.fetchall()}


def accounts_of(links: Iterable[IssueLink]) -> list[Any]:
    """The accounts of links, each once."""
    return list({link.account_id: link.account for link in links}.values())


def _csm(issue: Issue, account: Any, assigned: dict[str, User]) -> User | None:
    """Whose task it is: the account's CSM when assigned, else who is of those who may, else the CSM (REQ-08)."""
    people = [assigned[login.lower()] for login in issue.assignees if login.lower() in assigned]
    return account.csm if account.csm in people or not people else people[0]


def release_wording() -> str:
    """The handbook's words about a release; "" while it has none."""
    return MessageText.objects.filter(code=RELEASE_NOTE).values_list("body", flat=True).first() or ""


def drafted(issue: Issue, wording: str) -> str:
    """The draft of a release note; empty where there is nothing to make it of, for a person to write."""
    if not wording or not issue.url or issue.repo != Repository.Code.PUBLIC:
        return ""
    try:
        return texts.render(wording, {"link": issue.url})
    except texts.WordingError:
        return ""
