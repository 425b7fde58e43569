"""Forms about legal reviews (QUO-03, CON-08, CON-09)."""

from django import forms

from opportunities import links

ISSUE = "The issue for contract signature or legal review in the confidential repository. Empty: not submitted yet."


class AskForm(forms.Form):
    """What has to be looked at."""

    question = forms.CharField(
        label="What has to be looked at", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    redlines = forms.BooleanField(label="With redlines", required=False)
    issue_url = forms.URLField(
        label="Link of the issue",
        required=False,
        assume_scheme="https",
        validators=[links.confidential_issue],
        help_text=ISSUE,
    )


class SubmitForm(forms.Form):
    """Which issue it is."""

    issue_url = forms.URLField(label="Link of the issue", assume_scheme="https", validators=[links.confidential_issue])


class CloseForm(forms.Form):
    """What came of it."""

    outcome = forms.CharField(label="What came of it", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
