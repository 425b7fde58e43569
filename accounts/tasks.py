"""This floor's periodic duties."""

from django.conf import settings

from accounts.models import label_check


def check_labels() -> int:
    """Once a day, have the labels of both repositories compared with the codenames; nothing without repositories."""
    if not (settings.GITHUB_PUBLIC_REPO and settings.GITHUB_CONFIDENTIAL_REPO):
        return 0
    label_check.ask()
    return len(label_check.REPOSITORIES)
