"""One authorised request with what it needs: the company's state, who asks, when, and the preconditions it names."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from fleetcs.local.standins.salesforce.answering import Found, attributes, no_such
from fleetcs.local.standins.salesforce.checks import Rule
from fleetcs.local.standins.salesforce.objects import Field, Shape
from fleetcs.local.standins.salesforce.records import Record, Records
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.salesforce.soql import Query
from fleetcs.local.standins.salesforce.writing import Script, Writer
from fleetcs.local.standins.wire import Call, Fact


@dataclass
class Cursor:
    """A question whose further pages may be asked for."""

    query: Query
    shape: Shape
    rows: list[Record]
    batch: int


@dataclass
class Org:
    """The company's Salesforce. Records, rules, apps and jobs are made from facts; the rest is of this run only."""

    records: Records = field(default_factory=Records)
    rules: list[Rule] = field(default_factory=list)
    apps: dict[str, Fact] = field(default_factory=dict)
    jobs: dict[str, Fact] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    expires_after: int | None = None  # calls
    used: int = 0
    limit: int = 100_000
    crowded: int = 0  # calls that find too many others running
    script: Script = field(default_factory=Script)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)  # at jobs
    results: dict[str, Found] = field(default_factory=dict)  # of jobs
    job_fails_with: str = ""


@dataclass(frozen=True)
class Asked:
    """One request: `base` is "/services/data/v66.0/", `place` what the address names."""

    org: Org
    call: Call
    now: datetime
    user: str
    base: str
    version: float
    place: Mapping[str, str]

    def shape(self) -> Shape:
        """The object that the address names."""
        shape = self.org.records.shape(self.place["object"])
        if shape is None:
            raise Refused("NOT_FOUND")
        return shape

    def body(self) -> Any:
        """The JSON of the request. Refused when it is none."""
        try:
            return json.loads(self.call.body or b"null")
        except ValueError:
            raise Refused("JSON_PARSER_ERROR", "Unexpected character in the request body") from None

    def record(self) -> Record:
        """The JSON object of the request."""
        body = self.body()
        if not isinstance(body, dict):
            raise Refused("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
        return body

    def writer(self) -> Writer:
        """What writes for this request."""
        allow = "allowsave=true" in self.call.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")
        org = self.org
        return Writer(org.records, self.user, self.now, org.rules, org.script, allow, self.base)

    def shown(self, shape: Shape, row: Record) -> dict[str, Any]:
        """A record with the fields that were asked for, all without."""
        fields = self.fields(shape)
        values = {each.name: self.org.records.value(shape.name, row, each) for each in fields}
        return {"attributes": attributes(shape.name, row["Id"], self.base), **values}

    def fields(self, shape: Shape) -> list[Field]:
        """The fields named by `?fields=`, all without. Refused for one that is not there."""
        wanted = str(self.call.values.get("fields") or "")
        if not wanted:
            return list(shape.fields.values())
        found = {name: shape.named(name.strip()) for name in wanted.split(",")}
        for name, each in found.items():
            if each is None:
                raise no_such(name, shape.name)
        return [each for each in found.values() if each]

    def unchanged(self, shape: Shape, row: Record) -> bool:
        """Whether the record is still as the asker knows it (If-Modified-Since, If-None-Match): answered by 304."""
        since = self._date("if-modified-since")
        known = self.call.headers.get("if-none-match", "")
        return (since is not None and _modified(row) <= since) or (shape.name == "Account" and etag(row) in known)

    def check_preconditions(self, shape: Shape, row: Record) -> None:
        """Refused with 412 when the record is not as the asker knows it (If-Unmodified-Since; If-Match on accounts)."""
        since = self._date("if-unmodified-since")
        wanted = self.call.headers.get("if-match", "")
        other = shape.name == "Account" and wanted and etag(row) not in wanted
        if other or (since is not None and _modified(row) > since):
            raise Refused("PRECONDITION_FAILED")

    def _date(self, header: str) -> datetime | None:
        given = self.call.headers.get(header)
        try:
            return parsedate_to_datetime(given) if given else None
        except ValueError:
            raise Refused("INVALID_HEADER_VALUE", f"Invalid value for header {header}") from None


def etag(row: Record) -> str:
    """The hash of an account's content, as it stands in the header."""
    content = json.dumps(row, sort_keys=True, default=str).encode()
    return f'"{hashlib.sha256(content).hexdigest()[:27]}="'


def _modified(row: Record) -> datetime:
    return datetime.fromisoformat(row["LastModifiedDate"])
