"""Questions from the web chat that the person on shift cannot answer, and whom to ask on (INT-14, INT-15)."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.listing import Order, listing
from fleetcs.models import Event, HandbookEntry
from fleetcs.once import once
from fleetcs.views.records import only
from support.filters import ChatFilter
from support.forms.chat import QuestionForm
from support.models import ChatQuestion
from support.views.rights import colleague

SORTS: Final[dict[str, Order]] = {"-asked": ("-asked_at", "-pk"), "asked": ("asked_at", "pk")}
VIEWS: Final = [("Open", ""), ("Answered", "view=answered"), ("All", "view=all")]
LIST: Final = {"title": "Web chat", "views": VIEWS, "search": "Search questions"}
# Where a stage is asked: the handbook's own names; one that it leaves out is not shown (R14).
WHERE: Final = {"consultant": "ask_consultants", "engineering": "ask_engineering", "product": "ask_product"}
KINDS: Final = {
    "open": "bad",
    "consultant": "wait",
    "unavailable": "warn",
    "engineering": "wait",
    "product": "wait",
    "answered": "good",
}


@require_safe
@only("chat.work")
def chats(request: HttpRequest) -> HttpResponse:
    """The list; each question offers only the steps that may come next."""
    filters = ChatFilter(request.GET, queryset=ChatQuestion.objects.select_related("asked_by"))
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="question")
    rows = [(one, KINDS[one.stage]) for one in page.rows]
    shown = {"listing": page, "rows": rows, "form": filters.form}
    return render(request, "support/chats.html", LIST | shown | named(), status=page.status)


def named() -> dict[str, Any]:
    """The channels as far as the handbook names them."""
    known = HandbookEntry.objects.section("aliases")
    return {
        "where": {stage: known[code] for stage, code in WHERE.items() if known.get(code)},
        "prospects": known.get("prospects", ""),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@once
@only("chat.work")
def chat_new(request: HttpRequest) -> HttpResponse:
    """Write a question down."""
    form = QuestionForm(request.POST or None)
    if form.is_valid():
        form.keep(by=colleague(request))
        messages.success(request, "Written down. Ask the solutions consultant first.")
        return redirect("support:chats")
    page = {"title": "New question", "form": form, "save": "Write it down"}
    return render(request, "_kit/form.html", page, status=422 if form.is_bound else 200)


@require_safe
@only("chat.work")
def chat(request: HttpRequest, pk: int) -> HttpResponse:
    """One question with its trail: where it was asked, by whom, when."""
    question = get_object_or_404(ChatQuestion.objects.select_related("asked_by"), pk=pk)
    page = {"title": "Question from the web chat", "question": question, "kind": KINDS[question.stage]}
    return render(request, "support/chat.html", page | named() | {"trail": trail_of(question)})


def trail_of(question: ChatQuestion) -> list[dict[str, Any]]:
    """What was done with a question, as the timeline shows it."""
    labels = dict(ChatQuestion.Stage.choices)
    return [
        {
            "kind": "event",
            "at": event.at,
            "who": event.by.name if event.by else "",
            "label": labels.get(event.facts.get("stage", ""), "Written down"),
        }
        for event in Event.objects.of(question).select_related("by").order_by("at", "pk")[:100]
    ]


@require_POST
@once
@only("chat.work")
def chat_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Record where it was asked; stage two only after stage one was recorded as unavailable."""
    question = get_object_or_404(ChatQuestion, pk=pk)
    try:
        question.move(request.POST.get("stage", ""), by=colleague(request))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, f"Recorded: {question.get_stage_display().lower()}.")
    return redirect("support:chat", pk)
