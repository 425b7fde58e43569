"""Opportunities in the house's registry."""

from typing import Any, ClassVar

from fleetcs.apps import House


class OpportunitiesConfig(House):
    """What this floor offers to floor 0."""

    name = "opportunities"
    default = True
    mirrors: ClassVar[list[str]] = [
        "opportunities.mirrors.LEADS",
        "opportunities.mirrors.OPPORTUNITIES",
        "opportunities.mirrors.STAGES",
        "opportunities.mirrors.TASKS",
        "opportunities.mirrors.EVENTS",
    ]
    defaults: ClassVar[list[str]] = [
        "opportunities.mirrors.load_mirrors",
        "opportunities.defaults.load_countries",
        "opportunities.defaults.load_lead_sources",
    ]
    senders: ClassVar[dict[str, str]] = {"mail.signature": "opportunities.senders.SignatureMail"}
    procedures: ClassVar[dict[str, str]] = {"signature": "opportunities.signing.REQUEST"}
    tables: ClassVar[list[str]] = ["opportunities.tables.OPPORTUNITIES", "opportunities.tables.LEADS"]
    searches: ClassVar[list[str]] = ["opportunities.search.opportunities", "opportunities.search.leads"]
    records: ClassVar[dict[str, tuple[str, str]]] = {
        "opportunities:opportunity": ("opportunities.starred.opportunities", "businessplan"),
        "opportunities:lead": ("opportunities.starred.leads", "user-search"),
    }
    nav: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Opportunities",
            "url_name": "opportunities:opportunities",
            "icon": "businessplan",
            "action": "opportunity.see",
            "key": "1",
            "group": "Records",
            "order": 2,
        },
        {
            "label": "Leads",
            "url_name": "opportunities:leads",
            "icon": "user-search",
            "action": "lead.see",
            "key": "2",
            "group": "Records",
            "order": 4,
        },
        {
            "label": "Papers",
            "url_name": "opportunities:papers",
            "icon": "file-certificate",
            "action": "paper.decide",
            "key": "c",
            "group": "Customers",
            "count": "opportunities.counts.papers_for",
        },
    ]
    home: ClassVar[list[dict[str, Any]]] = [
        {"title": "Leads", "url_name": "opportunities:part_leads", "action": "lead.review"}
    ]
    lists: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Weekly review of leads",
            "url_name": "opportunities:leads_weekly",
            "icon": "calendar-week",
            "action": "lead.review",
        },
        {
            "label": "Daily review of outreach",
            "url_name": "opportunities:leads_daily",
            "icon": "calendar-check",
            "action": "lead.review",
        },
        {"label": "Lead sources", "url_name": "opportunities:lead_sources", "icon": "route", "action": "lead.source"},
        {"label": "Terms", "url_name": "opportunities:standard_terms", "icon": "list-details", "action": "term.see"},
        {"label": "Countries", "url_name": "opportunities:countries", "icon": "world", "action": "country.see"},
    ]
