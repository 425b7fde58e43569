"""The weekly review of the pipeline: which deal somebody has gone through in which week (OPP-07, RIT-15)."""

from typing import Self

from django.conf import settings
from django.db import models, transaction

from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.once import insert_once
from fleetcs.working_day import today, week_of
from opportunities.models.opportunity import Opportunity


class PipelineReviewQuerySet(models.QuerySet["PipelineReview"]):
    """Deals that were gone through."""

    def this_week(self) -> Self:
        return self.filter(week=week_of(today()))

    @transaction.atomic
    def confirm(self, opportunity: Opportunity, *, by: User) -> None:
        """It stands as it is, or was just brought up to date. Twice in a week is once."""
        mine = self.model(opportunity=opportunity, week=week_of(today()), by=by)
        if insert_once(mine):
            opportunity.log("pipeline_reviewed", by=by, week=mine.week)


class PipelineReview(models.Model):
    """That somebody has gone through a deal in a week."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="reviews_of_pipeline")
    week = models.DateField("Week that begins on")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="Who")
    at = models.DateTimeField("When", default=clock.now)

    objects = PipelineReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-week", "pk")
        constraints = (models.UniqueConstraint(fields=["opportunity", "week"], name="pipeline_reviewed_once_a_week"),)

    def __str__(self) -> str:
        return f"pipeline review {self.pk}"
