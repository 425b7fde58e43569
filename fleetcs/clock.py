"""The only clock of the product: `now()`.

In the demo and in tests a file holds an offset in seconds, so that web, worker, beat and test agree on
what time it is without touching the machine's clock. Everywhere else the offset is zero.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

OFFSET_FILE = "clock"


def now() -> datetime:
    """The present moment in UTC, moved by the offset of this installation."""
    return datetime.now(UTC) + offset()  # noqa: TID251 - the one place that may ask the machine


def offset() -> timedelta:
    """How far the product's clock runs ahead of the machine's; always zero in production."""
    if settings.PRODUCTION:
        return timedelta()
    try:
        return timedelta(seconds=float(_file().read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()


def set_to(moment: datetime) -> None:
    """Make `now()` answer `moment`, and run on from there (demo and tests only)."""
    if settings.PRODUCTION:
        raise RuntimeError("The clock of a production installation is not to be moved.")
    seconds = (moment - datetime.now(UTC)).total_seconds()  # noqa: TID251
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text(repr(seconds))


def reset() -> None:
    """Let the product's clock be the machine's again."""
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return Path(settings.CLOCK_FILE)
