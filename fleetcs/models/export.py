"""Files with data of people outside: who took which list away, when, and how many rows were in it (LEA-03)."""

import pgtrigger
from django.conf import settings
from django.db import models

from fleetcs import clock


class Export(models.Model):
    """One file. It is written down before the file leaves, and for ever."""

    name = models.CharField("List", max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="Who")
    query = models.TextField("As filtered", blank=True)
    count = models.PositiveIntegerField("Rows")
    at = models.DateTimeField("When", default=clock.now)

    class Meta:
        ordering = ("-pk",)
        triggers = (pgtrigger.Protect(name="export_stands", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"export {self.pk}"
