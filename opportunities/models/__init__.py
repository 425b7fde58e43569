"""How terms come to be: leads, opportunities, how their stages changed, what was done about them, and their papers."""

from opportunities.models.activity import Activity
from opportunities.models.agreement import Agreement
from opportunities.models.checkup import Checkup, RuleResult
from opportunities.models.coaching import CoachingSession
from opportunities.models.contact_role import ContactRole
from opportunities.models.country import Country
from opportunities.models.deal_close import DealClose
from opportunities.models.deviation import TermDeviation
from opportunities.models.finding import Finding
from opportunities.models.handoff import HandoffSheet
from opportunities.models.invoice import Invoice
from opportunities.models.lead import Lead
from opportunities.models.lead_review import LeadReview
from opportunities.models.lead_source import LeadSource
from opportunities.models.opportunity import Opportunity
from opportunities.models.outreach import Outreach
from opportunities.models.outreach_review import OutreachReview, UrgentLead
from opportunities.models.pipeline_review import PipelineReview
from opportunities.models.purchase_order import PurchaseOrder
from opportunities.models.quote import Quote
from opportunities.models.review import LegalReview
from opportunities.models.screening import Screening
from opportunities.models.signature import Signature
from opportunities.models.signature_request import SignatureRequest
from opportunities.models.stage_change import StageChange
from opportunities.models.standard_term import StandardTerm
from opportunities.models.type_change import TypeChange
from opportunities.models.verdict import Verdict

__all__ = [
    "Activity",
    "Agreement",
    "Checkup",
    "CoachingSession",
    "ContactRole",
    "Country",
    "DealClose",
    "Finding",
    "HandoffSheet",
    "Invoice",
    "Lead",
    "LeadReview",
    "LeadSource",
    "LegalReview",
    "Opportunity",
    "Outreach",
    "OutreachReview",
    "PipelineReview",
    "PurchaseOrder",
    "Quote",
    "RuleResult",
    "Screening",
    "Signature",
    "SignatureRequest",
    "StageChange",
    "StandardTerm",
    "TermDeviation",
    "TypeChange",
    "UrgentLead",
    "Verdict",
]
