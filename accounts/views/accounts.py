"""Accounts: the list that opens with customers (SFD-03), the page of one, and its form."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed, links, meetings, sheets, useful
from accounts.forms import AccountForm
from accounts.models import Account, Contract, MeetingNotes
from accounts.tables import ACCOUNTS
from fleetcs import clock
from fleetcs.listing import Fact, mean, without_default
from fleetcs.mirrors import balance
from fleetcs.models import HandbookEntry, User
from fleetcs.once import once
from fleetcs.posts import Group
from fleetcs.views import exports
from fleetcs.views.records import Request, add_page, edit_page, only, posted
from fleetcs.views.tables import filtered, table_listing, table_page

VIEWS = [
    ("Customers", "kind=customer"),
    ("My customers", "kind=customer&mine=1"),
    ("Prospects", "kind=prospect"),
    ("All", "kind="),
]
SHOWN = 10
OWN_FIELD = {Group.AE: "ae", Group.CSM: "csm"}


@require_safe
@only("account.see")
def accounts(request: Request) -> HttpResponse:
    """The list of accounts; without a word about the kind it means customers, as a chip that can be taken away."""
    mean(request, kind=Account.Kind.CUSTOMER.value)
    filters = filtered(request, ACCOUNTS)
    page = without_default(table_listing(request, ACCOUNTS, filters), "kind")
    more = {"title": "Accounts", "views": VIEWS, "may_create": request.user.may("account.create")}
    return table_page(request, "accounts/accounts.html", ACCOUNTS, page, filters.form, **more)


@require_POST
@only("account.see")
def accounts_export(request: Request) -> HttpResponseBase:
    """The list as a file, for the few who may take it away (LEA-03)."""
    exports.allow(request, ACCOUNTS.export)
    mean(request, kind=Account.Kind.CUSTOMER.value)
    return exports.logged(request, "accounts", sheets.ACCOUNTS, filtered(request, ACCOUNTS), ACCOUNTS.sorts)


@require_safe
def account(request: Request, pk: int) -> HttpResponse:
    rows = Account.objects.visible_to(request.user).select_related("csm", "ae", "sc", "parent")
    return render(request, "accounts/account.html", page_of(request.user, get_object_or_404(rows, pk=pk)))


def page_of(user: User, account: Account) -> dict[str, Any]:
    """What the page of an account shows."""
    may_read_terms = account.allows(user, "contract.see")
    return {
        "title": account.name,
        "account": account,
        "contract": account.contract_at(clock.now()),
        "contracts": Contract.objects.visible_to(user).filter(account=account) if may_read_terms else None,
        "contacts": account.contacts.all()[:20] if user.may("contact.see") else None,
        "channels": account.channels.all()[:20],
        "local_time": local_time(account.zone),
        "mirrored": balance.of_record(account),
        "first_facts": first_facts(account),
        "additional": additional(account),
        "facts": more_facts(account),
        "useful": useful.links(account.name, HandbookEntry.objects.section("links")),
        "notes": MeetingNotes.objects.visible_to(user).filter(account=account)[:SHOWN],
        **calendar_of(user, account),
        "may_link_notes": account.allows(user, "notes.link"),
        "timeline": feed.of_account(user, account),
        "may_edit": account.allows(user, "account.edit"),
        "may_see_codename": account.allows(user, "codename.see"),
        "may_add_contact": account.allows(user, "contact.edit"),
        "may_edit_contracts": account.allows(user, "contract.edit"),
    }


def calendar_of(user: User, account: Account) -> dict[str, Any]:
    """Meetings to come and those held last, and whether this person schedules them and calls them off."""
    coming, held = meetings.of_account(account, clock.now())
    return {"coming": coming, "held": held, "may_schedule": account.allows(user, "meeting.schedule")}


def local_time(zone: str) -> str:
    """The customer's own time of day (ux 16); "" while the zone is not known."""
    return f"{clock.now().astimezone(ZoneInfo(zone)):%a %H:%M %Z}" if zone else ""


def first_facts(account: Account) -> list[Fact]:
    """The six that come first, in this order (SFD-04)."""
    parent = account.parent
    return [
        Fact("Billing address", account.billing_address),
        Fact("Parent account", parent and parent.name, url=parent.get_absolute_url() if parent else ""),
        Fact("LinkedIn company URL", account.linkedin_company_url, url=account.linkedin_company_url),
        Fact("CISO employees (#)", account.ciso_employees),
        Fact("Employees", account.employees),
        Fact("Industry", account.industry),
    ]


def additional(account: Account) -> list[Fact]:
    """SFD-07, in this order."""
    overlaps = account.linkedin_overlaps
    return [
        Fact("Account (customer) name", account.name),
        Fact("Account rating", account.rating),
        Fact(
            "LinkedIn sales navigator URL",
            account.linkedin_sales_navigator_url,
            url=account.linkedin_sales_navigator_url,
        ),
        Fact("LinkedIn company URL", account.linkedin_company_url, url=account.linkedin_company_url),
        Fact("My LinkedIn overlaps", overlaps, url=overlaps if links.LINKEDIN.match(overlaps) else ""),
    ]


def more_facts(account: Account) -> list[Fact]:
    return [
        Fact("Hosting", account.get_hosting_display()),
        Fact("Running version", account.running_version),
        Fact("CSM", account.csm),
        Fact("Account executive", account.ae),
        Fact("Solutions consultant", account.sc),
        Fact("Mail domains", ", ".join(row.domain for row in account.domains.all())),
        Fact("Time zone", account.zone),
        Fact("Local time", local_time(account.zone)),
        # Beside the name it would tell the codename to whoever passes by: the card tells it, and writes it down.
        Fact("GitHub label", "Set" if account.github_label else "", hint="As Salesforce has it"),
    ]


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("account.create")
def account_create(request: Request) -> HttpResponse:
    mine = {field: request.user.pk for group, field in OWN_FIELD.items() if group in request.user.groups_today}
    form = AccountForm(posted(request), user=request.user, initial=mine)
    page = {
        "title": "New account",
        "save": "Create account",
        "back": reverse("accounts:accounts"),
        "done": "Account created.",
    }
    return add_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def account_edit(request: Request, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.editable_by(request.user), pk=pk)
    form = AccountForm(posted(request), instance=account, user=request.user)
    back = account.get_absolute_url()
    return edit_page(request, form, {"title": f"Edit {account.name}", "save": "Save account", "back": back})
