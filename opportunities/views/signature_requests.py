"""The company's signature: asked for, and five steps, each of its own role (CON-10)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from fleetcs.forms.procedure import StepForm
from fleetcs.models import Run, Tick, User
from fleetcs.procedures import Standing, Step, standing
from fleetcs.views.records import Request, posted
from opportunities import signing
from opportunities.forms.agreement import WithdrawalForm
from opportunities.models import Agreement, SignatureRequest
from opportunities.models.paperwork import holds_itself
from opportunities.models.signature_request import CHECKLIST
from opportunities.views.acting import about, by_button, by_form, on_paper

WORDS = {"agreement.keep": "AE or BizOps", "agreement.sign": "CEO", "agreement.file": "BizOps"}


def card(user: User, agreement: Agreement) -> dict[str, Any] | None:
    """The five steps as they stand, and which of them is this person's; None before it was asked for."""
    request = SignatureRequest.objects.filter(agreement=agreement).select_related("requestor").first()
    run = Run.objects.of(request, CHECKLIST) if request else None
    if request is None or run is None:
        return None
    ticks = {tick.step: tick for tick in run.ticks.filter(taken_back_at=None).select_related("by")}
    steps = [shown(user, request, step, ticks) for step in run.steps]
    return {"request": request, "steps": steps, "may_withdraw": signing.SIGN not in ticks}


def shown(user: User, request: SignatureRequest, step: Step, ticks: dict[str, Tick]) -> dict[str, Any]:
    is_open = standing(signing.REQUEST, step, {}, ticks) == Standing.OPEN
    mine = may_step(user, request, step)
    return {"step": step, "tick": ticks.get(step.code), "open": is_open, "mine": mine, "whose": WORDS[step.role]}


def may_step(user: User, request: SignatureRequest, step: Step) -> bool:
    return request.allows(user, step.role) and (step.role != "agreement.sign" or holds_itself(user, "ceo"))


@on_paper(Agreement, "agreement.keep", button=True)
def signature_request(request: Request, one: Agreement) -> HttpResponse:
    return by_button(
        request, one, lambda: SignatureRequest.objects.begin(one, by=request.user), "The signature is asked for."
    )


@on_paper(SignatureRequest, "paper.see")
def signature_step(request: Request, one: SignatureRequest) -> HttpResponse:
    """Do one of the steps; another post's is refused, here and by the verb."""
    step = {each.code: each for each in signing.REQUEST.steps}.get(request.GET.get("step", signing.TOLD))
    if step is None:
        raise Http404
    if not may_step(request.user, one, step):
        raise PermissionDenied
    form = StepForm(posted(request), step=step)
    page = {"title": step.text, "save": "It is done", "back": one.get_absolute_url()}
    return by_form(request, form, lambda: one.step(step.code, form.cleaned_data, by=request.user), **page)


@on_paper(SignatureRequest, "agreement.keep")
def signature_withdraw(request: Request, one: SignatureRequest) -> HttpResponse:
    """For a request made by mistake, or of a CEO who is one no more; whoever may ask may withdraw."""
    form = WithdrawalForm(posted(request))
    page = about("Withdraw the request for our signature", save="Withdraw it", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.withdraw(form.cleaned_data["why"], by=request.user), **page)
