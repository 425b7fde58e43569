"""The export and sanctions check of a deal's account, and the list of countries that BizOps keeps (DCL-01, CON-12)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs.models import HandbookEntry
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, edit_page, only, posted
from opportunities.forms.screening import CountryForm, HitForm, ScreeningForm
from opportunities.models import Country, Opportunity, Screening
from opportunities.views.acting import about, by_form, on_paper


@on_paper(Opportunity, "paper.see")
def screening(request: Request, deal: Opportunity) -> HttpResponse:
    """Every look at the list for this account, how it stands, and the form for the next."""
    may = deal.allows(request.user, "screening.record")
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = ScreeningForm(posted(request), initial=suggested(deal))
    page = checks_of(deal) | {"may_record": may, "may_clear": request.user.may("screening.clear")}
    page |= {"template": "opportunities/screening.html", "back": request.path, "done": "Noted."}
    return by_form(request, form, lambda: Screening.objects.record(deal, by=request.user, **form.fields_of()), **page)


def checks_of(deal: Opportunity) -> dict[str, Any]:
    checks = Screening.objects.filter(account=deal.account_id).select_related("country", "by", "decided_by")
    page = about(f"Export and sanctions check of {deal.account.name}", deal=deal, checks=list(checks)[::-1])
    return page | {"standing": Screening.objects.standing(deal.account)}


def suggested(deal: Opportunity) -> dict[str, object]:
    """What is known already: the official list, and the account's name."""
    last = Screening.objects.filter(account=deal.account_id).last()
    known = HandbookEntry.objects.value("links", "sanctions_list")
    return {"list_url": known, "party": deal.account.name, "country": last.country_id if last else None}


@on_paper(Screening, "screening.clear")
def screening_decide(request: Request, one: Screening) -> HttpResponse:
    """Whether a hit is them: for BizOps, the CRO as its backup (R12)."""
    form = HitForm(posted(request))
    page = about("Is it them?", save="Decide for good", back=one.get_absolute_url())
    page |= {"template": "opportunities/screening_decide.html", "check": one}
    return by_form(request, form, lambda: decide(request, one, form.cleaned_data), done="Decided.", **page)


def decide(request: Request, one: Screening, said: dict[str, str]) -> None:
    one.decide(is_match=said["is_match"] == "yes", evidence=said["evidence"], by=request.user)


# --- the list of countries --------------------------------------------------------------------------------------------
@require_safe
@only("country.see")
def countries(request: Request) -> HttpResponse:
    rows = Country.objects.visible_to(request.user)
    page = about("Countries", may_edit=request.user.may("country.edit"))
    page |= {"embargoed": rows.embargoed(), "others": rows.filter(is_embargoed=False)}
    return render(request, "opportunities/countries.html", page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("country.edit")
def country_create(request: Request) -> HttpResponse:
    form = CountryForm(posted(request), user=request.user)
    page = about("New country or territory", save="Save", back=Country().get_absolute_url())
    return add_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def country_edit(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Country.objects.editable_by(request.user), pk=pk)
    form = CountryForm(posted(request), instance=one, user=request.user)
    return edit_page(request, form, {"title": f"Edit {one.name}", "back": one.get_absolute_url()})
