"""Leads, opportunities, stage history, tasks and events of Salesforce, and which of their fields are which here.

Names that end in __c are those of the company's own fields: an admin sets them on the field table (SFD-12, SFD-13).
"""

from typing import Any

from fleetcs.defaults import load_mirror
from fleetcs.merging import Master
from fleetcs.mirrors.mapping import Kind, Mapped, Mapping, whole
from opportunities import echo, moving_there, winning_there

# the first three characters of an id say what it is the id of
ACCOUNT, CONTACT, LEAD, OPPORTUNITY, USER = "001", "003", "00Q", "006", "005"
OWNER = Mapped("owner", "OwnerId", Kind.REFERENCE, of="users", only=USER)
TO_ACCOUNT = Mapped("account", "AccountId", Kind.REFERENCE, of="accounts")
TO_OPPORTUNITY = Mapped("opportunity", "WhatId", Kind.REFERENCE, of="opportunities", only=OPPORTUNITY)
TO_CONTACT = Mapped("contact", "WhoId", Kind.REFERENCE, of="contacts", only=CONTACT)
TO_LEAD = Mapped("lead", "WhoId", Kind.REFERENCE, of="leads", only=LEAD)


def names_of(row: dict[str, Any]) -> dict[str, Any]:
    """What Salesforce wants to know of a new lead besides: a last name, and a company even where there is none."""
    first, _, last = str(row["name"]).rpartition(" ")
    company = {} if row["company"] else {"Company": "Unknown"}
    return {"LastName": last, **({"FirstName": first} if first else {}), **company}


def kind_of(subtype: str) -> str:
    """A task may be a call or a mail; whatever else it is called, it is a task."""
    return subtype.lower() if subtype in {"Call", "Email"} else "task"


def minutes_of(seconds: str) -> int | None:
    """A call's length, begun minutes counting as whole ones."""
    known = whole(seconds)
    return None if known is None else -(-known // 60)


# Salesforce takes none of these from anybody but its own converting. What was converted here stays so, whatever else
# changes there; converted there too, into something else, it is a conflict that a person settles.
CONVERSION = (
    Mapped("is_converted", "IsConverted", Kind.FLAG, master=Master.BOTH),
    Mapped("converted_on", "ConvertedDate", Kind.DAY, master=Master.BOTH),
    Mapped("converted_account", "ConvertedAccountId", Kind.REFERENCE, master=Master.BOTH, of="accounts"),
    Mapped("converted_contact", "ConvertedContactId", Kind.REFERENCE, master=Master.BOTH, of="contacts"),
    Mapped("converted_opportunity", "ConvertedOpportunityId", Kind.REFERENCE, master=Master.BOTH, of="opportunities"),
)

LEADS = Mapping(
    code="leads",
    name="Leads",
    object="Lead",
    model_name="opportunities.Lead",
    merges=True,
    born=names_of,
    account="converted_account_id",
    fields=(
        Mapped("name", "Name"),
        Mapped("source", "LeadSource", master=Master.BOTH),
        Mapped("status", "Status", master=Master.BOTH),  # the Open MQL list is cleaned up here (LEA-02)
        Mapped("rating", "Rating", master=Master.BOTH),
        Mapped("company", "Company"),
        Mapped("title", "Title"),
        Mapped("email", "Email"),
        Mapped("phone", "Phone"),
        OWNER,
        Mapped("created_at", "CreatedDate", Kind.MOMENT),  # how old a lead is (LEA-02)
        *CONVERSION,
    ),
)

OPPORTUNITIES = Mapping(
    code="opportunities",
    name="Opportunities",
    object="Opportunity",
    model_name="opportunities.Opportunity",
    guards=winning_there.guards,
    within=moving_there.within,
    settled=moving_there.settled,
    fields=(
        TO_ACCOUNT,
        Mapped("name", "Name"),
        OWNER,
        Mapped("type", "Type"),
        Mapped("stage", "StageName", master=Master.BOTH),
        Mapped("amount", "Amount", Kind.NUMBER, master=Master.BOTH),
        Mapped("probability", "Probability", Kind.NUMBER),
        Mapped("expected_revenue", "ExpectedRevenue", Kind.NUMBER),
        Mapped("close_date", "CloseDate", Kind.DAY, master=Master.BOTH),
        Mapped("next_step", "NextStep", master=Master.BOTH),
        Mapped("next_step_due", "Next_step_due__c", Kind.DAY, master=Master.BOTH),
        Mapped("lead_source", "LeadSource"),
        Mapped("max_hosts", "Max_hosts__c", Kind.WHOLE),
        Mapped("payment_terms", "Payment_terms__c"),
        Mapped("billing_process", "Billing_process__c"),
        Mapped("term", "Term__c", Kind.WHOLE),
        Mapped("reseller", "Reseller__c"),
        Mapped("effective_date", "Effective_date__c", Kind.DAY),
        Mapped("subscription_end", "Subscription_end_date__c", Kind.DAY),
        Mapped("invoice_sent", "Invoice_sent__c", Kind.DAY, master=Master.BOTH),  # BizOps enters invoices here
        Mapped("payment_received", "Payment_received__c", Kind.DAY, master=Master.BOTH),
        Mapped("summary_of_terms", "Summary_of_terms__c"),
        Mapped("renewal_of", "Renewal_of__c", Kind.REFERENCE, of="opportunities"),
    ),
)

STAGES = Mapping(
    code="stages",
    name="Stage history",
    object="OpportunityHistory",
    model_name="opportunities.StageChange",
    lacks=("LastModifiedById",),
    keeps=True,
    met=echo.met,
    within=moving_there.within_history,
    account="",
    fields=(
        Mapped("opportunity", "OpportunityId", Kind.REFERENCE, of="opportunities"),
        Mapped("stage", "StageName"),
        Mapped("at", "CreatedDate", Kind.MOMENT),
        Mapped("by", "CreatedById", Kind.REFERENCE, of="users"),
        Mapped("amount", "Amount", Kind.NUMBER),
        Mapped("probability", "Probability", Kind.NUMBER),
        Mapped("close_date", "CloseDate", Kind.DAY),
    ),
)

TASKS = Mapping(
    code="tasks",
    name="Tasks",
    object="Task",
    model_name="opportunities.Activity",
    archives=True,
    fields=(
        Mapped("kind", "TaskSubtype", Kind.CHOICE, choose=kind_of),
        Mapped("subject", "Subject"),
        Mapped("at", "CompletedDateTime, ActivityDate, CreatedDate", Kind.MOMENT),
        Mapped("minutes", "CallDurationInSeconds", Kind.CHOICE, choose=minutes_of),
        Mapped("is_done", "IsClosed", Kind.FLAG),
        OWNER,
        TO_ACCOUNT,
        TO_OPPORTUNITY,
        TO_CONTACT,
        TO_LEAD,
    ),
)

EVENTS = Mapping(
    code="events",
    name="Events",
    object="Event",
    model_name="opportunities.Activity",
    archives=True,
    fields=(
        Mapped("kind", "EventSubtype", Kind.CHOICE, choose=lambda _: "event"),
        Mapped("subject", "Subject"),
        Mapped("at", "StartDateTime, ActivityDate, CreatedDate", Kind.MOMENT),
        Mapped("minutes", "DurationInMinutes", Kind.WHOLE),
        OWNER,
        TO_ACCOUNT,
        TO_OPPORTUNITY,
        TO_CONTACT,
        TO_LEAD,
    ),
)


def load_mirrors(apps: Any) -> None:
    """A place for each; what others refer to is read first."""
    for position, mapping in enumerate((LEADS, OPPORTUNITIES, STAGES, TASKS, EVENTS)):
        load_mirror(apps, 30 + 10 * position, mapping)
