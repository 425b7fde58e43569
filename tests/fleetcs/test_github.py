"""The line to GitHub, with PyGithub as it is, over real HTTPS to the stand-in."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from fleetcs.clients import github
from fleetcs.clients.github import line
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from tests.fleetcs.github_line import NOW, MovableClock, opened, public, refusal
from tests.standins import StandIns

MINUTES = timedelta(minutes=5)


@pytest.fixture
def issue(standins: StandIns) -> github.Issue:
    """An issue in the confidential repository, opened by the product."""
    return github.create_issue("confidential", "Agents are offline", "Since noon.")


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


def test_an_issue_of_ours_is_found_by_a_text_in_it_though_the_clocks_differ_by_minutes(issue: github.Issue) -> None:
    github.create_issue("confidential", "Another", "Since noon, too.")
    found = [github.marked("confidential", "Since noon.", issue.updated_at + later) for later in (MINUTES, 4 * MINUTES)]
    assert found == [issue, None]
    assert github.marked("public", "Since noon.", issue.updated_at) is None
