"""One walk through every address of the product, for all tests that look at what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import walk
from tests.house.matrix import matrix
from tests.house.walk import Step
from tests.house.world import World, firm


@pytest.fixture(scope="session")
def steps(django_db_setup: None, django_db_blocker: Any) -> list[Step]:
    """The whole walk; the firm it went through is gone again."""
    with django_db_blocker.unblock(), walk.taken_back(), walk.quiet():
        return walk.whole(firm(), matrix())


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A firm of a few, for a test's own questions."""
    with walk.quiet():
        yield firm(("RO", "AE", "BIZ", "CSE", "VP", "ADM"))
