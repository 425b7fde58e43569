"""One step of a checklist, with what has to be said with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from fleetcs.procedures import LONGEST, Evidence, Step
from fleetcs.working_day import today

INPUTS: Final = {"minutes": {"inputmode": "numeric"}, "day": {"type": "date"}}


class StepForm(forms.Form):
    """Made from a step's evidence; whether it may be ticked like this, the run says."""

    def __init__(self, data: Any = None, *, step: Step, offered: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(data)
        self.step, self.offered = step, offered or {}
        for evidence in step.evidence:
            self.fields[evidence.code] = self._field(evidence)

    def _field(self, evidence: Evidence) -> forms.CharField:
        names = self.offered.get(evidence.offers, ())
        attrs = {"list": f"{evidence.code}-names"} if names else {}
        attrs |= INPUTS.get(evidence.kind, {})
        known = today().isoformat() if evidence.kind == "day" else None
        return forms.CharField(
            label=evidence.label,
            required=evidence.required,
            max_length=LONGEST,
            widget=forms.TextInput(attrs=attrs),
            help_text=f"At most {evidence.most}." if evidence.most else "",
            initial=names[0] if len(names) == 1 else known,
        )

    @property
    def lists(self) -> list[tuple[str, Sequence[str]]]:
        """What is offered while typing, by the id of the list."""
        chosen = ((f"{each.code}-names", self.offered.get(each.offers, ())) for each in self.step.evidence)
        return [(name, names) for name, names in chosen if names]
