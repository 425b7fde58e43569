"""The papers of a deal on its page, and one inbox for those who review, approve, sign, file and invoice."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from fleetcs.models import User
from fleetcs.views.records import Request, only
from opportunities import inbox
from opportunities.models import Invoice, Opportunity, PurchaseOrder, Quote, Screening
from opportunities.views.quotes import people_of

AT_HOME = 8
DOES = ("quote.cast", "agreement.keep", "invoice.enter", "screening.record")


@require_safe
@only("paper.decide")
def papers(request: Request) -> HttpResponse:
    """What waits for BizOps, the CRO and the CEO: of each kind what this person may do something about."""
    sections = inbox.sections(request.user)
    page = {"title": "Papers", "sections": sections, "count": sum(len(each.items) for each in sections)}
    return render(request, "opportunities/papers.html", page)


@require_safe
@only("paper.decide")
def papers_waiting(request: Request) -> HttpResponse:
    """Of the home page: the first of what waits."""
    rows = [(section.title, item) for section in inbox.sections(request.user) for item in section.items]
    page = {"title": "Papers", "rows": rows[:AT_HOME], "count": len(rows)}
    return render(request, "opportunities/papers_waiting.html", page)


@require_safe
def papers_of(request: Request, pk: int) -> HttpResponse:
    """Quotes, contracts, the check, the purchase order and invoices of one deal: a card on its page."""
    deal = get_object_or_404(Opportunity.objects.visible_to(request.user).select_related("account"), pk=pk)
    page = {"title": f"Papers of {deal.name}", "deal": deal, "may_see": deal.allows(request.user, "paper.see")}
    more = shown(request.user, deal) if page["may_see"] else {}
    return render(request, "opportunities/papers_of.html", page | more)


def shown(user: User, deal: Opportunity) -> dict[str, Any]:
    return {
        "quotes": Quote.objects.filter(opportunity=deal),
        "agreements": deal.agreements.prefetch_related("signatures", "deviations__term"),
        "invoices": Invoice.objects.filter(opportunity=deal),
        "order": PurchaseOrder.objects.filter(opportunity=deal).first(),
        "people": people_of(deal),
        "checked": Screening.objects.standing(deal.account),
        "may_prepare": deal.allows(user, "quote.prepare"),
    } | {f"may_{action.split('.')[1]}": deal.allows(user, action) for action in DOES}
