"""One line of `manage.py sla_due`: a question in JSON, and the answer as a dict that JSON can hold. Pure."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleetcs.hours import Span
from support import sla
from support.sla import Priority, Tier

LONGEST_LINE = 64 * 1024  # bytes; a question needs a hundred
KEYS = ("tier", "priority", "received_at")
SHAPE = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.,]{2,15}(Z|[+-][\d:]{2,9})?)?", re.ASCII | re.IGNORECASE)


class Unusable(ValueError):
    """A line that is no question; the message says why."""


@dataclass(frozen=True)
class Question:
    """A tier, a priority and the moment of receipt."""

    tier: Tier
    priority: Priority
    received_at: datetime


def read(line: bytes) -> Question:
    """The question in a line. Raises Unusable, or ValueError with words for a person."""
    given = _given(line)
    for key in KEYS:
        if not isinstance(given.get(key), str):
            raise Unusable(f"{key} is missing, or is no text.")
    return Question(sla.parse_tier(given["tier"]), sla.parse_priority(given["priority"]), moment(given["received_at"]))


def _given(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise Unusable(f"The line is longer than {LONGEST_LINE} bytes.")
    try:
        given = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise Unusable("The line is no JSON object.") from error
    if not isinstance(given, dict):
        raise Unusable("The line is no JSON object.")
    return given


def moment(text: str) -> datetime:
    """An ISO 8601 moment with its offset, in UTC. Raises Unusable; a moment without a zone is never guessed at."""
    try:
        at = datetime.fromisoformat(text if SHAPE.fullmatch(text) else "")
    except ValueError as error:
        raise Unusable(f"received_at {text[:40]!r} is no moment: write 2026-01-23T15:30:00-08:00.") from error
    if at.utcoffset() is None:
        raise Unusable("received_at has no zone: give its offset, as in 2026-01-23T15:30:00-08:00.")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise Unusable("received_at is out of range.") from error


def utc(at: datetime | None) -> str | None:
    """A moment as the answers write it: 2026-01-26T18:30:00Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def ledger(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    """The minute ledger: every stretch with the reason it counted or not."""
    return [
        {
            "from": utc(span.start),
            "to": utc(span.end),
            "counted": span.counted,
            "reason": span.reason,
            "seconds": span.length.total_seconds(),
        }
        for span in spans
    ]


def explained(explanation: sla.Explanation) -> dict[str, Any]:
    """The explanation as data and as the text that people paste."""
    return {
        "explanation": explanation.text(),
        "ledger": ledger(explanation.spans),
        "counted_seconds": explanation.counted.total_seconds(),
        "subtracted": list(explanation.subtracted),
    }
