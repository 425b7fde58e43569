"""The line to GitHub, with PyGithub as it is, over real HTTPS to the stand-in."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from fleetcs.clients import github, http
from fleetcs.clients.github import PublicText, line
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from tests.standins import StandIns

MovableClock = Callable[[datetime], object]
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def public(text: str) -> PublicText:
    return PublicText(text)


@pytest.fixture
def issue(standins: StandIns) -> github.Issue:
    """An issue in the confidential repository, opened by the product."""
    return github.create_issue("confidential", "Agents are offline", "Since noon.")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time-outs, shorter."""
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))


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


# --- labels -----------------------------------------------------------------------------------------------------------


def test_a_label_is_made_found_changed_and_removed(standins: StandIns) -> None:
    made = github.create_label("confidential", "Ceres", "Brightforge", "0E8A16")
    assert (made.name, made.description, made.color) == ("Ceres", "Brightforge", "0e8a16")
    assert github.find_label("confidential", "Ceres") == made
    renamed = github.edit_label("confidential", "Ceres", new_name="Pallas", color="ffffff")
    assert (renamed.id, renamed.name, renamed.description, renamed.color) == (
        made.id,
        "Pallas",
        "Brightforge",
        "ffffff",
    )
    github.delete_label("confidential", "Pallas")
    assert github.find_label("confidential", "Pallas") is None


def test_removing_a_label_that_is_gone_is_no_error(standins: StandIns) -> None:
    github.delete_label("public", "Ceres")


def test_a_label_is_found_and_refused_in_any_case_and_a_change_of_case_is_an_edit(standins: StandIns) -> None:
    made = github.create_label("confidential", "Ceres", "", "ededed")
    assert github.find_label("confidential", "ceres") == made
    assert refusal(lambda: github.create_label("confidential", "CERES", "", "ededed")) == ("already_exists", 422)
    assert github.edit_label("confidential", "ceres", new_name="CERES").id == made.id


@pytest.mark.parametrize(
    ("name", "description", "color", "code"),
    [
        ("x" * 51, "", "ededed", "label_name"),
        ("", "", "ededed", "label_name"),
        (" Ceres", "", "ededed", "label_name"),
        ("Ceres, Pallas", "", "ededed", "label_name"),
        ("C\u00e9r\u00e8s", "", "ededed", "label_name"),
        ("Ceres\n", "", "ededed", "label_name"),
        ("Ceres", "x" * 101, "ededed", "label_description"),
        ("Ceres", "\U0001f680", "ededed", "label_description"),
        ("Ceres", "", "#ededed", "label_color"),
        ("Ceres", "", "red", "label_color"),
    ],
)
def test_what_github_would_refuse_is_refused_before_the_first_call(
    standins: StandIns, name: str, description: str, color: str, code: str
) -> None:
    assert refusal(lambda: github.create_label("confidential", name, description, color)) == (code, None)
    assert standins.journal("github") == []


def test_the_longest_name_and_description_are_taken(standins: StandIns) -> None:
    made = github.create_label("confidential", "x" * 50, "\u00e9" * 100, "ededed")
    assert (len(made.name), len(made.description)) == (50, 100)


def test_every_page_of_labels_is_read(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PAGE", 2)
    names = ["Ceres", "Juno", "Pallas", "Vesta", "Zelinda"]
    for name in names:
        github.create_label("confidential", name, "", "ededed")
    assert [each.name for each in github.labels("confidential")] == names
    pages = [entry["path"] for entry in standins.journal("github") if "per_page" in entry["query"]]
    assert len(pages) == 3
    assert pages[1].endswith("/repositories/1002/labels")  # as the links of the real one


def test_a_page_that_fails_fails_the_whole_list(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PAGE", 1)
    for name in ("Ceres", "Juno"):
        github.create_label("confidential", name, "", "ededed")
    standins.turn("github", p_fail=1, only="repositories")
    with pytest.raises(Unavailable):
        github.labels("confidential")


def test_renaming_a_label_keeps_it_on_its_issues_and_leaves_their_date_alone(
    standins: StandIns, clock: MovableClock
) -> None:
    clock(NOW)
    issue = github.create_issue("confidential", "One", "text", ["Ceres"])
    clock(NOW + timedelta(hours=1))
    github.edit_label("confidential", "Ceres", new_name="Pallas")
    now = github.issue("confidential", issue.number)
    assert ([each.name for each in now.labels], now.updated_at) == (["Pallas"], issue.updated_at)
    assert [each.label for each in github.timeline("confidential", issue.number)] == ["Ceres"]


# --- issues -----------------------------------------------------------------------------------------------------------


def test_an_issue_comes_with_everything_that_is_known_of_it(standins: StandIns) -> None:
    github.create_label("confidential", "Ceres", "Brightforge", "0e8a16")
    made = github.create_issue("confidential", "Agents are offline", "Since noon.", ["ceres", "bug"])
    found = github.issue("confidential", made.number)
    assert found == made
    assert [each.name for each in found.labels] == ["Ceres", "bug"]
    assert (found.author.login, found.author.kind, found.state) == ("lanternfish-desk", "User", "open")
    assert (found.repository, found.is_pull_request, found.locked) == (CONFIDENTIAL, False, False)
    assert found.url.endswith(f"/{CONFIDENTIAL}/issues/{made.number}")


def test_labels_go_on_and_off_and_taking_off_twice_is_fine(issue: github.Issue) -> None:
    on_it = github.add_labels("confidential", issue.number, ["Ceres", "+more info please"])
    assert [each.name for each in on_it] == ["Ceres", "+more info please"]
    for _ in range(2):
        github.remove_label("confidential", issue.number, "+more info please")
    assert [each.name for each in github.issue("confidential", issue.number).labels] == ["Ceres"]


def test_a_plus_travels_as_a_plus(standins: StandIns, issue: github.Issue) -> None:
    github.add_labels("confidential", issue.number, ["+more info please"])
    assert [each.number for each in github.issues("confidential", labels=["+more info please"]).items] == [issue.number]
    assert [each.number for each in github.search_issues('label:"+more info please"').issues] == [issue.number]
    github.remove_label("confidential", issue.number, "+more info please")
    [removal] = [entry for entry in standins.journal("github") if entry["method"] == "DELETE"]
    assert removal["path"].endswith("/labels/%2Bmore%20info%20please")


def test_a_label_with_a_comma_cannot_be_asked_for(standins: StandIns) -> None:
    assert refusal(lambda: github.issues("public", labels=["one, two"])) == ("label_name", None)


def test_the_state_is_set_and_set_again(issue: github.Issue) -> None:
    for _ in range(2):
        closed = github.set_state("confidential", issue.number, "closed", "not_planned")
    assert (closed.state, closed.state_reason, closed.closed_at is not None) == ("closed", "not_planned", True)
    assert github.set_state("confidential", issue.number, "open").state == "open"
    events = [each.event for each in github.timeline("confidential", issue.number)]
    assert events == ["closed", "reopened"]


def test_people_are_assigned_and_those_who_may_not_are_passed_over(standins: StandIns, issue: github.Issue) -> None:
    standins.at_github({"kind": "github.member", "key": "ines", "login": "ines", "public": False})
    assert github.assign("confidential", issue.number, ["ines", "stranger"]).assignees == ("ines",)
    assert github.unassign("confidential", issue.number, ["ines", "stranger"]).assignees == ()


def test_comments_come_oldest_first_and_since_a_moment(clock: MovableClock, issue: github.Issue) -> None:
    for hour in range(3):
        clock(NOW + timedelta(hours=hour))
        github.comment("confidential", issue.number, f"after {hour} hours")
    said = github.comments("confidential", issue.number)
    assert [each.body for each in said] == [f"after {hour} hours" for hour in range(3)]
    assert {each.issue_number for each in said} == {issue.number}
    late = github.comments("confidential", issue.number, since=NOW + timedelta(hours=1))
    assert [each.body for each in late] == ["after 1 hours", "after 2 hours"]
    assert github.recent_comments("confidential", since=NOW).items[0].body == "after 2 hours"


def test_the_timeline_tells_labels_and_people_in_their_order(issue: github.Issue) -> None:
    github.add_labels("confidential", issue.number, ["bug"])
    github.comment("confidential", issue.number, "Looking.")
    github.remove_label("confidential", issue.number, "bug")
    told = github.timeline("confidential", issue.number)
    assert [(each.event, each.label) for each in told] == [("labeled", "bug"), ("commented", ""), ("unlabeled", "bug")]
    assert {each.actor.login for each in told} == {"lanternfish-desk"}


def test_a_search_finds_words_and_labels_in_both_repositories(issue: github.Issue) -> None:
    github.create_issue("public", public("Offline agents after a deploy"), public("text"))
    found = github.search_issues("org:lanternfish agents offline")
    assert (sorted(each.repository for each in found.issues), found.total) == ([CONFIDENTIAL, PUBLIC], 2)
    assert github.search_issues(f"repo:{PUBLIC} is:closed offline") == github.Found((), 0, False)


def test_the_template_of_an_issue_is_read_from_the_repository(standins: StandIns) -> None:
    text = "---\nname: Bug \u00fc\n---\n" + "Steps:\n" * 40
    path = f"/repos/{PUBLIC}/contents/.github/ISSUE_TEMPLATE/bug%20report.md"
    said = {"message": "Add", "content": b64encode(text.encode()).decode()}
    standins.as_person("lanternfish-desk", "PUT", path, said)
    assert github.issue_template("public", ".github/ISSUE_TEMPLATE/bug report.md") == text
    assert refusal(lambda: github.issue_template("public", "none.md")) == ("not_found", 404)


# --- many of them, and what has not changed ---------------------------------------------------------------------------


def test_a_list_is_read_page_by_page(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetcs.clients.github.talking.PAGE", 2)
    numbers = opened(standins, 5)
    seen, page = [], github.issues("confidential")
    while page.next:
        seen += [each.number for each in page.items]
        page = github.issues("confidential", page=page.next)
    assert sorted([*seen, *(each.number for each in page.items)]) == numbers


def test_what_has_not_changed_costs_nothing(standins: StandIns, clock: MovableClock) -> None:
    clock(NOW)
    opened(standins, 2)
    first = github.issues("confidential")
    used = standins.quota_used()
    again = github.issues("confidential", etag=first.etag)
    assert (again.unchanged, again.items, again.etag) == (True, (), first.etag)
    assert standins.quota_used() == used
    clock(NOW + timedelta(minutes=1))
    github.comment("confidential", 1, "news")
    changed = github.issues("confidential", etag=first.etag)
    assert (changed.unchanged, changed.items[0].number) == (False, 1)


def test_the_list_is_limited_to_labels_state_and_time(standins: StandIns, clock: MovableClock) -> None:
    clock(NOW)
    one = github.create_issue("confidential", "One", "text", ["Ceres", "bug"])
    two = github.create_issue("confidential", "Two", "text", ["Ceres"])
    clock(NOW + timedelta(hours=2))
    github.set_state("confidential", two.number, "closed")

    def numbers(**asked: Any) -> list[int]:
        return [each.number for each in github.issues("confidential", **asked).items]

    assert numbers() == [two.number, one.number]
    assert numbers(labels=["ceres"], state="open") == [one.number]
    assert numbers(labels=["Ceres", "bug"]) == [one.number]
    assert numbers(since=NOW + timedelta(hours=1)) == [two.number]


# --- only what the scan has passed is public --------------------------------------------------------------------------


PUBLIC_WRITES: dict[str, Callable[[], object]] = {
    "a label": lambda: github.create_label("public", "Ceres", public("a"), "ededed"),
    "its description": lambda: github.create_label("public", public("Ceres"), "a", "ededed"),
    "its new name": lambda: github.edit_label("public", "Ceres", new_name="Pallas"),
    "its new description": lambda: github.edit_label("public", "Ceres", description="a"),
    "labels put on an issue": lambda: github.add_labels("public", 1, ["Ceres"]),
    "a title": lambda: github.create_issue("public", "Brightforge is down", public("a")),
    "a text": lambda: github.create_issue("public", public("a"), "Brightforge is down"),
    "labels of a new issue": lambda: github.create_issue("public", public("a"), public("b"), ["Brightforge"]),
    "a comment": lambda: github.comment("public", 1, "Brightforge says so"),
}


@pytest.mark.ledger("COD-05")
@pytest.mark.parametrize("written", PUBLIC_WRITES)
def test_nothing_but_a_public_text_is_written_where_everybody_reads(standins: StandIns, written: str) -> None:
    with pytest.raises(TypeError) as stopped:
        PUBLIC_WRITES[written]()
    assert "Brightforge" not in str(stopped.value)
    assert standins.journal("github") == []


def test_a_public_text_is_written_as_it_is(standins: StandIns) -> None:
    issue = github.create_issue("public", public("Agents offline"), public("Steps: 1, 2"), [public("Ceres")])
    github.comment("public", issue.number, public("Seen again."))
    state = standins.github(PUBLIC)
    assert [each["title"] for each in state["issues"]] == ["Agents offline"]
    assert [each["body"] for each in state["comments"]] == ["Seen again."]


# --- who is inside ----------------------------------------------------------------------------------------------------


@pytest.mark.ledger("REQ-03")
def test_a_private_member_is_inside_and_a_stranger_is_not(standins: StandIns) -> None:
    standins.at_github({"kind": "github.member", "key": "ines", "login": "ines", "public": False})
    assert github.is_member("ines")
    assert not github.is_member("stranger")


@pytest.mark.ledger("REQ-03")
def test_unknown_is_not_no(standins: StandIns, settings: Settings) -> None:
    settings.GITHUB_TOKEN = "ghp_stranger"  # it would only see public members
    assert refusal(lambda: github.is_member("ines")) == ("members_hidden", 302)
    settings.GITHUB_TOKEN, settings.GITHUB_ORG = standins.environment["GITHUB_TOKEN"], "another"
    assert refusal(lambda: github.is_member("ines")) == ("organization_hidden", 404)
    settings.GITHUB_ORG = standins.environment["GITHUB_ORG"]
    for said, code in {"forbidden": "forbidden", "secondary": "rate_limit"}.items():
        standins.turn("github", status_script=[said])
        with pytest.raises((Rejected, Unavailable)) as unknown:
            github.is_member("ines")
        assert unknown.value.code == code


def test_a_role_is_told_by_its_own_name_and_reading_is_everybodys(standins: StandIns) -> None:
    standins.at_github({"kind": "github.role", "key": "1001/ines", "repo": 1001, "login": "ines", "role": "triage"})
    assert github.permission("public", "ines") == "triage"
    assert (github.permission("public", "stranger"), github.permission("confidential", "stranger")) == ("read", "none")


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


# --- as an App --------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(standins: StandIns, settings: Settings) -> Iterator[StandIns]:
    """The product is an App with a key of its own, installed at both repositories."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    bot = "fleetcs[bot]"
    standins.at_github(
        {"kind": "github.app", "key": "4711", "slug": "fleetcs", "installation": 7, "public_key": shown.decode()},
        *({"kind": "github.role", "key": f"{n}/{bot}", "repo": n, "login": bot, "role": "write"} for n in (1001, 1002)),
    )
    settings.GITHUB_APP_ID, settings.GITHUB_APP_PRIVATE_KEY = "4711", private.decode()
    settings.GITHUB_INSTALLATION_ID = 7
    line.installation.cache_clear()
    yield standins
    line.installation.cache_clear()


def test_an_app_gets_a_token_once_and_speaks_as_a_bot(app: StandIns) -> None:
    issue = github.create_issue("confidential", "One", "text")
    github.comment("confidential", issue.number, "two")
    assert (issue.author.login, issue.author.kind) == ("fleetcs[bot]", "Bot")
    assert len(app.journal("github", "access_tokens")) == 1


def test_a_token_that_was_taken_back_is_asked_for_again_and_the_write_done_once(app: StandIns) -> None:
    issue = github.create_issue("confidential", "One", "text")
    [token] = [fact["key"] for entry in app.journal("github", "access_tokens") for fact in entry["facts"]]
    app.at_github({"kind": "github.token", "key": token, "gone": True})
    github.comment("confidential", issue.number, "two")
    assert len(app.github(CONFIDENTIAL)["comments"]) == 1
    assert len(app.journal("github", "access_tokens")) == 2


def test_an_app_reads_what_its_own_hook_was_told(app: StandIns) -> None:
    assert github.hook_deliveries("public") == []
    [asked] = app.journal("github", "/app/hook/deliveries")
    assert asked["headers"]["authorization"].startswith("Bearer ey")
    assert refusal(lambda: github.redeliver("public", 1)) == ("not_found", 404)


def test_a_foreign_key_opens_nothing(app: StandIns, settings: Settings) -> None:
    app.at_github({"kind": "github.app", "key": "4711", "public_key": "no key at all"})
    with pytest.raises(Rejected):
        github.labels("confidential")
    settings.GITHUB_APP_PRIVATE_KEY = "no key either"
    assert refusal(lambda: github.labels("confidential"))[0] == "app_key"


def test_a_lost_token_answer_is_no_lost_write(app: StandIns) -> None:
    app.turn("github", p_lost=1, only="access_tokens", times=1)
    delay(lambda: github.create_issue("confidential", "One", "text"))
    assert app.github(CONFIDENTIAL)["issues"] == []


# --- what GitHub signed -----------------------------------------------------------------------------------------------


BODY = '{"zen": "Keep it logically awesome.", "emoji": "\U0001f680", "escaped": "\\ud83d\\ude80"}'.encode()


@pytest.fixture
def _secrets(settings: Settings) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = ["now", "before"]


@pytest.mark.usefixtures("_secrets")
def test_what_either_secret_signed_is_let_in() -> None:
    for secret in ("now", "before"):
        github.verify({"X-Hub-Signature-256": github.sign(BODY, secret)}, BODY)


def test_the_signature_is_the_one_of_githubs_own_example() -> None:
    signed = github.sign(b"Hello, World!", "It's a Secret to Everybody")
    assert signed == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.usefixtures("_secrets")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unsigned"),
        ({"X-Hub-Signature-256": ""}, "unsigned"),
        ({"X-Hub-Signature": "sha1=" + "0" * 40}, "unsigned"),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "now")[:30]}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "now").removeprefix("sha256=")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "retired")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY + b" ", "now")}, "signature"),
        ({"X-Hub-Signature-256": "sha256=\u00e9\udce9"}, "signature"),
    ],
)
def test_everything_else_stays_out(headers: dict[str, str], code: str) -> None:
    assert refusal(lambda: github.verify(headers, BODY)) == (code, 401)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(settings: Settings, secrets: list[str]) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = secrets
    assert refusal(lambda: github.verify({"X-Hub-Signature-256": github.sign(BODY, "")}, BODY))[0] == "signature"


@given(signature=st.text(), raw=st.binary())
def test_no_signature_makes_the_check_fail_otherwise_than_by_refusing(signature: str, raw: bytes) -> None:
    with pytest.raises(Rejected):
        github.verify({"x-hub-signature-256": signature}, raw)


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
