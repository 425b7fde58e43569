"""What is to be done to many tickets at once."""

from typing import Any

from django import forms

from fleetcs.models import User
from support.forms.ticket import working_colleagues
from support.kinds import Outcome
from support.models import Batch
from support.sla import Priority

ACTS = [(act.value, act.label) for act in (Batch.Act.ASSIGN, Batch.Act.PRIORITY, Batch.Act.RESOLVE)]


class BulkForm(forms.Form):
    """An act and what it needs; reasons and remarks are asked for on the page that shows the effect."""

    act = forms.ChoiceField(choices=ACTS, widget=forms.HiddenInput)
    person = forms.CharField(label="Assign to", required=False, max_length=20, widget=forms.HiddenInput)
    priority = forms.ChoiceField(
        label="Priority",
        choices=[("", ""), *((one.value, one.value) for one in Priority)],
        required=False,
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(label="Why", max_length=300, required=False, help_text="Needed where it is lowered.")
    outcome = forms.ChoiceField(label="Documentation", choices=[("", "Choose…"), *Outcome.choices], required=False)
    note = forms.CharField(
        label="Remark", max_length=400, required=False, help_text="Needed where it could not be documented."
    )

    NEEDS = {"assign": {"person"}, "priority": {"priority", "reason"}, "resolve": {"outcome", "note"}}

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean(self) -> dict[str, Any]:
        act = self.cleaned_data.get("act", "")
        if act == "assign" and self._person() is None:
            self.add_error("person", "Choose whom to assign them to.")
        if act == "priority" and not self.cleaned_data.get("priority"):
            self.add_error("priority", "Choose a priority.")
        return self.cleaned_data

    def _person(self) -> int | None:
        """A colleague's key, 0 for nobody, None for somebody who answers no tickets."""
        who = self.cleaned_data.get("person", "")
        who = str(self.user.pk) if who == "me" else who
        if who == "nobody":
            return 0
        key = int(who) if who.isascii() and who.isdigit() and len(who) < 19 else 0
        found: User | None = working_colleagues().filter(pk=key).first()
        return found.pk if found else None

    @property
    def change(self) -> dict[str, Any]:
        """What the verb is given."""
        given = {name: self.cleaned_data.get(name, "") for name in self.NEEDS[self.cleaned_data["act"]]}
        return {"person": self._person() or None} if "person" in given else given

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields to show with the effect."""
        act = self.data.get("act", "")
        return [field for field in self if field.name in self.NEEDS.get(act, set()) - {"person", "priority"}]
