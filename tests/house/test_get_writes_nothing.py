"""Looking changes nothing: no GET and no HEAD of anybody writes a row (T03)."""

import pytest

from tests.house import walk
from tests.house.matrix import matrix
from tests.house.walk import NOBODY, Step, Visitor
from tests.house.world import World

pytest_plugins = ["tests.house.fixtures"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]


def test_no_page_writes_a_row_when_it_is_looked_at(steps: list[Step]) -> None:
    looked = [step for step in steps if step.method == "GET"]
    assert len(looked) > 1_000
    assert [f"/{step.address} as {step.group}: {step.written} rows" for step in looked if step.written] == []


@pytest.mark.slow
def test_a_head_is_a_get_without_a_body_and_writes_no_row_either(world: World) -> None:
    for group in ("VP", NOBODY):
        visitor = Visitor(world, group)
        for address, entry in matrix().items():
            asked, headed = (visitor.step(address, method, entry.kind) for method in ("GET", "HEAD"))
            assert (headed.status, headed.written) == (asked.status, 0), f"/{address} as {group}"


def test_a_row_that_a_page_wrote_would_be_counted(world: World) -> None:
    before = walk.written()
    with walk.taken_back():
        world.people["VP"].change({"name": "Somebody Else"}, by=world.people["ADM"])
    assert walk.written() - before >= 2
