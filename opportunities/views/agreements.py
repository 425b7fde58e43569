"""Contracts: their page, their order form, their deviations, their copies (CON-01 to CON-13)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import feed
from fleetcs import wording
from fleetcs.listing import Fact
from fleetcs.models import HandbookEntry, User
from fleetcs.views.records import Request, add_page, edit_page, posted
from fleetcs.working_day import today
from opportunities import paying, signing
from opportunities.forms.agreement import (
    AgreementForm,
    CopyForm,
    DeviationForm,
    ExceptionForm,
    ExecutionForm,
    OrderForm,
    SignatureForm,
)
from opportunities.models import Agreement, Opportunity, Signature, TermDeviation, copies
from opportunities.views.acting import about, by_button, by_form, on_paper
from opportunities.views.signature_requests import card

RIGHTS = ("agreement.keep", "agreement.file", "agreement.sign", "exception.decide", "review.ask", "invoice.enter")


@require_safe
def agreement(request: Request, pk: int) -> HttpResponse:
    rows = Agreement.objects.visible_to(request.user).select_related("opportunity__account", "contract", "sent_by")
    rows = rows.prefetch_related("signatures__signer", "invoices")
    one = get_object_or_404(rows, pk=pk)
    return render(request, "opportunities/agreement.html", page_of(request.user, one))


def page_of(user: User, one: Agreement) -> dict[str, Any]:
    """What the page of a contract shows."""
    rights = {action.replace(".", "_"): one.allows(user, action) for action in RIGHTS}
    return {
        "title": f"{one.get_kind_display()} of {one.opportunity.account.name}",
        "agreement": one,
        "deal": one.opportunity,
        "dates": dates_of(one),
        "facts": facts_of(one),
        "obstacles": one.obstacles(),
        "signatures": one.signatures.all(),
        "deviations": one.deviations.select_related("term", "decided_by", "noted_by"),
        "reviews": one.reviews.select_related("asked_by", "closed_by"),
        "timeline": feed.of_record(one),
        "terms_url": HandbookEntry.objects.value("links", "subscription_agreement"),
        "request_card": card(user, one),
        "to_enter": not one.closed_on and not (one.is_asked_for and signing.CUSTOMER in one.signed),
        "may_execute": one.awaits_execution_by(user),
    } | rights


def on(day: Any) -> str:
    return wording.day(day) if day else ""


def dates_of(one: Agreement) -> list[Fact]:
    """The three dates of a contract, each with what it means (CON-02 to CON-04)."""
    return [
        Fact("Effective date", on(one.effective_on), hint=signing.EFFECTIVE_DATE),
        Fact("Close date", on(one.closed_on), hint=signing.CLOSE_DATE),
        Fact("Invoice date", on(one.invoiced_on), hint=signing.INVOICE_DATE),
        Fact("Subscription end", on(one.ends_on)),
    ]


def facts_of(one: Agreement) -> list[Fact]:
    served = one.contract
    return [
        Fact("Text", one.get_paper_display()),
        Fact("Draft", "Open" if one.draft_url else "", url=one.draft_url),
        Fact("Envelope reference", one.envelope),
        Fact("Sent to", one.sent_to),
        Fact("Copies go to", ", ".join(one.copied)),
        Fact(
            "Contract in force", served and served.get_tier_display(), url=served.get_absolute_url() if served else ""
        ),
        Fact("Executed copy on the opportunity", "Open" if one.executed_url else "", url=one.executed_url),
        Fact(
            "Copy in the subscriptions folder",
            "Open" if one.filed_url else "",
            url=one.filed_url,
            hint="Filed as backup of BizOps" if one.filed_url and one.filed_as_backup else "",
        ),
        Fact("Payment", paying.note(one.opportunity.max_hosts)),
    ]


@on_paper(Opportunity, "agreement.keep")
def agreement_create(request: Request, deal: Opportunity) -> HttpResponse:
    known = {"effective_on": deal.effective_date, "ends_on": deal.subscription_end}
    form = AgreementForm(posted(request), user=request.user, opportunity=deal, initial=known)
    page: dict[str, Any] = {
        "title": f"New contract of {deal.name}",
        "save": "Save contract",
        "back": deal.get_absolute_url(),
    }
    return add_page(request, form, page, opportunity=deal)


@on_paper(Agreement, "agreement.keep")
def agreement_edit(request: Request, one: Agreement) -> HttpResponse:
    form = AgreementForm(posted(request), instance=one, user=request.user)
    page: dict[str, Any] = {
        "title": f"Edit the {one.get_kind_display()}",
        "save": "Save contract",
        "back": one.get_absolute_url(),
    }
    return edit_page(request, form, page)


@on_paper(Agreement, "agreement.keep")
def agreement_send(request: Request, one: Agreement) -> HttpResponse:
    """The order form goes out; its copies are suggested: the seller's and BizOps'."""
    form = OrderForm(posted(request), initial={"copied": "\n".join(copies.suggested(one.opportunity))})
    page = about("Send the order form", save="It has been sent", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.send(by=request.user, **form.cleaned_data), **page)


@on_paper(Agreement, "agreement.keep")
def agreement_signature(request: Request, one: Agreement) -> HttpResponse:
    ceo = User.objects.holding("ceo").first()
    form = SignatureForm(posted(request), agreement=one, initial={"signer": ceo and ceo.pk})
    page = about("Who has signed?", back=one.get_absolute_url())
    return by_form(request, form, lambda: signed(request, one, form.cleaned_data), **page)


def signed(request: Request, one: Agreement, said: dict[str, Any]) -> None:
    """For each party what belongs to it: a name of theirs, or our signatory."""
    theirs = said["party"] == signing.CUSTOMER
    fields = said | ({"signer": None} if theirs else {"name": ""})
    Signature.objects.record(one, by=request.user, **fields)


@on_paper(Agreement, "agreement.sign")
def agreement_execute(request: Request, one: Agreement) -> HttpResponse:
    """Our signature, entered by the CEO who gives it (DCL-05, CON-11)."""
    form = ExecutionForm(posted(request), initial={"signed_on": today()})
    page = about("Our signature", save="I have signed it", back=one.get_absolute_url())
    ours: dict[str, Any] = {"by": request.user, "party": signing.COMPANY, "signer": request.user}
    return by_form(request, form, lambda: Signature.objects.record(one, **ours, **form.cleaned_data), **page)


@on_paper(Agreement, "agreement.keep")
def agreement_copy(request: Request, one: Agreement) -> HttpResponse:
    """The executed copy on the opportunity (DCL-09a)."""
    form = CopyForm(posted(request), initial={"url": one.executed_url})
    page = about("Executed copy on the opportunity", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.attach(form.cleaned_data["url"], by=request.user), **page)


@on_paper(Agreement, "agreement.file")
def agreement_file(request: Request, one: Agreement) -> HttpResponse:
    """The executed copy in the subscriptions folder (DCL-10)."""
    form = CopyForm(posted(request), initial={"url": one.filed_url})
    page = about("Copy in the subscriptions folder", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.file(form.cleaned_data["url"], by=request.user), **page)


# --- deviations from the standard terms -------------------------------------------------------------------------------
@on_paper(Agreement, "agreement.keep")
def deviation_create(request: Request, one: Agreement) -> HttpResponse:
    form = DeviationForm(posted(request))
    page = about("Deviation from the standard terms", back=one.get_absolute_url())
    return by_form(request, form, lambda: TermDeviation.objects.note(one, by=request.user, **form.fields_of()), **page)


@on_paper(TermDeviation, "exception.decide")
def deviation_decide(request: Request, one: TermDeviation) -> HttpResponse:
    """For the CEO alone (CON-07)."""
    form = ExceptionForm(posted(request))
    page = about("Exception beyond the maximum", save="Decide", back=one.get_absolute_url())
    page |= {"template": "opportunities/deviation_decide.html", "deviation": one}
    return by_form(request, form, lambda: decide(request, one, form.cleaned_data), done="Decided.", **page)


def decide(request: Request, one: TermDeviation, said: dict[str, str]) -> None:
    one.decide(approves=said["approves"] == "yes", reason=said["reason"], by=request.user)


@on_paper(TermDeviation, "agreement.keep", button=True)
def deviation_withdraw(request: Request, one: TermDeviation) -> HttpResponse:
    return by_button(request, one, lambda: one.withdraw(by=request.user), "Taken out.")
