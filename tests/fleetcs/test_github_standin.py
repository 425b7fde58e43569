"""The stand-in for GitHub against the unchanged library, and its hooks against whoever listens."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from github import Auth, Github, GithubException, GithubRetry, RateLimitExceededException, UnknownObjectException
from github.Repository import Repository
from github.Requester import HTTPRequestsConnectionClass, Requester
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from fleetcs.clients import github as ours
from fleetcs.clients.github import line
from fleetcs.clients.http import Rejected
from fleetcs.local.processes import until
from fleetcs.local.standins.github import CONFIDENTIAL, ORG, PUBLIC, TOKEN, hooks_to
from fleetcs.models import Delivery
from tests.standins import Heard, StandIns


@pytest.fixture
def pygithub(standins: StandIns) -> Iterator[Github]:
    """PyGithub as it comes, with its own sessions and retries."""
    Requester.resetConnectionClasses()
    retry = GithubRetry(total=1, allowed_methods={"GET", "HEAD"}, max_rate_limit_wait=0)
    with Github(
        auth=Auth.Token(TOKEN),
        base_url=standins.urls["github_api_url"],
        verify=standins.urls["ca_file"],
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ) as client:
        yield client
    Requester.injectConnectionClasses(HTTPRequestsConnectionClass, line.Connection)


@pytest.fixture
def repo(pygithub: Github) -> Repository:
    return pygithub.get_repo(PUBLIC)


def test_the_library_makes_changes_and_removes_labels(repo: Repository) -> None:
    label = repo.create_label("more info", "ededed", "Ask for it")
    label.edit("+more info please", "ffffff", "Please")
    assert [(each.name, each.color, each.description) for each in repo.get_labels()] == [
        ("+more info please", "ffffff", "Please")
    ]
    assert repo.get_label("+MORE info please").id == label.id
    label.delete()
    with pytest.raises(UnknownObjectException):
        repo.get_label("more info")


def test_the_library_is_told_what_is_wrong_with_a_label(repo: Repository) -> None:
    repo.create_label("Ceres", "ededed")
    for name, color, code in (("ceres", "ededed", "already_exists"), ("Juno", "invalid", "invalid")):
        with pytest.raises(GithubException) as refused:
            repo.create_label(name, color)
        assert (refused.value.status, refused.value.data["errors"][0]["code"]) == (422, code)
        assert refused.value.data["message"] == "Validation Failed"


def test_the_library_works_on_an_issue(repo: Repository) -> None:
    issue = repo.create_issue("Agents offline", body="Since noon", labels=["bug"])
    issue.add_to_labels("Ceres", "urgent")  # it posts a bare list
    issue.remove_from_labels("urgent")
    comment = issue.create_comment("Looking")
    comment.edit("Looked")
    issue.edit(state="closed", state_reason="completed")
    again = repo.get_issue(issue.number)
    assert [label.name for label in again.labels] == ["bug", "Ceres"]
    assert (again.state, again.state_reason, again.comments, again.user.login) == (
        "closed",
        "completed",
        1,
        "lanternfish-desk",
    )
    assert [each.body for each in again.get_comments()] == ["Looked"]
    events = [each.event for each in again.get_timeline()]
    assert events == ["labeled", "labeled", "labeled", "unlabeled", "commented", "closed"]


def test_the_library_pages_through_issues_and_is_free_where_nothing_changed(repo: Repository) -> None:
    for number in range(7):
        repo.create_issue(f"No. {number}")
    repo.requester.per_page = 3
    found = repo.get_issues(state="all", sort="updated", direction="asc")
    assert [each.title for each in found] == [f"No. {number}" for number in range(7)]
    issue = repo.get_issue(1)
    left = repo.requester.rate_limiting[0]
    assert not issue.update()  # it sends If-None-Match, and is answered 304
    assert repo.requester.rate_limiting[0] == left


def test_the_library_finds_by_label_and_words(pygithub: Github, repo: Repository) -> None:
    repo.create_issue("Agents offline", labels=["+more info please"])
    repo.create_issue("Something else")
    found = pygithub.search_issues('offline label:"+more info please"', repo=PUBLIC)
    assert ([each.number for each in found], found.totalCount) == ([1], 1)
    assert [each.number for each in repo.get_issues(labels=["+more info please"])] == [1]


def test_the_library_asks_who_somebody_is(standins: StandIns, pygithub: Github, repo: Repository) -> None:
    standins.at_github({"kind": "github.member", "key": "ines", "login": "ines", "public": False})
    standins.at_github({"kind": "github.role", "key": "1001/ines", "repo": 1001, "login": "ines", "role": "triage"})
    organization = pygithub.get_organization(ORG)
    ines, stranger = (pygithub.get_user(login) for login in ("ines", "stranger"))
    assert (organization.has_in_members(ines), organization.has_in_members(stranger)) == (True, False)
    assert repo.get_collaborator_permission("ines") == "read"  # the old word for triage
    assert repo.get_collaborator_role_name("ines") == "triage"


def test_the_library_understands_both_limits(standins: StandIns, repo: Repository) -> None:
    standins.turn("github", status_script=["primary"])
    with pytest.raises(RateLimitExceededException):
        repo.create_label("Ceres", "ededed")
    standins.turn("github", status_script=["secondary_untold"])
    with pytest.raises(RateLimitExceededException):
        repo.create_label("Ceres", "ededed")
    assert standins.github(PUBLIC)["labels"] == []


def test_the_library_follows_a_renamed_repository(repo: Repository) -> None:
    repo.create_issue("One")
    repo.edit(name="tide")
    assert repo.requester.requestJsonAndCheck("GET", f"/repos/{PUBLIC}")[1]["full_name"] == f"{ORG}/tide"


def test_a_person_without_rights_cannot_label_and_their_labels_are_dropped(standins: StandIns) -> None:
    issue = standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": "Hi", "labels": ["bug"]})
    assert (issue["labels"], issue["author_association"]) == ([], "NONE")
    with pytest.raises(requests.HTTPError):
        standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues/1/labels", {"labels": ["bug"]})
    with pytest.raises(requests.HTTPError):
        standins.as_person("stranger", "GET", f"/repos/{CONFIDENTIAL}/issues")


def test_a_private_member_looks_like_a_stranger(standins: StandIns) -> None:
    standins.at_github({"kind": "github.member", "key": "ines", "login": "ines", "public": False})
    issue = standins.as_person("ines", "POST", f"/repos/{PUBLIC}/issues", {"title": "Hi"})
    assert issue["author_association"] == "NONE"


def test_every_answer_names_itself_and_says_what_is_left(standins: StandIns) -> None:
    url, ca = standins.urls["github_api_url"], standins.urls["ca_file"]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for path, status in (("/repos/lanternfish/lanternfish", 200), ("/repos/a/b", 404)):
        answer = requests.get(url + path, headers=headers, verify=ca, timeout=10)
        assert answer.status_code == status
        assert answer.headers["X-RateLimit-Limit"] == "5000"
        assert answer.headers["X-RateLimit-Resource"] == "core"
        assert answer.headers["X-GitHub-Request-Id"].count(":") == 4
    assert answer.json() | {"documentation_url": ""} == {
        "message": "Not Found",
        "documentation_url": "",
        "status": "404",
    }
    assert requests.get(url + "/repos/a/b", verify=ca, timeout=10).status_code == 401


def test_asking_what_is_left_is_free(pygithub: Github) -> None:
    left = [pygithub.get_rate_limit().resources.core.remaining for _ in range(2)]
    assert left == [5000, 5000]


def test_rows_that_are_none_and_limits_that_are_none_are_refused(standins: StandIns) -> None:
    for wrong in ({"facts": [{"kind": "mail", "key": "1"}]}, {"facts": [{}]}, {"limits": {"speed": 1}}):
        assert requests.post(standins.urls["index_url"] + "github", json=wrong, timeout=10).status_code == 422


def test_the_page_shows_issues_and_runs_nothing_that_came_in(standins: StandIns) -> None:
    standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": "<script>alert(1)</script>"})
    page = requests.get(standins.urls["index_url"], timeout=10).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# --- hooks ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def heard(standins: StandIns, product: tuple[str, Heard], settings: Settings) -> Heard:
    """What the product hears of the public repository, signed with "s3cret"."""
    url, heard = product
    settings.BASE_URL, settings.GITHUB_WEBHOOK_SECRETS = url, ["s3cret"]
    config = {"url": f"{url}/github/webhook", "content_type": "json", "secret": "s3cret"}
    said = {"name": "web", "config": config, "events": ["issues", "issue_comment", "label"]}
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/hooks", said)
    return heard


def test_what_happens_is_told_signed_with_the_state_of_that_moment(standins: StandIns, heard: Heard) -> None:
    standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": "Hi"})
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues/1/labels", {"labels": ["bug"]})
    assert until(lambda: len(heard) == 3, 10)
    for path, headers, raw in heard:
        ours.verify(headers, raw)
        assert path == "/github/webhook"
    told = {headers["X-GitHub-Event"]: json.loads(raw) for _, headers, raw in heard}
    assert (told["label"]["action"], told["issues"]["repository"]["full_name"]) == ("created", PUBLIC)
    assert told["issues"]["organization"]["login"] == ORG


def test_what_did_not_arrive_is_listed_and_sent_again_under_the_same_name(standins: StandIns, heard: Heard) -> None:
    standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": "Hi"})
    assert until(lambda: len(ours.hook_deliveries("public")) == 1, 10)
    [delivery] = ours.hook_deliveries("public")
    assert (delivery.event, delivery.action, delivery.arrived, delivery.redelivery) == ("issues", "opened", True, False)
    ours.redeliver("public", delivery.id)
    assert until(lambda: len(ours.hook_deliveries("public")) == 2, 10)
    again = ours.hook_deliveries("public")[0]
    assert (again.guid, again.redelivery) == (delivery.guid, True)
    assert heard[0][2] == heard[1][2]
    assert ours.hook_deliveries("public", since=datetime(2200, 1, 1, tzinfo=UTC)) == []


def test_a_repository_without_our_hook_says_so(standins: StandIns) -> None:
    with pytest.raises(Rejected) as refused:
        ours.hook_deliveries("confidential")
    assert refused.value.code == "no_hook"


@pytest.mark.django_db(transaction=True)
def test_what_a_stranger_says_is_in_the_inbox_and_a_redelivery_is_the_same_row(
    standins: StandIns, live_server: LiveServer, settings: Settings
) -> None:
    settings.GITHUB_WEBHOOK_SECRETS, settings.BASE_URL = ["s3cret"], live_server.url
    standins.at_github(*hooks_to(live_server.url, "s3cret"))
    standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": "Hi"})
    standins.as_person("stranger", "POST", f"/repos/{PUBLIC}/issues/1/comments", {"body": "More info"})
    stored = Delivery.objects.filter(source="github")
    assert until(lambda: stored.count() == 2 and len(ours.hook_deliveries("public")) == 2, 10)
    assert set(stored.values_list("event", flat=True)) == {"issues.opened", "issue_comment.created"}
    told = ours.hook_deliveries("public")
    assert {each.guid for each in told} == set(stored.values_list("delivery_id", flat=True))
    ours.redeliver("public", told[0].id)
    assert until(lambda: any(each.redelivery and each.arrived for each in ours.hook_deliveries("public")), 10)
    assert stored.count() == 2
