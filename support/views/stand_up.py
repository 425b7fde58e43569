"""The daily stand-up: suspected bugs that we look into ourselves, until somebody decides (BUG-09 to BUG-12)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import confidential
from accounts.models.private_words import private_words
from fleetcs.editing import carried_out
from fleetcs.models import OpeningHours, RoleHolding, User
from fleetcs.once import once
from fleetcs.views.records import only
from fleetcs.working_day import day_of, is_working, today, working_day
from support import bug_cycle
from support.bug_text import parts
from support.forms.bug import AcknowledgeForm, DecideForm, TextForm
from support.github_labels import Meaning
from support.models import Investigation, Issue, IssueComment, IssueLink, Remark
from support.models.remark import digest_of
from support.models.repository import Repository
from support.views.issue_rows import THERE
from support.views.rights import colleague, sent

MOST: Final = 100
ACKNOWLEDGED: Final = "Acknowledged: we are looking into this."
MANAGER: Final = "manager_cse_csa"

type Works = Callable[[date], bool]
type IssueView = Callable[[HttpRequest, Issue], HttpResponse]


@dataclass(frozen=True)
class Row:
    """One issue as the stand-up sees it."""

    issue: Issue
    cycle: Investigation | None
    nth: int
    first_on: date
    acknowledgement: str
    acknowledged: bool
    drift: list[str]
    tickets: list[int]

    @property
    def is_overdue(self) -> bool:
        """Nobody has acknowledged what was there yesterday."""
        return bug_cycle.is_overdue(self.nth, acknowledged=self.acknowledged)

    @property
    def nth_words(self) -> str:
        """Its age in working days."""
        return f"{self.nth} working {'day' if self.nth == 1 else 'days'}" if self.nth else "Not yet"

    @property
    def wants_decision(self) -> bool:
        return bug_cycle.wants_decision(self.nth)


@require_safe
@only("issue.see")
def stand_up(request: HttpRequest) -> HttpResponse:
    """Open issues that we look into, the oldest first."""
    user, day, works = colleague(request), today(), cache(is_working(OpeningHours.objects.calendar()))
    rows = rows_of(list(investigated(user)[:MOST]), user, works, day)
    page = {
        "title": "Stand-up",
        "rows": rows,
        "day": day,
        "is_working": works(day),
        "to_acknowledge": sum(row.is_overdue for row in rows),
        "to_decide": sum(row.wants_decision for row in rows),
        "may": {name: user.may(f"bug.{name}") for name in ("decide", "acknowledge")},
    }
    return render(request, "support/stand_up.html", page)


def investigated(user: User) -> QuerySet[Issue]:
    """Open issues that wear the label, and those of ours that should."""
    ours = Investigation.objects.undecided().values("issue")
    cycles = Prefetch("investigations", Investigation.objects.undecided().select_related("acknowledged_by"))
    wearing = Issue.objects.meaning(Meaning.INVESTIGATE).order_by().values("pk")
    done = Investigation.objects.settling().values("issue")
    issues = Issue.objects.visible_to(user).open().filter(Q(pk__in=wearing) | Q(pk__in=ours)).exclude(pk__in=done)
    return issues.defer("body").prefetch_related(THERE, cycles).order_by("created_at", "pk")


def rows_of(issues: list[Issue], user: User, works: Works, day: date) -> list[Row]:
    """What the page shows of each, in a bounded number of statements."""
    said, tickets = acknowledgements(issues), tickets_of(issues, user)
    return [row(issue, said.get(issue.pk, []), tickets.get(issue.pk, []), works, day) for issue in issues]


def row(issue: Issue, said: list[IssueComment], tickets: list[int], works: Works, day: date) -> Row:
    cycle = next(iter(issue.investigations.all()), None)
    began = cycle.began_at if cycle else issue.created_at
    spoken = next((comment for comment in said if comment.at >= began), None)
    acknowledged = bool(cycle and cycle.acknowledged_at) or spoken is not None
    return Row(
        issue=issue,
        cycle=cycle,
        nth=bug_cycle.nth_day(day_of(began), day, works),
        first_on=working_day(day_of(began), works),
        acknowledgement=(cycle.acknowledgement if cycle else "") or (spoken.url if spoken else ""),
        acknowledged=acknowledged,
        drift=cycle.drift([label.name for label in issue.labels.all()]) if cycle else [],
        tickets=tickets,
    )


def acknowledgements(issues: Iterable[Issue]) -> dict[int, list[IssueComment]]:
    """Comments that somebody has written at GitHub themselves while they were the manager, by issue."""
    held = managing()
    comments = IssueComment.objects.alias(writer=Lower("author")).filter(issue__in=issues, writer__in=list(held))
    found: dict[int, list[IssueComment]] = {}
    for comment in comments.order_by("at"):
        if any(holding.covers(day_of(comment.at)) for holding in held[comment.author.lower()]):
            found.setdefault(comment.issue_id, []).append(comment)
    return found


def managing() -> dict[str, list[RoleHolding]]:
    """When each has held the manager's post, by their login at GitHub."""
    found: dict[str, list[RoleHolding]] = {}
    for holding in RoleHolding.objects.filter(post_id=MANAGER).exclude(user__github="").select_related("user"):
        found.setdefault(holding.user.github.lower(), []).append(holding)
    return found


def tickets_of(issues: Iterable[Issue], user: User) -> dict[int, list[int]]:
    """Whose ticket led to each, for those who may know."""
    links = IssueLink.objects.visible_to(user).filter(issue__in=issues, ticket__isnull=False)
    found: dict[int, list[int]] = {}
    for issue, ticket in links.order_by("ticket").values_list("issue", "ticket"):
        found.setdefault(issue, []).append(ticket)
    return found


# --- what is done to one ----------------------------------------------------------------------------------------------
def on_issue(action: str) -> Callable[[IssueView], Callable[[HttpRequest, int], HttpResponse]]:
    """A view that acts on an issue: unseen is 404, another post's step is 403."""

    def decorate(view: IssueView) -> Callable[[HttpRequest, int], HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @once
        @transaction.atomic
        @wraps(view)
        def acting(request: HttpRequest, pk: int) -> HttpResponse:
            issue = get_object_or_404(Issue.objects.visible_to(colleague(request)), pk=pk)
            if not colleague(request).may(action):
                raise PermissionDenied
            return view(request, issue)

        return acting

    return decorate


@on_issue("bug.acknowledge")
def acknowledge(request: HttpRequest, issue: Issue) -> HttpResponse:
    """The manager's acknowledgement, with a comment in the issue (BUG-09)."""
    form = AcknowledgeForm(sent(request), initial={"text": ACKNOWLEDGED})
    if form.is_valid():
        if form.cleaned_data["text"] and not form.cleaned_data["link"] and not request.POST.get("confirmed"):
            return seen(request, issue, form)
        if carried_out(form, lambda: acknowledged(request, issue, form.cleaned_data)):
            return back(request, "Acknowledged.")
    return asked(request, issue, form, "Acknowledge the report")


def acknowledged(request: HttpRequest, issue: Issue, given: dict[str, Any]) -> None:
    """With the link of a comment that stands there, or with one that is written now."""
    if given["link"]:
        Investigation.objects.of_issue(issue).acknowledge(given["link"], by=colleague(request))
    else:
        remark(request, issue, given["text"], is_acknowledgement=True)


@on_issue("bug.decide")
def decide(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Reproduced or not: the labels follow, and what is known now is written down in the issue."""
    form = DecideForm(sent(request))
    if form.is_valid():
        if form.cleaned_data["text"] and not request.POST.get("confirmed"):
            return seen(request, issue, form)
        if carried_out(form, lambda: decided(request, issue, form.cleaned_data)):
            return back(request, "Decided: the labels follow.")
    return asked(request, issue, form, "Could we reproduce it?")


def decided(request: HttpRequest, issue: Issue, given: dict[str, Any]) -> None:
    if given["text"]:
        remark(request, issue, given["text"])
    Investigation.objects.of_issue(issue).decide(given["decision"], by=colleague(request))


def remark(request: HttpRequest, issue: Issue, text: str, *, is_acknowledgement: bool = False) -> Remark:
    """What was seen is said, and nothing else."""
    user, digest = colleague(request), request.POST.get("digest", "")
    return Remark.objects.say(issue, text, digest, by=user, is_acknowledgement=is_acknowledgement)


def asked(request: HttpRequest, issue: Issue, form: TextForm, title: str) -> HttpResponse:
    page = {"title": title, "issue": issue, "form": form, "action": request.path, "save": "Go on"}
    return render(request, "support/stand_up_form.html", page, status=422 if form.is_bound else 200)


def seen(request: HttpRequest, issue: Issue, form: TextForm) -> HttpResponse:
    """The comment as it will be read, with the scan's marks, and a button that sends exactly that."""
    page = {"issue": issue, "form": form, "action": request.path} | to_be_read(issue, form.cleaned_data["text"])
    return render(request, "support/stand_up_seen.html", page)


def to_be_read(issue: Issue, text: str) -> dict[str, Any]:
    """A comment cut at the scan's marks, and whether they stop it."""
    public = issue.repo == Repository.Code.PUBLIC
    marks = [(mark.start, mark.end, mark.kind) for mark in confidential.marks(text, private_words())]
    return {
        "title": "As everybody will read it" if public else "As colleagues will read it",
        "pieces": parts(text, marks),
        "digest": digest_of(text),
        "stopped": bool(marks) and public,
    }


def back(request: HttpRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("support:stand_up")
