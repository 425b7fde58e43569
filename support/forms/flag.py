"""A link to a Slack message, out of which a ticket is made."""

from django import forms

from accounts.models import Channel
from fleetcs import clock
from fleetcs.models import User
from support.models import Thread, Ticket
from support.slack_text import moment, thread_of_link


class FlagForm(forms.Form):
    """The permalink that Slack gives under "Copy link"."""

    link = forms.CharField(
        label="Link to the message in Slack",
        max_length=2_000,
        help_text="In Slack: the message's menu, Copy link. A thread makes one ticket, however often it is flagged.",
    )

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        place = thread_of_link(link)
        if place is None:
            raise forms.ValidationError("This is no link to a Slack message.")
        if moment(place[1]) > clock.now():
            raise forms.ValidationError("That message has not been written yet.")
        if Channel.objects.filter(slack_id=place[0], kind=Channel.Kind.INTERNAL).exists():
            raise forms.ValidationError("That is a channel of our own: no customer has written there.")
        return link

    def flag(self, *, by: User) -> Ticket:
        """The ticket of that thread."""
        return Thread.objects.flag(self.cleaned_data["link"], by=by)
