"""A lead becomes an account, a contact and an opportunity, in one step that is safe to press twice (LEA-01)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from fleetcs.editing import carried_out
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, posted
from opportunities.forms import ConvertForm
from opportunities.models import Lead


@once
@require_http_methods(["GET", "HEAD", "POST"])
def lead_convert(request: Request, pk: int) -> HttpResponse:
    """The form; a lead that is converted already leads on to what came of it."""
    lead = get_object_or_404(Lead.objects.convertible_by(request.user), pk=pk)
    if lead.is_converted:
        return onwards(request, lead, is_first=False)
    form = ConvertForm(posted(request), lead=lead, user=request.user)
    was_first: list[bool] = []
    if form.is_valid() and carried_out(form, lambda: was_first.append(lead.convert(form.plan(), by=request.user))):
        return onwards(request, lead, is_first=was_first[0])
    page = {"title": f"Convert {lead.name}", "save": "Convert lead", "busy": "Converting…", "lead": lead}
    page |= {"back": lead.get_absolute_url(), "template": "opportunities/lead_convert.html"}
    return form_page(request, form, page)


def onwards(request: Request, lead: Lead, *, is_first: bool) -> HttpResponse:
    if is_first:
        messages.success(request, "Converted: here is its opportunity.")
    else:
        messages.info(request, "It was converted already.")
    return redirect(lead.converted_opportunity or lead)
