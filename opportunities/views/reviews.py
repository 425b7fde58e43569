"""Legal reviews of quotes and contracts: asked for, submitted with their issue, closed (QUO-03, CON-08, CON-09)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from fleetcs.models import HandbookEntry
from fleetcs.views.records import Request, posted
from opportunities.forms.review import AskForm, CloseForm, SubmitForm
from opportunities.models import Agreement, LegalReview, Quote
from opportunities.views.acting import about, by_form, on_paper

OF = ("opportunity__account", "quote__opportunity", "agreement__opportunity", "asked_by", "closed_by")


@require_safe
def review(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(LegalReview.objects.visible_to(request.user).select_related(*OF), pk=pk)
    page = {
        "title": f"Legal review for {one.opportunity.name}",
        "review": one,
        "may_ask": one.allows(request.user, "review.ask"),
        "may_close": one.allows(request.user, "review.close"),
        "place": HandbookEntry.objects.value("links", "legal_review"),
    }
    return render(request, "opportunities/review.html", page)


@on_paper(Quote, "review.ask")
def quote_review(request: Request, one: Quote) -> HttpResponse:
    return asked(request, one)


@on_paper(Agreement, "review.ask")
def agreement_review(request: Request, one: Agreement) -> HttpResponse:
    return asked(request, one)


def asked(request: Request, of: Quote | Agreement) -> HttpResponse:
    form = AskForm(posted(request))
    page = about("Ask for a legal review", save="Ask for it", back=of.get_absolute_url())
    return by_form(
        request, form, lambda: LegalReview.objects.ask(of, by=request.user, **form.cleaned_data), done="Asked.", **page
    )


@on_paper(LegalReview, "review.ask")
def review_submit(request: Request, one: LegalReview) -> HttpResponse:
    form = SubmitForm(posted(request), initial={"issue_url": one.issue_url})
    page = about("Which issue is it?", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.submit(form.cleaned_data["issue_url"], by=request.user), **page)


@on_paper(LegalReview, "review.close")
def review_close(request: Request, one: LegalReview) -> HttpResponse:
    form = CloseForm(posted(request))
    page = about("Close the review", save="Close it", back=one.get_absolute_url())
    return by_form(request, form, lambda: one.close(form.cleaned_data["outcome"], by=request.user), **page)
