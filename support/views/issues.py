"""Issues of the two repositories: the list, one of them, those of an account and of a ticket; and their labels."""

from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from fleetcs.editing import carried_out
from fleetcs.listing import Order, listing
from fleetcs.views.records import only
from support.forms.issue import LinkIssueForm
from support.github import hints
from support.issue_filter import VIEWS, IssueFilter
from support.models import GithubPerson, Issue, IssueComment, IssueLink, Label, Ticket
from support.views import issue_rows
from support.views.acting import acts
from support.views.actions import asked, done
from support.views.rights import colleague, rights, sent

SORTS: Final[dict[str, Order]] = {"-updated": ("-updated_at", "-pk"), "updated": ("updated_at", "pk")}


@require_safe
@only("issue.see")
def issues(request: HttpRequest) -> HttpResponse:
    """Issues that carry a label of ours, and whose turn it is on each."""
    user = colleague(request)
    filters = IssueFilter(request.GET, user=user, queryset=issue_rows.joined(Issue.objects.visible_to(user)))
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="issue")
    shown = {"listing": page, "rows": issue_rows.rows(page.rows), "form": filters.form, "views": VIEWS}
    told = {"title": "Issues", "search": "Number, or words of the title", **issue_rows.freshness()}
    return render(request, "support/issues.html", shown | told, status=page.status)


@require_http_methods(["GET", "HEAD", "POST"])
@only("issue.see")
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """One issue for everybody who may see it; whose it is for who asks, which is written down (R11)."""
    user = colleague(request)
    one = get_object_or_404(issue_rows.joined(Issue.objects.visible_to(user)), pk=pk)
    told = issue_rows.whose(one, user) if request.method == "POST" else None
    page = {
        "title": one.title,
        "issue": one,
        "row": issue_rows.row(one),
        "told": told,
        "page": issue_rows.page_of(one, user),
    }
    return render(request, "support/issue.html", page | issue_rows.freshness(one.repo))


@require_POST
@only("issue.see")
@transaction.atomic
def issue_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Have GitHub asked about it now."""
    one = get_object_or_404(Issue.objects.visible_to(colleague(request)), pk=pk)
    hints.read_issue(one.repo, one.number, by=colleague(request))
    messages.success(request, "It is being read; look again in a few seconds.")
    return redirect(one)


@require_POST
def issues_of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Open bugs and requests of an account, for those who may know its codename; each look is written down."""
    user = colleague(request)
    account = get_object_or_404(Account.objects.codenames_visible_to(user), pk=pk)
    page = {"title": f"Issues of {account.name}", "account": account, **issue_rows.of_account(account, user)}
    return render(request, "support/issues_of_account.html", page | issue_rows.freshness())


@require_safe
def labels_of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Which labels of its codename were deleted and made anew, for the codename's card; none of them is named (F37)."""
    user = colleague(request)
    account = get_object_or_404(Account.objects.codenames_visible_to(user), pk=pk)
    names = {name for codename in account.codenames.active() for name in codename.labels}
    again = [label for label in Label.objects.to_be_put_back().called(names) if label.lacking]
    page = {"title": "Labels to put back", "account": account, "again": again, "may_tend": user.may("issue.tend")}
    return render(request, "support/labels_of_account.html", page)


@require_safe
def issues_of_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """The issues a ticket is about, and who has the ball."""
    user = colleague(request)
    ticket = get_object_or_404(Ticket.objects.visible_to(user).select_related("account", "assignee"), pk=pk)
    page = {"title": "Issues", "ticket": ticket, "rights": rights(user, ticket), **issue_rows.of_ticket(ticket, user)}
    return render(request, "support/issues_of_ticket.html", page | issue_rows.freshness())


@acts("link")
def issue_link(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Say which issue a ticket is about, by its number or its address."""
    user, form = colleague(request), LinkIssueForm(sent(request), user=colleague(request))
    if form.is_valid() and carried_out(form, lambda: form.link(ticket, by=user)):
        return done(request, ticket, f"Linked to {form.cleaned_data['issue'].reference}.")
    return asked(request, ticket, form, "Link an issue", save="Link")


@require_POST
@transaction.atomic
def issue_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket is not about that issue."""
    user = colleague(request)
    link = get_object_or_404(IssueLink.objects.undoable_by(user).select_related("ticket", "issue"), pk=pk)
    ticket = link.ticket
    link.undo(by=user)
    messages.success(request, "They are linked no longer.")
    return redirect(ticket or "support:issues")


@require_safe
@only("issue.see")
def labels(request: HttpRequest) -> HttpResponse:
    """What labels say, which ones nobody knows, how fresh all of it is, and what waits for a person (REQ-11)."""
    user = colleague(request)
    page = {"title": "GitHub labels", "may_tend": user.may("issue.tend"), "sides": SIDES, **issue_rows.registry(user)}
    return render(request, "support/labels.html", page | issue_rows.freshness())


SIDES: Final = [
    (IssueComment.Side.OUTSIDE, "Outside"),
    (IssueComment.Side.INSIDE, "A colleague"),
    (IssueComment.Side.MACHINE, "A bot"),
]


@require_POST
@only("issue.tend")
def label_put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a label that was deleted and made anew put back on the issues that had it (F37)."""
    label = get_object_or_404(Label.objects.to_be_put_back(), pk=pk)
    number = label.put_back(by=colleague(request))
    messages.success(request, f"It is being put back on {number} issues.")
    return redirect("support:labels")


@require_POST
@only("issue.tend")
def github_side(request: HttpRequest, pk: int) -> HttpResponse:
    """Say on which side somebody is whom GitHub does not place."""
    person, side = get_object_or_404(GithubPerson, pk=pk), request.POST.get("side", "")
    if side not in dict(SIDES):
        return HttpResponse("No such side.", status=422, content_type="text/plain")
    person.decide(side, by=colleague(request))
    messages.success(request, f"@{person.login}: noted.")
    return redirect("support:labels")
