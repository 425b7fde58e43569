"""A bug behind a ticket: suspected with one key, looked for, written, read as everybody will read it, filed by one
person (BUG-01 to BUG-08, BUG-14)."""

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from fleetcs.editing import carried_out
from fleetcs.forms.procedure import StepForm
from fleetcs.models import Run, User
from fleetcs.procedures import Step
from support import bug_cycle, bug_text
from support.forms.bug import BugForm, GiveUpForm, NumberForm, SearchForm
from support.forms.ticket import working_colleagues
from support.models import BugReport, Issue, IssueLink, IssueTemplate, NotDuplicate, Ticket
from support.models.bug import CHECKLIST
from support.models.bug_search import BugSearch
from support.models.repository import Repository
from support.models.shown import marks_in, pieces
from support.models.similar_issues import similar
from support.views.acting import acts, refusals
from support.views.actions import asked, done
from support.views.rights import colleague, rights, sent

STATES: Final[dict[str, tuple[str, str, str]]] = {
    "suspected": ("warn", "Suspected", "Look for an issue of the same, then file it."),
    "leaving": ("wait", "On its way to GitHub", "It is being filed."),
    "by_hand": ("wait", "To be filed with GitHub's form", "File it there, then say which issue it became."),
    "refused": ("bad", "Refused", "Change the text, then file it again."),
    "filed": ("good", "Filed", "It is looked into until its second stand-up."),
    "linked": ("good", "Known already", "The ticket belongs to an issue that was there."),
    "given_up": ("idle", "No bug after all", ""),
}
REFUSALS: Final = {
    "confidential": "The text names the customer: it was stopped before anything left.",
    "another_text": "It is not the text that was approved: read it again.",
    "not_configured": "GitHub is not connected yet.",
    "repository_hidden": "We may not see the repository.",
    "forbidden": "We may not file there.",
    "not_found": "No such issue was found over there.",
}
NOT_ASKED: Final = {
    "confidential": "Not asked at GitHub: the words name the customer.",
    "not_configured": "Not asked at GitHub: it is not connected yet.",
    "no_answer": "GitHub does not answer: only our copy was looked through.",
}


@require_safe
def bug(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known about a bug behind this ticket, and what comes next; a card on the ticket's page."""
    user = colleague(request)
    tickets = Ticket.objects.visible_to(user).select_related("account")
    ticket = get_object_or_404(tickets, pk=pk)
    page = {"title": "Bug", "ticket": ticket, "may": rights(user, ticket).file}
    return render(request, "support/bug.html", page | card(newest(ticket), user))


def newest(ticket: Ticket) -> BugReport | None:
    rows = ticket.bugs.select_related("issue", "proposed", "suspected_by", "approved_by")
    return rows.first()


def card(report: BugReport | None, user: User) -> dict[str, Any]:
    """How a report stands; the issue only for those who may know whose it is (COD-05)."""
    if report is None:
        return {"report": None}
    kind, words, following = STATES[report.state]
    shown = {"report": report, "kind": kind, "words": words, "following": following, "trouble": said(report.refused)}
    return shown | of_issue(report, user) | by_hand(report) | {"checklist": checklist(report)}


def said(code: str) -> str:
    return REFUSALS.get(code, f"The answer was: {code}.") if code else ""


def of_issue(report: BugReport, user: User) -> dict[str, Any]:
    """The issue it became, with how its labels have drifted, for those who may know."""
    issue = report.issue
    links = IssueLink.objects.visible_to(user).filter(ticket=report.ticket_id, issue=issue)
    if issue is None or not links.exists():
        return {"issue": None}
    cycle = issue.investigations.last()
    drift = cycle.drift(list(issue.labels.filter(gone_at=None).values_list("name", flat=True))) if cycle else []
    return {"issue": issue, "cycle": cycle, "drift": drift}


def by_hand(report: BugReport) -> dict[str, Any]:
    """GitHub's own form, prefilled, and the question which issue it became (BUG-07)."""
    if report.state != "by_hand":
        return {}
    public = report.repo == Repository.Code.PUBLIC
    repo = settings.GITHUB_PUBLIC_REPO if public else settings.GITHUB_CONFIDENTIAL_REPO
    address = bug_text.prefilled(repo, bug_cycle.FIRST, report.approved_title, IssueTemplate.objects.path())
    return {"address": address, "number_form": NumberForm()}


def checklist(report: BugReport) -> list[dict[str, Any]]:
    """The five options, each with how often and by whom it was taken (BUG-13)."""
    run = Run.objects.of(report, CHECKLIST)
    if run is None:
        return []
    ticks = list(run.ticks.filter(taken_back_at=None).select_related("by"))
    return [{"step": step, "ticks": [tick for tick in ticks if tick.step == step.code]} for step in run.steps]


# --- suspecting, and looking for the same -----------------------------------------------------------------------------
@acts("file")
def suspect(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """One click: the suspicion is noted, and issues of the same are looked for."""
    if request.method != "POST":
        return redirect("support:bug", ticket.pk)
    BugReport.objects.suspect(ticket, by=colleague(request))
    return redirect("support:bug_similar", ticket.pk)


@acts("file")
def bug_similar(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Issues of the same, in our copy and by GitHub's own search; looking for other words is a POST: it is kept."""
    report, user = going_on(ticket), colleague(request)
    form = SearchForm(sent(request), initial={"words": bug_text.telling(ticket.subject)})
    if form.is_valid():
        BugSearch.objects.look(report, form.cleaned_data["words"], by=user, at_github=True)
        return redirect("support:bug_similar", ticket.pk)
    page = {"title": "Is it known already?", "ticket": ticket, "report": report, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "support/bug_similar.html", page | candidates(report, user), status=status)


def candidates(report: BugReport, user: User) -> dict[str, Any]:
    """What was found, best first, without what is no duplicate; and how far GitHub's own search has come."""
    searches = list(report.searches.all())
    others = set(NotDuplicate.objects.filter(ticket=report.ticket_id).values_list("issue", flat=True))
    here = similar([search.words for search in searches], user, but=others)
    at_github = BugSearch.found.through.objects.filter(bugsearch__in=searches).values("issue")
    found = Issue.objects.visible_to(user).filter(pk__in=at_github)
    there = found.exclude(pk__in=others | {issue.pk for issue in here})
    rows = [{"issue": issue, "same": is_same(issue, report)} for issue in (*here, *there)]
    notes = [(search.words, trouble_of(search.note)) for search in searches if search.note]
    waiting = any(search.is_waiting and not search.note for search in searches)
    refused = Issue.objects.visible_to(user).filter(pk__in=others)
    return {"rows": rows, "searches": searches, "notes": notes, "waiting": waiting, "others": refused}


def trouble_of(code: str) -> str:
    return NOT_ASKED.get(code, f"GitHub's own search failed: {code}.")


def is_same(issue: Issue, report: BugReport) -> bool:
    return issue.title.strip().lower() == report.title.strip().lower()


def going_on(ticket: Ticket) -> BugReport:
    """The report that is being written. Raises Http404 when none is."""
    found = ticket.bugs.open().select_related("ticket__account").first()
    if found is None:
        raise Http404
    return found


@acts("file")
def bug_same(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """It is this one: the ticket belongs to an issue that is there."""
    return settled(request, ticket, lambda report, issue, user: report.is_this_one(issue, by=user), "support:ticket")


@acts("file")
def bug_not_same(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Not a duplicate: remembered for this ticket."""
    return settled(request, ticket, lambda report, issue, user: report.is_not(issue, by=user), "support:bug_similar")


def settled(request: HttpRequest, ticket: Ticket, verb: Any, then: str) -> HttpResponse:
    if request.method == "POST":
        user, number = colleague(request), request.POST.get("issue", "")
        issue = get_object_or_404(Issue.objects.visible_to(user), pk=int(number) if number.isdecimal() else 0)
        for why in refusals(lambda: verb(going_on(ticket), issue, user)):
            messages.error(request, why)
    return redirect(then, ticket.pk)


# --- writing and filing -----------------------------------------------------------------------------------------------
@acts("file")
def bug_form(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The report as a form, then as everybody will read it; what is confirmed is filed, and nothing else."""
    report, user = going_on(ticket), colleague(request)
    if not report.is_draft:
        raise PermissionDenied
    if request.POST.get("confirmed"):
        return filed(request, report)
    form = BugForm(sent(request), report=report)
    wrote = form.is_valid() and carried_out(form, lambda: report.write(form.cleaned_data, by=user))
    return preview(request, report) if wrote and form.explain(report.missing()) else written(request, report, form)


def written(request: HttpRequest, report: BugReport, form: BugForm) -> HttpResponse:
    page = {"title": "File the bug", "ticket": report.ticket, "report": report, "form": form}
    page |= {"codename": report.codename(), "looked": report.searches.by_hand().exists(), "action": request.path}
    return render(request, "support/bug_form.html", page, status=422 if form.is_bound else 200)


def preview(request: HttpRequest, report: BugReport, trouble: Iterable[str] = ()) -> HttpResponse:
    """The text that will leave, with the scan's marks. Whose codename it is, is seen here: that is written down."""
    if codename := report.codename():
        codename.look_up(by=colleague(request))
    page = {"ticket": report.ticket, "report": report, "trouble": list(trouble)} | to_be_read(report)
    return render(request, "support/bug_preview.html", page, status=422 if page["trouble"] else 200)


def to_be_read(report: BugReport) -> dict[str, Any]:
    """The report cut at the scan's marks, and whether they stop it."""
    shown, public = report.shown(), report.repo == Repository.Code.PUBLIC
    marks = marks_in(shown)
    return {
        "title": "As everybody will read it" if public else "As colleagues will read it",
        "shown": shown,
        "marks": marks,
        "pieces": {name: pieces(text, marks, name) for name, text in (("title", shown.title), ("body", shown.body))},
        "stopped": bool(marks) and public,
    }


def filed(request: HttpRequest, report: BugReport) -> HttpResponse:
    """What was seen is filed, by this person; else it is shown again with what has become of it."""
    way = BugReport.Way.FORM if request.POST.get("way") == "form" else BugReport.Way.API
    digest, user = request.POST.get("digest", ""), colleague(request)
    if trouble := refusals(lambda: report.file(digest, by=user, way=way)):
        return preview(request, report, trouble)
    words = "It is on its way to GitHub." if way == BugReport.Way.API else "File it with GitHub's form now."
    return done_with(request, report, words)


def done_with(request: HttpRequest, report: BugReport, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("support:bug", report.ticket_id)


@acts("file")
def bug_find(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Which issue it became, where a person has filed it with GitHub's form."""
    form, report = NumberForm(sent(request)), going_on(ticket)
    if form.is_valid() and carried_out(
        form, lambda: report.look_for(form.cleaned_data["number"], by=colleague(request))
    ):
        return done_with(request, report, "It is being looked up at GitHub.")
    return asked(request, ticket, form, "Which issue did it become?", save="Look it up")


@acts("file")
def bug_confirm(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The issue found is the one that was filed."""
    if request.method == "POST":
        for why in refusals(lambda: going_on(ticket).confirm(by=colleague(request))):
            messages.error(request, why)
    return redirect("support:bug", ticket.pk)


@acts("file")
def bug_give_up(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """No bug after all."""
    form, report = GiveUpForm(sent(request)), going_on(ticket)
    if form.is_valid() and carried_out(form, lambda: report.give_up(by=colleague(request), **form.cleaned_data)):
        return done(request, ticket, "Noted: no bug after all.")
    return asked(request, ticket, form, "No bug after all")


# --- looking into it --------------------------------------------------------------------------------------------------
@acts("file")
def bug_step(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """One of the five ways to get further (BUG-13)."""
    run, step = step_of(request, ticket)
    form = StepForm(sent(request), step=step, offered=offered(ticket))
    if form.is_valid() and carried_out(form, lambda: run.tick(step.code, form.cleaned_data, by=colleague(request))):
        messages.success(request, "Noted.")
        return redirect("support:bug", ticket.pk)
    return asked(request, ticket, form, step.text, **noted(request, step))


def noted(request: HttpRequest, step: Step) -> dict[str, str]:
    """Where the form of a step goes, and what its button says."""
    return {"template": "support/bug_step.html", "action": f"{request.path}?step={step.code}", "save": "Note it"}


def step_of(request: HttpRequest, ticket: Ticket) -> tuple[Run, Step]:
    """The checklist of the ticket's newest report, and the step asked for, the first one else. Raises Http404."""
    report = ticket.bugs.first()
    run = Run.objects.of(report, CHECKLIST) if report else None
    if run is None:
        raise Http404
    steps = {step.code: step for step in run.steps}
    return run, steps.get(request.GET.get("step", ""), run.steps[0])


def offered(ticket: Ticket) -> dict[str, list[str]]:
    """Whose names are offered: the CSM of the account, colleagues who answer tickets, today's developer on call."""
    csm = ticket.account.csm if ticket.account else None
    return {
        "csm": [csm.name] if csm else [],
        "colleagues": list(working_colleagues().values_list("name", flat=True)),
        "developer": list(User.objects.holding("developer_on_call").values_list("name", flat=True)[:1]),
    }
