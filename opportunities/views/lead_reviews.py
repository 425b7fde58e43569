"""What is looked at every day and every week about leads: answers to outreach, groups by status, the Open MQL list, and
the sources that the form offers (LEA-02, LEA-04, LEA-05)."""

from http.client import FOUND
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs import clock
from fleetcs.editing import carried_out
from fleetcs.models import HandbookEntry
from fleetcs.once import once
from fleetcs.views.records import Request, edit_page, form_page, only, posted
from fleetcs.working_day import today
from opportunities import reviewing
from opportunities.forms import LeadSourceForm, LeadStatusForm, UrgentForm
from opportunities.forms.lead import statuses
from opportunities.models import Lead, LeadReview, LeadSource, OutreachReview

SHOWN: Final = 50
PAST: Final = 10


@require_safe
@only("lead.review")
def leads_weekly(request: Request) -> HttpResponse:
    """Every open lead in a group by its status, with ages, and the Open MQL list to be cleaned up (LEA-02)."""
    open_leads, now = Lead.objects.visible_to(request.user).open(), clock.now()
    mqls = open_leads.mqls().with_last_word(now).select_related("owner").order_by("created_at", "pk")
    page: dict[str, Any] = {"title": "Weekly review of leads", "groups": reviewing.groups(open_leads, now), "now": now}
    page |= {"total": open_leads.count(), "target": reviewing.target(), "mqls": reviewing.aged(mqls[:SHOWN], now)}
    page |= {"mql_count": mqls.count(), "statuses": statuses(), "confirmed": LeadReview.objects.of_week(today())}
    mine = Lead.objects.editable_by(request.user).filter(pk__in=[row.lead.pk for row in page["mqls"]])
    return render(
        request, "opportunities/leads_weekly.html", page | {"editable": set(mine.values_list("pk", flat=True))}
    )


@once
@require_POST
def lead_status(request: Request, pk: int) -> HttpResponse:
    """From the review: another status, and back to it."""
    one = get_object_or_404(Lead.objects.editable_by(request.user), pk=pk)
    back = reverse("opportunities:leads_weekly") if request.user.may("lead.review") else one.get_absolute_url()
    form = LeadStatusForm(request.POST, instance=one, user=request.user)
    answer = edit_page(request, form, {"title": f"Status of {one.name}", "save": "Save", "back": back})
    return redirect(back) if answer.status_code == FOUND else answer


@once
@require_POST
@only("lead.review")
def leads_confirm(request: Request) -> HttpResponse:
    """The Open MQL list is clean, says a person, once a week (RIT-17)."""
    if LeadReview.objects.confirm(today(), by=request.user):
        messages.success(request, "Noted: this week's review is done.")
    else:
        messages.info(request, "It was confirmed already.")
    return redirect("opportunities:leads_weekly")


# --- every day --------------------------------------------------------------------------------------------------------
@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("lead.review")
def leads_daily(request: Request) -> HttpResponse:
    """Today's answers to outreach: what is urgent becomes a draft for the CEO's channel (LEA-04)."""
    review, form = OutreachReview.objects.of_day(today()), UrgentForm(posted(request))
    if review and form.is_valid() and carried_out(form, lambda: review.escalate(by=request.user, **form.cleaned_data)):
        messages.success(request, "Drafted: copy it into the channel.")
        return redirect("opportunities:leads_daily")
    page: dict[str, Any] = {"title": "Daily review of outreach", "review": review, "save": "Draft the escalation"}
    page |= {"channel": HandbookEntry.objects.value("aliases", "urgent_leads")}
    page |= {"drafts": review.urgent.select_related("drafted_by") if review else ()}
    page |= {"past": OutreachReview.objects.filter(day__lt=today()).newest()[:PAST]}
    return form_page(request, form, page | {"template": "opportunities/leads_daily.html"})


@once
@require_POST
@only("lead.review")
def leads_daily_done(request: Request) -> HttpResponse:
    review = get_object_or_404(OutreachReview.objects.filter(day=today()))
    if review.finish(by=request.user):
        messages.success(request, "Today's review is done.")
    else:
        messages.info(request, "It was done already.")
    return redirect("opportunities:leads_daily")


@require_safe
@only("lead.review")
def part_leads(request: Request) -> HttpResponse:
    """Part of the home page."""
    reviews = {"review": OutreachReview.objects.of_day(today()), "confirmed": LeadReview.objects.of_week(today())}
    count = Lead.objects.visible_to(request.user).mqls().count()
    return render(request, "opportunities/part_leads.html", {"title": "Leads", "mql_count": count, **reviews})


# --- where leads come from --------------------------------------------------------------------------------------------
@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("lead.source")
def lead_sources(request: Request) -> HttpResponse:
    form = LeadSourceForm(posted(request))
    if form.is_valid() and carried_out(form, lambda: LeadSource.objects.add(by=request.user, **form.cleaned_data)):
        messages.success(request, "The form offers it from now on.")
        return redirect("opportunities:lead_sources")
    page = {"title": "Lead sources", "sources": LeadSource.objects.all(), "may_see": request.user.may("lead.see")}
    page |= {"save": "Add source"}
    return form_page(request, form, page | {"template": "opportunities/lead_sources.html"})


@require_POST
@only("lead.source")
def lead_source_offer(request: Request, pk: int) -> HttpResponse:
    """Take it out of the form, or put it back."""
    source = get_object_or_404(LeadSource, pk=pk)
    source.offer(request.POST.get("offer") == "1", by=request.user)
    messages.success(request, "Saved.")
    return redirect("opportunities:lead_sources")
