"""The columns of this floor's CSV files."""

from typing import TYPE_CHECKING

from fleetcs.export import Columns

if TYPE_CHECKING:
    from opportunities.models import Lead

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
