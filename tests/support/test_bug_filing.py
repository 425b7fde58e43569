"""A bug is filed from a ticket by one person, once, without the customer's name, and is then on the stand-up."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account, Codename
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC, templates
from fleetcs.models import Effect, EffectAttempt, Event, Gate, HandbookEntry, User
from support import bug_cycle
from support.models import BugReport, FollowUp, Investigation, IssueLink, IssueTemplate, Remark, merge
from support.models.bug_search import BugSearch
from support.models.remark import digest_of
from support.senders.github_bugs import GithubFind
from tests.factories import make_account, make_contact, make_issue, make_ticket, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

NAME = "Brightforge Metal"
DETAILS = {
    "server_version": "4.61",
    "agent_version": "fleetd 1.30",
    "operating_system": "macOS 15",
    "web_browser": "Firefox",
    "expected": "Hosts stay online.",
    "actual": "Hosts go offline.",
}


def send_all() -> None:
    """Everything that is due, retries included, as if each had been tried a day ago."""
    for _ in range(20):
        EffectAttempt.objects.update(at=product_clock.now() - timedelta(days=1))
        Effect.objects.open().update(next_at=product_clock.now() - timedelta(days=1))
        Gate.objects.update(turn_at=None)  # the second between two writes
        if not effects.send_rest():
            return


def customer(codename: str = "Ceres") -> Account:
    account = make_account(name=NAME, domain="brightforge.example")
    if codename:
        Codename.objects.assign(account, codename, by=make_user())
        Effect.objects.all().delete()  # its labels are another story
    return account


def suspected(account: Account | None = None, by: User | None = None, **changes: Any) -> BugReport:
    """A suspicion with everything that it needs to be filed."""
    ticket = make_ticket(account or customer(), details=DETAILS)
    report = BugReport.objects.suspect(ticket, by=by or make_user())
    BugSearch.objects.look(report, "offline", by=make_user(), at_github=True)
    Effect.objects.filter(kind="github.search").delete()  # what GitHub's own search finds is another story
    report.write({"title": "Hosts go offline", "steps": "1. Enroll a host", **changes}, by=make_user())
    return report


def filed(report: BugReport, by: User | None = None) -> BugReport:
    report.file(report.shown().digest, by=by or make_user())
    send_all()
    report.refresh_from_db()
    return report


def there(standins: StandIns, repo: str = PUBLIC) -> list[dict[str, Any]]:
    return standins.github(repo)["issues"]


def labels_there(report: BugReport) -> set[str]:
    assert report.issue is not None
    repo = "confidential" if report.issue.repo == "confidential" else "public"
    return {label.name for label in github.issue(repo, report.issue.number).labels}


# --- filing -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-02", "BUG-07", "BUG-08")
def test_a_filed_bug_carries_the_codename_and_is_investigated_at_once(standins: StandIns) -> None:
    report = filed(suspected())
    assert report.issue is not None
    assert report.state == "filed"
    [issue] = there(standins)
    assert (issue["title"], report.issue.number) == ("Hosts go offline", issue["number"])
    assert labels_there(report) == {"bug", "~investigate", ":help-customers", "customer-ceres"}
    assert {label.name for label in report.issue.labels.all()} == labels_there(report)
    created = next(e for e in standins.journal("github") if e["method"] == "POST" and e["path"].endswith("/issues"))
    assert all(label in str(created) for label in ("bug", ":reproduce", "customer-ceres"))
    assert "brightforge" not in str(standins.journal("github")).lower()
    link = IssueLink.objects.get(ticket=report.ticket)
    assert (link.kind, link.account) == ("bug", report.ticket.account)


@pytest.mark.ledger("BUG-07")
def test_the_minutes_from_suspicion_to_issue_are_known(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    report = suspected()
    clock.forward(minutes=7)
    assert filed(report).took is not None
    assert timedelta(minutes=7) <= report.took < timedelta(minutes=8)  # type: ignore[operator]


@pytest.mark.ledger("BUG-14", "BUG-02")
@pytest.mark.parametrize("field", ["title", "steps"])
def test_a_text_that_names_the_customer_is_stopped_before_anything_leaves(standins: StandIns, field: str) -> None:
    report = suspected(**{field: f"Seen at {NAME}"})
    Effect.objects.all().delete()
    with pytest.raises(ValidationError, match="says whose it is"):
        report.file(report.shown().digest, by=make_user())
    send_all()
    assert standins.journal("github") == []
    assert report.state == "suspected"


@pytest.mark.ledger("BUG-14")
def test_it_is_refused_again_right_before_it_leaves(standins: StandIns) -> None:
    report = suspected(steps="1. Ask Ottoline Ravnsborg")
    report.file(report.shown().digest, by=make_user())
    make_contact(report.ticket.account, name="Ottoline Ravnsborg")  # type: ignore[arg-type]
    send_all()
    report.refresh_from_db()
    assert (report.state, report.refused, there(standins)) == ("refused", "confidential", [])


def test_what_leaves_is_what_was_seen() -> None:
    report = suspected()
    seen = report.shown().digest
    report.write({"title": "Something else"}, by=make_user())
    with pytest.raises(ValidationError, match="changed since you saw it"):
        report.file(seen, by=make_user())


def test_the_approved_text_is_kept_with_its_digest_and_marks() -> None:
    author = make_user()
    report = filed(suspected(), by=author)
    assert report.approved_by == author
    assert report.approved.digest == report.approved_digest
    assert report.marker in report.approved_body
    assert report.approved_marks == []


@pytest.mark.ledger("BUG-07")
@pytest.mark.parametrize("knob", ["p_lost", "p_fail"])
def test_a_lost_answer_makes_no_second_issue(standins: StandIns, knob: str) -> None:
    report = suspected()
    standins.turn("github", **{knob: 1}, times=1, only="POST .*/issues$")
    report = filed(report)
    assert (report.state, len(there(standins))) == ("filed", 1)


@pytest.mark.ledger("BUG-07")
def test_after_a_lost_answer_nobody_looks_before_github_surely_shows_it(standins: StandIns, clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    report = suspected()
    Effect.objects.all().delete()
    report.file(report.shown().digest, by=make_user())
    standins.turn("github", p_lost=1, times=1, only="POST .*/issues$")
    effects.send_rest()
    clock.forward(seconds=50)
    effects.send_rest()
    asked = [entry["method"] for entry in standins.journal("github") if entry["path"].endswith("/issues")]
    assert asked == ["POST"]
    clock.forward(seconds=11)
    effects.send_rest()
    report.refresh_from_db()
    assert (report.state, len(there(standins))) == ("filed", 1)


def test_everything_that_is_looked_for_at_github_gives_it_time() -> None:
    kinds = [kind for app in apps.get_app_configs() for kind in getattr(app, "senders", {})]
    looking = [one for one in map(effects.sender_of, kinds) if (one.destination, one.protocol) == ("github", "probe")]
    assert len(looking) >= 3
    assert {one.patience for one in looking} == {github.PATIENCE}


def test_an_issue_that_was_given_up_after_it_had_been_made_is_found_when_the_text_is_approved_again(
    standins: StandIns,
) -> None:
    report = suspected()
    report.file(report.shown().digest, by=make_user())
    made = github.create_issue("confidential", "x", "y")  # another one, to tell them apart
    body = {"title": report.approved_title, "body": report.approved_body}
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", body)
    Effect.objects.filter(kind="github.issue").update(state="dead")
    report.note_refused("http_500")
    report.refresh_from_db()
    report = filed(report)
    assert (report.state, len(there(standins)), made.number) == ("filed", 1, 1)


@pytest.mark.ledger("BUG-14")
def test_a_confidential_bug_needs_a_reason_and_may_name_the_customer(standins: StandIns) -> None:
    report = suspected(repo="confidential", repo_reason="Their key is in the log", steps=f"1. Sign in as {NAME}")
    assert BugReport().repo == "public"
    report = filed(report)
    assert [issue["title"] for issue in there(standins, CONFIDENTIAL)] == ["Hosts go offline"]
    assert [mark["kind"] for mark in report.approved_marks] == ["account"]
    report.repo_reason = ""
    assert "repo_reason" in report.missing()


@pytest.mark.ledger("BUG-03", "BUG-04", "INT-07")
@pytest.mark.parametrize("code", sorted(DETAILS))
def test_each_missing_detail_is_named_and_one_with_a_reason_is_enough(code: str) -> None:
    report = suspected()
    report.ticket.describe({code: "n/a"}, by=make_user())
    assert set(report.missing()) == {code}
    with pytest.raises(ValidationError):
        report.file(report.shown().digest, by=make_user())
    report.ticket.describe({code: "n/a: it happens without it"}, by=make_user())
    assert report.missing() == {}


@pytest.mark.ledger("BUG-04")
def test_without_our_own_steps_the_customers_are_needed_and_the_recording_stays_here() -> None:
    report = suspected(steps="")
    assert set(report.missing()) == {"steps"}
    report.write({"reproduced_by_us": False}, by=make_user())
    assert set(report.missing()) == {"customer_steps"}
    report.write({"customer_steps": "Pressed Save", "recording": "https://calls.example/1"}, by=make_user())
    assert report.missing() == {}
    assert "Pressed Save" in report.shown().body
    assert "calls.example" not in report.shown().body


@pytest.mark.ledger("BUG-02")
def test_without_a_codename_it_cannot_be_filed() -> None:
    assert "no codename yet" in suspected(customer(codename="")).missing()[""]


@pytest.mark.ledger("BUG-07")
def test_the_text_follows_the_repositorys_own_template_where_the_handbook_says_it_is(standins: StandIns) -> None:
    HandbookEntry.objects.update_or_create(section="aliases", code="bug_template", defaults={"value": "bugs.md"})
    # "### What happens instead" in Base64
    said = {"message": "x", "content": "IyMjIFdoYXQgaGFwcGVucyBpbnN0ZWFk"}
    standins.as_person("lanternfish-desk", "PUT", f"/repos/{PUBLIC}/contents/bugs.md", said)
    report = suspected()
    assert report.shown().body.startswith("### Server version")
    send_all()
    assert IssueTemplate.objects.text("public") == "### What happens instead"
    assert report.shown().body.startswith("### What happens instead\nHosts go offline.")


def test_the_demos_template_has_a_place_for_everything(standins: StandIns) -> None:
    standins.at_github(*templates())
    report = suspected()
    send_all()
    body = report.shown().body
    assert body.startswith("**Server version**: 4.61\n\n**Agent and version**: fleetd 1.30")
    headings = [line for line in body.splitlines() if line.startswith("#")]
    assert headings == ["### Actual behavior", "### Expected behavior", "### Steps to reproduce"]


def test_without_a_template_our_own_order_holds_and_nobody_has_to_look_at_it() -> None:
    report = suspected()
    send_all()
    assert IssueTemplate.objects.get().trouble == "not_found"
    assert not Effect.objects.needing_a_person().exists()
    assert report.shown().body.startswith("### Server version")


# --- another repository -----------------------------------------------------------------------------------------------
CONFIDING = {"repo": "confidential", "repo_reason": "Their key is in the log", "steps": f"1. Sign in as {NAME}"}


@pytest.mark.ledger("BUG-14")
@pytest.mark.parametrize("way", ["form", "api"])
def test_what_was_approved_for_the_confidential_repository_is_not_offered_to_the_public_one(way: str) -> None:
    report, person = suspected(**CONFIDING), make_user()
    report.file(report.shown().digest, by=person, way=way)
    report.note_refused("forbidden")
    report.write({"repo": "public"}, by=person)
    report.refresh_from_db()
    assert (report.state, report.approved.title, report.approved.body, report.approved_by) == (
        "suspected",
        "",
        "",
        None,
    )
    assert Event.objects.of(report.ticket).filter(verb="bug_withdrawn").count() == 1
    with pytest.raises(ValidationError, match="Approve the text first"):
        report.look_for(None, by=person)


@pytest.mark.ledger("BUG-14")
def test_a_refused_report_sent_again_after_it_went_to_another_repository_does_not_leave(standins: StandIns) -> None:
    report = suspected(**CONFIDING)
    report.file(report.shown().digest, by=make_user())
    Effect.objects.filter(kind="github.issue").update(state="dead")
    report.note_refused("forbidden")
    report.write({"repo": "public"}, by=make_user())
    Effect.objects.get(kind="github.issue").retry(by=make_user())
    send_all()
    assert Effect.objects.get(kind="github.issue").error_code == "withdrawn"
    assert (there(standins), there(standins, CONFIDENTIAL)) == ([], [])


@pytest.mark.parametrize("changes", [{"repo": "confidential"}, {"repo": "confidential", "repo_reason": " "}])
def test_an_approved_report_may_become_confidential_before_anybody_says_why(changes: dict[str, str]) -> None:
    report = suspected()
    report.file(report.shown().digest, by=make_user(), way="form")
    report.write(changes, by=make_user())
    report.refresh_from_db()
    assert (report.state, set(report.missing())) == ("suspected", {"repo_reason"})


def test_a_confidential_report_whose_reason_is_taken_away_is_approved_no_longer() -> None:
    report = suspected(**CONFIDING)
    report.file(report.shown().digest, by=make_user(), way="form")
    report.write({"repo_reason": ""}, by=make_user())
    assert report.state == "suspected"


def test_a_changed_text_stays_approved_as_it_was_seen() -> None:
    report = suspected()
    report.file(report.shown().digest, by=make_user(), way="form")
    report.write({"steps": "2. Wait"}, by=make_user())
    assert (report.state, report.approved.digest) == ("by_hand", report.approved_digest)


# --- one that is known, or none ---------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-01")
def test_an_issue_of_the_same_title_is_shown_first_and_what_was_tried_is_kept() -> None:
    body = make_issue(title="Agents vanish", body="All hosts are offline after the upgrade", state="closed")
    same = make_issue(title="Hosts are offline")
    make_issue(title="A report is empty")
    report = BugReport.objects.suspect(make_ticket(customer()), by=make_user())
    search = report.searches.get(words="Hosts are offline")
    assert list(search.shown.order_by("pk")) == [body, same]
    assert report.searches.count() >= 2


@pytest.mark.ledger("BUG-01")
def test_without_a_search_in_words_of_a_persons_own_it_cannot_be_filed() -> None:
    report = suspected()
    report.searches.by_hand().delete()
    assert report.searches.exists()  # what the suspicion has looked for by itself
    with pytest.raises(ValidationError, match="Look for an issue"):
        report.file(report.shown().digest, by=make_user())


@pytest.mark.ledger("BUG-01")
def test_githubs_own_search_is_asked_for_a_persons_words_and_never_for_a_name(standins: StandIns) -> None:
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", {"title": "Enrolment hangs"})
    report, person = suspected(), make_user()
    asked = BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    named = BugSearch.objects.look(report, f"{NAME} hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert [issue.title for issue in asked.found.all()] == ["Enrolment hangs"]
    assert (named.trouble, named.asked_at) == ("confidential", None)
    assert "brightforge" not in str(standins.journal("github")).lower()


@pytest.mark.ledger("BUG-01")
@pytest.mark.parametrize("without", ["GITHUB_CONFIDENTIAL_REPO", "GITHUB_PUBLIC_REPO"])
def test_with_one_repository_githubs_search_is_asked_for_that_one(
    standins: StandIns, settings: Any, without: str
) -> None:
    for repo in (PUBLIC, CONFIDENTIAL):
        standins.as_person("lanternfish-desk", "POST", f"/repos/{repo}/issues", {"title": "Enrolment hangs"})
    setattr(settings, without, "")
    asked = BugSearch.objects.look(suspected(), "enrolment hangs", by=make_user(), at_github=True)
    send_all()
    asked.refresh_from_db()
    [issue] = asked.found.all()
    assert (issue.is_confidential, asked.trouble) == (without == "GITHUB_PUBLIC_REPO", "")


@pytest.mark.ledger("BUG-01")
def test_a_search_that_github_refused_is_asked_again_with_the_same_words(standins: StandIns) -> None:
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", {"title": "Enrolment hangs"})
    standins.turn("github", status_script=[422], times=1, only="/search/issues")
    report, person = suspected(), make_user()
    asked = BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert (asked.trouble != "", asked.found.count()) == (True, 0)
    BugSearch.objects.look(report, "enrolment hangs", by=person, at_github=True)
    send_all()
    asked.refresh_from_db()
    assert (asked.trouble, asked.found.count()) == ("", 1)


@pytest.mark.ledger("BUG-01")
def test_a_ticket_is_linked_to_the_issue_that_is_there() -> None:
    issue, report, person = make_issue(), suspected(), make_user()
    report.is_this_one(issue, by=person)
    assert (report.state, report.filed_at) == ("linked", None)
    assert IssueLink.objects.get(ticket=report.ticket).issue == issue
    assert not Investigation.objects.exists()
    with pytest.raises(ValidationError):
        report.file(report.shown().digest, by=person)


@pytest.mark.ledger("TPL-02")
@pytest.mark.parametrize("way", ["filed", "linked"])
def test_the_task_to_file_it_is_done_by_that(way: str) -> None:
    report = suspected()
    task = FollowUp.objects.create(ticket=report.ticket, kind="bug_task")
    if way == "filed":
        filed(report)
    else:
        report.is_this_one(make_issue(), by=make_user())
    task.refresh_from_db()
    assert task.done_at is not None
    assert report.issue is not None
    assert task.link == report.issue.url


def test_suspecting_twice_is_one_suspicion_and_one_that_is_settled_leaves_room_for_another() -> None:
    report, person = suspected(), make_user()
    assert BugReport.objects.suspect(report.ticket, by=person) == report
    report.give_up("It was their proxy", by=person)
    assert BugReport.objects.suspect(report.ticket, by=person) != report


def test_a_bug_goes_on_with_the_ticket_that_its_own_is_merged_into() -> None:
    from_ticket = suspected()
    into = make_ticket(from_ticket.ticket.account)
    merge(from_ticket.ticket, into, by=make_user())
    from_ticket.refresh_from_db()
    assert from_ticket.ticket == into


# --- with GitHub's own form -------------------------------------------------------------------------------------------
def by_hand() -> BugReport:
    report = suspected()
    report.file(report.shown().digest, by=make_user(), way="form")
    Effect.objects.all().delete()
    return report


def opened_by_hand(standins: StandIns, report: BugReport, body: str) -> int:
    said = {"title": report.approved_title, "body": body, "labels": ["bug", ":reproduce"]}
    return int(standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", said)["number"])


@pytest.mark.ledger("BUG-07")
@pytest.mark.parametrize("told", [True, False])
def test_an_issue_filed_with_the_form_is_found_by_its_hidden_mark(standins: StandIns, told: bool) -> None:
    report = by_hand()
    number = opened_by_hand(standins, report, report.approved_body)
    report.look_for(number if told else None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.state, report.issue and report.issue.number) == ("filed", number)


@pytest.mark.ledger("BUG-07")
def test_one_without_the_mark_waits_for_a_person_who_confirms_it(standins: StandIns) -> None:
    report = by_hand()
    number = opened_by_hand(standins, report, "Something else")
    report.look_for(None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert report.proposed is not None
    assert (report.state, report.proposed.number) == ("by_hand", number)
    report.confirm(by=make_user())
    assert report.state == "filed"


def test_one_that_is_not_there_is_said_so() -> None:
    report = by_hand()
    report.look_for(4711, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.state, report.refused) == ("by_hand", "not_found")


def test_an_older_issue_of_the_same_title_is_not_the_one_that_was_filed(standins: StandIns, clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    old = {"title": "Hosts go offline", "body": "An old one"}
    number = standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues", old)["number"]
    clock.forward(hours=2)
    report = by_hand()
    said = {"body": "It changes just now"}
    standins.as_person("lanternfish-desk", "POST", f"/repos/{PUBLIC}/issues/{number}/comments", said)
    report.look_for(None, by=make_user())
    send_all()
    report.refresh_from_db()
    assert (report.proposed, report.refused) == (None, "not_found")


def test_an_answer_for_an_approval_that_is_withdrawn_or_given_up_changes_nothing(standins: StandIns) -> None:
    report, person = by_hand(), make_user()
    opened_by_hand(standins, report, "Something else")
    report.look_for(None, by=person)
    found = GithubFind().send(Effect.objects.get(kind="github.find"))
    report.give_up("It was their proxy", by=person)
    with transaction.atomic():
        GithubFind().settle(Effect.objects.get(kind="github.find"), found)
    report.refresh_from_db()
    assert (report.state, report.issue, report.proposed) == ("given_up", None, None)


def test_who_has_an_old_copy_of_a_report_does_not_undo_that_it_was_given_up() -> None:
    old, issue = suspected(), make_issue()
    BugReport.objects.get(pk=old.pk).give_up("It was their proxy", by=make_user())
    old.become(issue, by=None)
    old.refresh_from_db()
    assert (old.state, IssueLink.objects.exists()) == ("given_up", False)


# --- the cycle --------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-11", "BUG-12")
@pytest.mark.parametrize(
    ("decision", "labels"), [("reproduced", {":product"}), ("not_reproduced", {":incoming", ":reproduce"})]
)
def test_the_second_days_decision_changes_the_labels(decision: str, labels: set[str]) -> None:
    report = filed(suspected())
    Investigation.objects.get().decide(decision, by=make_user())
    send_all()
    assert labels_there(report) == {"bug", ":help-customers", "customer-ceres"} | labels
    cycle = Investigation.objects.get()
    assert cycle.relabelled_at is not None
    assert cycle.drift([label.name for label in cycle.issue.labels.all()]) == []


@pytest.mark.ledger("BUG-08")
def test_labels_that_somebody_changes_afterwards_are_flagged(standins: StandIns) -> None:
    report = filed(suspected())
    assert report.issue is not None
    cycle, number = Investigation.objects.get(), report.issue.number
    assert cycle.drift(sorted(labels_there(report))) == []
    github.remove_label("public", number, bug_cycle.HELP_CUSTOMERS)
    assert cycle.drift(sorted(labels_there(report))) == [":help-customers is missing"]


@pytest.mark.ledger("BUG-09")
def test_the_managers_comment_is_the_acknowledgement_and_is_said_once(standins: StandIns) -> None:
    report, manager, text = filed(suspected()), make_user("manager_cse_csa"), "We are on it."
    assert report.issue is not None
    standins.turn("github", p_lost=1, times=1, only="POST .*/comments$")
    Remark.objects.say(report.issue, text, digest_of(text), by=manager, is_acknowledgement=True)
    send_all()
    [comment] = standins.github()["comments"]
    assert comment["body"].startswith("We are on it.")
    cycle = Investigation.objects.get()
    assert cycle.acknowledged_by == manager
    assert str(comment["id"]) in cycle.acknowledgement


@pytest.mark.ledger("BUG-09", "BUG-14")
def test_a_comment_that_names_the_customer_is_stopped_too(standins: StandIns) -> None:
    report, text = filed(suspected()), f"{NAME} says so."
    assert report.issue is not None
    with pytest.raises(ValidationError):
        Remark.objects.say(report.issue, text, digest_of(text), by=make_user())
    assert standins.github()["comments"] == []


def test_neither_history_nor_queue_says_account_and_codename_together() -> None:
    report = filed(suspected())
    told = str([*Event.objects.of(report.ticket).values("facts"), *Effect.objects.values("args", "key", "order_key")])
    assert "ceres" not in told.lower()
    assert "brightforge" not in told.lower()
    assert "Hosts" not in str(report)
