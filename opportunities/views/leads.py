"""Leads: the list that opens with all of them (SFD-20) and the page of one (SFD-21)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import feed
from fleetcs.listing import Fact, listing
from fleetcs.mirrors import balance
from fleetcs.views.records import Request, list_page, only
from opportunities.filters import LeadFilter
from opportunities.models import Lead

SORTS = {
    "-added": ("-created_at", "-pk"),
    "added": ("created_at", "pk"),
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "company": ("company", "pk"),
    "-company": ("-company", "-pk"),
}
VIEWS = [("All", ""), ("Not converted", "converted=False"), ("Converted", "converted=True")]
BECAME = ("converted_account", "converted_contact", "converted_opportunity")


@require_safe
@only("lead.see")
def leads(request: Request) -> HttpResponse:
    rows = Lead.objects.visible_to(request.user).select_related("owner")
    filters = LeadFilter(request.GET, queryset=rows, request=request)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="lead")
    return list_page(request, "opportunities/leads.html", page, filters.form, title="Leads", views=VIEWS)


@require_safe
def lead(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner", *BECAME), pk=pk)
    mirrored = balance.of_record(one)
    page = {"title": one.name, "lead": one, "facts": facts_of(one), "became": became(one), "mirrored": mirrored}
    told = {"owner_there": balance.awaited_name(mirrored, "owner"), "activities": one.activities.newest()[:50]}
    return render(request, "opportunities/lead.html", page | told | {"timeline": feed.of_record(one)})


def facts_of(lead: Lead) -> list[Fact]:
    return [
        Fact("Company", lead.company),
        Fact("Title", lead.title),
        Fact("Email", lead.email, url=f"mailto:{lead.email}" if lead.email else ""),
        Fact("Phone", lead.phone),
    ]


def became(lead: Lead) -> list[Fact]:
    """The records that came of a converted lead."""
    records = [(lead._meta.get_field(name).verbose_name, getattr(lead, name)) for name in BECAME]  # type: ignore[union-attr]
    links = [Fact(str(label), record.name, url=record.get_absolute_url()) for label, record in records if record]
    return [Fact("Converted on", lead.converted_on), *links] if lead.is_converted else []
