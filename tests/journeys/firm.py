"""What the walks of a deal stand on: its people, Salesforce mirrored, and what the product does by itself."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from fleetcs.local.processes import until
from fleetcs.models import HandbookEntry, Mirror
from tests.journeys.dealing import LONG, Firm
from tests.mirrored import poll, started
from tests.standins import StandIns
from tests.worker import Start


@pytest.fixture
def firm(open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], line: StandIns) -> Firm:
    for login in ("bo-lanternfish", "vera-lanternfish"):
        line.at_github({"kind": "github.member", "key": login, "login": login, "public": False})
    HandbookEntry.objects.create(section="aliases", code="sale_issue_labels", value="project, #cx")
    return Firm(open_context, sign_in)


@pytest.fixture
def begun(line: StandIns) -> Iterator[None]:
    """Somebody has started every mirror."""
    with started():
        yield


@pytest.fixture
def mirrored(begun: None) -> None:
    """Salesforce has been read; what leaves is sent when the test says so."""
    poll()


@pytest.fixture
def working(begun: None, pump: Start) -> None:
    """What the product does by itself is done by a process of its own."""
    pump()
    assert until(lambda: not Mirror.objects.filter(loaded_at=None).exists(), LONG)
