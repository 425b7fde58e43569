"""Moving a deal from stage to stage, handing it over, and saying how its evaluation goes."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from fleetcs.editing import carried_out
from fleetcs.models.stale import Stale
from fleetcs.once import once
from fleetcs.views.records import Request, edit_page, form_page, posted
from opportunities import stages
from opportunities.forms.pipeline import EvaluationForm, MoveForm, OwnerForm
from opportunities.models import Opportunity
from opportunities.views.acting import by_button, on_paper

MEANWHILE = "A colleague has changed this deal meanwhile. Look at it again, then move it."


@on_paper(Opportunity, "opportunity.edit")
def opportunity_move(request: Request, deal: Opportunity) -> HttpResponse:
    """To another stage: a button of the board sends all there is to say, a lost deal is asked for its reason."""
    begins = {"stage": request.GET.get("stage", ""), "version": deal.version} | preset(request)
    form = MoveForm(posted(request), opportunity=deal, initial=begins)
    if form.is_valid() and moved(request, form):
        return redirect(back_of(request, deal))
    page = {"title": f"Move {deal.name}", "save": "Move", "busy": "Moving…", "back": back_of(request, deal)}
    return form_page(request, form, page | {"template": "opportunities/opportunity_move.html", "opportunity": deal})


def preset(request: HttpRequest) -> dict[str, str]:
    """A reason that was proposed, for a person to confirm (OPP-07)."""
    return {"lost_because": request.GET.get("lost_because", "")[:255]}


def moved(request: Request, form: MoveForm) -> bool:
    """Whether it went through; with a way back in the toast, where it is theirs."""
    try:
        with transaction.atomic():
            done = carried_out(form, lambda: form.move(request.user))
    except Stale:
        form.add_error(None, MEANWHILE)
        return False
    if done:
        back = f"undo:{reverse('opportunities:opportunity_unmove', args=[form.opportunity.pk])}"
        undo = back if form.opportunity.may_go_back(request.user) else ""
        words = f"{form.opportunity.name} is in {stages.shown(form.opportunity.stage)}."
        messages.success(request, words, extra_tags=undo)
    return done


def back_of(request: HttpRequest, deal: Opportunity) -> str:
    """The page that sent somebody here, if it is one of ours; else the deal's own."""
    asked = request.POST.get("back") or request.GET.get("back") or ""
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours else deal.get_absolute_url()


@on_paper(Opportunity, "opportunity.edit", button=True)
def opportunity_unmove(request: Request, deal: Opportunity) -> HttpResponse:
    """Take one's own last move back."""
    return by_button(request, deal, lambda: deal.take_back(by=request.user), "Taken back.")


@on_paper(Opportunity, "opportunity.evaluate")
def opportunity_evaluation(request: Request, deal: Opportunity) -> HttpResponse:
    form = EvaluationForm(posted(request), instance=deal, user=request.user)
    page = {"title": f"Evaluation by {deal.account.name}", "save": "Save", "back": deal.get_absolute_url()}
    return edit_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def opportunity_owner(request: Request, pk: int) -> HttpResponse:
    """Hand a deal over (OPP-02, OPP-10)."""
    deal = get_object_or_404(Opportunity.objects.handed_by(request.user), pk=pk)
    form = OwnerForm(posted(request), opportunity=deal)
    if form.is_valid() and handed(request, deal, form):
        messages.success(request, f"{deal.name} is {form.cleaned_data['owner'].name}'s.")
        return redirect(deal)
    page = {"title": f"Owner of {deal.name}", "save": "Hand it over", "back": deal.get_absolute_url()}
    return form_page(request, form, page)


def handed(request: Request, deal: Opportunity, form: OwnerForm) -> bool:
    said: dict[str, Any] = form.cleaned_data
    try:
        with transaction.atomic():
            return carried_out(form, lambda: deal.hand_to(said["owner"], by=request.user, version=said["version"]))
    except Stale:
        form.add_error(None, MEANWHILE)
        return False
