"""Notes of meetings: documents in the company's drive, linked and never kept here (SFD-06, SFD-09, SFD-19)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts import links
from accounts.models.account import Account, team_of
from accounts.models.contact import Contact
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.working_day import today


class MeetingNotesQuerySet(models.QuerySet["MeetingNotes"]):
    """Links to notes."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("contact.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return self._within("notes.link", user)

    def reviewable_by(self, user: User) -> Self:
        """Notes of meetings whose todos the person follows up: whoever schedules them (DCL-28)."""
        return self._within("meeting.schedule", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, team_of(user, "account__"))

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "MeetingNotes":
        """Link a document that holds the notes of a meeting with an account."""
        notes = self.model(added_by=by, **fields)
        notes.full_clean()
        notes.save()
        notes.log("meeting_notes_linked", by=by, on=notes.held_on)
        if notes.todos_reviewed:
            notes.log("meeting_todos_reviewed", by=by, on=notes.held_on)
        return notes


class MeetingNotes(models.Model):
    """The link to the notes of one meeting; which meeting it was follows from the account and the day."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="meeting_notes")
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="meeting_notes", verbose_name="With"
    )
    held_on = models.DateField("Day of the meeting")
    title = models.CharField("Title of the document", max_length=200)
    url = models.URLField("Link", max_length=500, validators=[links.drive])
    todos_reviewed = models.BooleanField("Todos reviewed", default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    added_at = models.DateTimeField(default=clock.now, editable=False)

    objects = MeetingNotesQuerySet.as_manager()

    class Meta:
        ordering = ("-held_on", "-pk")
        verbose_name_plural = "meeting notes"
        constraints = (
            models.UniqueConstraint(
                fields=["account", "url"],
                name="meeting_notes_linked_once",
                violation_error_message="This document is linked already.",
            ),
        )
        indexes = (models.Index(fields=["account", "-held_on"], name="meeting_notes_of_account"),)

    def __str__(self) -> str:
        return f"meeting notes {self.pk}"

    def get_absolute_url(self) -> str:
        return self.account.get_absolute_url()

    def clean(self) -> None:
        """The title holds the account's name and the day, so that a search finds it (SFD-06, MTG-16)."""
        if not self.held_on:
            return
        if self.held_on > today():
            raise ValidationError({"held_on": "That day is still to come."})
        if self.account.name.lower() not in self.title.lower() or self.held_on.isoformat() not in self.title:
            raise ValidationError({"title": f"Let it hold the account's name and {self.held_on.isoformat()}."})
        if self.contact and self.contact.account_id != self.account_id:
            raise ValidationError({"contact": "That is a contact of another account."})

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @transaction.atomic
    def review_todos(self, *, by: User) -> None:
        """What was promised at the meeting is followed up (DCL-28)."""
        if MeetingNotes.objects.filter(pk=self.pk, todos_reviewed=False).update(todos_reviewed=True):
            self.log("meeting_todos_reviewed", by=by, on=self.held_on)

    @transaction.atomic
    def drop(self, *, by: User) -> None:
        """Take a wrong link away."""
        Event.log(self.account, "meeting_notes_unlinked", by=by, account_pk=self.account_id, on=self.held_on)
        self.delete()


def suggested(account: Account, on: date) -> str:
    """How a document with the notes of a meeting is called."""
    return f"{account.name} {on.isoformat()}"
