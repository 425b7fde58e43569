"""License keys: the list, the page of one, and what is done with it (LIC-03, DCL-23, DCL-24, SYS-12)."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed, paying, sheets
from accounts import licenses as rules
from accounts.filters import LicenseFilter
from accounts.forms import BecauseForm, LicenseForm, ShareForm
from accounts.models import Account, KeyShare, LicenseKey, LicenseRequest
from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.editing import carried_out
from fleetcs.export import csv_of, is_wanted
from fleetcs.listing import Fact, listing
from fleetcs.models import HandbookEntry, Post, User
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, form_page, list_page, only, posted
from fleetcs.working_day import today

SORTS = {
    "expires": ("expires_on", "pk"),
    "-expires": ("-expires_on", "-pk"),
    "account": ("account__name", "pk"),
    "-account": ("-account__name", "-pk"),
    "-recorded": ("-recorded_at", "-pk"),
}
VIEWS = [("All", ""), ("Mine", "mine=1"), ("Running out", "state=expiring"), ("Work now", "state=active")]
STATES: Final = {
    "active": ("good", "Works"),
    "expiring": ("warn", "Runs out soon"),
    "expired": ("idle", "Expired"),
    "revoked": ("bad", "Revoked"),
}
SHARE_STATES: Final = {
    "waiting": ("wait", "Not opened yet"),
    "opened": ("good", "Opened"),
    "expired": ("idle", "Link expired"),
    "revoked": ("bad", "Revoked"),
    "locked": ("bad", "Too many wrong codes"),
}
ELSEWHERE: Final = {
    "license_key_creator": "Self-service key creator",
    "license_dispenser": "Self-service license dispenser",
    "opportunity_issue": "Opportunity issue (legacy)",
}
MOST_WAITING: Final = 50
LAPSED: Final = "A link died before anybody had opened it: share the key again."


class Shown[Row](NamedTuple):
    """A row with its state as people see it."""

    row: Row
    tone: str
    words: str


def shown(key: LicenseKey) -> Shown[LicenseKey]:
    return Shown(key, *STATES[key.state(today())])


def links() -> list[tuple[str, str]]:
    """Where keys are made, by name, as the company's handbook has it (LIC-01 to LIC-03)."""
    known = HandbookEntry.objects.section("links")
    return [(name, known[code]) for code, name in ELSEWHERE.items() if known.get(code)]


@require_safe
@only("license.see")
def licenses(request: Request) -> HttpResponseBase:
    """The list of keys; what a key says is in no list and no file."""
    rows = LicenseKey.objects.visible_to(request.user).with_followed(today()).select_related("account")
    filters = LicenseFilter(request.GET, queryset=rows, request=request)
    if is_wanted(request) and filters.is_valid():
        return csv_of(request, "licenses", sheets.LICENSES, filters.qs, SORTS)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="license key")
    more = {"title": "License keys", "views": VIEWS, "may_see_trials": request.user.may("trial.see")}
    keys, mine = [shown(key) for key in page.rows], waiting(request.user)
    return list_page(request, "accounts/licenses.html", page, filters.form, keys=keys, **more, **mine)


def waiting(user: User) -> dict[str, Any]:
    """Requests for which somebody is responsible, and keys of their customers that run out (LIC-04, SYS-12)."""
    requests = LicenseRequest.objects.waiting_for(user).select_related("account", "asked_by")[:MOST_WAITING]
    expiring = LicenseKey.objects.visible_to(user).of_csm(user).expiring(today())
    rows = expiring.select_related("account").order_by("expires_on", "pk")[:MOST_WAITING]
    return {"requests": requests, "expiring": [shown(key) for key in rows]}


@require_safe
def licenses_of_account(request: Request, pk: int) -> HttpResponse:
    """The card of an account: its key that works, masked, what was asked for, and how customers pay."""
    account = get_object_or_404(Account.objects.visible_to(request.user).select_related("csm", "ae", "sc"), pk=pk)
    page = {"title": f"License keys of {account.name}", "account": account}
    return render(request, "accounts/licenses_of_account.html", page | card(request.user, account))


def card(user: User, account: Account) -> dict[str, Any]:
    """What the card shows: of keys nothing to those who may not see them."""
    if not account.allows(user, "license.see"):
        return {"may_see": False, "paying": paying.of_customer(None)}
    keys = account.license_keys.with_followed(today()).defer("sealed")
    key = keys.current(account, today())
    others = [each for each in keys[:6] if each != key][:5]
    return {
        "may_see": True,
        "key": key and shown(key),
        "others": [shown(other) for other in others],
        "requests": account.license_requests.open().select_related("asked_by"),
        "lapsed": KeyShare.objects.lapsed(clock.now()).filter(key=key).exists() if key else False,
        "may_handle": account.allows(user, "license.handle"),
        "may_ask": account.allows(user, "license.ask"),
        "paying": paying.of_customer(key),
    }


@once
@require_http_methods(["GET", "HEAD", "POST"])
def license_create(request: Request, account_pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.licenses_handled_by(request.user), pk=account_pk)
    asked = account.license_requests.open().first()
    form = LicenseForm(posted(request), user=request.user, initial=asked.wants() if asked else {})
    page = {
        "title": f"Record a license key of {account.name}",
        "save": "Record key",
        "back": account.get_absolute_url(),
        "done": "Recorded: it is shown masked from now on.",
        "template": "accounts/license_new.html",
        "links": links(),
    }
    return add_page(request, form, page, account=account)


@require_safe
def license(request: Request, pk: int) -> HttpResponse:
    keys = LicenseKey.objects.visible_to(request.user).with_followed(today())
    key = get_object_or_404(keys.select_related("account", "recorded_by"), pk=pk)
    return render(request, "accounts/license.html", page_of(request.user, key))


def page_of(user: User, key: LicenseKey) -> dict[str, Any]:
    """What the page of a key shows: everything but the key."""
    now, state = clock.now(), shown(key)
    shares = list(key.shares.select_related("contact"))
    return {
        "title": f"{key.get_kind_display()} key of {key.account.name}",
        "key": key,
        "state": state,
        "facts": facts(key),
        "shares": [Shown(share, *SHARE_STATES[share.state(now)]) for share in shares],
        "live": {share for share in shares if share.is_live(now)},
        "warning": LAPSED if KeyShare.objects.lapsed(now).filter(key=key).exists() else "",
        "timeline": feed.of_record(key),
        "may_handle": key.account.allows(user, "license.handle"),
        "works": key.works(today()),
    }


def facts(key: LicenseKey) -> list[Fact]:
    who = Post.objects.get(code=rules.post_of(key.kind)).holder()
    return [
        Fact("Account", key.account.name, url=key.account.get_absolute_url()),
        Fact("Kind", key.get_kind_display()),
        Fact("Phase", rules.PHASES[key.phase]),
        Fact("Responsible", who and who.name, hint="Who answers for keys in this phase, by their post today"),
        Fact("Hosts", f"{key.hosts:,}"),
        Fact("Made with", key.get_source_display(), url=key.issue_url),
        Fact("Recorded by", key.recorded_by and key.recorded_by.name),
        Fact("Revoked because", key.revoked_because),
    ]


def handled(request: Request, pk: int) -> LicenseKey:
    keys = LicenseKey.objects.handled_by(request.user).with_followed(today())
    return get_object_or_404(keys.select_related("account", "recorded_by"), pk=pk)


@require_POST
def license_reveal(request: Request, pk: int) -> HttpResponse:
    """Show one key to somebody who may see it, in this answer and nowhere else; the history says so."""
    key = handled(request, pk)
    try:
        value = key.reveal(by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(key)
    return render(request, "accounts/license.html", page_of(request.user, key) | {"value": value})


@require_http_methods(["GET", "HEAD", "POST"])
def license_share(request: Request, pk: int) -> HttpResponse:
    """A link for each recipient; what it is called is told in this answer and nowhere else."""
    key = handled(request, pk)
    form = ShareForm(posted(request), key=key)
    made: list[tuple[KeyShare, str]] = []
    if form.is_valid() and carried_out(form, lambda: made.extend(shared(key, form, request.user))):
        page = {"title": "Links to a license key", "key": key, "made": made}
        return render(request, "accounts/license_links.html", page)
    page = {"title": f"Share a key of {key.account.name}", "save": "Make the links", "back": key.get_absolute_url()}
    return form_page(request, form, page | {"template": "accounts/license_share.html", "key": key})


def shared(key: LicenseKey, form: ShareForm, user: User) -> list[tuple[KeyShare, str]]:
    """The links that were made, each with its address."""
    life = timedelta(days=form.cleaned_data["days"])
    made = KeyShare.objects.share(key, form.cleaned_data["contacts"], by=user, life=life)
    return [(share, address(token)) for share, token in made]


def address(token: str) -> str:
    """Where the link leads, made of a setting alone."""
    return absolute_url(reverse("accounts:shared_key", args=[token]))


@once
@require_http_methods(["GET", "HEAD", "POST"])
def license_revoke(request: Request, pk: int) -> HttpResponse:
    key, form = handled(request, pk), BecauseForm(posted(request))
    if form.is_valid() and carried_out(form, lambda: key.revoke(form.cleaned_data["because"], by=request.user)):
        messages.success(request, "Revoked: its links are dead too.")
        return redirect(key)
    title = f"Revoke the {key.get_kind_display().lower()} key of {key.account.name}"
    return form_page(request, form, {"title": title, "save": "Revoke key", "back": key.get_absolute_url()})


@require_POST
def share_revoke(request: Request, pk: int) -> HttpResponse:
    """Let a link be dead."""
    keys = LicenseKey.objects.handled_by(request.user)
    share = get_object_or_404(KeyShare.objects.filter(key__in=keys).select_related("key").defer("key__sealed"), pk=pk)
    try:
        share.revoke(by=request.user)
        messages.success(request, "Revoked: the link opens nothing any more.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(share.key)
