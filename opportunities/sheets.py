"""The columns of this floor's CSV files."""

from typing import TYPE_CHECKING

from fleetcs.export import Columns
from opportunities.checkup import WORDS

if TYPE_CHECKING:
    from opportunities.models import Finding, Lead, Opportunity

LEADS: "Columns[Lead]" = {
    "Name": lambda lead: lead.name,
    "Lead source": lambda lead: lead.source,
    "Lead status": lambda lead: lead.status,
    "Rating": lambda lead: lead.rating,
    "Company": lambda lead: lead.company,
    "Title": lambda lead: lead.title,
    "Email": lambda lead: lead.email,
    "Phone": lambda lead: lead.phone,
    "Owner": lambda lead: lead.owner,
    "Converted": lambda lead: lead.is_converted,
    "Added": lambda lead: lead.created_at,
}

OPPORTUNITIES: "Columns[Opportunity]" = {
    "Opportunity": lambda deal: deal.name,
    "Account": lambda deal: deal.account.name,
    "Owner": lambda deal: deal.owner,
    "Type": lambda deal: deal.type,
    "Stage": lambda deal: deal.stage,
    "Amount": lambda deal: deal.amount,
    "Probability (%)": lambda deal: deal.probability,
    "Expected amount": lambda deal: deal.expected_revenue,
    "Close date": lambda deal: deal.close_date,
    "Next step": lambda deal: deal.next_step,
    "Next step's due date": lambda deal: deal.next_step_due,
    "Lead source": lambda deal: deal.lead_source,
    "Up to # of hosts": lambda deal: deal.max_hosts,
    "Term (months)": lambda deal: deal.term,
    "Effective date": lambda deal: deal.effective_date,
    "Subscription end date": lambda deal: deal.subscription_end,
    "Lost because": lambda deal: deal.lost_because,
    "Added": lambda deal: deal.created_at,
}

FINDINGS: "Columns[Finding]" = {
    "Rule": lambda finding: WORDS.get(finding.rule, finding.rule),
    "Record": lambda finding: finding.called,
    "State": lambda finding: finding.state[1],
    "Found": lambda finding: finding.found_at,
    "Fixed": lambda finding: finding.fixed_at,
    "Owner": lambda finding: finding.owner,
    "Note": lambda finding: finding.note,
    "Accepted": lambda finding: finding.accepted_at,
    "Accepted by": lambda finding: finding.accepted_by,
    "Reason": lambda finding: finding.reason,
}
CHECKUP = ("Section", "What should be so", "Verdict", "Records", "Open", "New", "Fixed", "Accepted", "Note", "By", "At")
