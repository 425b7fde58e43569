"""The lists of accounts and contacts: their columns, and what of them can be changed in the list (SFD-03, SFD-15)."""

from typing import Any

from accounts.filters import AccountFilter, ContactFilter
from accounts.forms import AccountForm, ContactForm
from accounts.models import Account, Contact
from fleetcs import clock
from fleetcs.columns import Column, Link, State
from fleetcs.models import User
from fleetcs.tables import Table

KINDS = {"customer": State("good", "Customer"), "prospect": State("idle", "Prospect")}


def account_rows(user: User) -> Any:
    rows = Account.objects.visible_to(user).with_tier(clock.now())
    return rows.select_related("csm", "ae", "sc", "parent")


def contact_rows(user: User) -> Any:
    return Contact.objects.visible_to(user).select_related("account", "reports_to")


def link(record: Any, *, opens: bool = False) -> Link | None:
    """A record by its name; nothing for none."""
    return Link(record.name, record.get_absolute_url(), opens) if record else None


# The GitHub label is no column: beside the name it would tell the codename to whoever passes by.
ACCOUNTS = Table(
    code="accounts",
    page="accounts:accounts",
    noun="account",
    edit="account.edit",
    export="account.export",
    model=Account,
    form=AccountForm,
    filters=AccountFilter,
    rows=account_rows,
    columns=(
        Column("name", "Account", lambda row: link(row, opens=True), sort="name", kind="wide"),
        Column("kind", "Kind", lambda row: KINDS[row.kind], field="kind"),
        Column("tier", "Tier in force", lambda row: row.tier_now.capitalize()),
        Column("csm", "CSM", lambda row: row.csm or "Nobody", kind="name", field="csm"),
        Column("ae", "AE", lambda row: row.ae or "Nobody", kind="name", field="ae"),
        Column("version", "Running version", lambda row: row.running_version, field="running_version"),
        Column("hosting", "Hosting", lambda row: row.get_hosting_display(), field="hosting"),
        Column("added", "Added", lambda row: row.created_at, sort="added"),
        Column("sc", "SC", lambda row: row.sc or "Nobody", kind="name", field="sc", extra=True),
        Column("parent", "Parent account", lambda row: link(row.parent), extra=True),
        Column("industry", "Industry", lambda row: row.industry, field="industry", extra=True),
        Column("employees", "Employees", lambda row: row.employees, kind="num", field="employees", extra=True),
        Column("ciso", "CISO employees (#)", lambda row: row.ciso_employees, "", "num", "", "ciso_employees", True),
        Column("rating", "Account rating", lambda row: row.rating, field="rating", extra=True),
        Column("press", "Press approval", lambda row: row.press_approval, field="press_approval", extra=True),
        Column("terms", "Payment terms", lambda row: row.payment_terms, field="payment_terms", extra=True),
        Column("zone", "Time zone", lambda row: row.zone, field="zone", extra=True),
    ),
    sorts={
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
        "-added": ("-created_at", "-pk"),
        "added": ("created_at", "pk"),
    },
    many=("kind", "hosting", "running_version", "csm", "ae", "sc", "industry", "rating", "press_approval", "zone"),
)

CONTACTS = Table(
    code="contacts",
    page="accounts:contacts",
    noun="contact",
    edit="contact.edit",
    export="contact.export",
    model=Contact,
    form=ContactForm,
    filters=ContactFilter,
    rows=contact_rows,
    columns=(
        Column("name", "Name", lambda row: link(row, opens=True), sort="name"),
        Column("account", "Account", lambda row: link(row.account), sort="account"),
        Column("job", "Job title", lambda row: row.job_title, kind="clip", field="job_title"),
        Column("department", "Department", lambda row: row.department, kind="clip", field="department"),
        Column("email", "Email", lambda row: row.email, kind="clip", field="email"),
        Column(
            "champion",
            "Champion",
            lambda row: State("good", "Champion") if row.is_champion else "",
            field="is_champion",
        ),
        Column("title", "Title", lambda row: row.title, field="title", extra=True),
        Column("boss", "Reports to", lambda row: link(row.reports_to), extra=True),
        Column("personal", "Personal email", lambda row: row.personal_email, "", "clip", "", "personal_email", True),
        Column("mobile", "Mobile", lambda row: row.mobile, action="contact.phone", field="mobile", extra=True),
        Column("zone", "Time zone", lambda row: row.zone, field="zone", extra=True),
        Column("added", "Added", lambda row: row.created_at, extra=True),
    ),
    sorts={
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
        "account": ("account__name", "name", "pk"),
        "-account": ("-account__name", "-name", "-pk"),
    },
    many=("is_champion", "title", "job_title", "department", "zone"),
)
