"""Leads: the list that opens with all of them (SFD-20), the page of one (SFD-21), its form, and the list's file."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed
from fleetcs.listing import Fact
from fleetcs.mirrors import balance
from fleetcs.once import once
from fleetcs.views import exports
from fleetcs.views.records import Request, add_page, edit_page, only, posted
from fleetcs.views.tables import filtered, table_listing, table_page
from opportunities import sheets
from opportunities.forms import LeadForm
from opportunities.models import Lead
from opportunities.prospecting import NEW
from opportunities.tables import LEADS

HIDDEN = "Only for those who serve customers"
VIEWS = [("All", ""), ("Not converted", "converted=False"), ("Converted", "converted=True")]
BECAME = ("converted_account", "converted_contact", "converted_opportunity")


@require_safe
@only("lead.see")
def leads(request: Request) -> HttpResponse:
    filters = filtered(request, LEADS)
    page = table_listing(request, LEADS, filters)
    rights = {name: request.user.may(f"lead.{name}") for name in ("edit", "review", "source")}
    more = {"title": "Leads", "views": VIEWS, "may": rights}
    return table_page(request, "opportunities/leads.html", LEADS, page, filters.form, **more)


@require_POST
@only("lead.see")
def leads_export(request: Request) -> HttpResponseBase:
    """The list as a file, for the few who may take it away (LEA-03)."""
    exports.allow(request, LEADS.export)
    return exports.logged(request, "leads", sheets.LEADS, filtered(request, LEADS), LEADS.sorts)


@require_safe
def lead(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner", *BECAME), pk=pk)
    mirrored, user = balance.of_record(one), request.user
    facts = facts_of(one, phone=one.phone if user.may("contact.phone") else HIDDEN)
    page = {"title": one.name, "lead": one, "facts": facts, "became": became(one), "mirrored": mirrored}
    page |= {"owner_there": balance.awaited_name(mirrored, "owner"), "activities": one.activities.newest()[:50]}
    page |= {"twins": Lead.objects.visible_to(user).twins_of(one), "timeline": feed.of_record(one)}
    page["is_open_there"] = bool(mirrored and one.is_converted and mirrored.link.theirs.get("is_converted") is False)
    may = {"may_edit": one.allows(user, "lead.edit"), "may_convert": one.allows(user, "lead.convert")}
    return render(request, "opportunities/lead.html", page | may)


def facts_of(lead: Lead, *, phone: str) -> list[Fact]:
    return [
        Fact("Company", lead.company),
        Fact("Title", lead.title),
        Fact("Email", lead.email, url=f"mailto:{lead.email}" if lead.email else ""),
        Fact("Phone", phone),
    ]


def became(lead: Lead) -> list[Fact]:
    """The records that came of a converted lead."""
    records = [(lead._meta.get_field(name).verbose_name, getattr(lead, name)) for name in BECAME]  # type: ignore[union-attr]
    links = [Fact(str(label), record.name, url=record.get_absolute_url()) for label, record in records if record]
    return [Fact("Converted on", lead.converted_on), *links] if lead.is_converted else []


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("lead.edit")
def lead_create(request: Request) -> HttpResponse:
    form = LeadForm(posted(request), user=request.user, initial={"status": NEW, "owner": request.user.pk})
    page = {"title": "New lead", "save": "Create lead", "back": reverse("opportunities:leads"), "done": "Lead created."}
    return add_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def lead_edit(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Lead.objects.editable_by(request.user), pk=pk)
    form = LeadForm(posted(request), instance=one, user=request.user)
    back = one.get_absolute_url()
    return edit_page(request, form, {"title": f"Edit {one.name}", "save": "Save lead", "back": back})
