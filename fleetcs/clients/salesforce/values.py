"""Values as Salesforce writes them: moments in three spellings, and literals that no text can break out of."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from simple_salesforce.format import quote_soql_value

from fleetcs.clients.http import Rejected, Unavailable

ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
EPOCH = re.compile(r"-?[0-9]{10,14}")


def moment(value: object) -> datetime | None:
    """A moment in UTC from REST ("…+0000"), Bulk CSV ("…Z"), Bulk 1 (milliseconds) or HTTP; None for an empty value.

    Raises Unavailable where it is none of them: an answer that we do not understand.
    """
    if value is None or value == "":
        return None
    try:
        return _moment(str(value))
    except (ValueError, TypeError, OverflowError, OSError):
        raise Unavailable(code="not_understood") from None


def certain_moment(value: object) -> datetime:
    """As `moment`, where there has to be one."""
    found = moment(value)
    if found is None:
        raise Unavailable(code="not_understood")
    return found


def quoted(value: Any) -> str:
    """`value` as a literal of SOQL, whatever a person has written in it; lists for IN. Moments must know their zone.

    >>> quoted("O'Neil"), quoted([1, None])
    ("'O\\\\'Neil'", '(1,null)')
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, list | tuple | set | frozenset):
        return f"({','.join(quoted(each) for each in value)})"
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    try:
        return quote_soql_value(value)
    except ValueError:
        return _refused()


def written(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the body of a request takes them: moments in UTC, days as text, amounts as numbers."""
    return {name: _written(value) for name, value in fields.items()}


def id_of(value: str) -> str:
    """A record's id of 15 or 18 characters, fit for an address. Raises Rejected."""
    if not ID.fullmatch(value):
        raise Rejected("MALFORMED_ID")
    return value


def name_of(value: str) -> str:
    """The name of an object or a field, fit for an address and for SOQL. Raises Rejected."""
    if not NAME.fullmatch(value):
        raise Rejected("INVALID_NAME")
    return value


def plain(record: Any) -> dict[str, Any]:
    """A record without what the interface says about itself ("attributes"), its parents alike."""
    if not isinstance(record, dict):
        raise Unavailable(code="not_understood", ambiguous=True)
    shown = {name: value for name, value in record.items() if name != "attributes"}
    return {name: plain(value) if isinstance(value, dict) else value for name, value in shown.items()}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _utc(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if value.tzinfo else _refused()


def _moment(text: str) -> datetime:
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    found = parsedate_to_datetime(text) if text[:1].isalpha() else datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _refused() -> str:
    raise Rejected("unquotable")
