"""The mirror of the two repositories: what is read, and what never happens because of it."""

from typing import Any

import pytest

from fleetcs.local.standins.github import PUBLIC
from fleetcs.models import Gate
from support.github import duties
from support.github_labels import REGISTRY, Meaning
from support.models import Issue, Label, Repository
from tests.standins import StandIns
from tests.support.at_github import issue, label, names, one, read, read_later, rename

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_monday")]


@pytest.fixture
def _monday(clock: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")


# --- what is read -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-01")
def test_issues_with_labels_of_ours_are_read_from_both_repositories_and_others_are_not(standins: StandIns) -> None:
    bug, other = label(standins, "bug"), label(standins, "documentation")
    issue(standins, 1, bug, other), issue(standins, 2, other)
    issue(standins, 7, label(standins, "customer-ceres", repo="confidential"), repo="confidential")
    read()
    assert names(1) == {"bug", "documentation"}
    assert set(Issue.objects.values_list("repo", "number")) == {("public", 1), ("confidential", 7)}


@pytest.mark.ledger("REQ-01", "REQ-11")
def test_every_listed_label_has_its_meaning_in_any_case_and_both_bugs_are_one(standins: StandIns) -> None:
    for name in REGISTRY:
        label(standins, name.upper())
    label(standins, "customer-ceres"), label(standins, "+more info please"), label(standins, "plus size")
    read()
    found = {row.name.lower(): row.meaning for row in Label.objects.filter(repo="public")}
    assert {name: found[name] for name in REGISTRY} == REGISTRY
    assert found["bug"] is found[":bug"] is Meaning.BUG
    assert (found["customer request"], found["~customer request"]) == (Meaning.REQUEST, Meaning.PRIORITIZED)
    assert (found["+more info please"], found["plus size"]) == (Meaning.WAITING, Meaning.UNKNOWN)


def test_what_has_changed_since_is_read_and_by_githubs_clock(standins: StandIns, clock: Any) -> None:
    bug = label(standins, "bug")
    for number in (1, 2):
        issue(standins, number, bug, updated_at=f"2026-01-12T1{number}:00:00Z")
    read()
    assert f"{Repository.objects.get(code='public').since:%H:%M}" == "11:58"  # the newest change less the overlap
    issue(standins, 3, bug, updated_at="2026-01-12T11:59:00Z")  # an earlier stamp, told late
    issue(standins, 1, bug, updated_at="2026-01-12T12:30:00Z", title="Now it is worse")
    read_later()
    assert (one(1).title, one(3).title) == ("Now it is worse", "Issue 3")


def test_an_unchanged_repository_costs_no_quota_and_writes_no_issue(standins: StandIns) -> None:
    bug = label(standins, "bug")
    for number in range(1, 4):
        issue(standins, number, bug)
    read(), read_later()
    used, before = standins.quota_used(), list(Issue.objects.order_by("pk").values())
    read_later()
    assert standins.quota_used() == used
    assert list(Issue.objects.order_by("pk").values()) == before
    assert Repository.objects.get(code="public").trouble == ""


@pytest.mark.slow
def test_many_pages_are_read_in_several_turns_and_none_is_lost(standins: StandIns, monkeypatch: Any) -> None:
    bug = label(standins, "bug")
    for number in range(1, 251):
        issue(standins, number, bug)
    monkeypatch.setattr("support.github.reading.ROUND", duties.AGAIN * 0)  # every page is the last of its turn
    read()
    assert Issue.objects.count() == 250
    for number in range(1, 251):
        issue(standins, number, bug, updated_at="2026-01-12T18:20:00Z", title="Again")
    read_later()
    assert Issue.objects.filter(title="Again").count() == 250
    read_later()  # their moments are the newest: they are read once more, under another address
    used = standins.quota_used()
    read_later()
    assert standins.quota_used() == used


def test_a_reading_that_fails_half_way_changes_no_label_and_goes_on_later(standins: StandIns) -> None:
    for number in range(130):
        label(standins, f"label {number:03}")
    read()
    assert Label.objects.there().filter(repo="public").count() == 130
    rename(standins, "label 000", "another")
    standins.turn("github", status_script=[200, 502, 502], only=f"/repos/{PUBLIC}/labels")
    read_later()
    assert Repository.objects.get(code="public").trouble != ""
    assert Label.objects.filter(name="label 000", gone_at=None).exists()
    standins.turn("github", status_script=[])
    read_later(minutes=2)
    assert Label.objects.filter(name="another", gone_at=None).exists()
    assert Repository.objects.get(code="public").trouble == ""


def test_a_list_of_labels_that_is_empty_all_at_once_is_not_believed(standins: StandIns) -> None:
    id = label(standins, "bug")
    read()
    standins.at_github({"kind": "github.label", "key": str(id), "gone": True})
    read_later()
    assert Label.objects.get(name="bug", repo="public").gone_at is None
    assert Repository.objects.get(code="public").trouble == "short"


@pytest.mark.parametrize("word", ["secondary", "secondary_untold", "primary", "429"])
def test_a_limit_closes_the_gate_for_everybody_and_nothing_is_asked_inside_it(standins: StandIns, word: str) -> None:
    label(standins, "bug")
    standins.turn("github", status_script=[word])
    duties.read()
    assert Gate.objects.filter(pk="github").exists()
    asked = len(standins.journal("github"))
    duties.read()
    assert len(standins.journal("github")) == asked


# --- the door back ----------------------------------------------------------------------------------------------------
def test_two_readings_do_not_hold_a_repository_at_once(standins: StandIns) -> None:
    duties.read()
    repository = Repository.objects.get(code="public")
    assert Repository.objects.claim("public", repository.tried_at) is not None
    assert Repository.objects.claim("public", repository.tried_at) is None


def test_without_a_token_nothing_is_asked(standins: StandIns, settings: Any) -> None:
    settings.GITHUB_TOKEN = ""
    assert (duties.read(), duties.look_after_hooks()) == (0, 0)
    assert standins.journal("github") == []
