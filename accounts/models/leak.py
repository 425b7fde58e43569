"""Places in public where the scan finds what nobody outside may know, until a person has dealt with them.

The repository is re-read every hour: what others write there never passes through us. Of a place we keep its number,
what kinds of words stand in it and a fingerprint; neither its text nor what was found.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse

from accounts.confidential import Mark
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User

OVERLAP: Final = timedelta(minutes=2)  # what was written late is read with the next hour's
WHOLE: Final = timedelta(days=7)  # since the private words grow, everything is read anew this often
LATE: Final = timedelta(hours=2)
SHORTEST_REASON: Final = 3


class Look(NamedTuple):
    """One text of the public repository as it was read: where it stands, its fingerprint, and what the scan found."""

    where: str
    external_id: str
    number: int
    url: str
    fingerprint: str
    kinds: str


def fingerprint(text: str, marks: Sequence[Mark]) -> str:
    """Changes when the text does, or when the scan finds something else in it."""
    return hashlib.sha256(repr((text, [(mark.start, mark.end) for mark in marks])).encode()).hexdigest()


class LeakQuerySet(models.QuerySet["Leak"]):
    """Places."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("leak.see") else self.none()

    def settleable_by(self, user: User) -> Self:
        return self if user.may("leak.settle") else self.none()

    def open(self) -> Self:
        return self.filter(dealt_at=None)

    @transaction.atomic
    def note(self, looks: Iterable[Look]) -> "list[Leak]":
        """Take in what was read; returns the places that are new, or say something else than when last dealt with."""
        read = {(look.where, look.external_id): look for look in looks}
        ids = {external_id for _, external_id in read}
        known = {(row.where, row.external_id): row for row in self.select_for_update().filter(external_id__in=ids)}
        for key in read.keys() & known.keys():
            if not read[key].kinds:
                known[key].note_gone()
        found = [(look, known.get(key)) for key, look in read.items() if look.kinds]
        return [row for look, before in found if (row := self.alarmed(look, before))]

    @transaction.atomic
    def note_missing(self, where: str, seen: Iterable[str]) -> None:
        """All places of one kind have been read: those that were not among them are no longer there."""
        for row in self.filter(where=where, gone_at=None).exclude(external_id__in=list(seen)):
            row.note_gone()

    def alarmed(self, look: Look, before: "Leak | None") -> "Leak | None":
        """The place, if nobody has heard of what stands there now; None when it is as it was."""
        now, row = clock.now(), before or self.model(where=look.where, external_id=look.external_id)
        is_back = row.gone_at is not None  # dealt with or not: whoever thinks that it is gone has to hear of it
        is_news, row.seen_at, row.gone_at = is_back or row.fingerprint != look.fingerprint, now, None
        if is_news:
            row.number, row.url, row.kinds, row.fingerprint = (
                look.number or None,
                look.url,
                look.kinds,
                look.fingerprint,
            )
            row.found_at, row.dealt_at, row.dealt_by, row.reason = now, None, None, ""
        row.save()
        if not is_news:
            return None
        Event.log(row, "leak_found", where=look.where, kinds=look.kinds)
        return row


class Leak(models.Model):
    """One place. A person deals with it and says how; it alarms again when its text has changed, or has come back."""

    class Where(models.TextChoices):
        LABEL = "label", "A label"
        TITLE = "title", "An issue's title"
        BODY = "body", "An issue's text"
        COMMENT = "comment", "A comment"

    where = models.CharField(max_length=7, choices=Where.choices)
    external_id = models.CharField(max_length=50)
    number = models.PositiveIntegerField(null=True, help_text="Of the issue")
    url = models.URLField(max_length=300, blank=True, help_text="Of the issue or comment; a label's would name it")
    kinds = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    found_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    gone_at = models.DateTimeField(null=True, help_text="Since when its text no longer holds it")
    dealt_at = models.DateTimeField(null=True)
    dealt_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    objects = LeakQuerySet.as_manager()

    class Meta:
        ordering = ("-found_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["where", "external_id"], name="leak_once"),)

    def __str__(self) -> str:
        return f"leak {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:leaks")

    @property
    def place(self) -> str:
        """Where to look, without a word of what stands there."""
        return f"{self.get_where_display()}, #{self.number}" if self.number else f"{self.get_where_display()}"

    def note_gone(self) -> None:
        """The text no longer holds it. Mails and the history of edits may: a person still has to look."""
        if self.gone_at is None:
            self.gone_at = clock.now()
            self.save(update_fields=["gone_at"])
            Event.log(self, "leak_gone")

    @transaction.atomic
    def deal_with(self, reason: str, *, seen: str, by: User) -> None:
        """Somebody has done what was to be done about the text of the fingerprint that they have `seen`.

        Raises ValidationError without a reason, the second time, and when the text has changed since.
        """
        row = Leak.objects.select_for_update().get(pk=self.pk)
        if row.dealt_at:
            raise ValidationError("Somebody has dealt with it already.")
        if row.fingerprint != seen:
            raise ValidationError("Its text has changed since you looked: look at it again.")
        if len(reason.strip()) < SHORTEST_REASON:
            raise ValidationError({"reason": "Say what was done about it."})
        self.dealt_at, self.dealt_by, self.reason = clock.now(), by, reason.strip()[:300]
        self.save(update_fields=["dealt_at", "dealt_by", "reason"])
        Event.log(self, "leak_dealt_with", by=by)


class Watch(models.Model):
    """How far the public repository has been re-read: its labels, its issues, its comments."""

    class What(models.TextChoices):
        LABELS = "labels", "Labels"
        ISSUES = "issues", "Issues"
        COMMENTS = "comments", "Comments"

    what = models.CharField(max_length=8, choices=What.choices, primary_key=True)
    since = models.DateTimeField(null=True, help_text="What has changed after this, by GitHub's clock, is not yet read")
    newest = models.DateTimeField(null=True, help_text="The newest change of the reading that is under way")
    page = models.CharField(max_length=500, blank=True, help_text="Where the reading that is under way goes on")
    is_whole = models.BooleanField(default=False, help_text="Whether that reading began at the very beginning")
    etag = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, help_text="When a reading last came to its end")
    whole_at = models.DateTimeField(null=True, help_text="When everything was last read")
    trouble = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("what",)
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return self.what

    @classmethod
    def of(cls, what: str) -> "Watch":
        return cls.objects.get_or_create(what=cls.What(what))[0]

    def asks_since(self, now: datetime) -> datetime | None:
        """From when on to ask for changes; None for everything there is."""
        return self.since if self.whole_at and now - self.whole_at < WHOLE else None

    def note_part(self, *, page: str, newest: datetime | None, is_whole: bool) -> None:
        """A part of it was read, and there is more."""
        self.page, self.newest, self.is_whole, self.trouble = page, newest, is_whole, ""
        self.save()

    def note_refused(self, trouble: str) -> None:
        """It could not be read: whatever page was to be read next may be what they refuse, so it begins anew."""
        self.page, self.newest, self.is_whole, self.etag, self.trouble = "", None, False, "", trouble[:80]
        self.save()

    def note_read(self, *, newest: datetime | None, is_whole: bool, etag: str = "") -> None:
        """All that was asked for has been read."""
        now, before = clock.now(), self.since
        self.since = newest - OVERLAP if newest else self.since
        self.etag = etag if self.since == before and not is_whole else ""
        self.page, self.newest, self.is_whole, self.trouble, self.read_at = "", None, False, "", now
        self.whole_at = now if is_whole else self.whole_at
        self.save()


@transaction.atomic
def watch(now: datetime) -> int:
    """Have the public repository re-read, once an hour; says how many readings were asked for."""
    for what in Watch.What.values:
        ask(what, f"watch:{what}:{now:%Y%m%d%H}")
    return len(Watch.What.values)


def ask(what: str, key: str) -> None:
    emit("github.watch", key=key, args={"what": what}, order=f"watch:{what}")


def ask_on(what: str, key: str) -> None:
    """Have the next part of a reading read; however many there are, their keys stay short."""
    reading, _, part = key.partition("+")
    ask(what, f"{reading}+{int(part) + 1 if part.isdecimal() else 1}")


def alarm(reading: str) -> None:
    """Tell the channel that looks after it that something was found: one message a reading, however much it is."""
    emit("slack.leaks", key=f"leaks:{reading}", args={}, automation="leak_alarm")
