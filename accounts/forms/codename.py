"""Choosing a codename, and names that nobody shall choose (COD-02, COD-03)."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from accounts import codenames
from accounts.models import Account, BlockedName, Codename, MinorPlanet, Taken
from accounts.models.planet import fault_of, fitting, reserved
from fleetcs.models import User

OFFERED: Final = 12
LOOKED_THROUGH: Final = 60  # names drawn by chance, of which the first fitting ones are offered
SEARCH: Final = forms.TextInput(attrs={"class": "form-control", "type": "search", "autocomplete": "off"})
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class ChooseForm(forms.Form):
    """Names to choose from: some by chance, those with a letter, those that hold a word; and which one it is to be."""

    q = forms.CharField(required=False, max_length=60, label="Search the list", widget=SEARCH)
    letter = forms.ChoiceField(required=False, choices=[(letter, letter) for letter in LETTERS])
    name = forms.CharField(required=False, max_length=codenames.LONGEST_NAME, label="Name")
    real_name = forms.CharField(
        required=False,
        max_length=codenames.LONGEST_REAL_NAME,
        label="Name in the confidential label",
        help_text="Whose codename it is. Only colleagues read it; it is never part of the public label.",
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account, self.is_taken = account, False
        self.initial["real_name"] = account.name[: codenames.LONGEST_REAL_NAME]

    @property
    def status(self) -> int:
        """What the page is answered with: 409 when somebody was faster."""
        return 409 if self.is_taken else 422 if self.errors else 200

    def give(self, *, by: User) -> Codename | None:
        """Give the chosen name; None when it was refused, with the reason."""
        told = self.cleaned_data
        try:
            return Codename.objects.assign(self.account, told["name"], by=by, real_name=told["real_name"])
        except Taken as error:
            self.is_taken = True
            self.add_error(None, error)
        except ValidationError as error:
            self.add_error(None, list(error.messages))
        return None

    def block(self, name: str, *, by: User) -> None:
        """Let nobody choose this one, and offer others."""
        if MinorPlanet.objects.named(name):
            BlockedName.block(name, BlockedName.Reason.OTHER, by=by)

    def names(self) -> list[dict[str, Any]]:
        """What is offered, each with what speaks against it."""
        asked, letter = self["q"].value() or "", self["letter"].value() or ""
        free = MinorPlanet.objects.free()
        if not asked and letter not in set(LETTERS):
            return [{"planet": planet, "fault": ""} for planet in fitting(free.order_by("?")[:LOOKED_THROUGH], OFFERED)]
        rows = MinorPlanet.objects.matching(asked) if asked else free.beginning_with(letter)
        words = reserved()
        return [{"planet": planet, "fault": self.fault(planet, words)} for planet in rows[: LOOKED_THROUGH * 2]]

    def fault(self, planet: MinorPlanet, words: Any) -> str:
        taken = Codename.objects.filter(word=planet.word).exists()
        return "It was given already." if taken else fault_of(planet.name, words)


class DescribeForm(forms.Form):
    """What the confidential label says. The name that stands there is not shown: nobody would log that look."""

    real_name = forms.CharField(
        max_length=codenames.LONGEST_REAL_NAME,
        label="Name in the confidential label",
        help_text="Whose codename it is. Only colleagues read it; it is never part of the public label.",
    )

    def clean_real_name(self) -> str:
        name: str = self.cleaned_data["real_name"]
        if fault := codenames.real_name_fault(name):
            raise forms.ValidationError(fault)
        return name


class BlockForm(forms.ModelForm[BlockedName]):
    """A name that nobody shall choose, and why."""

    class Meta:
        model = BlockedName
        fields = ("name", "reason")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not codenames.letters(name):
            raise forms.ValidationError("A name has letters.")
        return name

    def block(self, *, by: User) -> BlockedName:
        return BlockedName.block(self.cleaned_data["name"], self.cleaned_data["reason"], by=by)
