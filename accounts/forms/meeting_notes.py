"""The form by which the notes of a meeting are linked to their account (SFD-06)."""

from typing import Any

from django import forms

from accounts.forms.fields import ContactField
from accounts.models import Account, Contact, MeetingNotes
from fleetcs.editing import RecordForm


class MeetingNotesForm(RecordForm[MeetingNotes]):
    """A document of the company's drive, the day of the meeting, and with whom it was.

    Whether its todos are reviewed is said by those who may review them; others link notes too.
    """

    contact = ContactField(queryset=Contact.objects.none(), required=False, label="With")

    class Meta:
        model = MeetingNotes
        fields = ("held_on", "title", "url", "contact", "todos_reviewed")
        widgets = {"held_on": forms.DateInput(attrs={"type": "date"})}
        help_texts = {
            "title": "As the document is called: the account's name and the day, so that a search finds it.",
            "url": "The document in the folder of meeting notes. What was said stays there.",
            "todos_reviewed": "What was promised there is followed up. A check-in is done with once it is.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        people.queryset = Contact.objects.visible_to(self.user).filter(account=self.instance.account_id)
        if not Account.objects.meetings_scheduled_by(self.user).filter(pk=self.instance.account_id).exists():
            del self.fields["todos_reviewed"]
