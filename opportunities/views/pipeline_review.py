"""The weekly review: every open deal, the longest without a word first, by keyboard from one to the next (OPP-07)."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.filters import SearchFilter
from fleetcs import clock
from fleetcs.listing import counted, listing
from fleetcs.models import User
from fleetcs.models.stale import Stale
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, list_page, only, posted
from fleetcs.wording import plural
from fleetcs.working_day import day_of, today
from opportunities import silence, stages
from opportunities.forms.pipeline import ReviewForm
from opportunities.models import Opportunity, PipelineReview
from opportunities.views.moving import MEANWHILE

LONGEST_SILENT: Final = {"word": ("last_word", "pk")}
STEPS: Final = 6  # of the stage history beside the form


@dataclass(frozen=True)
class Silent:
    """A deal, and how long nobody has spoken with the customer."""

    deal: Opportunity
    days: int
    proposed: bool
    fault: str
    tone: str

    @property
    def words(self) -> str:
        return f"{plural(self.days, 'day')} ago"

    @property
    def lose_url(self) -> str:
        """Where a person confirms that it is lost."""
        review = reverse("opportunities:pipeline_review")
        said = {"stage": stages.LOST, "lost_because": silence.reason(self.days), "back": review}
        return f"{reverse('opportunities:opportunity_move', args=[self.deal.pk])}?{urlencode(said)}"


def waiting(user: User) -> QuerySet[Opportunity]:
    """Open deals of theirs that nobody has gone through this week, with `last_word`."""
    seen = PipelineReview.objects.this_week().filter(opportunity=OuterRef("pk"))
    rows = Opportunity.objects.editable_by(user).open().with_last_word(clock.now())
    return rows.filter(~Exists(seen)).select_related("account", "owner")


def silent(deal: Any) -> Silent:
    spoke_on = day_of(deal.last_word)
    days = silence.days_since(spoke_on, today())
    return Silent(deal, days, silence.proposes_lost(spoke_on, today()), deal.step_fault, stages.tone(deal.stage))


@require_safe
@only("opportunity.edit")
def pipeline_review(request: Request) -> HttpResponse:
    """What is still to be gone through this week, and how much is done."""
    filters = SearchFilter(request.GET, queryset=waiting(request.user), request=request)
    page = listing(request, filters.qs, sorts=LONGEST_SILENT, form=filters.form, noun="opportunity")
    done = Opportunity.objects.editable_by(request.user).open()
    seen = done.filter(pk__in=PipelineReview.objects.this_week().values("opportunity"))
    more = {"title": "Pipeline review", "rows": [silent(deal) for deal in page.rows], "done": counted(seen)}
    return list_page(request, "opportunities/pipeline_review.html", page, filters.form, **more)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def pipeline_review_of(request: Request, pk: int) -> HttpResponse:
    """One deal: bring it up to date, and on to the next."""
    rows = Opportunity.objects.editable_by(request.user).with_last_word(clock.now()).select_related("account", "owner")
    deal = get_object_or_404(rows, pk=pk)
    form = ReviewForm(posted(request), instance=deal, user=request.user)
    if form.is_valid() and reviewed(request, form):
        return onward(request, deal)
    page = {"title": f"Review {deal.name}", "save": "Save, and the next"}
    return form_page(request, form, page | beside(request.user, pk))


def beside(user: User, pk: int) -> dict[str, Any]:
    """What stands beside the form: the deal as it is, and the last of its history."""
    rows = Opportunity.objects.visible_to(user).with_last_word(clock.now())
    deal = rows.select_related("account", "owner").get(pk=pk)
    history: Any = deal.stage_changes.select_related("by").in_order()
    steps = list(stages.steps(history))[: -STEPS - 1 : -1]
    said = deal.activities.newest()[:STEPS]
    here = {
        "back": reverse("opportunities:pipeline_review"),
        "one": silent(deal),
        "opportunity": deal,
        "steps": steps,
        "activities": said,
    }
    return here | {"template": "opportunities/pipeline_review_of.html"}


def reviewed(request: Request, form: ReviewForm) -> bool:
    """Whether it was taken: what was changed is written, and the deal counts as gone through."""
    try:
        record = form.change() if form.changes else unchanged(form)
    except Stale:
        form.add_error(None, MEANWHILE)
        return False
    if record is not None:
        PipelineReview.objects.confirm(record, by=request.user)
    return record is not None


def unchanged(form: ReviewForm) -> Opportunity:
    """It stands as it was read. Raises Stale when it is another one by now."""
    if form.cleaned_data["version"] != form.instance.version:
        raise Stale
    return form.instance


@once
@require_POST
def pipeline_review_stands(request: Request, pk: int) -> HttpResponse:
    """It stands as it is: one key on the list."""
    deal = get_object_or_404(Opportunity.objects.editable_by(request.user).open(), pk=pk)
    PipelineReview.objects.confirm(deal, by=request.user)
    messages.success(request, f"{deal.name} stands.")
    return redirect("opportunities:pipeline_review")


def onward(request: Request, deal: Opportunity) -> HttpResponse:
    """To the next one that waits, else to the list that is empty now."""
    following = waiting(request.user).exclude(pk=deal.pk).order_by(*LONGEST_SILENT["word"]).first()
    if following is None:
        messages.success(request, "That was the last one of this week.")
        return redirect("opportunities:pipeline_review")
    messages.success(request, f"{deal.name} is up to date.")
    return redirect("opportunities:pipeline_review_of", following.pk)
