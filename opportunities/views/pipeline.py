"""The board: what the pipeline holds, stage by stage, and the deals to be moved on; the same of any past day."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.filters import SearchFilter
from fleetcs.listing import cursor_after, link, listing, page_of
from fleetcs.views.records import Request, list_page, only
from opportunities import pictures, pipelines, stages
from opportunities.forms.pipeline import PastForm
from opportunities.models import Opportunity, StageChange
from opportunities.pictures import Total

CARDS: Final = 20  # of a column at once; the rest by pages
OPEN_ORDER: Final = ("closes", "pk")  # the soonest to close first
CLOSED_ORDER: Final = ("-closes", "-pk")  # the latest first
NEWEST: Final = {"-at": ("-at", "-pk"), "at": ("at", "pk")}


@dataclass(frozen=True)
class Move:
    """A stage to which a card can go: with one click, or by `url`, a page that asks for what is to be said."""

    stage: str
    name: str
    url: str


@dataclass(frozen=True)
class Card:
    """A deal on the board, what is wrong with it, and where it can go; nowhere for those who may not move it."""

    deal: Opportunity
    fault: str
    moves: list[Move]


@dataclass(frozen=True)
class Column:
    """A stage with its sums, its first cards, and where the others are."""

    total: Total
    tone: str
    cards: list[Card]
    more_url: str


@dataclass(frozen=True)
class Compared:
    """A stage then and now."""

    then: Total
    now: Total


@require_safe
@only("opportunity.see")
def pipeline(request: Request) -> HttpResponse:
    """The board of one pipeline; as many statements for a hundred thousand deals as for ten."""
    deals = asked(request)
    totals = pictures.now(deals)
    page = {
        "title": "Pipeline",
        "tabs": tabs(request),
        "mine": request.GET.get("mine") == "1",
        "columns": columns(request, deals, totals),
        "open": pictures.of_all(totals),
        "may": {"review": request.user.may("opportunity.edit"), "reps": request.user.may("rep.see")},
        "back": board_of(request),
    }
    return render(request, "opportunities/pipeline.html", page)


@require_safe
@only("opportunity.see")
def pipeline_column(request: Request) -> HttpResponse:
    """More cards of one column."""
    stage, deals = request.GET.get("stage", ""), asked(request)
    rows, _, older = page_of(in_column(deals, stage), order_of(stage), request.GET, CARDS)
    more = link(request.GET, after=older) if older else ""
    found = cards(request, rows, sorted({*stages.OPEN, *stages.CLOSED, stage}, key=stages.position))
    page = {"title": stages.shown(stage), "more_url": more, "cards": found, "back": board_of(request)}
    return render(request, "opportunities/pipeline_column.html", page)


@require_safe
@only("opportunity.see")
def pipeline_past(request: Request) -> HttpResponse:
    """As it stood at the end of a day, beside how it stands now."""
    form = PastForm(request.GET or None)
    on = form.day
    then = pictures.before(request.user, pictures.end_of(on), code_of(request)) if on else []
    rows = compared(then, pictures.now(asked(request)))
    page = {"title": "The pipeline as of a day", "form": form, "on": on, "rows": rows, "tabs": tabs(request)}
    sums = Compared(pictures.of_all(row.then for row in rows), pictures.of_all(row.now for row in rows))
    status = 422 if form.errors else 200
    return render(request, "opportunities/pipeline_past.html", page | {"sums": sums}, status=status)


@require_safe
@only("opportunity.see")
def pipeline_moves(request: Request) -> HttpResponse:
    """The stage history of all deals, the newest first: from, to, who, when, after how long, put off by how much."""
    rows = StageChange.objects.visible_to(request.user).select_related("opportunity__account", "by")
    filters = SearchFilter(request.GET, queryset=rows, request=request)
    page = listing(request, filters.qs, sorts=NEWEST, form=filters.form, noun="change")
    steps = steps_of(page.rows)
    more = {"title": "Stage history", "rows": [(row, steps[row.pk]) for row in page.rows]}
    return list_page(request, "opportunities/pipeline_moves.html", page, filters.form, **more)


def steps_of(rows: Iterable[StageChange]) -> dict[int, Any]:
    """These rows, each beside the one before it in its own deal's history; one statement."""
    deals = {row.opportunity_id for row in rows}
    found: dict[int, list[Any]] = {}
    for row in StageChange.objects.filter(opportunity__in=deals).in_order():
        found.setdefault(row.opportunity_id, []).append(row)
    return {step.change.pk: step for history in found.values() for step in stages.steps(history)}


# --- what was asked for -----------------------------------------------------------------------------------------------
def code_of(request: HttpRequest) -> str:
    code = request.GET.get("of", "")
    return code if code in pipelines.PIPELINES else pipelines.ALL


def asked(request: Request) -> QuerySet[Opportunity]:
    """The deals that the address means."""
    deals = Opportunity.objects.visible_to(request.user).of_pipeline(code_of(request))
    return deals.filter(owner=request.user) if request.GET.get("mine") == "1" else deals


def tabs(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The pipelines: name, address, whether it is this one."""
    here = code_of(request)
    return [(name, link(request.GET, of=code), code == here) for code, name in pipelines.PIPELINES.items()]


# --- columns ---------------------------------------------------------------------------------------------------------
def order_of(stage: str) -> tuple[str, ...]:
    return CLOSED_ORDER if stages.is_closed(stage) else OPEN_ORDER


def in_column(deals: Any, stage: str) -> QuerySet[Opportunity]:
    found: QuerySet[Opportunity] = deals.filter(stage=stage).with_close().select_related("account", "owner")
    return found


def columns(request: Request, deals: QuerySet[Opportunity], totals: list[Total]) -> list[Column]:
    """Every stage with its first cards: two statements for all of them."""
    found: dict[str, list[Opportunity]] = {total.stage: [] for total in totals}
    for deal in first_of(deals, totals):
        found[deal.stage].append(deal)
    names = [total.stage for total in totals]
    return [column(request, total, in_order(found[total.stage], total.stage), names) for total in totals]


def column(request: Request, total: Total, deals: list[Opportunity], names: list[str]) -> Column:
    after = cursor_after(deals[-1], order_of(total.stage)) if total.count > len(deals) > 0 else ""
    more = reverse("opportunities:pipeline_column") + link(request.GET, stage=total.stage, after=after)
    return Column(total, stages.tone(total.stage), cards(request, deals, names), more if after else "")


def first_of(deals: QuerySet[Opportunity], totals: list[Total]) -> QuerySet[Opportunity]:
    """The first cards of every column: one statement by the index, one for the records."""
    parts = [by_day(deals.filter(stage=total.stage), total.stage).values("pk")[:CARDS] for total in totals]
    pks = [row["pk"] for row in parts[0].union(*parts[1:], all=True)]
    return Opportunity.objects.filter(pk__in=pks).with_close().select_related("account", "owner")


def by_day(deals: QuerySet[Opportunity], stage: str) -> QuerySet[Opportunity]:
    """In the order of the column, as the index has it; those without a day count as the latest."""
    day = F("close_date")
    turned = (day.desc(nulls_first=True), "-pk") if stages.is_closed(stage) else (day.asc(nulls_last=True), "pk")
    return deals.order_by(*turned)


def in_order(deals: list[Any], stage: str) -> list[Opportunity]:
    """Deals that were asked for with the day on which they close."""
    return sorted(deals, key=lambda deal: (deal.closes, deal.pk), reverse=stages.is_closed(stage))


def board_of(request: HttpRequest) -> str:
    """The board that shows what the address means."""
    return reverse("opportunities:pipeline") + link(request.GET, stage=None, after=None, before=None)


def cards(request: Request, deals: Iterable[Opportunity], names: Iterable[str]) -> list[Card]:
    back, mine = board_of(request), [(deal, deal.allows(request.user, "opportunity.edit")) for deal in deals]
    return [Card(deal, deal.step_fault, moves_of(deal, names, back) if may else []) for deal, may in mine]


def moves_of(deal: Opportunity, names: Iterable[str], back: str) -> list[Move]:
    """Every other stage; what is closed, or becomes so, is asked about."""
    page = reverse("opportunities:opportunity_move", args=[deal.pk])
    asks = {name: f"{page}?{urlencode({'stage': name, 'back': back})}" for name in names if name != deal.stage}
    plain = not deal.is_closed
    return [Move(name, stages.shown(name), "" if plain and not stages.is_closed(name) else asks[name]) for name in asks]


def compared(then: list[Total], now: list[Total]) -> list[Compared]:
    """Stage by stage, those of both days."""
    before, after = ({total.stage: total for total in totals} for totals in (then, now))
    names = sorted({*before, *after}, key=stages.position)
    return [Compared(before.get(name, Total(name)), after.get(name, Total(name))) for name in names]
