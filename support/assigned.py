"""To whom an issue is given, for those who do not mirror issues themselves (DCL-13)."""

from support.models import Issue


def assigned(address: str) -> frozenset[str] | None:
    """Names at GitHub as last read; None for an issue that is not ours, or is gone."""
    issue = Issue.objects.filter(gone_at=None).addressed(address.rstrip("/"))
    return frozenset(login.lower() for login in issue.assignees) if issue else None
