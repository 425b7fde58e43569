"""This floor's periodic duties."""

from datetime import datetime, time, timedelta

from fleetcs.models import OpeningHours
from fleetcs.working_day import ZONE, today
from opportunities.models import OutreachReview


def begin_outreach_review() -> int:
    """On each working day, and on no other, the review of answers to outreach comes up once (LEA-04)."""
    day = today()
    begins = datetime.combine(day, time.min, ZONE)
    if not OpeningHours.objects.calendar().between(begins, begins + timedelta(days=1)):
        return 0
    return int(OutreachReview.objects.begin(day))
