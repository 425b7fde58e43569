"""Daily sums of the clocks' facts, so that the managers' page does not grow with the tickets (P7).

A verb that changes a clock leaves a row for its day; the ticker recounts that whole day from the facts. A day
with such a row is counted live by the page, so its figures are exact at every moment.
"""

from datetime import date

from django.db import models


class StaleDay(models.Model):
    """A day whose tallies are to be recounted; many rows for one day are fine, none is ever waited for."""

    on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.on)

    @classmethod
    def mark(cls, *days: date) -> None:
        StaleDay.objects.bulk_create([StaleDay(on=day) for day in set(days)])


class Tally(models.Model):
    """How many clocks of a day, kind, tier, priority and side of the hours ended how; running ones are not in it."""

    on = models.DateField()
    kind = models.CharField(max_length=12)
    tier = models.CharField(max_length=10)
    priority = models.CharField(max_length=2)
    inside = models.BooleanField()
    kept = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    none = models.PositiveIntegerField("No promise", default=0)
    withdrawn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["on", "kind", "tier", "priority", "inside"], name="tally_once"),)

    def __str__(self) -> str:
        return f"{self.on} {self.kind} {self.tier} {self.priority}"


class ResponseTally(models.Model):
    """How many first responses of a day and tier took about `minutes` (the upper edge of a step of `figures.STEPS`)."""

    on = models.DateField()
    tier = models.CharField(max_length=10)
    inside = models.BooleanField()
    minutes = models.PositiveIntegerField()
    responses = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["on", "tier", "inside", "minutes"], name="response_tally_once"),)

    def __str__(self) -> str:
        return f"{self.on} {self.tier} {self.minutes}"


class SourceTally(models.Model):
    """How many tickets of a day came in which way (INT-01)."""

    on = models.DateField()
    source = models.CharField(max_length=20)
    tickets = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["on", "source"], name="source_tally_once"),)

    def __str__(self) -> str:
        return f"{self.on} {self.source}"
