"""Contacts: the people at an account (SFD-16 to SFD-19)."""

from collections.abc import Iterable
from typing import Any, Self

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse

from accounts import links
from accounts.models.account import Account, team_of
from fleetcs import clock
from fleetcs.mirrors import pushing
from fleetcs.models import Event, User
from fleetcs.models.stale import hold
from fleetcs.models.written import Written


class ContactQuerySet(models.QuerySet["Contact"]):
    """People at accounts."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("contact.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return user.within(self, "contact.edit", team_of(user, "account__"))

    def matching(self, text: str) -> Self:
        """Contacts whose name, address or account's name holds `text`, or whose name is much like it."""
        alike = self.alias(upper_name=Upper("name"))
        held = Q(name__icontains=text) | Q(email__icontains=text) | Q(account__name__icontains=text)
        return alike.filter(held | Q(upper_name__trigram_similar=text.upper()))

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "Contact":
        """Write down a person at an account."""
        contact = self.model(**fields)
        contact.full_clean()
        contact.save()
        contact.log("contact_added", by=by)
        pushing.tell(contact, fields, by=by)
        return contact

    def of_address(self, address: str) -> "Contact | None":
        """The contact who writes from an address, work address before personal one."""
        return best_of(self.writing_from(address.lower()), address) if address else None

    def writing_from(self, address: Any) -> Self:
        """The contacts who have this address, in lower case, for work or for themselves."""
        low = self.alias(low=Lower("email"), low_personal=Lower("personal_email")).select_related("account")
        return low.filter(Q(low=address) | Q(low_personal=address))

    def anybody_of_address(self, address: str) -> "Contact | None":
        """As `of_address`, among all contacts."""
        return best_of(WRITING(address=address.lower()), address) if address else None

    def seen_by_at_address(self, user: User, address: str) -> "Contact | None":
        """As `of_address`, among those a person may see."""
        return best_of(SEEN_WRITING(user, address=address.lower()), address) if address else None


def best_of(found: Iterable["Contact"], address: str) -> "Contact | None":
    """Among those with an address the one whose work address it is, else the first."""
    known = list(found)
    return next((one for one in known if one.email.lower() == address.lower()), next(iter(known), None))


@pghistory.track()
class Contact(models.Model):
    """A person at an account."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="contacts", verbose_name="Account name")
    name = models.CharField("Name", max_length=120)
    title = models.CharField("Title", max_length=40, blank=True)
    job_title = models.CharField("Job title", max_length=120, blank=True)
    department = models.CharField("Department", max_length=120, blank=True)
    email = models.EmailField("Email", blank=True)
    personal_email = models.EmailField("Personal email", blank=True)
    mobile = models.CharField("Mobile", max_length=40, blank=True)
    slack_id = models.CharField("Slack id", max_length=32, blank=True)
    zone = models.CharField("Time zone", max_length=64, blank=True)
    linkedin_url = models.URLField("LinkedIn URL", blank=True, validators=[links.linkedin])
    orbit_feed = models.URLField("Orbit feed", blank=True, validators=[links.web])
    twitter = models.CharField("Twitter", max_length=60, blank=True)
    github = models.CharField("GitHub", max_length=60, blank=True)
    website = models.URLField("Website", blank=True, validators=[links.web])
    description = models.TextField("Description", blank=True, max_length=2000)
    is_champion = models.BooleanField("Is champion", default=False)
    reports_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name="Reports to"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="contact_email_unique",
                condition=~Q(email=""),
                violation_error_message="There is a contact with this address already.",
            ),
            models.UniqueConstraint(
                fields=["slack_id"],
                name="contact_slack_id_unique",
                condition=~Q(slack_id=""),
                violation_error_message="There is a contact with this Slack id already.",
            ),
            models.CheckConstraint(condition=~Q(reports_to=F("id")), name="contact_not_own_manager"),
        )
        indexes = (
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="contact_name_trgm"),
            models.Index(Lower("personal_email"), name="contact_personal_email"),
        )

    def __str__(self) -> str:
        return f"contact {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:contact", args=[self.pk])

    def clean(self) -> None:
        """A manager is of the same account family and never, however far up, the contact themselves (SFD-17)."""
        if self.reports_to and self.account_id and self.reports_to.account_id not in self._family():
            raise ValidationError({"reports_to": "The manager must be a contact of the same account family."})
        boss, seen = self.reports_to, {self.pk}
        while boss:
            if boss.pk in seen:
                raise ValidationError({"reports_to": "That would be a loop: they would report to themselves."})
            seen.add(boss.pk)
            boss = boss.reports_to

    def _family(self) -> set[int | None]:
        """The account with its parents and children, one step each way."""
        children = Account.objects.filter(parent_id=self.account_id).values_list("pk", flat=True)
        return {self.account_id, self.account.parent_id or self.account_id, *children}

    def _take_turns(self) -> None:
        """Two who name each other as their manager in the same moment would both see no loop: one has to wait."""
        family = Account.objects.filter(pk__in=filter(None, self._family())).order_by("pk")
        list(family.select_for_update(of=("self",)).values_list("pk", flat=True))
        if self.reports_to_id:
            self.reports_to = Contact.objects.get(pk=self.reports_to_id)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name, all or nothing. Raises Stale when `version` is no longer the record's."""
        hold(self, version)
        for field, value in changes.items():
            setattr(self, field, value)
        if "reports_to" in changes:
            self._take_turns()
        self.full_clean()
        self.save()
        self.log("contact_changed", by=by, fields=sorted(changes))
        pushing.tell(self, changes, by=by)


WRITING = Written(lambda address: Contact.objects.writing_from(address), address=models.CharField())
SEEN_WRITING = Written(
    lambda user, address: Contact.objects.visible_to(user).writing_from(address), address=models.CharField()
)
