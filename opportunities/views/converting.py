"""A lead becomes an account, a contact and an opportunity, in one step that is safe to press twice (LEA-01)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from fleetcs.editing import COLLISION
from fleetcs.models import User
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
    is_first = converted(form, lead, request.user) if form.is_valid() else None
    if is_first is not None:
        return onwards(request, lead, is_first=is_first)
    page = {"title": f"Convert {lead.name}", "save": "Convert lead", "busy": "Converting…", "lead": lead}
    page |= {"back": lead.get_absolute_url(), "template": "opportunities/lead_convert.html"}
    return form_page(request, form, page)


def converted(form: ConvertForm, lead: Lead, by: User) -> bool | None:
    """Whether this made it so, False when somebody was first, None when it was refused; the form says why."""
    try:
        with transaction.atomic():
            return lead.convert(form.plan(), by=by)
    except ValidationError as refused:
        for reason in refused.messages:
            form.add_error(None, reason)
    except IntegrityError:
        form.add_error(None, COLLISION)
    return None


def onwards(request: Request, lead: Lead, *, is_first: bool) -> HttpResponse:
    if is_first:
        messages.success(request, "Converted: here is its opportunity.")
    else:
        messages.info(request, "It was converted already.")
    return redirect(lead.converted_opportunity or lead)
