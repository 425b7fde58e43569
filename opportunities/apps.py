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
    defaults: ClassVar[list[str]] = ["opportunities.mirrors.load_mirrors", "opportunities.defaults.load_countries"]
    senders: ClassVar[dict[str, str]] = {"mail.signature": "opportunities.senders.SignatureMail"}
    procedures: ClassVar[dict[str, str]] = {
        "signature": "opportunities.signing.REQUEST",
        "checkup": "opportunities.looks.PROCEDURE",
    }
    handovers: ClassVar[list[str]] = ["opportunities.checkup.pass_on"]
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
            "group": "Customers",
        },
        {
            "label": "Leads",
            "url_name": "opportunities:leads",
            "icon": "user-search",
            "action": "lead.see",
            "key": "2",
            "group": "Customers",
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
        {
            "label": "Data checkup",
            "url_name": "opportunities:checkups",
            "icon": "stethoscope",
            "action": "checkup.see",
            "key": "8",
            "group": "Customers",
            "count": "opportunities.counts.findings_for",
        },
    ]
    lists: ClassVar[list[dict[str, Any]]] = [
        {"label": "Terms", "url_name": "opportunities:standard_terms", "icon": "list-details", "action": "term.see"},
        {"label": "Findings", "url_name": "opportunities:findings", "icon": "list-check", "action": "checkup.see"},
        {"label": "Countries", "url_name": "opportunities:countries", "icon": "world", "action": "country.see"},
    ]
