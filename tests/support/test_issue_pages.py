"""Pages of issues: the list, one of them, those of an account and a ticket, and the labels with what waits there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Codename
from fleetcs import clock as product_clock
from fleetcs.models import Effect, Event, User
from support.models import Feedback, GithubPerson, Issue, IssueComment, IssueLink, PlusLabel, Repository, follow
from support.models.following import concern
from support.models.waiting import count_replies
from tests.factories import MONDAY_MORNING, filed, make_account, make_issue, make_label, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(clock: Any, settings: Any) -> None:
    clock(MONDAY_MORNING + timedelta(hours=5))
    settings.GITHUB_PUBLIC_REPO, settings.GITHUB_CONFIDENTIAL_REPO = (
        "lanternfish/lanternfish",
        "lanternfish/confidential",
    )


def page(address: str, user: User | None = None, **sent: Any) -> str:
    client = Client()
    client.force_login(user or make_user())
    answer = client.post(address, sent) if sent else client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def post(address: str, user: User | None = None, **sent: Any) -> Any:
    client = Client()
    client.force_login(user or make_user())
    return client.post(address, sent)


def concerns(account: Account, issue: Issue, kind: str = "bug") -> IssueLink:
    return IssueLink.objects.create(issue=issue, account=account, kind=kind, by_label=True)


def waits(issue: Issue, answered: timedelta | None = None) -> PlusLabel:
    """A label with "+" on an issue, put on at noon, and an answer of somebody outside so much later."""
    label = make_label("+more info please", issue.repo)
    issue.labels.add(label)
    plus = PlusLabel.objects.create(issue=issue, label=label, put_at=MONDAY_MORNING)
    if answered:
        said = {"author": "rosa", "side": "outside", "at": MONDAY_MORNING + answered}
        IssueComment.objects.create(issue=issue, github_id=issue.number + 70_000, **said)
    count_replies([issue.pk])
    return plus


# --- the list ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-02")
def test_the_list_says_of_every_issue_whose_turn_it_is_and_begins_with_what_is_to_do() -> None:
    make_issue(title="Hosts go offline", labels=["bug", "~investigate"])
    waits(make_issue(title="It cannot be installed"))
    shown = page("/issues/")
    assert ("Hosts go offline" in shown, "Under investigation" in shown) == (True, True)
    assert "It cannot be installed" not in shown  # it waits for somebody outside: nothing to do for us
    assert "Waiting for an answer" in page("/issues/?waiting=outside")


@pytest.mark.ledger("REQ-01", "REQ-02")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"bug", "request", "secret", "prioritized"}),
        ("waiting=either", {"bug", "request", "waits", "secret", "prioritized"}),
        ("repo=confidential", {"secret"}),
        ("state=closed", {"closed"}),
        ("state=gone", {"gone"}),
        ("meaning=bug", {"bug", "secret"}),
        ("meaning=bug&waiting=either", {"bug", "secret", "waits"}),
        ("meaning=request", {"request", "prioritized"}),
        ("meaning=prioritized", {"prioritized"}),
        ("waiting=outside", {"waits"}),
        ("waiting=answered", {"request"}),
        ("waiting=overdue", {"request"}),
        ("q=scr", {"secret"}),
        ("q=%23120000", {"bug"}),
        ("q=nothing", set()),
        ("codename=customer-ceres", {"prioritized"}),
    ],
)
def test_issues_are_found_by_where_they_are_and_what_they_say(query: str, found: set[str]) -> None:
    rows = {
        "bug": make_issue(title="One bug", number=120_000),
        "request": make_issue(title="One request", labels=["customer request"]),
        "prioritized": make_issue(title="One prioritized", labels=["~customer request", "customer-ceres"]),
        "waits": make_issue(title="One waits"),
        "secret": make_issue("confidential", title="One secret scr"),
        "closed": make_issue(title="One closed", state="closed", closed_at=MONDAY_MORNING),
        "gone": make_issue(title="One gone", gone_at=MONDAY_MORNING, gone_why="gone"),
    }
    waits(rows["waits"]), waits(rows["request"], timedelta(hours=1))
    shown = page(f"/issues/?{query}")
    assert {name for name, row in rows.items() if f'href="/issues/{row.pk}/"' in shown} == found


def test_the_list_takes_the_same_number_of_statements_for_one_issue_and_fifty() -> None:
    user = make_user()
    counts = []
    for number in (1, 49):
        for _ in range(number):
            waits(make_issue(labels=["bug", ":product"]))
        page("/issues/?waiting=either", user)
        with CaptureQueriesContext(connection) as queries:
            page("/issues/?waiting=either", user)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_pages_that_show_issues_say_when_what_they_show_is_old() -> None:
    Repository.objects.create(code="public", loaded_at=MONDAY_MORNING, asked_at=MONDAY_MORNING)
    issue = make_issue()
    for address in ("/issues/", f"/issues/{issue.pk}/", "/issues/labels/"):
        assert "Public repository last answered" in page(address)
    Repository.objects.update(asked_at=product_clock.now() - timedelta(minutes=29))
    assert "last answered" not in page("/issues/")
    Repository.objects.update(asked_at=product_clock.now() - timedelta(minutes=31))
    assert "last answered" in page("/issues/")


def test_issues_are_found_by_the_search_over_everything_by_those_who_may_see_them() -> None:
    issue, secret = make_issue(title="Hosts vanish at night"), make_issue("confidential", title="Hosts vanish at noon")
    assert f'href="/issues/{issue.pk}/"' in page("/search?q=hosts vanish")
    assert f'href="/issues/{issue.pk}/"' in page(f"/search?q={issue.number}")
    assert f'href="/issues/{secret.pk}/"' not in page("/search?q=hosts vanish", make_user("pd"))


# --- one issue --------------------------------------------------------------------------------------------------------
def test_an_issue_shows_facts_labels_and_who_spoke_when() -> None:
    issue = make_issue(title="Hosts go offline", assignees=["maya"], labels=["bug", ":product"])
    waits(issue, timedelta(hours=1))
    shown = page(f"/issues/{issue.pk}/")
    for words in ("Hosts go offline", "@maya", ":product", "@rosa", "somebody outside", "Reply received"):
        assert words in shown, words


@pytest.mark.ledger("COD-05")
def test_whose_an_issue_is_is_told_to_who_may_know_and_asks_and_that_is_written_down() -> None:
    account = make_account(name="Brightforge Metal")
    codename = Codename.objects.assign(account, "Ceres", by=make_user())
    issue = make_issue(labels=["customer-ceres"])
    concerns(account, issue)
    asks = make_user("cse")
    assert "Brightforge" not in page(f"/issues/{issue.pk}/", asks)
    assert not Event.objects.of(codename).filter(verb="codename_looked_up").exists()
    assert "Brightforge Metal" in page(f"/issues/{issue.pk}/", asks, look="1")
    assert Event.objects.of(codename).get(verb="codename_looked_up").by == asks
    designer = make_user("pd")
    assert "Brightforge" not in page(f"/issues/{issue.pk}/", designer, look="1")


def test_a_csm_is_told_of_their_own_accounts_only() -> None:
    csm, issue = make_user("csm"), make_issue()
    concerns(make_account(name="Mine Ltd", csm=csm), issue), concerns(make_account(name="Theirs Ltd"), issue)
    shown = page(f"/issues/{issue.pk}/", csm, look="1")
    assert ("Mine Ltd" in shown, "Theirs Ltd" in shown) == (True, False)


def test_a_confidential_issue_is_for_those_who_may_know_codenames() -> None:
    issue = make_issue("confidential", title="Secret")
    client = Client()
    client.force_login(make_user("pd"))
    assert client.get(f"/issues/{issue.pk}/").status_code == 404
    assert "Secret" not in client.get("/issues/?state=all").content.decode()


def test_a_moved_issue_leads_on_and_one_that_was_deleted_says_so() -> None:
    heir = make_issue("confidential")
    moved = make_issue(gone_at=MONDAY_MORNING, gone_why="transferred", moved_to=heir)
    deleted = make_issue(gone_at=MONDAY_MORNING, gone_why="gone")
    assert f'href="/issues/{heir.pk}/"' in page(f"/issues/{moved.pk}/")
    assert "deleted over there" in page(f"/issues/{deleted.pk}/")


def test_anybody_who_sees_an_issue_may_have_it_read_now() -> None:
    issue = make_issue()
    assert post(f"/issues/{issue.pk}/read/").status_code == 302
    assert [effect.args for effect in Effect.objects.all()] == [{"repo": "public", "number": issue.number}]


# --- of an account, of a ticket ---------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-08")
def test_an_account_shows_its_open_bugs_and_requests_and_that_somebody_looked() -> None:
    account, user = make_account(), make_user()
    codename = Codename.objects.assign(account, "Ceres", by=user)
    concerns(account, make_issue(title="A bug of theirs"))
    concerns(account, make_issue(title="A wish of theirs", labels=["customer request"]), "request")
    concerns(account, make_issue(title="A closed one", state="closed"))
    concerns(make_account(), make_issue(title="Of somebody else"))
    shown = page(f"/accounts/{account.pk}/issues/", user, look="1")
    assert ("A bug of theirs" in shown, "A wish of theirs" in shown) == (True, True)
    assert ("A closed one" in shown, "Of somebody else" in shown) == (False, False)
    assert shown.index("Open bugs") < shown.index("Open requests")
    assert Event.objects.of(codename).get(verb="codename_looked_up").by == user


@pytest.mark.ledger("COD-05")
def test_the_codenames_card_offers_to_put_back_a_label_that_was_made_anew_without_naming_it() -> None:
    account, csm = make_account(name="Brightforge"), make_user("csm")
    Codename.objects.assign(account, "Ceres", by=make_user())
    gone = make_label("customer-ceres", gone_at=MONDAY_MORNING)
    make_issue().labels.add(gone)
    make_label("customer-ceres")
    card = post(f"/accounts/{account.pk}/codename/").content.decode()
    assert f'hx-get="/accounts/{account.pk}/labels/"' in card
    shown = page(f"/accounts/{account.pk}/labels/")
    assert "Put back on 1 open issue" in shown
    assert "ceres" not in shown.lower()
    assert post(f"/issues/labels/{gone.pk}/put-back/").status_code == 302
    assert Effect.objects.filter(kind="github.put_back").count() == 1
    other = Client()
    other.force_login(csm)
    assert other.get(f"/accounts/{account.pk}/labels/").status_code == 404


@pytest.mark.ledger("COD-06", "COD-08")
def test_the_page_of_an_account_asks_for_its_issues_beside_its_codename() -> None:
    account = make_account()
    shown = page(f"/accounts/{account.pk}/")
    assert f'hx-post="/accounts/{account.pk}/issues/"' in shown
    assert f"/accounts/{account.pk}/issues/" not in page(f"/accounts/{account.pk}/", make_user("pd"))


@pytest.mark.parametrize(
    "written",
    [
        "{number}", "#{number}", "public#{number}", "lanternfish/lanternfish#{number}",
        "https://github.com/Lanternfish/lanternfish/issues/{number}",
        " https://github.com/lanternfish/lanternfish/issues/{number}#x ",
    ],
)  # fmt: skip
def test_a_ticket_is_linked_to_an_issue_by_number_or_address_and_unlinked_again(written: str) -> None:
    ticket, issue, user = make_ticket(make_account()), make_issue(), make_user()
    make_issue("confidential", number=issue.number)
    answer = post(f"/tickets/{ticket.pk}/issues/link/", user, issue=written.format(number=issue.number))
    assert answer.status_code == 302
    link = IssueLink.objects.get()
    assert (link.issue, link.ticket, link.account, link.kind, link.by) == (issue, ticket, ticket.account, "bug", user)
    assert issue.title in page(f"/tickets/{ticket.pk}/issues/", user)
    assert post(f"/issue-links/{link.pk}/undo/", user).status_code == 302
    assert not IssueLink.objects.exists()
    verbs = Event.objects.of(ticket).values_list("verb", flat=True)
    assert {"issue_linked", "issue_unlinked"} <= set(verbs)


def test_a_confidential_issue_is_named_with_its_repository() -> None:
    ticket, issue = make_ticket(make_account()), make_issue("confidential")
    answer = post(f"/tickets/{ticket.pk}/issues/link/", issue=f"confidential#{issue.number}")
    assert (answer.status_code, IssueLink.objects.get().issue) == (302, issue)


@pytest.mark.parametrize("written", ["", "12", "someone/else#12", "https://github.com/someone/else/issues/12", "bug"])
def test_what_names_no_issue_of_ours_is_explained(written: str) -> None:
    ticket = make_ticket(make_account())
    make_issue(number=13)
    answer = post(f"/tickets/{ticket.pk}/issues/link/", issue=written)
    assert (answer.status_code, IssueLink.objects.exists()) == (422, False)


def test_a_ticket_of_nobody_is_not_linked_before_it_is_said_whose_it_is() -> None:
    ticket, issue = make_ticket(None), make_issue()
    answer = post(f"/tickets/{ticket.pk}/issues/link/", issue=str(issue.number))
    assert (answer.status_code, "whose ticket it is" in answer.content.decode()) == (422, True)


def test_a_ticket_linked_to_an_issue_whose_feedback_is_asked_for_is_asked_at_once() -> None:
    csm, issue = make_user("csm"), filed("~customer request", "#g-unicorns", assignees=["x"])
    follow([issue])
    ticket = make_ticket(make_account(csm=csm))
    post(f"/tickets/{ticket.pk}/issues/link/", csm, issue=str(issue.number))
    assert Feedback.objects.get().account == ticket.account
    assert IssueLink.objects.get().kind == "request"


def test_linking_twice_is_linking_once() -> None:
    ticket, issue, user = make_ticket(make_account()), make_issue(), make_user()
    for _ in range(2):
        concern(issue, ticket.account, ticket, by=user)
    assert IssueLink.objects.count() == 1


def test_a_ticket_says_who_has_the_ball_with_its_issues() -> None:
    ticket, user = make_ticket(make_account()), make_user()
    concern(make_issue(labels=["bug"]), ticket.account, ticket, by=user)
    assert "The customer waits for an answer" in page(f"/tickets/{ticket.pk}/issues/", user)
    ticket.answer("We are on it.", by=user)
    assert "Engineering" in page(f"/tickets/{ticket.pk}/issues/", user)
    assert f'hx-get="/tickets/{ticket.pk}/issues/"' in page(f"/tickets/{ticket.pk}/", user)


# --- labels -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-11")
def test_labels_that_nobody_knows_are_listed_when_they_are_on_a_customers_issue() -> None:
    concerns(make_account(), make_issue(labels=["bug", "~mystery"]))
    make_issue(labels=["~elsewhere"])
    shown = page("/issues/labels/")
    assert ("~mystery" in shown, "~elsewhere" in shown) == (True, False)


@pytest.mark.ledger("REQ-11")
def test_the_registry_says_what_each_label_means_and_counts_its_open_issues() -> None:
    (
        make_issue(labels=[":bug"]),
        make_issue(labels=["bug"]),
        make_label("customer-ceres", description="Brightforge Metal"),
    )
    shown = page("/issues/labels/")
    assert shown.count("A bug, with or without the colon") == 2
    assert "1 label of codenames" in shown
    assert ("customer-ceres" in shown, "Brightforge" in shown) == (False, False)


@pytest.mark.ledger("REQ-03")
def test_a_label_that_still_stands_an_hour_after_the_answer_is_reported() -> None:
    (
        waits(make_issue(title="Left standing"), timedelta(hours=1)),
        waits(make_issue(title="Just now"), timedelta(hours=4.5)),
    )
    shown = page("/issues/labels/")
    assert ("Left standing" in shown, "Just now" in shown) == (True, False)


def test_somebody_whom_github_does_not_place_is_placed_with_one_click() -> None:
    person, issue = GithubPerson.objects.create(login="sven", why="members_hidden"), make_issue()
    waits(issue)
    said = {"author": "Sven", "side": "unknown", "at": MONDAY_MORNING + timedelta(hours=1)}
    IssueComment.objects.create(issue=issue, github_id=1, **said)
    assert "@sven" in page("/issues/labels/")
    assert post(f"/issues/people/{person.pk}/side/", make_user("csm"), side="outside").status_code == 302
    issue.refresh_from_db()
    assert (issue.waiting_since, issue.outside_reply_at) == (None, MONDAY_MORNING + timedelta(hours=1))
    assert "Placed by a colleague" in page("/issues/labels/")
    assert post(f"/issues/people/{person.pk}/side/", side="nowhere").status_code == 422


def test_how_fresh_each_repository_is_stands_beside_its_trouble() -> None:
    Repository.objects.create(
        code="public", loaded_at=MONDAY_MORNING, asked_at=product_clock.now(), name="lanternfish/else"
    )
    Repository.objects.create(code="confidential", trouble="not_found")
    shown = page("/issues/labels/")
    for words in ("Fresh", "Renamed over there", "Trouble", "not_found"):
        assert words in shown, words
