"""Forms of a channel and of its notice."""

from typing import Any

from django import forms

from accounts.forms.fields import AccountField
from accounts.models import Account, Channel
from fleetcs.editing import RecordForm


class ChannelForm(RecordForm[Channel]):
    """What a channel is for and whose it is (INT-17)."""

    account = AccountField(queryset=Account.objects.none(), required=False, label="Account")

    class Meta:
        model = Channel
        fields = ("name", "kind", "account", "purpose", "thread_only")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["account"]
        choices.queryset = Account.objects.visible_to(self.user)
        if not self.user.may("account.see"):
            del self.fields["account"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return name.removeprefix("#")


class NoticeForm(forms.Form):
    """The response-time notice as it stands in the channel (SLA-17)."""

    text = forms.CharField(
        label="Notice",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Pin it or put it into the channel's topic, then record it here.",
    )
