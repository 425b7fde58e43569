"""A customer's question, written down by hand (DOC-01)."""

from typing import Any

from django import forms

from accounts.models import Account
from fleetcs.models import User
from support.models import DocQuestion


class DocQuestionForm(forms.ModelForm[DocQuestion]):
    """The question, where it was asked, and what was answered."""

    class Meta:
        model = DocQuestion
        fields = ("question", "answer", "account", "asked_by", "link")
        widgets = {"question": forms.Textarea(attrs={"rows": 4}), "answer": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.fields["account"] = forms.ModelChoiceField(
            Account.objects.visible_to(user).order_by("name"), label="Account", required=False
        )
        self.fields["link"] = forms.URLField(
            label="Link to the message", required=False, max_length=500, assume_scheme="https"
        )

    def keep(self) -> tuple[DocQuestion, bool]:
        """Write it down, unless it is here already."""
        return DocQuestion.objects.capture(by=self.user, **self.cleaned_data)
