"""Contacts: the list of all of them (SFD-15), the page of one (SFD-16 to SFD-19), and its form."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed, sheets
from accounts.forms import ContactForm
from accounts.models import Account, Contact
from accounts.tables import CONTACTS
from accounts.views.accounts import local_time
from fleetcs.listing import Fact
from fleetcs.mirrors import balance
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views import exports
from fleetcs.views.records import Request, add_page, edit_page, only, posted
from fleetcs.views.tables import filtered, table_listing, table_page

VIEWS = [("All", ""), ("Mine", "mine=1"), ("Champions", "champion=True")]
HIDDEN = "Only for those who serve customers"


@require_safe
@only("contact.see")
def contacts(request: Request) -> HttpResponse:
    """The list of contacts; it opens with all of them (SFD-15)."""
    filters = filtered(request, CONTACTS)
    page = table_listing(request, CONTACTS, filters)
    more = {"title": "Contacts", "views": VIEWS, "may_create": request.user.may("contact.edit")}
    return table_page(request, "accounts/contacts.html", CONTACTS, page, filters.form, **more)


@require_POST
@only("contact.see")
def contacts_export(request: Request) -> HttpResponseBase:
    """The list as a file, for the few who may take it away (LEA-03)."""
    exports.allow(request, CONTACTS.export)
    columns = sheets.contacts_for(request.user)
    return exports.logged(request, "contacts", columns, filtered(request, CONTACTS), CONTACTS.sorts)


@require_safe
def contact(request: Request, pk: int) -> HttpResponse:
    rows = Contact.objects.visible_to(request.user).select_related("account", "reports_to")
    return render(request, "accounts/contact.html", page_of(request.user, get_object_or_404(rows, pk=pk)))


def page_of(user: User, contact: Contact) -> dict[str, Any]:
    """What the page of a contact shows."""
    return {
        "title": contact.name,
        "contact": contact,
        "facts": second_section(contact),
        "more_facts": additional(contact, phone=contact.mobile if user.may("contact.phone") else HIDDEN),
        "reach": [
            Fact("Slack id", contact.slack_id),
            Fact("Time zone", contact.zone),
            Fact("Local time", local_time(contact.zone)),
        ],
        "timeline": feed.of_record(contact),
        "manager": contact.reports_to,
        "mirrored": balance.of_record(contact),
        "reports": contact.reports.all()[:20],
        "colleagues": contact.account.contacts.exclude(pk=contact.pk)[:50],
        "may_edit": contact.account.allows(user, "contact.edit"),
    }


def second_section(contact: Contact) -> list[Fact]:
    """SFD-17, in this order."""
    manager = contact.reports_to
    return [
        Fact("LinkedIn URL", contact.linkedin_url, url=contact.linkedin_url),
        Fact("Account name", contact.account.name, url=contact.account.get_absolute_url()),
        Fact("Name", contact.name),
        Fact("Title", contact.title),
        Fact("Is champion", "Yes" if contact.is_champion else "No"),
        Fact("Reports to", manager and manager.name, url=manager.get_absolute_url() if manager else ""),
    ]


def additional(contact: Contact, phone: str) -> list[Fact]:
    """SFD-18, in this order."""
    return [
        Fact("Email", contact.email, url=f"mailto:{contact.email}" if contact.email else ""),
        Fact("Personal email", contact.personal_email),
        Fact("Twitter", contact.twitter),
        Fact("GitHub", contact.github),
        Fact("Mobile", phone),
        Fact("Website", contact.website, url=contact.website),
        Fact("Orbit feed", contact.orbit_feed, url=contact.orbit_feed),
        Fact("Description", contact.description),
    ]


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("contact.edit")
def contact_create(request: Request) -> HttpResponse:
    mine = Account.objects.contacts_editable_by(request.user)
    asked = request.GET.get("account", "")
    chosen = mine.filter(pk=asked).first() if asked.isdecimal() and len(asked) <= 18 else None
    form = ContactForm(posted(request), user=request.user, initial={"account": chosen and chosen.pk})
    back = chosen.get_absolute_url() if chosen else reverse("accounts:contacts")
    page = {"title": "New contact", "save": "Create contact", "back": back, "done": "Contact created."}
    return add_page(request, form, page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: Request, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.editable_by(request.user).select_related("account"), pk=pk)
    form = ContactForm(posted(request), instance=contact, user=request.user)
    back = contact.get_absolute_url()
    return edit_page(request, form, {"title": f"Edit {contact.name}", "save": "Save contact", "back": back})
