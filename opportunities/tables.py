"""The lists of opportunities and leads: their columns, and what of them can be changed in the list (SFD-10, SFD-20)."""

from typing import Any

from accounts.tables import link
from fleetcs.columns import Column, State
from fleetcs.models import User
from fleetcs.tables import Table
from opportunities import stages
from opportunities.filters import LeadFilter, OpportunityFilter
from opportunities.forms import LeadForm, OpportunityForm
from opportunities.models import Lead, Opportunity


def opportunity_rows(user: User) -> Any:
    return Opportunity.objects.visible_to(user).with_close().select_related("account", "owner")


def lead_rows(user: User) -> Any:
    return Lead.objects.visible_to(user).select_related("owner")


def stage(row: Opportunity) -> State:
    return State(stages.tone(row.stage), stages.shown(row.stage))


def status(row: Lead) -> object:
    return State("good", "Converted") if row.is_converted else row.status


OPPORTUNITIES = Table(
    code="opportunities",
    page="opportunities:opportunities",
    noun="opportunity",
    edit="opportunity.edit",
    export="opportunity.export",
    model=Opportunity,
    form=OpportunityForm,
    filters=OpportunityFilter,
    rows=opportunity_rows,
    columns=(
        Column("name", "Opportunity", lambda row: link(row, opens=True), sort="name", kind="wide"),
        Column("account", "Account", lambda row: link(row.account), sort="account"),
        Column("stage", "Stage", stage, field="stage"),
        Column("amount", "Amount", lambda row: row.amount, kind="num", field="amount"),
        Column("close", "Close date", lambda row: row.close_date, sort="close", field="close_date"),
        Column("next", "Next step", lambda row: row.next_step, kind="clip", field="next_step"),
        Column("owner", "Owner", lambda row: row.owner or "Nobody", kind="name"),
        Column("due", "Next step's due date", lambda row: row.next_step_due, field="next_step_due", extra=True),
        Column("type", "Type", lambda row: row.type, extra=True),
        Column("probability", "Probability (%)", lambda row: row.probability, kind="num", extra=True),
        Column("expected", "Expected amount", lambda row: row.expected_revenue, kind="num", extra=True),
        Column("source", "Lead source", lambda row: row.lead_source, extra=True),
        Column("hosts", "Up to # of hosts", lambda row: row.max_hosts, kind="num", extra=True),
        Column("term", "Term (months)", lambda row: row.term, kind="num", extra=True),
        Column("added", "Added", lambda row: row.created_at, extra=True),
    ),
    sorts={
        "-close": ("-closes", "-pk"),
        "close": ("closes", "pk"),
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
        "account": ("account__name", "pk"),
        "-account": ("-account__name", "-pk"),
    },
    many=("stage", "amount", "close_date", "next_step", "next_step_due"),
)

LEADS = Table(
    code="leads",
    page="opportunities:leads",
    noun="lead",
    edit="lead.edit",
    export="lead.export",
    model=Lead,
    form=LeadForm,
    filters=LeadFilter,
    rows=lead_rows,
    columns=(
        Column("name", "Name", lambda row: link(row, opens=True), sort="name"),
        Column("company", "Company", lambda row: row.company, sort="company", kind="clip", field="company"),
        Column("source", "Lead source", lambda row: row.source, field="source"),
        Column("status", "Lead status", status, field="status"),
        Column("rating", "Rating", lambda row: row.rating, field="rating"),
        Column("owner", "Owner", lambda row: row.owner or "Nobody", kind="name", field="owner"),
        Column("added", "Added", lambda row: row.created_at, sort="added", kind="quiet"),
        Column("title", "Title", lambda row: row.title, kind="clip", field="title", extra=True),
        Column("email", "Email", lambda row: row.email, kind="clip", field="email", extra=True),
        Column("phone", "Phone", lambda row: row.phone, action="contact.phone", field="phone", extra=True),
    ),
    sorts={
        "-added": ("-created_at", "-pk"),
        "added": ("created_at", "pk"),
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
        "company": ("company", "pk"),
        "-company": ("-company", "-pk"),
    },
    many=("source", "status", "rating", "company", "owner"),
)
