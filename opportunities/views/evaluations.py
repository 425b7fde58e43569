"""Who tries us out: active proofs of concept, and deals that lack success criteria (OPP-11, SCR-03)."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.filters import SearchFilter
from fleetcs.listing import listing
from fleetcs.views.records import Request, list_page, only
from fleetcs.working_day import today
from opportunities import naming, stages
from opportunities.models import Opportunity

BY_DAY: Final = {"close": ("closes", "pk"), "-close": ("-closes", "-pk")}
SHOWN: Final = 8


@require_safe
@only("opportunity.see")
def pocs(request: Request) -> HttpResponse:
    """Open deals whose customers try us out (OPP-11)."""
    rows = Opportunity.objects.visible_to(request.user).open().filter(poc_active=True)
    return evaluations(request, rows, "Active POCs", "No customer tries us out.")


@require_safe
@only("opportunity.see")
def success_criteria(request: Request) -> HttpResponse:
    """Open deals of prospects without a document of success criteria, for the solutions consultants (SCR-03)."""
    rows = Opportunity.objects.visible_to(request.user).lacking_criteria()
    return evaluations(request, rows, "Without success criteria", "Every prospect has success criteria.")


def evaluations(request: Request, rows: Any, title: str, empty: str) -> HttpResponse:
    found = rows.with_close().select_related("account", "owner", "account__sc")
    filters = SearchFilter(request.GET, queryset=found, request=request)
    page = listing(request, filters.qs, sorts=BY_DAY, form=filters.form, noun="opportunity")
    listed = [(row, stages.tone(row.stage), row.allows(request.user, "opportunity.evaluate")) for row in page.rows]
    more = {"title": title, "rows": listed, "empty": empty}
    return list_page(request, "opportunities/evaluations.html", page, filters.form, **more)


# --- what a deal lacks ------------------------------------------------------------------------------------------------
def faults_of(deal: Opportunity) -> list[str]:
    """What is wrong with a deal, in words: its next step (OPP-06), its name (OPP-01)."""
    name = "" if naming.has_year(deal.name) else naming.NO_YEAR
    return [fault for fault in (deal.step_fault, name) if fault]


@require_safe
@only("opportunity.edit")
def part_expansions(request: Request) -> HttpResponse:
    """On the home page: open expansions of one's own whose next step is missing or past (OPP-06)."""
    mine = Opportunity.objects.lacking_step(today()).of_pipeline("expansion").owned_by(request.user)
    rows = mine.select_related("account").order_by("next_step_due", "pk")[:SHOWN]
    listed = [(deal, deal.step_fault) for deal in rows]
    page = {"title": "Expansions without a next step", "rows": listed, "count": mine.count()}
    return render(request, "opportunities/part_expansions.html", page)
