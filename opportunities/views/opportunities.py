"""Opportunities: the list that opens with all of them (SFD-10), the page of one (SFD-11 to SFD-14), and its form."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed
from fleetcs import wording
from fleetcs.listing import Fact
from fleetcs.mirrors import balance
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views import exports
from fleetcs.views.records import Request, edit_page, only, posted
from fleetcs.views.tables import filtered, table_listing, table_page
from opportunities import closing, naming, sheets, stages
from opportunities.forms import OpportunityForm
from opportunities.models import Opportunity, StageChange
from opportunities.tables import OPPORTUNITIES
from opportunities.views.evaluations import faults_of

VIEWS = [
    ("All", ""),
    ("Open", "stands=open"),
    ("Mine", "mine=1"),
    ("Won", "stands=won"),
    ("Next step overdue", "lacks=step"),
]
SHOWN = 50


@require_safe
@only("opportunity.see")
def opportunities(request: Request) -> HttpResponse:
    filters = filtered(request, OPPORTUNITIES)
    page = table_listing(request, OPPORTUNITIES, filters)
    more = {"title": "Opportunities", "views": VIEWS}
    return table_page(request, "opportunities/opportunities.html", OPPORTUNITIES, page, filters.form, **more)


@require_POST
@only("opportunity.see")
def opportunities_export(request: Request) -> HttpResponseBase:
    """The list as a file, for the few who may take it away (LEA-03)."""
    exports.allow(request, OPPORTUNITIES.export)
    filters = filtered(request, OPPORTUNITIES)
    return exports.logged(request, "opportunities", sheets.OPPORTUNITIES, filters, OPPORTUNITIES.sorts)


@require_safe
def opportunity(request: Request, pk: int) -> HttpResponse:
    rows = Opportunity.objects.visible_to(request.user).select_related("account", "owner", "renewal_of", "assigned_by")
    one = get_object_or_404(rows, pk=pk)
    return render(request, "opportunities/opportunity.html", page_of(request.user, one))


def page_of(user: User, opportunity: Opportunity) -> dict[str, Any]:
    """What the page of an opportunity shows."""
    mirrored = balance.of_record(opportunity)
    return {
        "title": opportunity.name,
        "opportunity": opportunity,
        "tone": stages.tone(opportunity.stage),
        "stage": stages.shown(opportunity.stage),
        "owner_there": balance.awaited_name(mirrored, "owner"),
        "facts": information(opportunity),
        "terms": accounting(opportunity),
        "steps": list(stages.steps(history_of(opportunity)))[::-1],
        "activities": opportunity.activities.newest()[:SHOWN],
        "timeline": feed.of_record(opportunity),
        "mirrored": mirrored,
        "may_close": may_close(user, opportunity),
        "faults": faults_of(opportunity),
        "evaluation": evaluation(opportunity),
        "may": {name: opportunity.allows(user, f"opportunity.{name}") for name in ("edit", "hand", "evaluate")},
    }


def may_close(user: User, opportunity: Opportunity) -> bool:
    """Whether the page of its close has something for them; BizOps says there whether they buy it by themselves."""
    has_page = opportunity.may_have_close or opportunity.allows(user, closing.OPERATE)
    return has_page and opportunity.allows(user, "close.see")


def history_of(opportunity: Opportunity) -> list[StageChange]:
    """Its stage history, oldest first, each row with who it was."""
    rows = list(opportunity.stage_changes.select_related("by").in_order())
    names = balance.names_there("stages", "by", [row.pk for row in rows if row.by is None])
    for row in rows:
        row.by_there = names.get(row.pk, "")
    return rows


def on(day: date | None) -> str:
    return wording.day(day) if day else ""


def amount(value: Decimal | None) -> str:
    """With its cents, where it has any."""
    return "" if value is None else f"{value:,.2f}".removesuffix(".00")


def information(opportunity: Opportunity) -> list[Fact]:
    """SFD-12, in this order, and what goes with it."""
    account, renewed = opportunity.account, opportunity.renewal_of
    return [
        Fact("Account name", account.name, url=account.get_absolute_url()),
        Fact("Opportunity name", opportunity.name),
        Fact("Amount", amount(opportunity.amount)),
        Fact("Next step", opportunity.next_step),
        Fact("Next step's due date", on(opportunity.next_step_due)),
        Fact("Close date", on(opportunity.close_date)),
        Fact("Stage", stages.shown(opportunity.stage)),
        Fact("Probability (%)", amount(opportunity.probability)),
        Fact("Expected amount", amount(opportunity.expected_revenue)),
        Fact("Lead source", opportunity.lead_source),
        Fact("Renewal of", renewed and renewed.name, url=renewed.get_absolute_url() if renewed else ""),
    ]


def evaluation(opportunity: Opportunity) -> list[Fact]:
    """How they try us out (OPP-11, SCR-03), and why the deal ended or grew."""
    link = opportunity.success_criteria_url
    facts = [
        Fact("Active POC", "Yes" if opportunity.poc_active else "No"),
        Fact("Notes on the POC", opportunity.poc_notes),
        Fact("Success criteria", "Open" if link else "", url=link),
        Fact("Why the business grows", opportunity.get_expansion_reason_display()),
        Fact("Assigned by", opportunity.assigned_by),
        Fact("Bought by themselves", "Yes" if opportunity.self_service else ""),
        Fact("Lost because", opportunity.lost_because),
        Fact("Reopened because", opportunity.reopened_because),
    ]
    return [*facts[:3], *(fact for fact in facts[3:] if fact.value)]


def accounting(opportunity: Opportunity) -> list[Fact]:
    """SFD-13, in this order."""
    return [
        Fact("Up to # of hosts", opportunity.max_hosts),
        Fact("Type", opportunity.type),
        Fact("Payment terms", opportunity.payment_terms),
        Fact("Billing process", opportunity.billing_process),
        Fact("Term (months)", opportunity.term),
        Fact("Reseller", opportunity.reseller),
        Fact("Effective date", on(opportunity.effective_date)),
        Fact("Subscription end date", on(opportunity.subscription_end)),
        Fact("Invoice sent", on(opportunity.invoice_sent)),
        Fact("Payment received on", on(opportunity.payment_received)),
    ]


@once
@require_http_methods(["GET", "HEAD", "POST"])
def opportunity_edit(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Opportunity.objects.editable_by(request.user), pk=pk)
    form = OpportunityForm(posted(request), instance=one, user=request.user)
    page = {"title": f"Edit {one.name}", "save": "Save opportunity", "back": one.get_absolute_url()}
    answer = edit_page(request, form, page)
    if answer.status_code == 302 and not naming.has_year(one.name):
        messages.warning(request, naming.NO_YEAR)
    return answer
