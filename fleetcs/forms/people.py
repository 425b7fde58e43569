"""Forms of a colleague and of the posts they hold."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from fleetcs.models import Post, RoleHolding, User
from fleetcs.preferences import zones
from fleetcs.working_day import today


class PersonForm(forms.ModelForm[User]):
    """A colleague: how to reach them and under which names other systems know them."""

    zone = forms.ChoiceField(label="Time zone", choices=lambda: [(name, name) for name in zones()],
                             initial="America/Los_Angeles")

    class Meta:
        model = User
        fields = ("name", "email", "phone", "slack_id", "github", "zone")
        labels = {"slack_id": "Slack id", "github": "GitHub name"}
        help_texts = {"slack_id": "The id Slack gives this person (it begins with U or W), not the name they show."}

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        others = User.objects.annotate(low=Lower("email")).filter(low=email).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError("A colleague with this address is known already.")
        return email

    def clean_slack_id(self) -> str:
        slack_id: str = self.cleaned_data["slack_id"]
        if slack_id and User.objects.filter(slack_id=slack_id).exclude(pk=self.instance.pk).exists():
            raise ValidationError("This Slack id belongs to another colleague.")
        return slack_id


class HoldingForm(forms.ModelForm[RoleHolding]):
    """That somebody takes a post from a day on."""

    post = forms.ModelChoiceField(Post.objects.all())
    from_on = forms.DateField(label="From", initial=today, widget=forms.DateInput(attrs={"type": "date"}))
    to_on = forms.DateField(label="Until (the first day without it)", required=False,
                            widget=forms.DateInput(attrs={"type": "date"}))

    class Meta:
        model = RoleHolding
        fields = ("post", "from_on", "to_on", "backup")
        labels = {"backup": "As backup"}

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = person
