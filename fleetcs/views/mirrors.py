"""Whether the mirror of Salesforce adds up, its field tables, what was skipped, and what both sides have changed."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs import clock
from fleetcs.forms.mirror import MirrorFieldForm
from fleetcs.listing import listing
from fleetcs.mirrors import balance, quota, settling
from fleetcs.models import Conflict, Event, Mirror, MirrorField, MirrorLink
from fleetcs.once import once
from fleetcs.views.operations import tell
from fleetcs.views.records import Request, form_page, list_page, only, posted

NEWEST = {"newest": ("-pk",)}
LINES = 30


def may(request: Request) -> dict[str, bool]:
    """What the buttons of a page ask; the rest is shown disabled, with the reason (R13)."""
    user = request.user
    return {"runs": user.may("mirror.run"), "maps": user.may("mirror.map"), "names": user.may("account.see")}


@require_safe
@only("mirror.see")
def mirrors(request: Request) -> HttpResponse:
    """Every mirror on one page: green only where both sides hold the same."""
    page = {"title": "Salesforce", "rows": balance.overview(clock.now()), "quota": quota.usage()}
    return render(request, "fleetcs/mirrors.html", {**page, **may(request)})


@require_safe
@only("mirror.see")
def mirror(request: Request, code: str) -> HttpResponse:
    one = get_object_or_404(Mirror, code=code)
    now = clock.now()
    page = {"title": f"Mirror of {one.name.lower()}", "mirror": one, "standing": balance.standing(one, now)}
    fields = one.fields.select_related("mirror")
    told = {
        "fields": fields,
        "lag": balance.lag(one, now),
        "quota": quota.usage(),
        "missing": balance.missing_fields(one),
    }
    return render(request, "fleetcs/mirror.html", {**page, **told, **may(request), "timeline": happened(one)})


def happened(mirror: Mirror) -> list[dict[str, Any]]:
    """What people did with it and what it ran into, newest first."""
    events = Event.objects.of(mirror).newest()[:LINES]
    return [{"kind": "event", "at": each.at, "who": each.by, "label": each.words} for each in events]


@require_safe
@only("mirror.see")
def mirror_skipped(request: Request, code: str) -> HttpResponse:
    """Records over there that are none here, each with its reason."""
    one = get_object_or_404(Mirror, code=code)
    filters = balance.SkippedFilter(request.GET, queryset=one.links.skipped().select_related("mirror"))
    page = listing(request, filters.qs, sorts=NEWEST, form=filters.form, noun="skipped record")
    more = {"title": f"Skipped {one.name.lower()}", "mirror": one, "search": "Beginning of the id", **may(request)}
    return list_page(request, "fleetcs/mirror_skipped.html", page, filters.form, **more)


# what a button does with a mirror, and what is said when it is done
ACTS: Final[dict[str, tuple[Callable[..., bool], str]]] = {
    "start": (Mirror.start, "Started: it reads on within seconds."),
    "stop": (Mirror.stop, "Stopped after the page in hand. It goes on from there when started."),
    "release": (Mirror.release, "The next sweep takes them for gone."),
    "rehearse": (settling.rehearse, "It is being listed; look again in a few seconds."),
    "count": (settling.count_now, "Both sides are counted and compared at the next turn."),
}


@require_POST
@only("mirror.run")
def mirror_act(request: Request, code: str, verb: str) -> HttpResponse:
    one, (act, words) = get_object_or_404(Mirror, code=code), ACTS[verb]
    tell(request, act(one, by=request.user), words)
    return redirect(one)


@require_POST
@only("mirror.run")
def mirror_replay(request: Request, pk: int) -> HttpResponse:
    link = get_object_or_404(MirrorLink.objects.skipped(), pk=pk)
    tell(request, settling.replay(link, by=request.user), "It is read again within seconds.")
    return redirect("mirror_skipped", link.mirror.code)


@require_POST
@only("mirror.run")
def mirror_adopt(request: Request, pk: int) -> HttpResponse:
    link = get_object_or_404(MirrorLink.objects.skipped(), pk=pk)
    tell(request, settling.adopt(link, by=request.user), "They are one from now on.")
    return redirect("mirror_skipped", link.mirror.code)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("mirror.map")
def mirror_field(request: Request, pk: int) -> HttpResponse:
    """One line of the field table, checked against what Salesforce said of the field."""
    row = get_object_or_404(MirrorField.objects.select_related("mirror"), pk=pk)
    form = MirrorFieldForm(posted(request), instance=row)
    back = row.mirror.get_absolute_url()
    if form.is_valid():
        row.change(by=request.user, **form.cleaned_data)
        messages.success(request, "Saved. Everything is looked at again with it.")
        return redirect(back)
    title = f"{row.mirror.name}: {row.label}"
    return form_page(request, form, {"title": title, "save": "Save field", "back": back})


@require_http_methods(["GET", "HEAD", "POST"])
@only("conflict.settle")
def conflicts(request: Request) -> HttpResponse:
    """What was changed on both sides: base, ours, theirs, and one click; a codename's values for who asks (R11)."""
    rows = Conflict.objects.open().select_related("link__mirror")
    page = listing(request, rows, sorts=NEWEST, noun="conflict")
    questions = balance.questions(page.rows, request.user, request.POST.get("show", ""))
    balance.note_looks(questions, by=request.user)
    context = {"title": "Conflicts", "listing": page, "questions": questions}
    return render(request, "fleetcs/conflicts.html", context, status=page.status)


@require_POST
@only("conflict.settle")
def conflict_settle(request: Request, pk: int) -> HttpResponse:
    conflict, choice = get_object_or_404(Conflict, pk=pk), request.POST.get("stands", "")
    if not balance.may_settle(conflict, request.user):
        raise Http404
    if choice not in (settling.OURS, settling.THEIRS):
        return HttpResponse("No such side.", status=422, content_type="text/plain")
    words = "Ours stands: it is sent to Salesforce." if choice == settling.OURS else "Theirs stands."
    try:
        tell(request, settling.settle(conflict, choice, by=request.user), words)
    except settling.NotTaken as refused:
        messages.error(request, f"It stays open. {refused}")
    return redirect(reverse("conflicts"))
