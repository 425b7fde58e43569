"""How terms come to be: leads, opportunities, how their stages changed, and what was done about them."""

from opportunities.models.activity import Activity
from opportunities.models.lead import Lead
from opportunities.models.opportunity import Opportunity
from opportunities.models.stage_change import StageChange

__all__ = ["Activity", "Lead", "Opportunity", "StageChange"]
