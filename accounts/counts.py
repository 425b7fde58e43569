"""The numbers beside this floor's entries of the navigation: only what this very person must act on."""

from django.db.models import QuerySet

from accounts.models import Channel, Codename, CodenamePart, LicenseRequest
from fleetcs.models import User


def channels_for(user: User) -> QuerySet[Channel]:
    """Requests for after-hours cover, for those who approve them (AHR-02)."""
    waiting = Channel.objects.filter(after_hours=Channel.AfterHours.REQUESTED)
    return waiting if user.may("channel.approve") else waiting.none()


def codenames_for(user: User) -> QuerySet[Codename]:
    """Codenames of which a place was refused or has drifted, for those who may put it right (COD-04)."""
    stuck = CodenamePart.objects.needing_a_person().values("codename")
    return Codename.objects.assignable_by(user).active().filter(pk__in=stuck)


def licenses_for(user: User) -> QuerySet[LicenseRequest]:
    """Requests for keys, for whoever is responsible in that phase (LIC-04)."""
    return LicenseRequest.objects.waiting_for(user)
