"""Who may see and do what: every address, as somebody of every group, on one's own and on a stranger's records (G09).

What is expected is typed by hand in permissions.yaml; nothing here asks the table that the product uses.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import pytest

from fleetcs import posts
from tests.house import walk
from tests.house.matrix import Entry, matrix
from tests.house.walk import DENIED, NOBODY, Step, Visitor
from tests.house.world import GROUPS, POSTS, SOME, World

pytest_plugins = ["tests.house.fixtures"]
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

MATRIX: Final = matrix()
BROWSER: Final = {"HTTP_ACCEPT": "text/html,*/*"}


def faults(steps: Iterable[Step], expected: dict[str, Entry]) -> list[str]:
    """Every answer that is not the one in the matrix, and every refusal that tells or changes something."""
    rows = list(steps)
    absent = {(step.address, step.method): step.body for step in rows if step.whose == "absent"}
    return [f"{name(step)}: {fault}" for step in rows if (fault := fault_of(step, expected[step.address], absent))]


def name(step: Step) -> str:
    return f"{step.method} /{step.address} as {step.group}, {step.whose}"


def fault_of(step: Step, entry: Entry, absent: dict[tuple[str, str], int]) -> str:
    """What is wrong with one answer; "" when nothing is."""
    is_nobody = step.group == NOBODY
    due = entry.expected_of_nobody(step.method) if is_nobody else entry.expected(step.method, step.group, step.whose)
    if step.status != due:
        return f"{step.status} instead of {due}"
    if step.status in DENIED and step.written:
        return f"refused, but {step.written} rows were written"
    if step.status == 404 and step.body != absent.get((step.address, step.method), step.body):
        return "another answer than for a record that is not there"
    if is_nobody and step.status == 302 and not step.location.startswith("/me/login/"):
        return f"sent to {step.location}"
    return ""


@pytest.mark.ledger("DIR-05", "INT-12", "INT-13", "INT-03", "AHR-02", "SLA-13", "SLA-14", "SLA-21", "INT-05", "INT-16")
def test_everybody_is_answered_what_the_handbook_gives_them(steps: list[Step]) -> None:
    assert faults(steps, MATRIX) == []


def test_the_walk_is_made_once_by_one_worker(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@walk")


def test_every_address_is_in_the_matrix_and_no_other() -> None:
    assert set(MATRIX) == set(walk.addresses())


def test_the_walk_went_everywhere_as_everybody_it_is_about(steps: list[Step]) -> None:
    groups = {step.group for step in steps}
    assert groups in ({*SOME, NOBODY}, {*GROUPS, NOBODY})
    assert {(step.address, step.group, step.method) for step in steps} == {
        (address, group, method)
        for address, entry in MATRIX.items()
        for group in groups
        for method in walk.METHODS
        if group in walk.FEW or (entry.offers(method) and not address.startswith("me/"))
    }
    owned = {address for address, entry in MATRIX.items() if entry.kind and "|" in str(entry.said)}
    assert groups == {*SOME, NOBODY} or owned <= {step.address for step in steps if step.whose == "own"}


def test_every_group_has_somebody_and_every_entry_names_groups_that_exist() -> None:
    assert set(GROUPS) == {group.value for group in posts.Group}
    assert {POSTS[group] for group in GROUPS} - {None} <= {code for code, _, _ in posts.POSTS}
    reaches = [reach for entry in MATRIX.values() for reach in entry.reaches.values()]
    assert {group for reach in reaches for group in reach.every | reach.own} <= set(GROUPS)
    assert {key for entry in MATRIX.values() for key in entry.said} <= {
        "of",
        "may",
        "see",
        "act",
        "refused",
        "get",
        "post",
        "send",
        "open",
    }


@pytest.mark.parametrize("address", ["tickets/<int:pk>/", "contracts/<int:pk>/", "attachments/<int:pk>/", "history"])
def test_a_page_in_a_browser_tells_no_more_than_that_it_is_not_there(world: World, address: str) -> None:
    kind = MATRIX[address].kind
    person = Visitor(world, "RO", **BROWSER)
    refused = person.step(address, "GET", kind)
    nothing = person.step(address, "GET", kind, "absent") if kind else person.step("no/such/page", "GET")
    assert (refused.status, refused.body) == (nothing.status, nothing.body) == (404, nothing.body)


# --- the walk would notice --------------------------------------------------------------------------------------------
def of(steps: list[Step], address: str, group: str, method: str = "POST") -> Step:
    return next(step for step in steps if (step.address, step.group, step.method) == (address, group, method))


def test_a_rule_that_was_loosened_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posts.MAY["ticket.work"], "BIZ", posts.ALL)
    loosened = Visitor(world, "BIZ").step("tickets/<int:pk>/assign/", "POST", "ticket")
    assert faults([loosened], MATRIX) == ["POST /tickets/<int:pk>/assign/ as BIZ, foreign: 302 instead of 403"]


def test_own_that_became_all_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posts.MAY["ticket.see"], "AE", posts.ALL)
    assert faults([Visitor(world, "AE").step("tickets/<int:pk>/", "GET", "ticket")], MATRIX) != []


def test_a_right_that_was_lost_is_noticed(steps: list[Step]) -> None:
    lost = replace(of(steps, "tickets/<int:pk>/reply/", "VP"), status=403)
    assert faults([lost], MATRIX) == ["POST /tickets/<int:pk>/reply/ as VP, foreign: 403 instead of 422"]


def test_a_refusal_that_writes_or_tells_is_noticed(steps: list[Step]) -> None:
    refused = of(steps, "tickets/<int:pk>/assign/", "RO")
    absent = next(
        step for step in steps if step.whose == "absent" and step.address == refused.address and step.method == "POST"
    )
    assert faults([refused, absent], MATRIX) == []
    assert len(faults([replace(refused, written=1), absent], MATRIX)) == 1
    assert len(faults([replace(refused, body=refused.body + 1), absent], MATRIX)) == 1


def test_an_unlisted_address_is_noticed() -> None:
    less = {address: entry for address, entry in MATRIX.items() if address != "board/"}
    assert set(walk.addresses()) - set(less) == {"board/"}
