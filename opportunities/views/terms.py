"""The table of standard terms and their maximum adjustments, kept by BizOps (CON-06)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs.once import once
from fleetcs.views.records import Request, add_page, edit_page, only, posted
from opportunities.forms.agreement import TermForm
from opportunities.models import StandardTerm


@require_safe
@only("term.see")
def standard_terms(request: Request) -> HttpResponse:
    rows = StandardTerm.objects.visible_to(request.user)
    page = {"title": "Standard terms", "terms": rows, "may_edit": request.user.may("term.edit")}
    return render(request, "opportunities/standard_terms.html", page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("term.edit")
def standard_term_create(request: Request) -> HttpResponse:
    form = TermForm(posted(request), user=request.user)
    return add_page(request, form, {"title": "New standard term", "back": StandardTerm().get_absolute_url()})


@once
@require_http_methods(["GET", "HEAD", "POST"])
def standard_term_edit(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(StandardTerm.objects.editable_by(request.user), pk=pk)
    form = TermForm(posted(request), instance=one, user=request.user)
    return edit_page(request, form, {"title": f"Edit {one.name}", "back": one.get_absolute_url()})
