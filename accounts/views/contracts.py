"""Contracts: the page of one and its form; they are listed on their account's page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import feed
from accounts.forms import ContractForm
from accounts.models import Account, Contract
from fleetcs import clock
from fleetcs.listing import Fact
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, edit_page, posted


@require_safe
def contract(request: Request, pk: int) -> HttpResponse:
    contract = get_object_or_404(Contract.objects.visible_to(request.user).select_related("account"), pk=pk)
    context = {
        "title": f"{contract.get_tier_display()} contract of {contract.account.name}",
        "contract": contract,
        "in_force": contract.is_in_force(clock.now()),
        "facts": points_of_contact(contract),
        "timeline": feed.of_record(contract),
        "may_edit": contract.account.allows(request.user, "contract.edit"),
    }
    return render(request, "accounts/contract.html", context)


def points_of_contact(contract: Contract) -> list[Fact]:
    """Whom this customer may reach, and where (SLA-12)."""
    return [
        Fact("Support address", contract.support_email),
        Fact("Emergency phone", contract.emergency_phone),
        Fact("Emergency address", contract.emergency_email),
        Fact("Pinned to policy", contract.policy, hint="An old contract keeps the promise it was made with"),
    ]


@once
@require_http_methods(["GET", "HEAD", "POST"])
def contract_create(request: Request, account_pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.contracts_editable_by(request.user), pk=account_pk)
    form = ContractForm(posted(request), user=request.user, account_pk=account.pk)
    page = {
        "title": f"New contract of {account.name}",
        "save": "Create contract",
        "back": account.get_absolute_url(),
        "done": "Contract created.",
    }
    return add_page(request, form, page, account=account)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def contract_edit(request: Request, pk: int) -> HttpResponse:
    contract = get_object_or_404(Contract.objects.editable_by(request.user).select_related("account"), pk=pk)
    form = ContractForm(posted(request), instance=contract, user=request.user)
    title = f"Edit the {contract.get_tier_display()} contract of {contract.account.name}"
    return edit_page(request, form, {"title": title, "save": "Save contract", "back": contract.get_absolute_url()})
