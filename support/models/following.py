"""What follows from issues as they were just read: requests, whom to tell, feedback asked for, drafts of release notes.

The mirror calls `follow` with the issues of a page it has applied. Doing it again changes nothing, and a page of a
hundred costs as many statements as one of three.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch

from accounts.models import Account
from fleetcs import clock, posts, texts
from fleetcs.effects import KEPT
from fleetcs.models import Effect, Event, MessageText, User
from support import customer_requests
from support.customer_requests import Signs
from support.models.customer_note import CustomerNote
from support.models.customer_request import CustomerRequest, requests_of
from support.models.feedback import Feedback
from support.models.follow_up import FollowUp
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
        page.note_moments()
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
        self.issues = list(
            Issue.objects.filter(pk__in=pks).prefetch_related(Prefetch("labels", Label.objects.there())).order_by("pk")
        )
        self.labels = {one.pk: [label.name for label in one.labels.all()] for one in self.issues}
        self.signs = {one.pk: customer_requests.signs(self.labels[one.pk], one.assignees) for one in self.issues}
        self.links: dict[int, list[IssueLink]] = defaultdict(list)
        for link in IssueLink.objects.filter(issue__in=self.issues).select_related("account__csm").order_by("pk"):
            self.links[link.issue_id].append(link)
        self.requests: dict[int, CustomerRequest] = {}

    def __len__(self) -> int:
        return len(self.issues)

    # --- what is a request --------------------------------------------------------------------------------------------
    def find_requests(self) -> None:
        """A row for each issue whose labels say that customers wait for it; what a person said stays said."""
        self.requests = requests_of(self.issues)
        labelled = [one for one in self.issues if self.signs[one.pk].is_request]
        if fresh := [one for one in labelled if one.pk not in self.requests]:
            CustomerRequest.objects.bulk_create([CustomerRequest(issue=one) for one in fresh], ignore_conflicts=True)
            self.requests = requests_of(self.issues)
        others = [link for links in self.links.values() for link in links if link.kind == IssueLink.Kind.OTHER]
        if plain := [link.pk for link in others if link.issue_id in self.requests]:
            IssueLink.objects.filter(pk__in=plain).update(kind=IssueLink.Kind.REQUEST)

    def note_moments(self) -> None:
        """Since when each is prioritized, and since when feedback is asked for; unset again when it is not."""
        now = clock.now()
        changed = [one for one in self.requests.values() if _moments(one, self.signs[one.issue_id], now)]
        if changed:
            CustomerRequest.objects.bulk_update(changed, ["prioritized_at", "feedback_asked_at"])

    # --- feedback -----------------------------------------------------------------------------------------------------
    def ask_for_feedback(self) -> None:
        """One open task for each account of a request that is to be brought to its customers (REQ-08)."""
        waiting = [one for one in self.open_requests if one.feedback_asked_at]
        if not waiting:
            return
        had = set(Feedback.objects.of_this_asking().filter(request__in=waiting).values_list("request", "account"))
        missing = [(one, of) for one in waiting for of in self.accounts(one) if (one.pk, of.pk) not in had]
        if missing:
            self._open_tasks(missing)

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
        logins = {login.lower() for issue in self.issues for login in issue.assignees}
        people = User.objects.of_groups(posts.MAY["request.settle"]).exclude(github="")
        return {one.github.lower(): one for one in people if one.github.lower() in logins}

    # --- whom to tell -------------------------------------------------------------------------------------------------
    def tell(self) -> None:
        """Each linked account's CSM once: that it is prioritized, and that feedback is asked for (REQ-07, REQ-08)."""
        wanted = {notice.key: notice for notice in (*self._prioritized(), *self._asked())}
        said = set(Effect.objects.filter(key__in=wanted).values_list("key", flat=True)) if wanted else set()
        for key, notice in wanted.items():
            if key not in said:
                notify(notice)

    def _prioritized(self) -> Iterator[Notice]:
        for one in self.open_requests:
            for account in self.accounts(one) if self._is_news(one, one.prioritized_at) else ():
                if account.csm and account.csm.is_active:
                    yield prioritized(one, account.csm)

    def _asked(self) -> Iterator[Notice]:
        waiting = {one.pk: one for one in self.open_requests if one.feedback_asked_at}
        tasks = Feedback.objects.open().filter(request__in=waiting).select_related("csm") if waiting else ()
        for task in tasks:
            if task.csm and task.csm.is_active and self._is_news(waiting[task.request_id], task.asked_at):
                yield asked(task, task.csm)

    def _is_news(self, one: CustomerRequest, since: datetime | None) -> bool:
        """Whether something came after the first reading of its repository, and so lately that an effect of it would
        still be there: what has been told is not told again once that is forgotten."""
        loaded = self.loaded.get(self.issue(one).repo, EVER)
        return since is not None and loaded is not None and since > max(loaded, clock.now() - KEPT)

    # --- release notes ------------------------------------------------------------------------------------------------
    def draft_notes(self) -> None:
        """A private draft for each customer of an issue that has shipped lately; a person edits and sends it."""
        shipped = [one for one in self.issues if self.links[one.pk] and self._has_shipped(one)]
        if not shipped:
            return
        notes = CustomerNote.objects.filter(issue__in=shipped, about=CustomerNote.About.RELEASE)
        known, wording = set(notes.values_list("issue", "account")), release_wording()
        drafts = [
            CustomerNote(issue=one, account=account, about=CustomerNote.About.RELEASE, text=drafted(one, wording))
            for one in shipped
            for account in accounts_of(self.links[one.pk])
            if (one.pk, account.pk) not in known
        ]
        CustomerNote.objects.bulk_create(drafts, ignore_conflicts=True)

    def _has_shipped(self, issue: Issue) -> bool:
        closed = issue.state == Issue.State.CLOSED
        if closed and (issue.closed_at is None or issue.closed_at < clock.now() - FRESH):
            return False
        return customer_requests.has_shipped(self.labels[issue.pk], closed=closed, reason=issue.state_reason)

    # --- around -------------------------------------------------------------------------------------------------------
    @property
    def open_requests(self) -> list[CustomerRequest]:
        by_pk = {one.pk: one for one in self.issues}
        return [one for one in self.requests.values() if by_pk[one.issue_id].state == Issue.State.OPEN]

    @cached_property
    def loaded(self) -> dict[str, datetime | None]:
        """When each repository was first read to its end; None while it is."""
        return dict(Repository.objects.values_list("code", "loaded_at"))

    def issue(self, request: CustomerRequest) -> Issue:
        return next(one for one in self.issues if one.pk == request.issue_id)

    def accounts(self, request: CustomerRequest) -> list[Any]:
        return accounts_of(self.links[request.issue_id])


def accounts_of(links: Iterable[IssueLink]) -> list[Any]:
    """The accounts of links, each once."""
    return list({link.account_id: link.account for link in links}.values())


def _moments(one: CustomerRequest, read: Signs, now: Any) -> bool:
    """Bring the two moments in line with what the issue says; says whether one has changed."""
    before = (one.prioritized_at, one.feedback_asked_at)
    one.prioritized_at = (one.prioritized_at or now) if read.is_prioritized else None
    one.feedback_asked_at = (one.feedback_asked_at or now) if read.wants_feedback else None
    return before != (one.prioritized_at, one.feedback_asked_at)


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
