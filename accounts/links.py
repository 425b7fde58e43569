"""What a web address on a record may be: one that opens in a browser, and for LinkedIn one of LinkedIn's (SFD-07)."""

import re

from django.core.exceptions import ValidationError

WEB = re.compile(r"https?://", re.I)
LINKEDIN = re.compile(r"https?://(?:[a-z0-9-]+\.)*linkedin\.com(?:[/?#]|\Z)", re.I)


def web(url: str) -> None:
    """Raises ValidationError unless the address is one of the web."""
    if not WEB.match(url):
        raise ValidationError("Give a web address: https://…")


def linkedin(url: str) -> None:
    """Raises ValidationError unless the address is on linkedin.com or below it."""
    if not LINKEDIN.match(url):
        raise ValidationError("This is no LinkedIn address: its host must be linkedin.com.")
