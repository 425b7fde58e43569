"""The data checkup: the list of months, one of them with its rules and looks, and what people do in it (SFD-01)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import feed
from fleetcs.export import is_wanted, sheet
from fleetcs.listing import listing
from fleetcs.models import Run, Tick, User
from fleetcs.procedures import LONGEST
from fleetcs.views.records import Request, list_page, only
from opportunities import sheets
from opportunities.data_rules import RULES, Rule
from opportunities.forms.finding import AnewForm, LookForm
from opportunities.looks import LOOKS
from opportunities.models import Checkup, RuleResult
from opportunities.models.checkup import CHECKLIST, SO
from opportunities.views.acting import by_button, on_paper

SORTS = {"-month": ("-month",), "month": ("month",)}
SECTIONS = ("Navigation", "Accounts", "Opportunities", "Contracts", "Contacts", "Leads")


@dataclass(frozen=True)
class Looked:
    """One thing that only a person sees, and what was last said about it."""

    code: str
    section: str
    text: str
    tick: Tick | None

    @property
    def is_so(self) -> bool:
        return self.tick is not None and self.tick.said["verdict"] == SO


@require_safe
@only("checkup.see")
def checkups(request: Request) -> HttpResponse:
    """Month by month: how many rules were flagged, how much is open, what is still to be looked at."""
    flags = Count("results", filter=Q(results__open__gt=0))
    rows = Checkup.objects.visible_to(request.user).annotate(
        flags=flags, opens=Sum("results__open"), fresh=Sum("results__new"), mended=Sum("results__fixed")
    )
    page = listing(request, rows, sorts=SORTS, noun="checkup")
    done = looks_done(page.rows)
    listed = [(row, done.get(row.pk, 0)) for row in page.rows]
    more = {"title": "Data checkup", "rows": listed, "looks": len(LOOKS), "rules": len(RULES)}
    return list_page(request, "opportunities/checkups.html", page, None, **more)


def looks_done(checkups: Iterable[Checkup]) -> dict[int, int]:
    """How many things people have looked at, by the checkup's key."""
    standing = Count("ticks", filter=Q(ticks__taken_back_at=None))
    runs = Run.objects.filter(procedure=CHECKLIST, subject_id__in=[one.pk for one in checkups])
    return dict(runs.order_by().annotate(done=standing).values_list("subject_id", "done"))


@require_safe
def checkup(request: Request, pk: int) -> HttpResponseBase:
    one = get_object_or_404(Checkup.objects.visible_to(request.user), pk=pk)
    results, looks = list(results_of(one)), list(looks_of(one))
    if is_wanted(request):
        return sheet(f"checkup-{one.month:%Y-%m}", sheets.CHECKUP, [*lines(results), *look_lines(looks)])
    return render(request, "opportunities/checkup.html", page_of(request.user, one, results, looks))


def page_of(user: User, one: Checkup, results: list[tuple[Rule, RuleResult]], looks: list[Looked]) -> dict[str, Any]:
    """What the page of a checkup shows."""
    return {
        "title": f"Data checkup of {one.month:%B %Y}",
        "checkup": one,
        "sections": by_section(results, looks),
        "flagged": sum(result.is_flagged for _, result in results),
        "done": sum(look.tick is not None for look in looks),
        "looks": len(looks),
        "may_settle": one.allows(user, "checkup.settle") and one.is_newest,
        "timeline": feed.of_record(one),
    }


def results_of(checkup: Checkup) -> Iterator[tuple[Rule, RuleResult]]:
    """What each rule gave; a rule that is newer than the checkup gave nothing."""
    given = {result.rule: result for result in checkup.results.all()}
    return ((rule, given[rule.code]) for rule in RULES if rule.code in given)


def looks_of(checkup: Checkup) -> Iterator[Looked]:
    ticks = checkup.run.ticks.filter(taken_back_at=None).select_related("by")
    said = {tick.step: tick for tick in ticks}
    return (Looked(*look, said.get(look[0])) for look in LOOKS)


def by_section(results: list[tuple[Rule, RuleResult]], looks: list[Looked]) -> list[dict[str, Any]]:
    """As the pages of Salesforce: what the rules gave, then what people see."""
    return [
        {
            "name": name,
            "results": [one for one in results if one[0].section == name],
            "looks": [one for one in looks if one.section == name],
        }
        for name in SECTIONS
    ]


def lines(results: list[tuple[Rule, RuleResult]]) -> Iterator[list[object]]:
    for rule, one in results:
        counts = [one.looked_at, one.open, one.new, one.fixed, one.accepted]
        yield [rule.section, rule.text, "flag" if one.is_flagged else SO, *counts, "", "", one.checkup.checked_at]


def look_lines(looks: list[Looked]) -> Iterator[list[object]]:
    for one in looks:
        said, none = one.tick.said if one.tick else {}, [""] * 5
        by, at = (one.tick.by, one.tick.at) if one.tick else ("", "")
        yield [one.section, one.text, said.get("verdict", ""), *none, said.get("note", ""), by, at]


# --- what people do ---------------------------------------------------------------------------------------------------
@on_paper(Checkup, "checkup.settle", button=True)
def checkup_again(request: Request, one: Checkup) -> HttpResponse:
    return by_button(request, one, lambda: one.ask(by=request.user), "The records are looked at again within seconds.")


@on_paper(Checkup, "checkup.settle", button=True)
def checkup_look(request: Request, one: Checkup) -> HttpResponse:
    """Somebody has looked at one thing in Salesforce: as it should be, or what is different."""
    form = LookForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Say whether it is as it should be; a note has at most {LONGEST} characters.")
        return redirect(one.get_absolute_url())
    return by_button(request, one, lambda: one.look(by=request.user, **form.cleaned_data), "Noted.")


@on_paper(Checkup, "checkup.settle", button=True)
def checkup_anew(request: Request, one: Checkup) -> HttpResponse:
    form = AnewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say which one is to be looked at once more.")
        return redirect(one.get_absolute_url())
    return by_button(request, one, lambda: one.look_anew(by=request.user, **form.cleaned_data), "To be looked at.")
