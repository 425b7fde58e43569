"""Whom mirrored issues concern, and that it goes along when an issue moves."""

from typing import Any

import pytest

from accounts.models import CodenamePart
from fleetcs.local.standins.github import DESK, PUBLIC
from support.models import BugReport, Investigation, Issue, IssueLink, Remark, Repository
from support.models.following import concern
from tests.factories import make_account, make_ticket, make_user
from tests.standins import StandIns
from tests.support.at_github import codename_of, issue, label, names, one, path, put_on, read, read_later, rename

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_monday")]


@pytest.fixture
def _monday(clock: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")


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
