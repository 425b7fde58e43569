"""What GitHub refuses, limits, loses or hides, and what is never sent twice because of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from pytest_django.fixtures import Settings

from fleetcs.clients import github, http
from fleetcs.clients.github import line
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from tests.fleetcs.github_line import NOW, MovableClock, delay, opened, public, refusal
from tests.standins import StandIns


@pytest.fixture
def issue(standins: StandIns) -> github.Issue:
    """An issue in the confidential repository, opened by the product."""
    return github.create_issue("confidential", "Agents are offline", "Since noon.")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time-outs, shorter."""
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "seconds"),
    [("secondary", 60), ("secondary_429", 60), ("secondary_untold", 60), ("429", 60), ("primary", 3601)],
)
def test_a_limit_says_when_to_come_back_and_that_nothing_was_done(
    standins: StandIns, clock: MovableClock, word: str, seconds: int
) -> None:
    clock(NOW)
    standins.turn("github", status_script=[word])
    later = delay(lambda: github.create_label("confidential", "Ceres", "", "ededed"))
    assert later.after is not None
    assert abs(later.after.total_seconds() - seconds) <= 5
    assert (later.code, later.ambiguous) == ("rate_limit", False)
    assert len(standins.journal("github")) == 1


def test_a_read_is_not_repeated_within_a_limit(standins: StandIns) -> None:
    standins.turn("github", status_script=["secondary"])
    delay(lambda: github.labels("confidential"))
    assert len(standins.journal("github")) == 1


def test_a_refusal_that_is_no_limit_is_a_refusal(standins: StandIns) -> None:
    standins.turn("github", status_script=["forbidden"])
    assert refusal(lambda: github.labels("confidential")) == ("forbidden", 403)


def test_the_refusal_that_a_limit_can_look_like_is_told_by_what_is_left(standins: StandIns) -> None:
    standins.at_github(core=0)
    assert delay(lambda: github.labels("confidential")).code == "rate_limit"


def test_github_counts_and_the_hour_ends(standins: StandIns, clock: MovableClock) -> None:
    clock(NOW)
    standins.at_github(core=2)
    for _ in range(2):
        github.labels("confidential")
    assert delay(lambda: github.labels("confidential")).after is not None
    clock(NOW + timedelta(hours=1, seconds=2))
    assert github.labels("confidential") == []


def test_too_many_new_things_in_a_minute_are_too_many(standins: StandIns) -> None:
    standins.at_github(content=1)
    github.create_label("confidential", "Ceres", "", "ededed")
    later = delay(lambda: github.create_label("confidential", "Pallas", "", "ededed"))
    assert later.after == timedelta(minutes=1)


def test_a_script_of_headers_never_asks_for_more_than_a_day() -> None:
    assert line._until("9" * 11) == timedelta(days=1)
    assert line._until("soon") == line._until("") == timedelta(minutes=1)
    assert line._until("1") == timedelta(seconds=1)


# --- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knob", ["p_lost", "close_midway"])
def test_a_write_whose_answer_is_lost_is_sent_once(standins: StandIns, issue: github.Issue, knob: str) -> None:
    standins.turn("github", **{knob: 1}, only="/comments")
    later = delay(lambda: github.comment("confidential", issue.number, "We are on it."))
    assert later.ambiguous
    assert len(standins.github(CONFIDENTIAL)["comments"]) == 1
    assert len(standins.journal("github", "/comments")) == 1


def test_a_write_that_nobody_answers_is_sent_once(standins: StandIns, issue: github.Issue, impatient: None) -> None:
    standins.turn("github", applied_then_hold=True, only="/comments")
    later = delay(lambda: github.comment("confidential", issue.number, "We are on it."))
    standins.release()
    assert later.ambiguous
    assert len(standins.github(CONFIDENTIAL)["comments"]) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_read_is_tried_once_more_by_itself(standins: StandIns, status: int) -> None:
    standins.turn("github", status_script=[status])
    assert github.labels("confidential") == []
    assert len(standins.journal("github")) == 2
    standins.turn("github", status_script=[status, status])
    delay(lambda: github.labels("confidential"))
    assert len(standins.journal("github")) == 4


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_changes_and_removals_are_not_repeated_either(standins: StandIns, verb: str) -> None:
    github.create_label("confidential", "Ceres", "", "ededed")
    standins.turn("github", status_script=[502])
    acts = {
        "PATCH": lambda: github.edit_label("confidential", "Ceres", color="ffffff"),
        "DELETE": lambda: github.delete_label("confidential", "Ceres"),
    }
    assert delay(acts[verb]).ambiguous
    assert len([each for each in standins.journal("github") if each["method"] == verb]) == 1


# --- not there, not ours, not here ------------------------------------------------------------------------------------


def test_a_repository_that_we_may_not_see_is_not_a_repository_without_labels(
    standins: StandIns, settings: Settings
) -> None:
    github.create_label("confidential", "Ceres", "", "ededed")
    settings.GITHUB_TOKEN = "ghp_stranger"
    hidden = ("repository_hidden", 404)
    assert refusal(lambda: github.find_label("confidential", "Ceres")) == hidden
    assert refusal(lambda: github.delete_label("confidential", "Ceres")) == hidden
    assert refusal(lambda: github.remove_label("confidential", 1, "Ceres")) == hidden
    assert refusal(lambda: github.issue("confidential", 1)) == hidden
    assert refusal(lambda: github.labels("confidential")) == ("not_found", 404)


def test_an_issue_that_never_was_is_deleted_or_was_transferred_is_told_apart(
    standins: StandIns, issue: github.Issue
) -> None:
    [there] = opened(standins, 1, PUBLIC)
    two, three = opened(standins, 2)
    standins.at_github(
        {"kind": "github.issue", "key": f"1002/{two}", "deleted": True},
        {"kind": "github.issue", "key": f"1002/{three}", "moved": [1001, there]},
    )
    assert refusal(lambda: github.issue("confidential", 99)) == ("not_found", 404)
    assert refusal(lambda: github.issue("confidential", two)) == ("gone", 410)
    assert refusal(lambda: github.issue("confidential", three)) == ("transferred", 301)
    assert refusal(lambda: github.comment("confidential", three, "hello")) == ("moved", 301)


def test_an_issue_transferred_under_the_same_number_is_elsewhere_all_the_same(
    standins: StandIns, issue: github.Issue
) -> None:
    opened(standins, 1, PUBLIC)
    standins.at_github({"kind": "github.issue", "key": f"1002/{issue.number}", "moved": [1001, issue.number]})
    assert refusal(lambda: github.issue("confidential", issue.number)) == ("transferred", 301)


def test_a_locked_issue_takes_no_comment_of_ours(standins: StandIns, settings: Settings) -> None:
    [number] = opened(standins, 1, PUBLIC)
    standins.as_person("lanternfish-desk", "PUT", f"/repos/{PUBLIC}/issues/{number}/lock")
    settings.GITHUB_TOKEN = "ghp_stranger"
    assert refusal(lambda: github.comment("public", number, public("hello"))) == ("locked", 403)


def test_a_renamed_repository_is_read_under_its_old_name_and_not_written(standins: StandIns) -> None:
    numbers = opened(standins, 3)
    standins.as_person("lanternfish-desk", "PATCH", f"/repos/{CONFIDENTIAL}", {"name": "private"})
    assert sorted(each.number for each in github.issues("confidential", state="open").items) == numbers
    assert github.issue("confidential", numbers[0]).repository == "lanternfish/private"
    assert github.name_today("confidential") == "lanternfish/private"
    assert refusal(lambda: github.comment("confidential", numbers[0], "hello")) == ("moved", 307)
    assert standins.github("lanternfish/private")["comments"] == []


def test_nothing_is_asked_of_anybody_else(standins: StandIns, settings: Settings) -> None:
    settings.GITHUB_API_URL = standins.urls["github_api_url"].replace("https:", "http:")
    assert refusal(lambda: github.labels("public")) == ("host", None)


@pytest.mark.parametrize("url", ["https://evil.example/x", "https://127.0.0.1:1/x", "//x", "http://[", ""])
def test_a_page_link_to_another_host_is_not_followed(url: str) -> None:
    answer = line.Answer(200, {"link": f'<{url}>; rel="next"'}, [])
    assert refusal(lambda: answer.next) == ("host", None)


def test_a_redirect_to_another_host_does_not_take_the_token_along(standins: StandIns) -> None:
    asked = requests.Request("GET", standins.urls["github_api_url"], headers={"Authorization": "token t"}).prepare()
    sent = requests.Response()
    for there in ("https://evil.example/", standins.urls["index_url"], "//evil.example"):
        sent.headers["Location"] = there
        assert refusal(lambda: line._elsewhere(asked, sent)) == ("host", None)


def test_without_a_repository_or_a_token_nothing_is_called(standins: StandIns, settings: Settings) -> None:
    settings.GITHUB_PUBLIC_REPO = ""
    assert refusal(lambda: github.labels("public")) == ("not_configured", None)
    settings.GITHUB_TOKEN = ""
    assert refusal(lambda: github.labels("confidential")) == ("not_configured", None)
    assert standins.journal("github") == []


def test_a_wrong_token_is_said(standins: StandIns, settings: Settings) -> None:
    settings.GITHUB_TOKEN = "wrong"
    assert refusal(lambda: github.labels("public")) == ("bad_credentials", 401)


def test_the_call_says_who_we_are_and_which_version_we_speak(standins: StandIns) -> None:
    github.labels("public")
    [entry] = standins.journal("github")
    assert entry["headers"]["user-agent"] == "fleetcs"
    assert entry["headers"]["x-github-api-version"] == "2022-11-28"
    assert entry["headers"]["accept"] == "application/vnd.github+json"


# --- answers nobody can read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, {}, [], {"id": 1}, {"id": "1", "name": "x"}, {"id": 1, "name": None}])
def test_an_answer_without_what_names_it_is_no_answer(raw: Any) -> None:
    assert delay(lambda: github.shapes.label(raw)).code == "not_understood"


def test_a_person_who_is_gone_and_texts_that_are_null_are_no_error() -> None:
    raw = {"id": 1, "number": 7, "state": "open", "user": None, "body": None, "labels": None, "title": "t"}
    moments = {"created_at": "2026-11-23T10:00:00Z", "updated_at": "2026-11-23T10:00:00Z"}
    issue = github.shapes.issue(raw | moments)
    assert (issue.author, issue.body, issue.labels, issue.closed_at) == (github.Person("", 0, ""), "", (), None)
    assert issue.updated_at.utcoffset() == timedelta()


def test_errors_hold_no_word_of_what_was_sent(standins: StandIns) -> None:
    for act in (
        lambda: github.create_issue("confidential", "", "Brightforge"),
        lambda: github.edit_label("confidential", "Brightforge", color="ffffff"),
    ):
        assert not re.search("brightforge", "".join(map(str, refusal(act))), re.IGNORECASE)
