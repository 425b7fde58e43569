"""Fields that several forms share: names of accounts, mail domains, time zones, people who hold a post."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db.models import Q, QuerySet

from accounts.models import Account, Contact
from fleetcs.models import RoleHolding, User
from fleetcs.working_day import today

MOST_DOMAINS, LONGEST_DOMAIN = 50, 190
is_domain = DomainNameValidator(accept_idna=False)


class AccountField(forms.ModelChoiceField[Account]):
    """One of the accounts the person may choose, by name."""

    def label_from_instance(self, obj: Account) -> str:
        return obj.name


class ContactField(forms.ModelChoiceField[Contact]):
    """One of the contacts the person may choose, by name."""

    def label_from_instance(self, obj: Contact) -> str:
        return obj.name


class DomainsField(forms.CharField):
    """Mail domains, one a line; in lower case and without doubles."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_DOMAINS * LONGEST_DOMAIN, **kwargs)
        self.widget.attrs["rows"] = 3

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return domains_of(self.prepare_value(initial)) != domains_of(self.prepare_value(data))

    def clean(self, value: Any) -> Any:
        domains = list(dict.fromkeys(domains_of(super().clean(value))))
        if len(domains) > MOST_DOMAINS:
            raise ValidationError(f"No more than {MOST_DOMAINS} domains.")
        for domain in domains:
            _check(domain)
        return domains


def domains_of(text: str | None) -> list[str]:
    """Mail domains as people type them, parted by blanks or commas."""
    return [domain.strip(".@") for domain in (text or "").lower().replace(",", " ").split()]


def _check(domain: str) -> None:
    try:
        is_domain(domain)
    except ValidationError as error:
        raise ValidationError(f"“{domain[:60]}” is no mail domain: write it like company.example.") from error


class ZoneField(forms.TypedChoiceField):
    """A time zone of the world, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=lambda: [("", "Not known"), *((name, name) for name in sorted(available_timezones()))],
            required=False,
            label="Time zone",
            **kwargs,
        )


def holders(posts: list[str], keeping: int | None = None) -> QuerySet[User]:
    """Who holds one of these posts today, and the person chosen earlier, so that saving does not drop them."""
    held = RoleHolding.objects.on(today()).filter(post_id__in=posts)
    people: QuerySet[User] = User.objects.filter(Q(is_active=True, pk__in=held.values("user")) | Q(pk=keeping))
    return people
