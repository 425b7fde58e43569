"""Mirrors that are started, and a deal that came over them."""

from collections.abc import Iterator

import pytest

from tests.mirrored import load, poll, started
from tests.opportunities.both_sides import DAY_BEFORE
from tests.standins import StandIns


@pytest.fixture
def running(line: StandIns) -> Iterator[None]:
    """All mirrors are started and may act."""
    with started():
        yield


@pytest.fixture
def deal(line: StandIns) -> str:
    """An opportunity that was made and moved over there, and is here."""
    [account] = load(line, "Account", {"Name": "Brook"}, at=DAY_BEFORE)
    set_ = {"Name": "Brook 2026", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-06-30"}
    [id] = load(line, "Opportunity", {**set_, "Amount": 1200.5, "Next_step_due__c": "2026-03-09"}, at=DAY_BEFORE)
    line.act("edit", object="Opportunity", id=id, set={"StageName": "Proposal"}, at="2026-03-01T12:00:00Z")
    poll()
    return id
