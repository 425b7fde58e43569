"""The two ends of asking a customer what they make of a release (REQ-09, REQ-10)."""

from typing import Any

from django import forms

from accounts import confidential
from accounts.models.private_words import private_words
from fleetcs.models import User
from support.marked import digest, pieces
from support.models import Feedback
from support.models.feedback import designers

UNSEEN = "The text is not the one you saw. It stands below as it would be read: send it once more if it is right."


class DesignerField(forms.ModelChoiceField[User]):
    """A designer, with the handle under which GitHub knows them."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} (@{obj.github})" if obj.github else f"{obj.name} (no GitHub handle)"


class MeetsForm(forms.Form):
    """The comment that closes a request; it is sent as it was seen and no other (4.7 of the safety paper)."""

    designer = DesignerField(User.objects.none(), label="Product designer")
    text = forms.CharField(label="Comment", max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, feedback: Feedback, **known: Any) -> None:
        super().__init__(data, initial=known)
        self.feedback = feedback
        self.fields["designer"].queryset = designers()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        if "text" in self.cleaned_data and digest(self.cleaned_data["text"]) != self.cleaned_data.get("seen"):
            self.add_error("text", UNSEEN)
        return self.cleaned_data

    @property
    def words(self) -> str:
        return str(self["text"].value() or "")[:20_000]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The comment as everybody would read it, with what nobody outside may know."""
        marks = confidential.marks(self.words, private_words()) if self.feedback.is_public else []
        return pieces(self.words, marks)

    @property
    def seen_now(self) -> str:
        return digest(self.words)

    def settle(self, *, by: User) -> None:
        given = self.cleaned_data
        self.feedback.meets_needs(given["text"], designer=given["designer"], by=by)


class MissingForm(MeetsForm):
    """What is missing, and where that can be seen or read."""

    evidence = forms.ChoiceField(label="Evidence", choices=Feedback.Evidence.choices, widget=forms.RadioSelect)
    evidence_url = forms.URLField(
        label="Its address",
        max_length=500,
        assume_scheme="https",
        help_text="It stays here: an inner address never stands in a public comment.",
    )

    def settle(self, *, by: User) -> None:
        given = self.cleaned_data
        said = {name: given[name] for name in ("evidence", "evidence_url")}
        self.feedback.is_missing(given["text"], designer=given["designer"], by=by, **said)
