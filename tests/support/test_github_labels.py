"""Labels of the mirror, known by their id: renamed, deleted, taken off, and put back."""

from typing import Any

import pytest

from fleetcs.local.processes import until
from fleetcs.local.standins.github import DESK
from fleetcs.models import Event
from support.github import duties
from support.models import Issue, Label, Repository
from tests.factories import make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.at_github import issue, label, names, one, path, read, read_later, rename

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_monday")]


@pytest.fixture
def _monday(clock: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")


# --- labels by id -----------------------------------------------------------------------------------------------------
def test_a_renamed_label_keeps_its_issues_which_nothing_else_would_tell(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"))
    read()
    updated = one(1).updated_at
    rename(standins, "bug", "customer request")
    read_later()
    assert (names(1), one(1).updated_at) == ({"customer request"}, updated)
    assert Label.objects.get(name="customer request").former_names == ["bug"]


def test_a_label_that_becomes_one_of_ours_brings_its_issues(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "defect")), issue(standins, 2, label(standins, "bug"))
    read()
    assert not Issue.objects.filter(number=1).exists()
    rename(standins, "defect", ":bug")
    read_later()
    assert names(1) == {":bug"}


@pytest.mark.slow
def test_two_labels_that_change_names_with_each_other_are_told_apart_by_their_ids(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug")), issue(standins, 2, label(standins, ":product"))
    read()
    rename(standins, "bug", "x"), rename(standins, ":product", "bug"), rename(standins, "x", ":product")
    read_later()
    assert (names(1), names(2)) == ({":product"}, {"bug"})


def test_a_change_of_case_is_a_new_name_and_no_second_label(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "Customer-Ceres"))
    read()
    rename(standins, "Customer-Ceres", "customer-ceres")
    read_later()
    assert list(Label.objects.filter(repo="public").values_list("name", flat=True)) == ["customer-ceres"]


def test_a_deleted_label_is_gone_from_issues_and_they_are_remembered(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"), label(standins, "~investigate"))
    read()
    standins.as_person(DESK, "DELETE", path("public", "/labels/~investigate"))
    read_later()
    assert names(1) == {"bug"}
    gone = Label.objects.get(name="~investigate")
    assert (gone.gone_at is not None, [row.number for row in gone.issues.all()]) == (True, [1])
    assert Event.objects.of(gone).get().verb == "label_deleted"


def test_labels_taken_off_an_issue_go_here_too(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"), label(standins, ":product"))
    read()
    standins.as_person(DESK, "DELETE", path("public", "/issues/1/labels/:product"))
    read_later()
    assert names(1) == {"bug"}


def test_a_label_over_a_hundred_issues_is_read_to_its_last_page(standins: StandIns) -> None:
    for number in range(31):
        label(standins, f"label {number}")
    bug = label(standins, "zz bug")
    rename(standins, "zz bug", "bug")
    for number in range(1, 131):
        issue(standins, number, bug)
    read()
    assert (Label.objects.filter(repo="public").count(), Issue.objects.count()) == (32, 130)


@pytest.mark.slow
def test_a_list_read_half_way_goes_on_as_that_labels_and_as_no_others(standins: StandIns, monkeypatch: Any) -> None:
    bug, asked = label(standins, "bug"), label(standins, "~customer request")
    for number in range(1, 102):
        issue(standins, number, asked)
    read()
    issue(
        standins, 200, bug, updated_at="2026-01-01T18:00:00Z"
    )  # its moment is long past: only the label's own list tells of it
    Label.objects.filter(name="~customer request").update(listed_at=None, etag="")
    with monkeypatch.context() as slowly:
        slowly.setattr("support.github.reading.ROUND", duties.AGAIN * 0)  # every page is the last of its turn
        assert until(is_half_way_after_one_more_turn, 10, pause=0)
    Label.objects.filter(name="bug").update(listed_at=None, etag="")
    read()
    assert names(200) == {"bug"}


def is_half_way_after_one_more_turn() -> bool:
    """Whether the list of a label waits to be read on."""
    Repository.objects.update(tried_at=None, busy_until=None)
    duties.read()
    return Repository.objects.filter(code="public", stage="listed").exclude(place="").exists()


def test_what_has_vanished_from_a_labels_list_is_looked_at_by_itself(standins: StandIns, clock: Any) -> None:
    bug = label(standins, "bug")
    issue(standins, 1, bug), issue(standins, 2, bug)
    read()
    standins.at_github({"kind": "github.issue", "key": "1001/1", "deleted": True})
    read_later(days=1, minutes=16)
    assert (one(1).gone_why, one(2).gone_why) == ("gone", "")


# --- F37 --------------------------------------------------------------------------------------------------------------
def test_a_label_deleted_and_made_anew_is_put_back_on_the_issues_that_had_it_when_somebody_says_so(
    standins: StandIns,
) -> None:
    ceres, bug = label(standins, "customer-ceres"), label(standins, "bug")
    issue(standins, 1, ceres, bug), issue(standins, 2, ceres, bug, state="closed"), issue(standins, 3, bug)
    read()
    standins.as_person(DESK, "DELETE", path("public", "/labels/customer-ceres"))
    label(standins, "customer-ceres")
    read_later()
    [gone] = Label.objects.to_be_put_back()
    assert (gone.lacking, names(1)) == (1, {"bug"})
    assert gone.put_back(by=make_user()) == 1
    send_all()
    [there] = [row for row in standins.github()["issues"] if row["number"] == 1]
    [again] = [row["id"] for row in standins.github()["labels"] if row["name"] == "customer-ceres"]
    assert again in there["labels"]
    assert names(1) == {"bug", "customer-ceres"}
    assert not Label.objects.to_be_put_back().exists()
    [said] = Event.objects.filter(verb="label_put_back")
    assert said.facts == {"issues": 1}
