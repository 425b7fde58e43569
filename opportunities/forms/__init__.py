"""Forms of this floor, one subject a file."""

from opportunities.forms.lead import ConvertForm, LeadForm, LeadSourceForm, LeadStatusForm, UrgentForm
from opportunities.forms.opportunity import OpportunityForm

__all__ = ["ConvertForm", "LeadForm", "LeadSourceForm", "LeadStatusForm", "OpportunityForm", "UrgentForm"]
