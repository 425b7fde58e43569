"""A question from the web chat."""

from django import forms
from django.db import transaction

from fleetcs.models import Event, User
from support.models import ChatQuestion


class QuestionForm(forms.ModelForm[ChatQuestion]):
    """The visitor's words."""

    class Meta:
        model = ChatQuestion
        fields = ("question",)
        widgets = {"question": forms.Textarea(attrs={"rows": 5})}

    @transaction.atomic
    def keep(self, *, by: User) -> ChatQuestion:
        """Write it down, with who did."""
        self.instance.asked_by = by
        question: ChatQuestion = self.save()
        Event.log(question, "chat_question_asked", by=by)
        return question
