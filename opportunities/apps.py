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
    senders: ClassVar[dict[str, str]] = {
        "mail.signature": "opportunities.senders.SignatureMail",
        "github.sale": "opportunities.sale_issue.SaleIssue",
        "github.sale_assign": "opportunities.sale_issue.SaleAssign",
        "mail.close_nudge": "opportunities.nudging.NudgeMail",
    }
    adoptions: ClassVar[dict[str, str]] = {"deals": "opportunities.adopting.Deals"}
    procedures: ClassVar[dict[str, str]] = {
        "signature": "opportunities.signing.REQUEST",
        "close": "opportunities.models.deal_close.checklist",
        "checkup": "opportunities.looks.PROCEDURE",
    }
    handovers: ClassVar[list[str]] = ["opportunities.checkup.pass_on"]
    tables: ClassVar[list[str]] = ["opportunities.tables.OPPORTUNITIES", "opportunities.tables.LEADS"]
    imports: ClassVar[list[str]] = ["opportunities.importables.OPPORTUNITIES", "opportunities.importables.LEADS"]
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
            "label": "Pipeline",
            "url_name": "opportunities:pipeline",
            "icon": "layout-kanban",
            "action": "opportunity.see",
            "key": "4",
            "group": "Customers",
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
        {
            "label": "Data checkup",
            "url_name": "opportunities:checkups",
            "icon": "stethoscope",
            "action": "checkup.see",
            "key": "8",
            "group": "Customers",
            "count": "opportunities.counts.findings_for",
        },
        {
            "label": "Closes",
            "url_name": "opportunities:closes",
            "icon": "list-check",
            "action": "close.see",
            "key": "6",
            "group": "Customers",
        },
        {
            "label": "Onboarding",
            "url_name": "opportunities:onboarding",
            "icon": "rocket",
            "action": "onboarding.see",
            "key": "5",
            "group": "Customers",
        },
    ]
    home: ClassVar[list[dict[str, Any]]] = [
        {"title": "Deal closes", "url_name": "opportunities:closes_waiting", "action": "close.see"},
        {"title": "Leads", "url_name": "opportunities:part_leads", "action": "lead.review"},
        {
            "title": "Expansions without a next step",
            "url_name": "opportunities:part_expansions",
            "action": "opportunity.expand",
        },
        {"title": "Papers", "url_name": "opportunities:papers_waiting", "action": "paper.decide"},
        {"title": "Rep activity", "url_name": "opportunities:part_reps", "action": "rep.coach"},
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
        {
            "label": "Pipeline review",
            "url_name": "opportunities:pipeline_review",
            "icon": "list-check",
            "action": "opportunity.edit",
        },
        {"label": "Active POCs", "url_name": "opportunities:pocs", "icon": "flask", "action": "opportunity.see"},
        {"label": "Rep activity", "url_name": "opportunities:reps", "icon": "phone-call", "action": "rep.see"},
        {
            "label": "Outbound messages",
            "url_name": "opportunities:outreach",
            "icon": "speakerphone",
            "action": "outreach.see",
        },
        {"label": "Terms", "url_name": "opportunities:standard_terms", "icon": "list-details", "action": "term.see"},
        {"label": "Findings", "url_name": "opportunities:findings", "icon": "list-check", "action": "checkup.see"},
        {"label": "Countries", "url_name": "opportunities:countries", "icon": "world", "action": "country.see"},
        {
            "label": "Without success criteria",
            "url_name": "opportunities:success_criteria",
            "icon": "flask",
            "action": "opportunity.see",
        },
        {"label": "Materials", "url_name": "opportunities:materials", "icon": "presentation", "action": "outreach.see"},
        {
            "label": "Stage history",
            "url_name": "opportunities:pipeline_moves",
            "icon": "history",
            "action": "opportunity.see",
        },
    ]
