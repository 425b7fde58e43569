"""The form of an outbound message (OUT-01, OUT-02)."""

from django import forms

from fleetcs.editing import RecordForm
from opportunities.models import Outreach


class OutreachForm(RecordForm[Outreach]):
    """What goes out, by which way, to whom. Whatever is changed here voids a confirmation."""

    class Meta:
        model = Outreach
        fields = ("channel", "audience", "reach", "subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "audience": "Which accounts, leads or members of the community, and how they were chosen.",
            "reach": "More than one: the CRO or the CEO confirms it before it leaves.",
        }
