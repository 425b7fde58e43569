"""What tests of the Salesforce line have in common: records to begin with, and what was asked."""

from datetime import UTC, datetime
from typing import Any

from fleetcs.clients import salesforce
from tests.standins import StandIns

NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)
KEY = "Fleetcs_id__c"


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
