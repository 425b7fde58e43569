"""Forms of saved views; whoever may not share keeps theirs private."""

from typing import Any

from django import forms

from fleetcs.models import SavedView, User


class ViewForm(forms.ModelForm[SavedView]):
    """Name and sharing of a view."""

    class Meta:
        model = SavedView
        fields: tuple[str, ...] = ("name", "shared")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.may("view.share"):
            del self.fields["shared"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        mine = SavedView.objects.filter(owner=self.user, page=self.instance.page, name=name)
        if mine.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("You have a view of this name already.")
        return name


class NewViewForm(ViewForm):
    """A list's address under a name."""

    class Meta(ViewForm.Meta):
        fields = ("page", "name", "query", "shared")

    def clean_name(self) -> str:
        """A name that is taken already means that view: it is saved again."""
        name: str = self.cleaned_data["name"]
        return name

    def keep(self) -> SavedView:
        values = {field: value for field, value in self.cleaned_data.items() if field not in {"page", "name"}}
        page, name = self.cleaned_data["page"], self.cleaned_data["name"]
        view, _ = SavedView.objects.update_or_create(owner=self.user, page=page, name=name, defaults=values)
        return view
