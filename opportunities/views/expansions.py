"""Renewals and expansions to come of an account, and the path that starts an expansion (SFD-23, OPP-02 to OPP-05)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account
from fleetcs.editing import carried_out
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, posted
from opportunities import pipelines, stages
from opportunities.forms.expansion import ExpansionForm
from opportunities.models import Opportunity

SHOWN = 20


@require_safe
def expansions_of(request: Request, pk: int) -> HttpResponse:
    """The table “Upcoming renewal (± expansions)” of the account's page."""
    account = get_object_or_404(Account.objects.visible_to(request.user).select_related("csm"), pk=pk)
    open_ones = Opportunity.objects.visible_to(request.user).open().filter(account=account)
    deals = open_ones.filter(type__in=pipelines.OF.values()).with_close().select_related("owner")
    rows = [(deal, stages.tone(deal.stage), deal.step_fault) for deal in deals.order_by("closes", "pk")[:SHOWN]]
    page = {"title": "Upcoming renewal (± expansions)", "account": account, "rows": rows}
    may = {"see": request.user.may("opportunity.see"), "add": account.allows(request.user, "opportunity.expand")}
    return render(request, "opportunities/expansions_of.html", page | {"may": may})


@once
@require_http_methods(["GET", "HEAD", "POST"])
def expansion_create(request: Request, account_pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.expanded_by(request.user), pk=account_pk)
    form = ExpansionForm(posted(request), account=account)
    made: list[Opportunity] = []
    if form.is_valid() and carried_out(form, lambda: made.append(form.begin(request.user))):
        messages.success(request, f"{made[0].name} is in the books.")
        return redirect(made[0])
    page = {"title": f"New expansion of {account.name}", "save": "Save", "back": account.get_absolute_url()}
    return form_page(request, form, page | {"template": "opportunities/expansion_create.html", "account": account})
