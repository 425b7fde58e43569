"""Requests that our own systems sign, and those that only bring a secret along (T33, T34). Pure."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

MAX_AGE = timedelta(minutes=5)
TIMESTAMP, SIGNATURE = "X-Fleetcs-Timestamp", "X-Fleetcs-Signature"


def sign(raw: bytes, sent_at: str, secret: str) -> str:
    """`v1=` and the HMAC-SHA256 of timestamp, a dot and the body, in hexadecimal."""
    return "v1=" + hmac.digest(secret.encode(), sent_at.encode() + b"." + raw, "sha256").hex()


def problem(headers: Mapping[str, str], raw: bytes, now: datetime, secrets: Sequence[str]) -> str:
    """Why a request is refused: "unsigned", "stale" or "signature"; "" when one of the secrets signed it within
    five minutes of `now`. Without any secret everything is refused."""
    sent_at, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) <= 11 and given):
        return "unsigned"
    if abs(now.timestamp() - int(sent_at)) > MAX_AGE.total_seconds():
        return "stale"
    own = [sign(raw, sent_at, secret) for secret in secrets if secret]
    matches = [hmac.compare_digest(one.encode(), given.encode(errors="replace")) for one in own]
    return "" if any(matches) else "signature"


def bears(headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether a request brings one of the secrets as `Authorization: Bearer …`, for callers that cannot sign. Without
    any secret nothing does."""
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    matches = [hmac.compare_digest(one.encode(), given.strip().encode(errors="replace")) for one in secrets if one]
    return scheme.lower() == "bearer" and any(matches)
