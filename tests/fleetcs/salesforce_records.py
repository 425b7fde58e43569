"""What tests of the Salesforce line have in common: records to begin with, and what was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from fleetcs.clients import http, salesforce
from tests.standins import StandIns

NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)
KEY = "Fleetcs_id__c"


@contextmanager
def impatiently() -> Iterator[None]:
    """Real time-outs, shorter, for the calls within."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "TIMEOUT", (1.0, 0.3))
        yield


def account(line: StandIns, **values: object) -> str:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge", **values}])
    return str(id)


def opportunity(line: StandIns, **values: object) -> str:
    deal = {"Name": "Brightforge 2026", "StageName": "Proposal", "CloseDate": "2026-06-30", "Amount": 1000.0}
    return salesforce.upsert("Opportunity", KEY, "deal-1", {**deal, **values}).id


def rows(soql: str, **how: bool) -> list[dict[str, Any]]:
    return [row for page in salesforce.query(soql, **how) for row in page.rows]


def asked(line: StandIns, path: str = "/services/data") -> list[dict[str, Any]]:
    return line.journal("salesforce", path)
