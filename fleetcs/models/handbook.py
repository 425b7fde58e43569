"""What the company's handbook says in names, links, numbers and texts: data it loads, never code (R14)."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse

from fleetcs import clock
from fleetcs.handbook_texts import EMPTY_OF, ENTRIES, known_variables
from fleetcs.models.event import Event
from fleetcs.texts import faults

SECTIONS = ("links", "aliases", "phones", "channels", "dris", "escalations", "missions", "pages")


class HandbookEntryQuerySet(models.QuerySet["HandbookEntry"]):
    """Loaded entries."""

    def value(self, section: str, code: str, default: Any = "") -> Any:
        """The value loaded under `section` and `code`, or `default` when the pack leaves it out."""
        found = self.filter(section=section, code=code).values_list("value", flat=True).first()
        return default if found in (None, "") else found

    def section(self, section: str) -> dict[str, Any]:
        return dict(self.filter(section=section).values_list("code", "value"))

    def entry(self, section: str, code: str) -> "HandbookEntry | None":
        """The entry of that name; an unsaved empty one where the product asks for it and the pack left it out."""
        asked = HandbookEntry(section=section, code=code, value=EMPTY_OF.get(section, ""))
        return self.filter(section=section, code=code).first() or (asked if code in ENTRIES.get(section, ()) else None)


class HandbookEntry(models.Model):
    """One named value of the handbook: a link, an alias, a phone number, an order of escalation."""

    section = models.CharField(max_length=20, choices=[(name, name) for name in SECTIONS])
    code = models.CharField(max_length=60)
    value = models.JSONField(default=str, blank=True)
    note = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    objects = HandbookEntryQuerySet.as_manager()

    class Meta:
        ordering = ("section", "code")
        constraints = (models.UniqueConstraint(fields=["section", "code"], name="handbook_entry_once"),)

    def __str__(self) -> str:
        return f"{self.section}.{self.code}"

    @transaction.atomic
    def put(self, value: Any, *, by: models.Model, at: datetime) -> "HandbookEntry":
        """Set the value, keeping in the history what it was before and who changed it; returns the stored entry."""
        before, stored = self.value, {"value": value, "changed_at": at}
        entry, _ = HandbookEntry.objects.update_or_create(section=self.section, code=self.code, defaults=stored)
        if before != value:
            Event.log(entry, "handbook_changed", by=by, section=self.section, code=self.code, before=before)
        return entry


class MessageTextQuerySet(models.QuerySet["MessageText"]):
    """Texts of messages."""

    def for_people(self) -> Self:
        """Templates a colleague picks for an answer (TPL-03)."""
        return self.filter(use=MessageText.Use.REPLY)

    def missing(self) -> Self:
        """Texts the handbook promises but nobody has filled yet."""
        return self.filter(body="")


class MessageText(models.Model):
    """A text with variables such as {company_name}; an empty body is a placeholder that nothing can be sent from."""

    class Use(models.TextChoices):
        REPLY = "reply", "Answer template"
        AUTOMATION = "automation", "Automatic message"

    code = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=120)
    use = models.CharField(max_length=12, choices=Use.choices, default=Use.REPLY)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    required = models.JSONField(default=list, help_text="Variables without which it may not be sent")
    tiers = models.JSONField(default=list, blank=True, help_text="Offered for these tiers only; empty: for all")
    cc_post = models.CharField(max_length=40, blank=True)
    follow_up = models.CharField(max_length=40, blank=True, help_text="Task that sending it opens, e.g. bug_task")
    link = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    objects = MessageTextQuerySet.as_manager()

    class Meta:
        ordering = ("use", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("text", args=[self.code])

    def faults(self, subject: str, body: str) -> list[str]:
        """Why this could not be its wording, one sentence each (TPL-01, TPL-03, TPL-08)."""
        links = {*ENTRIES["links"], *HandbookEntry.objects.section("links")}
        known = known_variables(self.code, self.use, links)
        return faults(subject, body, required=self.required, known=known)

    @transaction.atomic
    def rewrite(self, *, subject: str, body: str, by: Any) -> None:
        """Replace the text and keep every wording with its author. ValidationError for one that cannot go out."""
        if (self.subject, self.body) == (subject, body):
            return
        if found := self.faults(subject, body):
            raise ValidationError(found)
        self.subject, self.body, self.changed_at = subject, body, clock.now()
        self.save(update_fields=["subject", "body", "changed_at"])
        HandbookChange.objects.create(text=self, subject=subject, body=body, by=by)


class HandbookChange(models.Model):
    """An earlier wording of a text: what was in force when a message went out."""

    text = models.ForeignKey(MessageText, models.CASCADE, related_name="wordings")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.text_id} at {self.at:%Y-%m-%d %H:%M}"
