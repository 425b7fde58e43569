"""The weekly review of leads: that the Open MQL list was cleaned up, said once a week (LEA-02)."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models, transaction

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.once import insert_once
from fleetcs.working_day import week_of
from opportunities.models.lead import Lead


class LeadReviewQuerySet(models.QuerySet["LeadReview"]):
    """Reviews."""

    def of_week(self, day: date) -> "LeadReview | None":
        return self.select_related("by").filter(week=week_of(day)).first()

    @transaction.atomic
    def confirm(self, day: date, *, by: User) -> "LeadReview | None":
        """The list of this week is clean; None when somebody has said so already."""
        review = self.model(
            week=week_of(day), by=by, mqls=Lead.objects.mqls().count(), total=Lead.objects.open().count()
        )
        if not insert_once(review):
            return None
        Event.log(review, "open_mql_list_confirmed", by=by, mqls=review.mqls)
        return review

    def newest(self) -> Self:
        return self.select_related("by").order_by("-week")


class LeadReview(models.Model):
    """One week's review, with how many leads were open and how many stayed on the Open MQL list."""

    week = models.DateField("Week of", unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="Confirmed by")
    at = models.DateTimeField("When", default=clock.now)
    total = models.PositiveIntegerField("Open leads")
    mqls = models.PositiveIntegerField("Left as MQL")

    objects = LeadReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-week",)

    def __str__(self) -> str:
        return f"lead review {self.pk}"
