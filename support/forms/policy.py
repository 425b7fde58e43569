"""The promise table as a form: a row for each paid tier and priority, and the moment from which it counts."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.hours import wall_time
from fleetcs.models import User
from support import sla
from support.models import SlaPolicy, SlaRule
from support.models.policy import Cell
from support.sla import Priority

ZONE = ZoneInfo(settings.TIME_ZONE)
CELLS: tuple[Cell, ...] = tuple((t.value, p.value) for t in Tier if t != Tier.FREE for p in Priority)
AMOUNT: dict[str, Any] = {"max_digits": 6, "decimal_places": 2}


class CellForm(forms.Form):
    """One cell: how much time, on which clock."""

    clock = forms.ChoiceField(label="Clock", choices=SlaRule.Clock.choices)
    inside = forms.DecimalField(label="Inside hours", **AMOUNT)
    outside = forms.DecimalField(label="Outside hours", **AMOUNT)
    unit = forms.ChoiceField(label="Unit", choices=SlaRule.Unit.choices)
    target = forms.DecimalField(label="Earlier target", required=False, **AMOUNT)
    holidays_close = forms.BooleanField(label="Holidays close it", required=False)

    def __init__(self, *args: Any, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tier, self.priority = Tier(cell[0]), Priority(cell[1])
        self.cell = cell

    @property
    def name(self) -> str:
        return f"{self.tier.label}, {self.priority.label}"

    @property
    def rule(self) -> sla.Rule:
        """The cell as the pure value."""
        given = self.cleaned_data
        amounts = {
            name: sla.Allowance(given[name], given["unit"]) if given[name] is not None else None
            for name in ("inside", "outside", "target")
        }
        return sla.Rule(self.tier, self.priority, given["clock"], holidays_close=given["holidays_close"], **amounts)


class TableForm(forms.Form):
    """The eight cells, filled from a version and checked as a table."""

    def __init__(self, data: Any = None, *, policy: SlaPolicy, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.policy = policy
        self.cells = [self._cell(data, cell) for cell in CELLS]

    def _cell(self, data: Any, cell: Cell) -> CellForm:
        rule = self.policy.rule(*cell)
        names = ("clock", "inside", "outside", "unit", "target", "holidays_close")
        initial = {name: getattr(rule, name) for name in names} if rule else {}
        return CellForm(data, prefix="-".join(cell), initial=initial, cell=cell)

    def clean(self) -> None:
        """Say at the top what is wrong with a cell or with the table; each cell says it too."""
        for cell in self.cells:
            for field, errors in cell.errors.items():
                label = cell.fields[field].label if field in cell.fields else ""
                self.add_error(None, [f"{cell.name}, {label}: {error}" for error in errors])
        if not self.errors:
            self._check_table()

    def _check_table(self) -> None:
        problems = sla.validate([*sla.FREE_RULES, *self.rules.values()])
        if problems:
            raise ValidationError(problems)

    @property
    def rules(self) -> dict[Cell, sla.Rule]:
        """What was typed, as pure values."""
        return {cell.cell: cell.rule for cell in self.cells}

    @property
    def changed(self) -> dict[Cell, sla.Rule]:
        """The cells that differ from the version."""
        return {cell: rule for cell, rule in self.rules.items() if rule != self._before(cell)}

    def _before(self, cell: Cell) -> sla.Rule | None:
        rule = self.policy.rule(*cell)
        return rule.as_rule() if rule else None

    @property
    def differences(self) -> Iterator[tuple[str, str, str]]:
        """Each changed cell: its name, what it said, what it will say."""
        for cell, rule in self.changed.items():
            before = self._before(cell)
            yield rule.name, before.text() if before else sla.NO_PROMISE, rule.text()


class NextForm(TableForm):
    """The next version: a name and the moment from which it counts, in the company's zone."""

    name = forms.CharField(max_length=120)
    in_force_from = forms.CharField(
        label="In force from", max_length=40, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    note = forms.CharField(required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("name", "in_force_from", "note")

    def clean_in_force_from(self) -> datetime:
        """A moment that has not come yet: what was received before keeps what it was promised."""
        try:
            at = wall_time(self.cleaned_data["in_force_from"], ZONE)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong
        if at <= clock.now():
            raise ValidationError("That moment has passed: a new version counts from a later one on.")
        if SlaPolicy.objects.filter(in_force_from=at, superseded=False).exists():
            raise ValidationError("Another version counts from that very moment.")
        return at

    def write(self, *, by: User) -> SlaPolicy:
        """Make the version."""
        given = self.cleaned_data
        rules = [SlaRule(tier=tier, priority=priority) for tier, priority in CELLS]
        for row in rules:
            row.fill(self.rules[row.tier, row.priority])
        return self.policy.succeed(
            code=new_code(given["name"]),
            name=given["name"],
            note=given["note"],
            rules=rules,
            in_force_from=given["in_force_from"],
            by=by,
        )


def new_code(name: str) -> str:
    """A code that nobody has: the name, and a number when it is taken."""
    stem = slugify(name)[:30] or "policy"
    taken = set(SlaPolicy.objects.filter(code__startswith=stem).values_list("code", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (stem, *numbered) if code not in taken)


class CorrectForm(TableForm):
    """A correction of what is in force; confirmed once its effect has been shown."""

    confirmed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> None:
        super().clean()
        if not self.errors and not self.changed:
            raise ValidationError("Nothing is different from what is in force.")

    @property
    def digest(self) -> str:
        """What the effect was shown of: another correction has to be shown first."""
        return hashlib.sha256(repr(sorted(self.differences)).encode()).hexdigest()

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data["confirmed"] == self.digest)
