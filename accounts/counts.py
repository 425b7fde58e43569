"""The numbers beside this floor's entries of the navigation: only what this very person must act on."""

from django.db.models import QuerySet

from accounts.models import Channel
from fleetcs.models import User


def channels_for(user: User) -> QuerySet[Channel]:
    """Requests for after-hours cover, for those who approve them (AHR-02)."""
    waiting = Channel.objects.filter(after_hours=Channel.AfterHours.REQUESTED)
    return waiting if user.may("channel.approve") else waiting.none()
