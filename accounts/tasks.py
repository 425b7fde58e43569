"""This floor's periodic duties."""

from django.conf import settings

from accounts.models import TrialExtension, label_check
from fleetcs import clock


def check_labels() -> int:
    """Once a day, have the labels of both repositories compared with the codenames; nothing without repositories."""
    if not (settings.GITHUB_PUBLIC_REPO and settings.GITHUB_CONFIDENTIAL_REPO):
        return 0
    label_check.ask()
    return len(label_check.REPOSITORIES)


def remind_of_trials() -> int:
    """Tell whoever asked for a longer sandbox that it ends within a day (LIC-05)."""
    ending = list(TrialExtension.objects.to_remind(clock.now()).select_related("asked_by"))
    for extension in ending:
        extension.remind()
    return len(ending)
