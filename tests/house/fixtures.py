"""One walk through every address of the product, for all tests that look at what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import walk
from tests.house.matrix import matrix
from tests.house.walk import Step
from tests.house.world import GROUPS, SOME, World, firm


@pytest.fixture(scope="session", params=["some", pytest.param("everybody", marks=pytest.mark.slow)])
def steps(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> list[Step]:
    """The walk as a few who see little and much, or as somebody of every group; the firm it went through is gone."""
    groups = SOME if request.param == "some" else GROUPS
    with django_db_blocker.unblock(), walk.taken_back(), walk.quiet():
        return walk.whole(firm(groups), matrix())


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A firm of a few, for a test's own questions."""
    with walk.quiet():
        yield firm(("RO", "AE", "BIZ", "CSE", "VP", "ADM"))
