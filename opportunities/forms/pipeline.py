"""Forms of the pipeline: moving a deal, the day of a picture, the weekly review, evaluation, who owns a deal."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from fleetcs.editing import RecordForm
from fleetcs.mirrors import mastered
from fleetcs.models import User
from fleetcs.working_day import today
from opportunities import expanding, stages
from opportunities.forms.expansion import open_stages
from opportunities.forms.opportunity import used
from opportunities.models import Opportunity

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WHY_LOST = "A deal is lost for a reason: write it down."


class PastForm(forms.Form):
    """Which day; the last one of the month before, unless another is asked for."""

    on = forms.DateField(label="As of the end of", required=False, widget=DAY)

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        if on and on > today():
            raise ValidationError("That day is still to come.")
        return on

    @property
    def day(self) -> date | None:
        """None where what was asked for is no day."""
        if not self.is_bound or (self.is_valid() and not self.cleaned_data["on"]):
            return today().replace(day=1) - timedelta(days=1)
        return self.cleaned_data["on"] if self.is_valid() else None


class MoveForm(forms.Form):
    """To which stage a deal goes; why, when it is lost; on which day, when it is won."""

    stage = forms.ChoiceField(label="To")
    lost_because = forms.CharField(label="Why it is lost", required=False, max_length=255)
    reopened_because = forms.CharField(label="Why it is opened again", required=False, max_length=255)
    close_date = forms.DateField(label="Close date", required=False, widget=DAY)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opportunity = opportunity
        known: Any = self.fields["stage"]
        names = {*stages.OPEN, *stages.CLOSED, *used()} - {opportunity.stage}
        known.choices = [(one, stages.shown(one)) for one in sorted(names, key=stages.position)]
        for name in self._idle():
            del self.fields[name]

    def _idle(self) -> list[str]:
        """Fields that have nothing to say about this deal and this stage."""
        to = self.data.get("stage") or self.initial.get("stage", "")
        asked = {"lost_because": stages.LOST, "close_date": stages.WON}
        idle = [name for name, stage in asked.items() if to and to != stage]
        return idle if self.opportunity.is_closed else [*idle, "reopened_because"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("stage") == stages.LOST and not said.get("lost_because", "").strip():
            self.add_error("lost_because", WHY_LOST)
        return said

    def move(self, by: User) -> None:
        """By the one door. Raises Stale and ValidationError."""
        said = self.cleaned_data
        along = {name: said[name] for name in ("lost_because", "reopened_because", "close_date") if said.get(name)}
        self.opportunity.move_to(said["stage"], by=by, version=said["version"], **along)


class ReviewForm(RecordForm[Opportunity]):
    """What is brought up to date week by week: next step, amount, day, status (OPP-07)."""

    stage = forms.ChoiceField(label="Stage")

    class Meta:
        model = Opportunity
        fields = ("next_step", "next_step_due", "amount", "close_date", "stage")
        widgets = {"next_step_due": DAY, "close_date": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["stage"]
        known.choices = [(one, stages.shown(one)) for one in open_stages()]


class EvaluationForm(RecordForm[Opportunity]):
    """Whether they try it out, how that goes, and where the success criteria are (OPP-11, SCR-03)."""

    class Meta:
        model = Opportunity
        fields = ("poc_active", "poc_notes", "success_criteria_url")
        widgets = {"poc_notes": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"success_criteria_url": "The document with them in Google Drive."}


class OwnerForm(forms.Form):
    """Who works on a deal (OPP-02, OPP-10, OPP-12)."""

    owner = forms.ModelChoiceField(User.objects.none(), label="Opportunity owner", help_text=expanding.WHOSE)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"owner": opportunity.owner_id, "version": opportunity.version}
        known: Any = self.fields["owner"]
        if "owner" in mastered.locked(opportunity):
            known.disabled, known.help_text = True, mastered.REASON
        known.queryset = User.objects.of_groups(("AE", "CSM", "CRO", "VP"))
