"""The form by which whoever sells keeps an opportunity up to date (OPP-06)."""

from typing import Any

from django import forms

from fleetcs.editing import RecordForm
from opportunities import stages
from opportunities.models import Opportunity


class OpportunityForm(RecordForm[Opportunity]):
    """What both sides may change: stage, amount, close date, next step and when it is due."""

    stage = forms.ChoiceField(label="Stage")

    class Meta:
        model = Opportunity
        fields = ("stage", "lost_because", "amount", "close_date", "next_step", "next_step_due")
        widgets = {
            "close_date": forms.DateInput(attrs={"type": "date"}),
            "next_step_due": forms.DateInput(attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lost_because"].help_text = "Only for a deal that is lost."
        known = {*stages.OPEN, *stages.CLOSED, self.instance.stage, *used()}
        choices: Any = self.fields["stage"]
        choices.choices = [(stage, stages.shown(stage)) for stage in sorted(known, key=stages.position)]


def used() -> list[str]:
    """Every stage that some opportunity is in: what the company calls them, whatever we know."""
    return list(Opportunity.objects.order_by().values_list("stage", flat=True).distinct())
