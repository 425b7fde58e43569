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
    defaults: ClassVar[list[str]] = ["opportunities.mirrors.load_mirrors"]
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
            "key": "v",
            "group": "Customers",
        },
        {
            "label": "Leads",
            "url_name": "opportunities:leads",
            "icon": "user-search",
            "action": "lead.see",
            "key": "j",
            "group": "Customers",
        },
    ]
