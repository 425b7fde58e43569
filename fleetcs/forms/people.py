"""Forms of a colleague and of the posts they hold."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from fleetcs.editing import carried_out
from fleetcs.models import Post, RoleHolding, User
from fleetcs.preferences import zones
from fleetcs.working_day import today

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class PeopleFilter(forms.Form):
    """Whom the directory shows: who works here, or who has left; a search finds both (DIR-01)."""

    q = forms.CharField(required=False, max_length=200)
    former = forms.ChoiceField(label="Show", required=False, choices=[("", "Colleagues"), ("yes", "Former colleagues")])

    def chosen(self, rows: QuerySet[User]) -> QuerySet[User]:
        """The people that fit; nobody when the filter cannot be read."""
        if not self.is_valid():
            return rows.none()
        words, former = self.cleaned_data["q"], bool(self.cleaned_data["former"])
        named = Q()
        for field in ("name", "email", "slack_id", "github"):
            named |= Q((f"{field}__icontains", words))
        return rows.filter(named) if words and not former else rows.filter(named, is_active=not former)


class PersonForm(forms.ModelForm[User]):
    """A colleague: how to reach them and under which names other systems know them."""

    zone = forms.ChoiceField(
        label="Time zone", choices=lambda: [(name, name) for name in zones()], initial="America/Los_Angeles"
    )

    class Meta:
        model = User
        fields = ("name", "email", "phone", "slack_id", "github", "zone")
        labels = {"slack_id": "Slack id", "github": "GitHub name"}
        help_texts = {"slack_id": "The id Slack gives this person (it begins with U or W), not the name they show."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # what was read travels along: two people who edit different fields do not undo each other
            told = not self.data or f"initial-{name}" in self.data
            field.show_hidden_initial = self.instance.pk is not None and told

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

    def keep(self, *, by: User) -> User | None:
        """Add the colleague, or write what was changed here; None when somebody has just taken the address or id."""
        verb, kept = self._changed if self.instance.pk else self._joined, list[User]()
        carried_out(self, lambda: kept.append(verb(by)))
        return kept[0] if kept else None

    def _joined(self, by: User) -> User:
        someone: User = User.objects.join(by=by, **self.cleaned_data)
        return someone

    def _changed(self, by: User) -> User:
        someone: User = User.objects.select_for_update().get(pk=self.instance.pk)
        someone.change({name: self.cleaned_data[name] for name in self.changed_data}, by=by)
        return someone


class HoldingForm(forms.ModelForm[RoleHolding]):
    """That somebody takes a post from a day on."""

    post = forms.ModelChoiceField(Post.objects.all())
    from_on = forms.DateField(label="From", initial=today, widget=forms.DateInput(attrs={"type": "date"}))
    to_on = forms.DateField(
        label="Until (the first day without it)", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = RoleHolding
        fields = ("post", "from_on", "to_on", "backup")
        labels = {"backup": "As backup"}

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = person

    def clean_from_on(self) -> date:
        day: date = self.cleaned_data["from_on"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError("That day is too far away.")
        return day

    def take(self, *, by: User) -> RoleHolding | None:
        """Give the post; None when they have just got it otherwise."""
        taken: list[RoleHolding] = []
        carried_out(self, lambda: taken.append(self.instance.user.take_post(by=by, **self.cleaned_data)))
        return taken[0] if taken else None
