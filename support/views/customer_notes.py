"""Telling customers: the link of an issue of theirs, that it has shipped; and who was not told (BUG-06, REQ-06)."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Codename
from fleetcs import clock, texts
from fleetcs.context import zone_of
from fleetcs.editing import carried_out
from fleetcs.forms.moment import shown
from fleetcs.listing import Order, listing
from fleetcs.models import MessageText, User
from fleetcs.once import once
from fleetcs.views.records import only
from support.filters import UntoldFilter
from support.forms.customer_note import NoteForm
from support.models import CustomerNote, Issue, IssueLink
from support.views.customers import customers_of
from support.views.rights import colleague, sent

SORTS: Final[dict[str, Order]] = {"-linked": ("-at", "-pk"), "linked": ("at", "pk")}
SENTENCE: Final = "issue_link"


@require_safe
@only("issue.share")
def untold(request: HttpRequest) -> HttpResponse:
    """Public issues whose customer has not been told: bugs and requests alike."""
    user = colleague(request)
    links = IssueLink.objects.shareable_by(user).untold().filter(issue__in=Issue.objects.visible_to(user).open())
    public = (
        links.filter(issue__repo="public").select_related("issue", "account").prefetch_related("account__codenames")
    )
    filters = UntoldFilter(request.GET, queryset=public, user=user)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="customer")
    rows = [(link, active_of(link)) for link in page.rows]
    page_ = {"title": "Customers not told", "listing": page, "rows": rows, "form": filters.form}
    return render(request, "support/untold.html", page_, status=page.status)


def active_of(link: IssueLink) -> Codename | None:
    return next((one for one in link.account.codenames.all() if one.retired_at is None), None)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def issue_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one customer the link of an issue that concerns them."""
    link, user = found(request, pk), colleague(request)
    form = form_of(request, link.issue, link.account, text=sentence(link.issue), ticket=link.ticket_id)
    if form.is_valid() and carried_out(form, lambda: share(link, form, user)):
        messages.success(request, "The customer is told.")
        return redirect(link.issue)
    page = {"title": "Share the link", "form": form, "issue": link.issue, "account": link.account, "link": link}
    return form_page(request, page | {"back": link.issue.get_absolute_url()})


def form_page(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    """The form; a note that was sent is only shown. It is the codename's: whose that is, is a look of its own (R11)."""
    sent_already = "note" in page and page["note"].decided_at
    template = "support/customer_note_sent.html" if sent_already else "support/customer_note.html"
    shown = {"save": "Send", "busy": "Sending…", "codename": page["account"].codenames.active().first(), **page}
    return render(request, template, shown, status=422 if page["form"].is_bound else 200)


def found(request: HttpRequest, pk: int) -> IssueLink:
    """The link; seen but not theirs to share is 403."""
    links, user = IssueLink.objects.select_related("issue", "account"), colleague(request)
    link = get_object_or_404(links.visible_to(user), pk=pk, issue__in=Issue.objects.visible_to(user))
    if not link.account.allows(user, "issue.share"):
        raise PermissionDenied
    return link


def share(link: IssueLink, form: NoteForm, user: User) -> CustomerNote:
    return CustomerNote.objects.share(link, form.cleaned_data["way"], by=user, **form.told)


def form_of(request: HttpRequest, issue: Issue, account: Any, **known: Any) -> NoteForm:
    """The form with what it knows by itself."""
    zone = zone_of(request.user)
    at = {"at": shown(clock.now(), zone)}
    return NoteForm(sent(request), issue=issue, account=account, user=colleague(request), zone=zone, **at | known)


def sentence(issue: Issue) -> str:
    """The handbook's sentence with the link in it; the link alone where it has none (TPL-06)."""
    body = MessageText.objects.filter(code=SENTENCE).values_list("body", flat=True).first() or "{link}"
    try:
        return texts.render(body, {"link": issue.url})
    except texts.WordingError:
        return issue.url


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def customer_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A release note for one customer: edited, and sent once."""
    user = colleague(request)
    note = get_object_or_404(CustomerNote.objects.visible_to(user).select_related("issue", "account", "message"), pk=pk)
    if not note.account.allows(user, "issue.share"):
        raise PermissionDenied
    form = form_of(request, note.issue, note.account, text=note.text, ticket=ticket_of(note))
    if form.is_valid() and carried_out(form, lambda: act(note, form, user)):
        messages.success(request, "Kept." if form.data.get("then") == "keep" else "The customer is told.")
        return redirect("support:impact_issue", note.issue_id)
    page = {"title": "Release note", "form": form, "note": note, "issue": note.issue, "account": note.account}
    return form_page(request, page | {"back": reverse("support:impact_issue", args=[note.issue_id])})


def act(note: CustomerNote, form: NoteForm, user: User) -> None:
    """Keep the draft, or send it."""
    if form.data.get("then") == "keep":
        note.rewrite(form.cleaned_data["text"], by=user)
    else:
        note.send(form.cleaned_data["way"], by=user, **form.told)


def ticket_of(note: CustomerNote) -> int | None:
    """The newest open ticket of theirs that the issue came from."""
    linked = IssueLink.objects.filter(issue=note.issue_id, account=note.account_id, ticket__resolved_at=None)
    return linked.order_by("-ticket").values_list("ticket", flat=True).first()


# --- whom an issue concerns, beside other pages -----------------------------------------------------------------------
@require_safe
def issue_customers(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom an issue concerns and who has been told; stands on the issue's page."""
    user = colleague(request)
    issue = get_object_or_404(Issue.objects.visible_to(user).select_related("request"), pk=pk)
    links = issue.links.select_related("account").prefetch_related("account__codenames").order_by("pk")
    page = {"title": f"Customers of #{issue.number}", "issue": issue, "customers": customers_of(user, named(links))}
    page["may_declare"] = user.may("request.track")
    return render(request, "support/issue_customers.html", page)


def named(links: Any) -> list[IssueLink]:
    """Links whose accounts know their codenames, without a statement for each."""
    rows = list(links)
    for link in rows:
        link.account.names_in_use = [one for one in link.account.codenames.all() if one.retired_at is None]
    return rows
