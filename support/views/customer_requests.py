"""Customer requests: the list with what is missing before the product meeting, and the page of one (REQ-01 to REQ-12).

Requests of colleagues to the department are another thing, and have a page of their own.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.feed import of_record
from fleetcs.editing import carried_out
from fleetcs.listing import Order, listing
from fleetcs.once import once
from fleetcs.views.records import only
from support.customer_requests import MEETING
from support.filters import CustomerRequestFilter
from support.forms.customer_request import ClearForm, CommitForm, ConcernsForm, KeyDateForm, PostedForm, StoryForm
from support.forms.ticket import account_names
from support.models import CustomerRequest, Feedback, Issue
from support.views.customers import customers_of, look_up, may_track
from support.views.rights import colleague, sent

SORTS: Final[dict[str, Order]] = {
    "-found": ("-found_at", "-pk"),
    "found": ("found_at", "pk"),
    "-changed": ("-issue__updated_at", "-pk"),
}
VIEWS: Final = [
    ("Open", ""),
    ("Prioritized without a story", "view=story"),
    ("Awaiting feedback", "view=feedback"),
    ("Mine", "view=mine"),
    ("All", "view=all"),
]
LIST: Final = {"title": "Customer requests", "views": VIEWS, "search": "Search title or number"}
POST_REFUSALS: Final = {
    "no_product_channel": "The handbook names no channel of product.",
    "channel_not_known": "The channel that the handbook names is not among the Slack channels yet.",
    "not_configured": "Slack is not connected yet.",
}

type RequestView = Callable[[HttpRequest, CustomerRequest], HttpResponse]


@require_safe
@only("issue.see")
def customer_requests(request: HttpRequest) -> HttpResponse:
    """The list: the open ones first."""
    return list_page(request, CustomerRequest.objects.all(), **LIST)


@require_safe
@only("issue.see")
def request_meeting(request: HttpRequest) -> HttpResponse:
    """What is still missing before the product meeting; empty when all can be presented (REQ-12)."""
    incomplete = CustomerRequest.objects.to_present().incomplete()
    return list_page(request, incomplete, title="Before the product meeting", search=LIST["search"], is_meeting=True)


def list_page(request: HttpRequest, requests: QuerySet[CustomerRequest], **more: Any) -> HttpResponse:
    """These requests, as far as the person may see them."""
    user = colleague(request)
    seen = requests.filter(issue__in=Issue.objects.visible_to(user))
    filters = CustomerRequestFilter(request.GET, queryset=seen, user=user)
    page = listing(request, filters.qs.whole(), sorts=SORTS, form=filters.form, noun="request")
    rows = [(one, customers_of(user, one.issue.links.all())) for one in page.rows]
    shown = {"listing": page, "rows": rows, "form": filters.form, "may_share": user.may("issue.share")}
    return render(request, "support/customer_requests.html", more | shown, status=page.status)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def customer_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request. Who waits for it is shown to those who may know, by a POST: each look is written down (R11)."""
    user, told = colleague(request), request.method == "POST"
    one = get_object_or_404(CustomerRequest.objects.visible_to(user).whole(), pk=pk)
    customers = customers_of(user, one.issue.links.all(), told=told)
    if told:
        look_up(customers, by=user)
    page = {"title": one.issue.title, "one": one, "customers": customers, "told": told, "may": may_track(user, one)}
    return render(request, "support/customer_request.html", page | around(request, one))


def around(request: HttpRequest, one: CustomerRequest) -> dict[str, Any]:
    """The four answers, what happened, and the feedback that was asked for."""
    feedbacks = Feedback.objects.visible_to(colleague(request)).filter(request=one).select_related("csm", "account")
    return {
        "answers": [(MEETING.step(question).text, done) for question, done in one.answers.items()],
        "timeline": of_record(one),
        "feedbacks": feedbacks,
        "post_refused": POST_REFUSALS.get(one.post_refused, f"The answer was: {one.post_refused}."),
    }


# --- what is done to one ----------------------------------------------------------------------------------------------
def tracks(view: RequestView) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that acts on a request: unseen is 404, not theirs is 403."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @once
    @transaction.atomic
    @wraps(view)
    def acting(request: HttpRequest, pk: int) -> HttpResponse:
        user = colleague(request)
        one = get_object_or_404(CustomerRequest.objects.visible_to(user).whole(), pk=pk)
        if not may_track(user, one):
            raise PermissionDenied
        return view(request, one)

    return acting


def form_page(
    request: HttpRequest, one: CustomerRequest, form: forms.Form, act: Callable[[], Any], **page: Any
) -> HttpResponse:
    """Carry out what was sent and go back to the request; else the form, with what is wrong."""
    if form.is_valid() and carried_out(form, act):
        messages.success(request, page["done"])
        return redirect(one)
    shown = {"form": form, "one": one, "back": one.get_absolute_url(), **page}
    return render(request, "support/customer_request_form.html", shown, status=422 if form.is_bound else 200)


@tracks
def request_key_date(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """The day that customers hope to meet, or that they have none (REQ-04)."""
    form = KeyDateForm(sent(request), initial={"key_on": one.key_on})
    page = {"title": "Key date", "done": "Key date kept."}
    return form_page(
        request, one, form, lambda: one.set_key_date(form.cleaned_data["key_on"], by=colleague(request)), **page
    )


@tracks
def request_posted(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """A colleague has posted the key date by hand; its address shows it."""
    form = PostedForm(sent(request), initial={"url": one.posted_url})
    page = {"title": "Post about the key date", "done": "Recorded: a date may be committed to."}
    return form_page(
        request, one, form, lambda: one.record_post(form.cleaned_data["url"], by=colleague(request)), **page
    )


@tracks
def request_commit(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """Commit to a date; locked until the post is recorded (REQ-04)."""
    form = CommitForm(sent(request), initial={"committed_on": one.committed_on})
    page = {"title": "Commit to a date", "done": "Recorded.", "is_locked": not one.is_posted}
    return form_page(
        request, one, form, lambda: one.commit(form.cleaned_data["committed_on"], by=colleague(request)), **page
    )


@tracks
def request_clear(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """A person says that it is clear, and why it is not public (REQ-05)."""
    form = ClearForm(sent(request), request=one)
    page = {"title": "Is it clear?", "done": "Recorded."}

    def say() -> None:
        one.say_clear(by=colleague(request), **form.cleaned_data)

    return form_page(request, one, form, say, **page)


@tracks
def request_story(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """The user story that is drafted for it (REQ-07)."""
    form = StoryForm(sent(request), request=one, user=colleague(request))
    page = {"title": "User story", "done": "Recorded."}
    return form_page(
        request, one, form, lambda: one.tell_story(form.cleaned_data["story"], by=colleague(request)), **page
    )


@tracks
def request_concerns(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """Somebody else who waits for it."""
    user = colleague(request)
    form = ConcernsForm(sent(request), user=user)
    page = {"title": "Who waits for it?", "done": "Linked. They have not been told yet.", "names": account_names(user)}
    return form_page(request, one, form, lambda: form.link(one.issue, by=user), **page)


@tracks
def request_post(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """Have the product post the key date into the product channel."""
    form, page = forms.Form(sent(request)), {"title": "Post the key date", "done": "It is on its way to product."}
    return form_page(
        request, one, form, lambda: one.post_key_date(by=colleague(request)), save="Post it", is_post=True, **page
    )


@tracks
def request_label(request: HttpRequest, one: CustomerRequest) -> HttpResponse:
    """Have the label put on the issue (REQ-01)."""
    form, page = forms.Form(sent(request)), {"title": "Put the label on it", "done": "The label is on its way."}
    return form_page(request, one, form, lambda: one.ask_for_label(by=colleague(request)), save="Put it on", **page)


@require_POST
@once
@transaction.atomic
def request_declare(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says that customers wait for an issue (REQ-01)."""
    issue = get_object_or_404(Issue.objects.visible_to(colleague(request)), pk=pk)
    if not colleague(request).may("request.track"):
        raise PermissionDenied
    one = CustomerRequest.objects.declare(issue, by=colleague(request))
    messages.success(request, "It is a customer request now.")
    return redirect(one)
