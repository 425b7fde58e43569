"""The impact board: whom an issue, or all issues of a label, holds up, and what is at stake (SYS-01).

Only tickets that are linked are read, so the board costs the same beside a million others.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account, Contract
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import User
from fleetcs.views.records import only
from fleetcs.working_day import today
from support import customer_requests
from support.forms.impact import ImpactForm
from support.models import CustomerNote, Issue, IssueLink, Label, Ticket
from support.views.customer_notes import named
from support.views.customers import Customer, customers_of, look_up
from support.views.rights import colleague

SHOWN: Final = 50
SOON: Final = timedelta(days=180)  # a renewal within half a year is at stake
MOST: Final = 500  # customers on one board
TIERS: Final = (Tier.ULTIMATE, Tier.PREMIUM, Tier.FREE)


@dataclass
class Row:
    """One customer on the board. `contract`: None when there is none, or it is not the reader's to see."""

    customer: Customer
    tier: str
    contract: Contract | None = None
    may_see_terms: bool = False
    tickets: list[Ticket] = field(default_factory=list)
    notes: list[CustomerNote] = field(default_factory=list)

    @property
    def renews_soon(self) -> bool:
        ends = self.contract.in_force_to if self.contract else None
        return ends is not None and ends <= today() + SOON

    @property
    def next_due(self) -> datetime | None:
        """The earliest due moment of a clock that still runs."""
        return min((ticket.next_due_at for ticket in self.tickets if ticket.next_due_at), default=None)


@dataclass
class Board:
    """All rows, and what they add up to."""

    rows: list[Row]
    may_see_tickets: bool
    is_cut: bool = False

    @property
    def by_tier(self) -> list[tuple[str, int]]:
        return [(tier.label, sum(row.tier == tier.value for row in self.rows)) for tier in TIERS]

    @property
    def renewals(self) -> int:
        return sum(row.renews_soon for row in self.rows)

    @property
    def tickets(self) -> list[Ticket]:
        return [ticket for row in self.rows for ticket in row.tickets]

    @property
    def late(self) -> int:
        """Tickets with a running clock past its due moment."""
        now = clock.now()
        return sum(ticket.next_due_at is not None and ticket.next_due_at < now for ticket in self.tickets)

    @property
    def late_words(self) -> str:
        return f"{self.late} late"

    @property
    def running(self) -> int:
        return sum(ticket.next_due_at is not None for ticket in self.tickets)

    @property
    def untold(self) -> int:
        return sum(not row.customer.is_told for row in self.rows)


@require_safe
@only("issue.see")
def impact(request: HttpRequest) -> HttpResponse:
    """The open issues that concern the most customers, and a way to one by its number, address or label."""
    user, form = colleague(request), ImpactForm(request.GET or None, user=colleague(request))
    if form.is_valid() and form.cleaned_data["of"]:
        return redirect(form.place)
    seen = Issue.objects.visible_to(user).open().annotate(customers=Count("links__account", distinct=True))
    issues = seen.filter(customers__gt=0).prefetch_related("labels").order_by("-customers", "-updated_at", "-pk")
    page = {"title": "Impact", "form": form, "issues": issues[:SHOWN]}
    return render(request, "support/impact.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def impact_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """The board of one issue; once it has shipped, with a draft of a note to each customer."""
    issue = get_object_or_404(Issue.objects.visible_to(colleague(request)).prefetch_related("labels"), pk=pk)
    names = [label.name for label in issue.labels.all()]
    closed = issue.state == Issue.State.CLOSED
    shipped = customer_requests.has_shipped(names, closed=closed, reason=issue.state_reason)
    page = {"title": issue.title, "issue": issue, "labels": issue.labels.all(), "has_shipped": shipped}
    return shown(request, Issue.objects.filter(pk=pk), page)


@require_http_methods(["GET", "HEAD", "POST"])
@only("issue.see")
@transaction.atomic
def impact_label(request: HttpRequest, pk: int) -> HttpResponse:
    """The board of all open issues that carry a label, in both repositories."""
    user = colleague(request)
    label = get_object_or_404(Label.objects.visible_to(user), pk=pk)
    same = Label.objects.filter(name__iexact=label.name).values("pk")
    issues = Issue.objects.visible_to(user).open().filter(labels__in=same)
    return shown(request, issues, {"title": f"Issues with “{label.name}”", "label": label})


def shown(request: HttpRequest, issues: QuerySet[Issue], page: dict[str, Any]) -> HttpResponse:
    """The page; names by a POST, since each look at whose codename it is, is written down (R11)."""
    told = request.method == "POST"
    board = board_of(colleague(request), issues, told=told)
    if told:
        look_up([row.customer for row in board.rows], by=colleague(request))
    may_name = any(row.customer.may_name for row in board.rows)
    more = {"board": board, "told": told, "may_name": may_name, "issue_count": issues.distinct().count()}
    return render(request, "support/impact_board.html", page | more)


def board_of(user: User, issues: QuerySet[Issue], *, told: bool) -> Board:
    """Six statements, however many customers and tickets there are."""
    links = IssueLink.objects.filter(issue__in=issues.values("pk")).select_related("account")
    rows = named(links.prefetch_related("account__codenames").order_by("pk"))
    customers = customers_of(user, rows, told=told)
    cut, pks = customers[:MOST], [one.account.pk for one in customers[:MOST]]
    tiers, contracts = terms(user, pks)
    tickets, notes = waiting(user, rows), notes_of(user, issues)
    return Board(
        [
            Row(
                one,
                tiers.get(one.account.pk, Tier.FREE.value),
                contracts.get(one.account.pk),
                one.account.allows(user, "contract.see"),
                [ticket for ticket in tickets if ticket.account_id == one.account.pk],
                [note for note in notes if note.account_id == one.account.pk],
            )
            for one in cut
        ],
        may_see_tickets=user.may("ticket.see"),
        is_cut=len(customers) > MOST,
    )


def terms(user: User, pks: Collection[int]) -> tuple[dict[int, str], dict[int, Contract]]:
    """The tier of each, and the contract in force where the person may read it."""
    now = clock.now()
    rows: Any = Account.objects.filter(pk__in=pks).with_tier(now).only("pk")
    tiers = {one.pk: str(one.tier_now) for one in rows}
    contracts = Contract.objects.visible_to(user).in_force(now).filter(account__in=pks)
    return tiers, {one.account_id: one for one in contracts}


def waiting(user: User, links: Collection[IssueLink]) -> list[Ticket]:
    """The linked tickets that are open, of those the person may read."""
    pks = {link.ticket_id for link in links if link.ticket_id}
    open_ones = Ticket.objects.visible_to(user).open().filter(pk__in=pks)
    return list(open_ones.only("subject", "account", "priority", "next_due_at", "queue_at").order_by("queue_at", "pk"))


def notes_of(user: User, issues: QuerySet[Issue]) -> list[CustomerNote]:
    """Release notes of these issues that the person may know of."""
    notes = CustomerNote.objects.visible_to(user).filter(about=CustomerNote.About.RELEASE).select_related("message")
    return list(notes.filter(issue__in=issues.values("pk")).order_by("pk"))
