"""What the tests of the line to GitHub share."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fleetcs.clients.github import PublicText
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.local.standins.github import CONFIDENTIAL
from tests.standins import StandIns

MovableClock = Callable[[datetime], object]
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def public(text: str) -> PublicText:
    return PublicText(text)


def opened(standins: StandIns, number: int, repo: str = CONFIDENTIAL) -> list[int]:
    """So many issues that people have opened."""
    path, titles = f"/repos/{repo}/issues", [f"No. {at}" for at in range(number)]
    return [standins.as_person("lanternfish-desk", "POST", path, {"title": title})["number"] for title in titles]


def refusal(act: Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(Rejected) as refused:
        act()
    return refused.value.code, refused.value.status


def delay(act: Callable[[], object]) -> Unavailable:
    with pytest.raises(Unavailable) as later:
        act()
    return later.value
