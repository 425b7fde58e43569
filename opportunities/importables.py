"""Leads and opportunities out of CSV files: their fields, and how a row finds the record it is about."""

from collections.abc import Mapping
from typing import Any

from accounts.importables import by_name_at_account
from fleetcs.importable import BY_ID, Importable, Match, same
from fleetcs.models import User
from opportunities import pipelines, stages
from opportunities.forms import LeadForm
from opportunities.forms.taken_in import OpportunityImportForm
from opportunities.prospecting import NEW
from opportunities.tables import LEADS as LEAD_TABLE
from opportunities.tables import OPPORTUNITIES as OPPORTUNITY_TABLE


def open_first(rows: Any) -> Any:
    """Those that are open; else the last that was converted: the same person is not written down anew."""
    found = list(rows.order_by("is_converted", "-pk")[:2])
    return [lead for lead in found if not lead.is_converted] or found[:1]


def by_address(rows: Any, texts: Mapping[str, str]) -> Any:
    return open_first(same(rows, email=texts["email"]))


def by_name_at_company(rows: Any, texts: Mapping[str, str]) -> Any:
    return open_first(same(rows, name=texts["name"], company=texts["company"]))


def fresh_lead(_user: User) -> dict[str, Any]:
    return {"status": NEW}


def fresh_deal(_user: User) -> dict[str, Any]:
    return {"stage": stages.OPEN[0], "type": pipelines.NEW}


LEADS = Importable(
    table=LEAD_TABLE,
    action="lead.import",
    form=LeadForm,
    fields=("name", "source", "status", "rating", "company", "title", "email", "phone", "owner"),
    matches=(
        Match("email", "Email", ("email",), by_address),
        Match("name", "Name and company", ("name", "company"), by_name_at_company),
        BY_ID,
    ),
    heads={
        **dict.fromkeys(("full name", "lead", "lead name"), "name"),
        **dict.fromkeys(("email address", "work email"), "email"),
        **dict.fromkeys(("account", "account name", "company name"), "company"),
        **dict.fromkeys(("phone number", "mobile", "telephone"), "phone"),
        "job title": "title",
        "lead owner": "owner",
    },
    fresh=fresh_lead,
)

OPPORTUNITIES = Importable(
    table=OPPORTUNITY_TABLE,
    action="opportunity.import",
    form=OpportunityImportForm,
    fields=OpportunityImportForm.Meta.fields,
    matches=(Match("name", "Name and account", ("name", "account"), by_name_at_account), BY_ID),
    heads={
        **dict.fromkeys(("account", "company"), "account"),
        **dict.fromkeys(("name", "opportunity", "deal"), "name"),
        **dict.fromkeys(("due", "next step due", "next step due date"), "next_step_due"),
        "closes": "close_date",
        "hosts": "max_hosts",
    },
    fresh=fresh_deal,
)
