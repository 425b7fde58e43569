"""The ten tickets of the figures as a fixture: a module that nobody imports, so that pytest can take it as a plugin."""

from typing import Any

import pytest

from fleetcs.models import User
from tests.factories import make_account, make_user
from tests.support.figures import DAY, HOUR, MINUTE, MONDAY, received


@pytest.fixture
def ten(clock: Any) -> User:
    """Ten promises, as they stand on Wednesday 14 January at noon."""
    clock(MONDAY + 2 * DAY + 2 * HOUR)
    by = make_user("cse", name="Ada Answers")
    premium, ultimate, free = make_account("premium"), make_account("ultimate"), make_account(None)
    received(premium, MONDAY, "P0", 1 * HOUR, by)  # kept, inside
    received(premium, MONDAY, "P0", 4 * HOUR, by)  # kept at the due instant
    received(premium, MONDAY, "P0", 4 * HOUR + MINUTE, by)  # missed
    received(ultimate, MONDAY - 10 * HOUR, "P0", 90 * MINUTE, by)  # at midnight: outside, kept within two hours
    received(ultimate, MONDAY - 10 * HOUR, "P1", 5 * HOUR, by)  # outside, missed
    received(free, MONDAY, "P2", 3 * HOUR, by)  # no promise
    received(free, MONDAY, "P2", None, by, source="staff_flag")  # no promise
    received(premium, MONDAY + 2 * DAY, "P2", None, by)  # Wednesday at ten: on time
    received(premium, MONDAY + DAY + 3 * HOUR, "P2", None, by)  # Tuesday at one, due today at one: at risk
    received(premium, MONDAY, "P2", None, by)  # Monday at ten, due Tuesday at ten: late now
    return by
