"""Channels: the list, the page of one, after-hours cover (AHR-02), and the check of response-time notices (SLA-17)."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed, sheets
from accounts.filters import ChannelFilter
from accounts.forms import ChannelForm, NoticeForm
from accounts.models import Channel
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.export import csv_of, is_wanted
from fleetcs.listing import Fact, listing
from fleetcs.models import User
from fleetcs.notices import Terms, suggested
from fleetcs.once import once
from fleetcs.views.records import Request, edit_page, form_page, only, posted

SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk")}
VIEWS = [
    ("All", ""),
    ("Customer channels", "kind=customer"),
    ("Waiting for approval", "after_hours=requested"),
    ("No account yet", "missing=account"),
]
UNUSUAL_NAME = "Customer channels are named fleet-at-<name>: check that this one is the customer's."


@require_safe
@only("channel.see")
def channels(request: Request) -> HttpResponseBase:
    """The list of channels."""
    rows = Channel.objects.visible_to(request.user).select_related("account")
    filters = ChannelFilter(request.GET, queryset=rows, request=request)
    if is_wanted(request) and filters.is_valid():
        return csv_of(request, "channels", sheets.CHANNELS, filters.qs, SORTS)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="channel")
    context = {"title": "Channels", "listing": page, "form": filters.form, "views": VIEWS}
    return render(request, "accounts/channels.html", context, status=page.status)


@require_safe
def channel(request: Request, pk: int) -> HttpResponse:
    channel = fetched(request, pk)
    return render(request, "accounts/channel.html", page_of(request.user, channel))


def fetched(request: Request, pk: int) -> Channel:
    rows = Channel.objects.visible_to(request.user).select_related("account", "requested_by", "approved_by")
    return get_object_or_404(rows, pk=pk)


def page_of(user: User, channel: Channel) -> dict[str, Any]:
    """What the page of a channel shows."""
    account = channel.account
    account_url = account.get_absolute_url() if account and user.may("account.see") else ""
    is_customers = channel.kind == Channel.Kind.CUSTOMER
    return {
        "title": channel.label,
        "channel": channel,
        "warning": UNUSUAL_NAME if is_customers and not channel.looks_like_a_customers else "",
        "facts": [
            Fact("Account", account and account.name, url=account_url),
            Fact("Purpose", channel.purpose),
            Fact("Answers only in a thread", "Yes" if channel.thread_only else "No"),
            Fact("Workspace id", channel.team),
            Fact("Channel id", channel.slack_id),
        ],
        "suggested": notice_for(channel) if is_customers else "",
        "timeline": feed.of_record(channel),
        "may": {action: user.may(f"channel.{action}") for action in ("edit", "request", "approve")},
    }


@once
@require_http_methods(["GET", "HEAD", "POST"])
def channel_edit(request: Request, pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel.objects.editable_by(request.user), pk=pk)
    form = ChannelForm(posted(request), instance=channel, user=request.user)
    page = {"title": f"Edit {channel.label}", "save": "Save channel", "back": channel.get_absolute_url()}
    response = edit_page(request, form, page)
    if response.status_code == 302 and is_unusual(form):
        messages.warning(request, UNUSUAL_NAME)
    return response


def is_unusual(form: ChannelForm) -> bool:
    """Whether what was saved is a customer's channel under another kind of name (INT-17)."""
    return form.instance.kind == Channel.Kind.CUSTOMER and not form.instance.looks_like_a_customers


# --- after-hours cover ------------------------------------------------------------------------------------------------
@require_POST
@only("channel.request")
def after_hours_request(request: Request, pk: int) -> HttpResponse:
    channel = fetched(request, pk)
    return _tried(request, channel, channel.request_after_hours, "Requested: its administrator decides.")


@require_POST
@only("channel.approve")
def after_hours_approve(request: Request, pk: int) -> HttpResponse:
    channel = fetched(request, pk)
    return _tried(request, channel, channel.approve_after_hours, "Approved: the channel is covered after hours.")


@require_POST
@only("channel.approve")
def after_hours_end(request: Request, pk: int) -> HttpResponse:
    """Turn a request down, or switch the cover off."""
    channel = fetched(request, pk)
    return _tried(request, channel, channel.end_after_hours, "The channel is not covered after hours.")


def _tried(request: Request, channel: Channel, verb: Callable[..., None], done: str) -> HttpResponse:
    try:
        verb(by=request.user)
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(channel)


# --- response-time notices --------------------------------------------------------------------------------------------
@require_safe
@only("channel.see")
def channel_check(request: Request) -> HttpResponse:
    """Customer channels without a notice, by tier, each tier with the text that names its figures."""
    rows = Channel.objects.visible_to(request.user).without_notice().with_terms(clock.now()).select_related("account")
    groups = [(terms, list(some)) for terms, some in groupby(sorted(rows[:500], key=terms_of), key=terms_of)]
    texts = suggested([terms for terms, _ in groups])
    boxes = [{"tier": Tier(terms[0]).label, "text": texts[terms], "channels": some} for terms, some in groups]
    context = {"title": "Channel check", "boxes": boxes, "may_edit": request.user.may("channel.edit")}
    return render(request, "accounts/channel_check.html", context)


def terms_of(channel: Any) -> Terms:
    return channel.tier_now, channel.pinned_to


def notice_for(channel: Channel) -> str:
    """What the notice should say today."""
    contract = channel.account.contract_at(clock.now()) if channel.account else None
    terms = (contract.tier, contract.policy) if contract else (Tier.FREE.value, "")
    return suggested([terms])[terms]


@once
@require_http_methods(["GET", "HEAD", "POST"])
def channel_notice(request: Request, pk: int) -> HttpResponse:
    """Record the notice that now stands in the channel."""
    channel = get_object_or_404(Channel.objects.editable_by(request.user), pk=pk)
    form = NoticeForm(posted(request), initial={"text": channel.notice_text or notice_for(channel)})
    if form.is_valid():
        channel.put_up_notice(form.cleaned_data["text"], by=request.user)
        messages.success(request, "Recorded: the notice stands in the channel.")
        return redirect(channel)
    title, suggestion = f"Notice in {channel.label}", notice_for(channel)
    page = {"title": title, "save": "Notice put up", "back": channel.get_absolute_url(), "suggested": suggestion}
    return form_page(request, form, page | {"template": "accounts/channel_notice.html", "channel": channel})
