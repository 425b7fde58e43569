"""Materials for outreach, and outbound messages with the word of the CRO or the CEO (OUT-01 to OUT-03)."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed
from accounts.filters import SearchFilter
from fleetcs.listing import listing
from fleetcs.models import HandbookEntry, User
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, edit_page, list_page, only, posted
from opportunities.forms.outreach import OutreachForm
from opportunities.models import Outreach
from opportunities.views.acting import by_button

# code of the link, what it is called, what it is for (OUT-03)
MATERIALS: Final = (
    ("one_pager", "One-pager", "What we do, on one sheet: to leave behind, or to send ahead of a first call."),
    ("intro_deck", "Intro deck", "Slides for a first conversation."),
    ("intro_video", "Intro video", "A few minutes to watch before there is time for a call."),
)
SORTS: Final = {"-pk": ("-pk",)}


@require_safe
@only("outreach.see")
def materials(request: Request) -> HttpResponse:
    """Three links and what they are for; how colleagues get a license for Outreach."""
    known = HandbookEntry.objects.section("links")
    channel = HandbookEntry.objects.value("aliases", "ask_business_operations")
    rows = [(name, purpose, known.get(code, "")) for code, name, purpose in MATERIALS]
    return render(request, "opportunities/materials.html", {"title": "Materials", "rows": rows, "channel": channel})


@require_safe
@only("outreach.see")
def outreach(request: Request) -> HttpResponse:
    """All of them, the newest first."""
    rows = Outreach.objects.visible_to(request.user).select_related("written_by", "confirmed_by")
    filters = SearchFilter(request.GET, queryset=rows, request=request)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="message")
    more = {"title": "Outbound messages", "may_write": request.user.may("outreach.write")}
    return list_page(request, "opportunities/outreach.html", page, filters.form, **more)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("outreach.write")
def outreach_create(request: Request) -> HttpResponse:
    form = OutreachForm(posted(request), user=request.user)
    page = {"title": "New outbound message", "save": "Save", "back": reverse("opportunities:outreach")}
    return add_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def outreach_edit(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(Outreach.objects.editable_by(request.user), pk=pk)
    form = OutreachForm(posted(request), instance=one, user=request.user)
    page = {"title": f"Edit {one.subject}", "save": "Save", "back": one.get_absolute_url()}
    return edit_page(request, form, page)


@require_safe
def outreach_message(request: Request, pk: int) -> HttpResponse:
    rows = Outreach.objects.visible_to(request.user).select_related("written_by", "confirmed_by", "sent_by")
    return render(request, "opportunities/outreach_message.html", page_of(request.user, get_object_or_404(rows, pk=pk)))


def page_of(user: User, one: Outreach) -> dict[str, Any]:
    """What the page of a message shows."""
    mine = user.may("outreach.write") and one.sent_at is None
    may = {"edit": mine, "send": mine and one.may_leave}
    may["confirm"] = one.is_for(user)
    page = {"title": one.subject, "message": one, "may": may, "timeline": feed.of_record(one)}
    return page | {"edited": one.edits.first()}


@once
@require_POST
def outreach_confirm(request: Request, pk: int) -> HttpResponse:
    """The word on the very text that was read (OUT-01)."""
    one = of_right(request, pk, "outreach.confirm")
    content = request.POST.get("content", "")
    return by_button(request, one, lambda: one.confirm(content, by=request.user), "Confirmed.")


@once
@require_POST
def outreach_sent(request: Request, pk: int) -> HttpResponse:
    """It has left, by the tool made for it."""
    one = of_right(request, pk, "outreach.write")
    return by_button(request, one, lambda: one.note_sent(by=request.user), "Noted: it is sent.")


def of_right(request: Request, pk: int, action: str) -> Outreach:
    """The message, for those who may do that. Raises Http404."""
    if not request.user.may(action):
        raise Http404
    return get_object_or_404(Outreach.objects.visible_to(request.user), pk=pk)
