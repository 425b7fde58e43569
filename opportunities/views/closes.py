"""The close of a deal: the page its AE fills in, everybody's closes, and new customers by step and age."""

from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account, KeyShare
from accounts.models.checking_in import review_proposed
from fleetcs import clock
from fleetcs.editing import carried_out
from fleetcs.forms.procedure import StepForm
from fleetcs.models import Event, OpeningHours, User
from fleetcs.procedures import Standing
from fleetcs.views.records import Request, only, posted
from opportunities import closing, stages
from opportunities.advancing import Line
from opportunities.forms.close import AnswersForm, WinForm, answers_of
from opportunities.models import DealClose, Opportunity
from opportunities.models.close_evidence import POSTS, receiver
from opportunities.models.close_facts import paper_of
from opportunities.models.close_states import State, incomplete, states
from opportunities.models.handoff import call_is_near
from opportunities.models.paperwork import holds_itself
from opportunities.sale_issue import prefilled
from opportunities.turns import Turn
from opportunities.views.acting import on_paper
from opportunities.views.close_places import place, texts

TONES = {
    Standing.DONE: ("good", "Done"),
    Standing.OPEN: ("wait", "Open"),
    Standing.CHECKED: ("wait", "Open"),
    Standing.WAITS: ("idle", "Later"),
    Standing.DUTY: ("idle", "Standing duty"),
}
MOST = 200
SINCE = Case(When(opportunity__stage=stages.WON, won_at__isnull=False, then="won_at"), default="begun_at")
TAKEN_BACK = "close_step_taken_back"
SHOWN = 10  # on the home page


@on_paper(Opportunity, "close.see")
def close(request: Request, deal: Opportunity) -> HttpResponse:
    """The checklist, or the questions with which it begins; sending them is the AE's."""
    if request.method == "POST" and not deal.allows(request.user, closing.SELL):
        raise PermissionDenied
    begun = DealClose.objects.filter(opportunity=deal).first()
    form = AnswersForm(posted(request), initial=answers_of(begun) if begun else None)
    if form.is_valid() and carried_out(form, lambda: answered(request.user, deal, begun, form)):
        messages.success(request, "Saved.")
        return redirect("opportunities:close", deal.pk)
    return page(request, deal, begun, form=form)


def answered(user: User, deal: Opportunity, begun: DealClose | None, form: AnswersForm) -> None:
    if begun:
        begun.answer(form.answers(), by=user)
    else:
        DealClose.objects.begin(deal, by=user, **form.answers())


def page(request: Request, deal: Opportunity, begun: DealClose | None, **more: Any) -> HttpResponse:
    """The page as it is now; 422 where a form of it was refused."""
    shown = {"title": f"Close {deal.name}", "deal": deal, "sells": deal.allows(request.user, closing.SELL)}
    shown["files"] = deal.allows(request.user, closing.OPERATE)
    if begun:
        [state] = states([begun])
        shown |= shown_of(request.user, state)
    refused = any(getattr(form, "is_bound", False) for form in more.values())
    return render(request, "opportunities/close.html", shown | more, status=422 if refused else 200)


def shown_of(user: User, state: State) -> dict[str, Any]:
    one = state.close
    paper, progress = paper_of(one), state.progress
    events = Event.objects.of(one).filter(verb=TAKEN_BACK).select_related("by").order_by("pk")
    taken_back = {event.facts["step"]: event for event in events}
    worded = texts()
    rows = [row(user, state, line, paper, taken_back) | {"text": worded.get(line.step.code)} for line in state.lines]
    return {
        "new_issue": new_issue(user, one),
        "close": one,
        "progress": progress,
        "stages": [(name, [each for each in rows if each["line"].step.stage == name]) for name in closing.STAGES],
        "gates": reached(user, state, paper, [] if one.is_won else state.gates),
        "mine": reached(user, state, paper, [turn for turn in progress.next if one.allows(user, turn.action)]),
        "obstacles": [] if one.is_won or state.gates else one.obstacles(paper.closed_on if paper else None),
        "win": WinForm(initial={"close_date": paper and paper.closed_on}),
        "meetings": meetings_of(one.opportunity.account),
        "may_schedule": one.opportunity.account.allows(user, "meeting.schedule"),
        "odd_call": state.facts.get("handoff_call_odd"),
        "sheet": getattr(one, "handoff", None),
        "share": KeyShare.objects.shared_for(one.opportunity.account),
        **emptiness(one),
    }


def reached(user: User, state: State, paper: Any, found: list[Turn]) -> list[tuple[Turn, str]]:
    """Each with where it leads: to the page on which this person does it, else to the step itself."""
    lines = {line.step.code: line for line in state.lines}
    places = [(turn, place_of(user, state, lines[turn.step.code], paper)) for turn in found]
    return [(turn, where[1] if where else f"#{turn.step.code}") for turn, where in places]


def place_of(user: User, state: State, line: Line, paper: Any) -> tuple[str, str] | None:
    """Where a step that is checked is done, once its turn has come, for whose it is or whose turn it is."""
    theirs = any(state.close.allows(user, action) for action in (line.step.role, line.turn.action))
    if line.step.code == closing.EXECUTED and not holds_itself(user, "ceo"):
        return None
    return place(state.close, line.step.code, paper) if theirs and line.standing is Standing.CHECKED else None


def emptiness(one: DealClose) -> dict[str, Any]:
    """What the handoff sheet does not say, also while there is none; it stands out once the call is near (DCL-18)."""
    empty = one.handoff.empty_items if hasattr(one, "handoff") else closing.empty_items({})
    return {"empty_items": empty, "tone": "bad" if call_is_near(one.opportunity.account.meetings.all()) else "warn"}


def new_issue(user: User, one: DealClose) -> str:
    """The link that opens the New Sale issue filled in, for its AE while there is none and none is on its way."""
    wanted = not one.issue_url and (one.issue_refused or not one.is_won)
    return prefilled(one) if wanted and one.allows(user, closing.SELL) else ""


def meetings_of(account: Account) -> list[tuple[Any, Any]]:
    """Meetings that stand, a kickoff with the day proposed for the first business review (DCL-25)."""
    calendar = OpeningHours.objects.calendar()
    standing = account.meetings.standing().prefetch_related("attendees")
    return [(meeting, review_proposed([meeting], calendar)) for meeting in standing]


def row(user: User, state: State, line: Line, paper: Any, taken_back: dict[str, Event]) -> dict[str, Any]:
    """One step as the page draws it: how it stands, who did it, and what this person can do about it."""
    step, mine = line.step, state.close.allows(user, line.step.role)
    turn = state.close.allows(user, line.turn.action)
    can = mine and line.standing is Standing.OPEN
    tone, words = TONES[line.standing]
    return {
        "line": line,
        "tone": tone,
        "words": words,
        "tick": next((tick for tick in state.ticks if tick.step == step.code), None),
        "taken_back": taken_back.get(step.code),
        "mine": mine,
        "locked": not turn and line.standing in (Standing.OPEN, Standing.CHECKED),
        "form": StepForm(step=step, offered=offered()) if can and step.evidence else None,
        "can": can,
        "place": place_of(user, state, line, paper),
        "may_skip": mine and step.waived and line.standing is not Standing.DONE,
    }


def offered() -> dict[str, list[str]]:
    """Whose names are offered for the issue's assignees (DCL-13)."""
    return {post: list(User.objects.holding(receiver(post)).values_list("name", flat=True)) for post in POSTS}


@on_paper(DealClose, "close.sell", button=True)
def close_win(request: Request, one: DealClose) -> HttpResponse:
    """Close it as won; what is missing is listed with whose it is."""
    form = WinForm(request.POST)
    if one.is_won:
        messages.info(request, "It is won already.")
        return redirect(one)
    if form.is_valid() and carried_out(form, lambda: one.win(form.cleaned_data["close_date"], by=request.user)):
        messages.success(request, "Closed Won: the contract, the customer and the renewal are made.")
        return redirect(one)
    return page(request, one.opportunity, one, win=form, form=AnswersForm(initial=answers_of(one)))


# --- many closes ------------------------------------------------------------------------------------------------------
@require_safe
@only("close.see")
def closes(request: Request) -> HttpResponse:
    """Every close that is not finished: where it is, whose turn, how old (DCL-29)."""
    rows, is_cut = first_of(DealClose.objects.visible_to(request.user).unfinished().order_by(SINCE, "pk"))
    return render(request, "opportunities/closes.html", {"title": "Deal closes", "rows": rows, "is_cut": is_cut})


@require_safe
@only("onboarding.see")
def onboarding(request: Request) -> HttpResponse:
    """Every new customer by step and age; a CSM's own first."""
    won = DealClose.objects.visible_to(request.user).filter(opportunity__stage=stages.WON)
    rows, is_cut = first_of(won.order_by(of_others(request.user), SINCE, "pk"))
    steps = [step for step in closing.CLOSE.steps if step.stage == closing.SUCCESS and step.counts]
    calendar = OpeningHours.objects.calendar()
    for each in rows:
        each["review_on"] = review_proposed(each["state"].close.opportunity.account.meetings.all(), calendar)
    page = {"title": "Onboarding", "steps": steps, "rows": [by_step(each, steps) for each in rows], "is_cut": is_cut}
    return render(request, "opportunities/onboarding.html", page)


def of_others(user: User) -> Case:
    """Those whose CSM is somebody else come after."""
    return Case(When(opportunity__account__csm=user, then=0), default=1)


def first_of(closes: QuerySet[DealClose]) -> tuple[list[dict[str, Any]], bool]:
    """As many as a page shows, each with its age in days; and whether there are more."""
    now, found = clock.now(), list(islice(incomplete(closes), MOST + 1))
    return [{"state": each, "days": (now - since(each)).days} for each in found[:MOST]], len(found) > MOST


def since(state: State) -> datetime:
    """When it was won, or begun; `SINCE` is the same."""
    won_at = state.close.won_at if state.close.is_won else None
    return won_at or state.close.begun_at


def by_step(one: dict[str, Any], steps: list[Any]) -> dict[str, Any]:
    lines = {line.step.code: line for line in one["state"].lines}
    cells = [(step, how(lines[step.code]) if step.code in lines else None) for step in steps]
    return {**one, "cells": cells}


def how(line: Line) -> tuple[str, str]:
    """The tone of a step and how it stands, in a word or two."""
    brief, _ = line.turn.again
    return ("warn", brief) if brief else TONES[line.standing]


@require_safe
@only("close.see")
def closes_waiting(request: Request) -> HttpResponse:
    """Of the home page: the closes in which it is this person's turn (DCL-19)."""
    rows = incomplete(DealClose.objects.visible_to(request.user).unfinished().order_by("begun_at", "pk"))
    mine = ((state, turn) for state in rows if (turn := my_turn(request.user, state)))
    page = {"title": "Deal closes", "rows": list(islice(mine, SHOWN))}
    return render(request, "opportunities/closes_waiting.html", page)


def my_turn(user: User, state: State) -> Turn | None:
    """Their next step in a close, if there is one: first what has to be done again."""
    mine = [turn for turn in state.progress.next if state.close.allows(user, turn.action)]
    return min(mine, key=lambda turn: not turn.again[0], default=None)
