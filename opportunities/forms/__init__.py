"""Forms of this floor, one subject a file."""

from opportunities.forms.opportunity import OpportunityForm

__all__ = ["OpportunityForm"]
