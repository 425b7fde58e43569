"""The mirror of the two repositories: what is read, what follows from it, and what never happens because of it."""

from typing import Any

import pytest

from accounts.models import CodenamePart
from fleetcs.local.processes import until
from fleetcs.local.standins.github import DESK, PUBLIC
from fleetcs.models import Event, Gate
from support.github import duties
from support.github_labels import REGISTRY, Meaning
from support.models import BugReport, Investigation, Issue, IssueLink, Label, Remark, Repository
from support.models.following import concern
from tests.factories import make_account, make_ticket, make_user
from tests.standins import StandIns
from tests.support.at_github import codename_of, issue, label, names, one, path, put_on, read, read_later, send_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_monday")]


@pytest.fixture
def _monday(clock: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")


def rename(standins: StandIns, old: str, new: str, repo: str = "public") -> None:
    standins.as_person(DESK, "PATCH", path(repo, f"/labels/{old}"), {"new_name": new})


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


# --- whom issues concern ----------------------------------------------------------------------------------------------
def linked(number: int, repo: str = "public") -> list[tuple[int, str, bool]]:
    links = one(number, repo).links.order_by("account")
    return [(link.account_id, link.kind, link.by_label) for link in links]


def test_an_issue_with_a_codename_concerns_its_account_while_it_carries_it(standins: StandIns) -> None:
    account = make_account()
    codename_of(account)
    ceres, bug = label(standins, "customer-ceres"), label(standins, "bug")
    issue(standins, 1, ceres, bug), issue(standins, 2, bug)
    read()
    assert (linked(1), linked(2)) == ([(account.pk, "bug", True)], [])
    put_on(standins, 2, "customer-ceres")
    standins.as_person(DESK, "DELETE", path("public", "/issues/1/labels/customer-ceres"))
    read_later()
    assert (linked(1), linked(2)) == ([], [(account.pk, "bug", True)])


def test_a_codename_that_is_given_later_finds_the_issues_that_carry_its_label(standins: StandIns) -> None:
    account = make_account()
    issue(standins, 1, label(standins, "customer-ceres"), label(standins, "customer request"))
    read()
    assert linked(1) == []
    codename_of(account)
    read_later()
    assert linked(1) == [(account.pk, "request", True)]


def test_a_codenames_label_is_known_by_its_id_whatever_it_is_called_now(standins: StandIns) -> None:
    account, other = make_account(), make_account()
    part = codename_of(account).parts.get(place=CodenamePart.Place.PUBLIC)
    codename_of(other, "Astraea")
    ceres = label(standins, "customer-ceres")
    CodenamePart.objects.filter(pk=part.pk).update(external_id=str(ceres), settled=part.generation)
    issue(standins, 1, ceres)
    rename(standins, "customer-ceres", "customer-astraea")
    read()
    assert linked(1) == [(account.pk, "other", True)]


def test_what_a_person_has_linked_or_told_the_customer_stays_when_the_label_goes(standins: StandIns) -> None:
    account = make_account()
    codename_of(account)
    issue(standins, 1, label(standins, "customer-ceres"), label(standins, "bug"))
    read()
    ticket = make_ticket(account)
    concern(one(1), ticket.account, ticket, by=make_user())
    IssueLink.objects.filter(by_label=True).update(shared_at=ticket.received_at)
    standins.as_person(DESK, "DELETE", path("public", "/issues/1/labels/customer-ceres"))
    read_later()
    assert linked(1) == [(account.pk, "bug", False)] * 2


@pytest.mark.ledger("BUG-10")
def test_a_settled_investigation_whose_label_is_put_on_again_begins_anew_that_day(standins: StandIns) -> None:
    bug = label(standins, "bug")
    label(standins, "~investigate")
    issue(standins, 1, bug)
    read()
    person, kept = make_user(), one(1)
    settled = Investigation.objects.create(issue=kept, began_at=kept.created_at)
    settled.decide("reproduced", by=person)
    settled.note_relabelled("reproduced")
    read_later()
    assert Investigation.objects.of_issue(kept) == settled
    read_later(days=7)
    put_on(standins, 1, "~investigate")
    read_later()
    again = Investigation.objects.undecided().get()
    assert (again.began_at, again.acknowledged_at) == (one(1).updated_at, None)
    assert again.began_at.date() > settled.began_at.date()
    read_later()
    assert Investigation.objects.of_issue(one(1)) == again


# --- moves ------------------------------------------------------------------------------------------------------------
def test_an_issue_moved_into_the_confidential_repository_takes_its_customer_and_ticket_along(
    standins: StandIns,
) -> None:
    account = make_account()
    codename_of(account)
    issue(standins, 1, label(standins, "customer-ceres"))
    read()
    ticket = make_ticket(account)
    concern(one(1), ticket.account, ticket, by=make_user())
    issue(standins, 9, repo="confidential", title="Moved")  # its labels are lost on the way
    standins.at_github({"kind": "github.issue", "key": "1001/1", "moved": [1002, 9]})
    read_later(days=1, minutes=16)
    old, heir = one(1), one(9, "confidential")
    assert (old.gone_why, old.moved_to, old.gone_at is not None) == ("transferred", heir, True)
    assert sorted(linked(9, "confidential")) == [(account.pk, "other", False)] * 2
    assert linked(1) == []
    read_later()
    assert len(linked(9, "confidential")) == 2


@pytest.mark.ledger("BUG-06", "BUG-09")
def test_an_issue_that_moves_takes_along_what_we_do_about_it_and_who_was_told(standins: StandIns) -> None:
    account, manager = make_account(), make_user("manager_cse_csa")
    codename_of(account)
    ceres = [label(standins, "customer-ceres", repo=repo) for repo in ("public", "confidential")]
    issue(standins, 1, ceres[0])
    read()
    old, ticket = one(1), make_ticket(account)
    report = BugReport.objects.create(ticket=ticket, issue=old)
    remark = Remark.objects.create(issue=old, text="We are on it.", digest="x")
    cycle = Investigation.objects.create(issue=old, began_at=old.created_at)
    old.links.update(shared_at=ticket.received_at, shared_by=manager, shared_where="ticket 1")
    issue(standins, 9, ceres[1], repo="confidential", title="Moved")
    read_later()
    heir = one(9, "confidential")
    Investigation.objects.of_issue(heir).acknowledge("https://github.example/c/9", by=manager)  # before we knew
    standins.at_github({"kind": "github.issue", "key": "1001/1", "moved": [1002, 9]})
    read_later(days=1, minutes=16)
    assert heir.links.get(account=account).shared_by == manager
    for row in (report, remark, cycle):
        row.refresh_from_db()
        assert row.issue == heir
    assert (list(heir.investigations.all()), cycle.acknowledged_by) == ([cycle], manager)


@pytest.mark.slow
def test_an_issue_that_kept_its_id_on_the_way_is_the_same_row(standins: StandIns) -> None:
    account = make_account()
    codename_of(account)
    id = issue(standins, 1, label(standins, "customer-ceres"))
    read()
    row = one(1).pk
    issue(standins, 9, repo="confidential", id=id)
    standins.at_github({"kind": "github.issue", "key": "1001/1", "moved": [1002, 9]})
    read_later(days=1, minutes=16)
    moved = Issue.objects.get()
    assert (moved.pk, moved.repo, moved.number, moved.gone_at) == (row, "confidential", 9, None)
    assert linked(9, "confidential") == [(account.pk, "other", False)]


def test_a_private_repository_that_hides_itself_deletes_nothing_and_says_so(standins: StandIns) -> None:
    issue(standins, 7, label(standins, "bug", repo="confidential"), repo="confidential")
    read()
    standins.at_github({"kind": "github.role", "key": f"1002/{DESK}", "repo": 1002, "login": DESK, "role": "none"})
    read_later(days=1, minutes=16)
    assert (one(7, "confidential").gone_at, names(7, "confidential")) == (None, {"bug"})
    assert Repository.objects.get(code="confidential").trouble == "not_found"


def test_a_repository_that_was_renamed_is_read_on_and_its_new_name_is_known(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"))
    read()
    standins.as_person(DESK, "PATCH", f"/repos/{PUBLIC}", {"name": "renamed"})
    issue(standins, 2, standins.github("lanternfish/renamed")["labels"][0]["id"], updated_at="2026-01-12T18:40:00Z")
    read_later()
    repository = Repository.objects.get(code="public")
    assert (repository.name, repository.is_moved, repository.trouble) == ("lanternfish/renamed", True, "")
    assert {row.number for row in Issue.objects.filter(gone_at=None)} == {1, 2}


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
