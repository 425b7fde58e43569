"""The daily review of answers to outreach, and what was urgent among them (LEA-04, RIT-18)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction

from fleetcs import clock
from fleetcs.models import Event, HandbookEntry, User
from fleetcs.models.once import insert_once
from fleetcs.models.stale import held
from opportunities.models.lead import Lead
from opportunities.models.paperwork import insist

POST = "sdr"  # whose review it is, unless the handbook names another post


class OutreachReviewQuerySet(models.QuerySet["OutreachReview"]):
    """Reviews, one a working day."""

    def begin(self, day: date) -> bool:
        """Today's review for whoever holds the post; False when it was begun already. Safe to repeat."""
        post = HandbookEntry.objects.value("dris", "outreach_review", POST)
        return insert_once(self.model(day=day, owner=User.objects.holding(post).order_by("pk").first()))

    def of_day(self, day: date) -> "OutreachReview | None":
        return self.select_related("owner", "done_by").filter(day=day).first()

    def undone(self) -> Self:
        return self.filter(done_at=None)

    def newest(self) -> Self:
        return self.select_related("owner", "done_by").order_by("-day")


class OutreachReview(models.Model):
    """One working day's review."""

    day = models.DateField("Day", unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="Whose"
    )
    begun_at = models.DateTimeField(default=clock.now)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField("Done", null=True)

    objects = OutreachReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-day",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(done_at=None, done_by=None) | models.Q(done_at__isnull=False, done_by__isnull=False),
                name="outreach_review_done_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"outreach review {self.pk}"

    def log(self, verb: str, *, by: User, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, **facts)

    @transaction.atomic
    def finish(self, *, by: User) -> bool:
        """All answers were read, the usual ones answered, the urgent ones escalated; False when it was done already."""
        if held(self).done_at:
            return False
        self.done_at, self.done_by = clock.now(), by
        self.save(update_fields=["done_at", "done_by"])
        self.log("outreach_reviewed", by=by)
        return True

    @transaction.atomic
    def escalate(self, *, by: User, person: str, text: str, lead: Lead | None = None) -> "UrgentLead":
        """Draft what is taken to the CEO: from whom, and what they wrote. Raises ValidationError."""
        urgent = UrgentLead(review=self, person=person.strip(), text=text.strip(), lead=lead, drafted_by=by)
        insist(urgent.person and urgent.text, "Say from whom it is, and what they wrote.")
        urgent.full_clean()
        urgent.save()
        self.log("urgent_answer_drafted", by=by, lead=lead)
        return urgent


class UrgentLead(models.Model):
    """A drafted message: a person copies it into the channel where urgent answers go."""

    review = models.ForeignKey(OutreachReview, models.PROTECT, related_name="urgent")
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="+")
    person = models.CharField("From whom", max_length=200)
    text = models.TextField("What they wrote", max_length=4_000)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"urgent answer {self.pk}"

    @property
    def draft(self) -> str:
        """The message as it is copied."""
        return f"Urgent answer to our outreach from {self.person}:\n{self.text}"
