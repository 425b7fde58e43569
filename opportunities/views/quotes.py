"""Quotes and purchase orders: written, submitted, approved as they are, sent, printed (QUO-01 to QUO-06)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import feed
from fleetcs import wording
from fleetcs.listing import Fact
from fleetcs.models import HandbookEntry, User
from fleetcs.views.records import Request, add_page, edit_page, posted
from opportunities import paying, quoting
from opportunities.forms.quote import QuoteForm, RefuseForm, RolesForm, SendForm
from opportunities.models import ContactRole, Opportunity, Quote, Screening
from opportunities.views.acting import about, by_button, by_form, on_paper


@require_safe
def quote(request: Request, pk: int) -> HttpResponse:
    rows = Quote.objects.visible_to(request.user).select_related("opportunity__account", "approved_by", "prepared_by")
    one = get_object_or_404(rows, pk=pk)
    return render(request, "opportunities/quote.html", page_of(request.user, one))


def page_of(user: User, one: Quote) -> dict[str, Any]:
    """What the page of a quote shows: its content, who said what of it, what is in the way."""
    deal = one.opportunity
    return {
        "title": f"Quote {one.number} of {deal.name}",
        "quote": one,
        "deal": deal,
        "facts": content_of(one),
        "people": people_of(deal),
        "checked": Screening.objects.standing(deal.account),
        "reviews": one.reviews.select_related("asked_by", "closed_by"),
        "verdicts": one.verdicts.select_related("by"),
        "timeline": feed.of_record(one),
        "deck": HandbookEntry.objects.value("links", "quote_deck"),
        "agreement_url": HandbookEntry.objects.value("links", "subscription_agreement"),
        "may": {name: one.allows(user, f"quote.{name}") for name in ("prepare", "approve", "cast")},
        "may_ask": one.allows(user, "review.ask"),
    }


def content_of(one: Quote) -> list[Fact]:
    """What a quote says, in the order of its form."""
    return [
        Fact("Form", one.get_format_display()),
        Fact("Product", one.product),
        Fact("Up to # of hosts", f"{one.hosts:,}"),
        Fact("Price (USD)", f"{one.price:,.2f}", hint="For the whole term"),
        Fact("Term (months)", one.term),
        Fact("Valid until", wording.day(one.valid_until) if one.valid_until else ""),
        Fact("Special pricing", "Yes" if one.special_pricing else "No"),
        Fact("Unique terms", one.unique_terms),
        Fact("Payment", paying.note(one.hosts)),
    ]


def people_of(deal: Opportunity) -> list[Fact]:
    """Champion, economic buyer and finance, each by name or "Unknown" (QUO-01)."""
    known, labels = ContactRole.objects.of(deal), dict(ContactRole.Role.choices)
    return [
        Fact(labels[role], one.name if one else "Unknown", url=one.get_absolute_url() if one else "")
        for role, one in known.items()
    ]


@on_paper(Opportunity, "quote.prepare")
def quote_create(request: Request, deal: Opportunity) -> HttpResponse:
    """The next version; its form starts with what the deal says."""
    known = {"hosts": deal.max_hosts, "price": deal.amount, "term": deal.term or 12}
    form = QuoteForm(posted(request), user=request.user, opportunity=deal, initial=known)
    page = about(f"New quote of {deal.name}", save="Save quote", back=deal.get_absolute_url())
    return add_page(request, form, page, opportunity=deal)


@on_paper(Quote, "quote.prepare")
def quote_edit(request: Request, one: Quote) -> HttpResponse:
    if one.sent_at:
        raise PermissionDenied
    form = QuoteForm(posted(request), instance=one, user=request.user)
    page = about(f"Edit quote {one.number}", save="Save quote", back=one.get_absolute_url())
    return edit_page(request, form, page | {"template": "opportunities/quote_form.html", "quote": one})


@on_paper(Quote, "quote.prepare", button=True)
def quote_submit(request: Request, one: Quote) -> HttpResponse:
    return by_button(request, one, lambda: one.submit(by=request.user), "Submitted for approval.")


@on_paper(Quote, "quote.approve", button=True)
def quote_approve(request: Request, one: Quote) -> HttpResponse:
    """Approve the very content that was on the page."""
    read = request.POST.get("digest", "")
    return by_button(request, one, lambda: one.approve(read, by=request.user), "Approved.")


@on_paper(Quote, "quote.approve")
def quote_refuse(request: Request, one: Quote) -> HttpResponse:
    form, read = RefuseForm(posted(request)), request.POST.get("digest", one.digest)
    page = about(f"Refuse quote {one.number}", save="Refuse it", back=one.get_absolute_url())
    page |= {"template": "opportunities/quote_refuse.html", "quote": one}
    return by_form(
        request, form, lambda: one.refuse(read, form.cleaned_data["why"], by=request.user), done="Refused.", **page
    )


@on_paper(Quote, "quote.prepare")
def quote_send(request: Request, one: Quote) -> HttpResponse:
    """Note that it has left; refused while it is not approved as it is, or something else is in the way."""
    form = SendForm(posted(request))
    page: dict[str, Any] = {
        "title": f"Send quote {one.number}",
        "save": "It has been sent",
        "back": one.get_absolute_url(),
    }
    return by_form(
        request, form, lambda: one.send(form.cleaned_data["to"], by=request.user), done="Noted as sent.", **page
    )


@on_paper(Quote, "quote.prepare", button=True)
def quote_revise(request: Request, one: Quote) -> HttpResponse:
    return redirect(one.revise(by=request.user))


@require_safe
def quote_print(request: Request, pk: int) -> HttpResponse:
    """What the customer is given: nothing internal, and a draft says that it is one."""
    rows = Quote.objects.visible_to(request.user).select_related("opportunity__account")
    one = get_object_or_404(rows, pk=pk)
    ready = one.standing in (quoting.Standing.APPROVED, quoting.Standing.SENT)
    agreement = HandbookEntry.objects.value("links", "subscription_agreement")
    page: dict[str, Any] = {
        "title": f"Quote for {one.opportunity.account.name}",
        "quote": one,
        "facts": for_customer(one),
    }
    return render(request, "opportunities/quote_print.html", page | {"ready": ready, "agreement_url": agreement})


def for_customer(one: Quote) -> list[Fact]:
    inside = {"Form", "Special pricing"}
    return [fact for fact in content_of(one) if fact.label not in inside and fact.value not in ("", None)]


@on_paper(Opportunity, "quote.cast")
def contact_roles(request: Request, deal: Opportunity) -> HttpResponse:
    """Who is champion, economic buyer and finance."""
    form = RolesForm(posted(request), opportunity=deal)
    page: dict[str, Any] = {
        "title": f"Who decides at {deal.account.name}",
        "save": "Save",
        "back": deal.get_absolute_url(),
    }
    return by_form(request, form, lambda: ContactRole.objects.cast(deal, form.cleaned_data, by=request.user), **page)
