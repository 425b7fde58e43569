"""This floor's periodic duties."""

from django.conf import settings

from accounts.models import Codename, label_check, leak
from fleetcs import clock

AT_ONCE = 100  # codenames


def check_labels() -> int:
    """Once a day, have the labels of both repositories compared with the codenames; nothing without repositories."""
    if not (settings.GITHUB_PUBLIC_REPO and settings.GITHUB_CONFIDENTIAL_REPO):
        return 0
    label_check.ask()
    return len(label_check.REPOSITORIES)


def watch_public() -> int:
    """Once an hour, have the public repository re-read with the scan; nothing without one."""
    return leak.watch(clock.now()) if settings.GITHUB_PUBLIC_REPO else 0


def follow_names() -> int:
    """Accounts that Salesforce has renamed: their codenames' confidential labels say the new name too."""
    behind = Codename.objects.behind_their_accounts()[:AT_ONCE]
    for codename in behind:
        codename.follow_account()
    return len(behind)
