"""Addresses of our own pages as they stand in mails, in messages and at GitHub."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """Where a page of ours is for whoever reads of it elsewhere; made of a setting alone, never of a request."""
    return f"{settings.BASE_URL.rstrip('/')}{path}"
