"""What one does in a close: a step, a step that is left out or taken back, the issue, the handoff sheet."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from fleetcs.forms.procedure import StepForm
from fleetcs.procedures import Step
from fleetcs.views.records import Request, add_page, edit_page, posted
from opportunities import closing
from opportunities.forms.close import HandoffForm, IssueForm, SkipForm
from opportunities.models import DealClose, HandoffSheet, Opportunity
from opportunities.views.acting import about, by_button, by_form, on_paper
from opportunities.views.closes import emptiness, new_issue, offered


def step_of(request: Request, one: DealClose, usual: str) -> Step:
    """The step asked for. Raises Http404 for none, PermissionDenied for another post's."""
    steps = {step.code: step for step in closing.CLOSE.steps}
    step = steps.get(request.GET.get("step", usual))
    if step is None:
        raise Http404
    if not one.allows(request.user, step.role):
        raise PermissionDenied
    return step


@on_paper(DealClose, "close.see")
def close_step(request: Request, one: DealClose) -> HttpResponse:
    """Do a step that is ticked, with what goes with it."""
    step = step_of(request, one, "DCL-12b")
    form = StepForm(posted(request), step=step, offered=offered())
    page = about(step.text, save="It is done", back=one.get_absolute_url())
    shown = {"wording": request.POST.get("wording", "")}
    return by_form(request, form, lambda: one.tick(step.code, form.cleaned_data | shown, by=request.user), **page)


@on_paper(DealClose, "close.see")
def close_skip(request: Request, one: DealClose) -> HttpResponse:
    """Leave a step out, with a reason."""
    step, form = step_of(request, one, "DCL-16"), SkipForm(posted(request))
    page = about(f"Leave out: {step.text}", save="Leave it out", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.skip(step.code, form.cleaned_data["why"], by=request.user), **page)


@on_paper(DealClose, "close.see", button=True)
def close_take_back(request: Request, one: DealClose) -> HttpResponse:
    step = step_of(request, one, "DCL-12b")
    return by_button(request, one, lambda: one.take_back(step.code, by=request.user), "Taken back.")


@on_paper(DealClose, "close.sell")
def close_issue(request: Request, one: DealClose) -> HttpResponse:
    form = IssueForm(posted(request), initial={"issue": one.issue_url})
    page = about("The New Sale issue", back=one.get_absolute_url(), new_issue=new_issue(request.user, one))
    page["template"] = "opportunities/close_issue.html"
    return by_form(request, form, lambda: one.name_issue(form.cleaned_data["issue"], by=request.user), **page)


@on_paper(DealClose, "close.handoff")
def close_handoff(request: Request, one: DealClose) -> HttpResponse:
    """The handoff sheet; its tier is at first the one that is sold."""
    sheet = HandoffSheet.objects.filter(close=one).first()
    page: dict[str, Any] = about("Handoff sheet", save="Save sheet", back=one.get_absolute_url())
    if sheet:
        return edit_page(request, HandoffForm(posted(request), instance=sheet, user=request.user), page)
    form = HandoffForm(posted(request), user=request.user, initial={"tier": one.tier})
    return add_page(request, form, page, close=one)


@require_safe
def handoff_sheet(request: Request, pk: int) -> HttpResponse:
    """What sales tells customer success, for everybody who sees the close, before the call and after it."""
    one = get_object_or_404(DealClose.objects.visible_to(request.user).select_related("opportunity__account"), pk=pk)
    deal, sheet = one.opportunity, HandoffSheet.objects.filter(close=one).first()
    page = {"title": "Handoff sheet", "close": one, "deal": deal, "sheet": sheet, **emptiness(one)}
    page["items"] = sheet.items if sheet else [(label, "") for _, label in closing.HANDOFF]
    page["may_fill"] = one.allows(request.user, "close.handoff")
    return render(request, "opportunities/handoff_sheet.html", page)


@on_paper(Opportunity, closing.OPERATE, button=True)
def opportunity_self_service(request: Request, deal: Opportunity) -> HttpResponse:
    """They buy it by themselves, without checklist and contract, or not after all: for BizOps to say (DCL-00)."""
    is_so = request.POST.get("so") != "no"
    return by_button(request, deal, lambda: deal.sells_itself(is_so=is_so, by=request.user), "Saved.")
