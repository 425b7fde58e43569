"""A bug is filed from a ticket by one person, once, without the customer's name, and is then on the stand-up."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from fleetcs import effects
from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC, templates
from fleetcs.models import Effect, Event, HandbookEntry
from support.models import BugReport, IssueLink, IssueTemplate
from tests.factories import make_contact, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.bugs import DETAILS, NAME, customer, filed, labels_there, suspected, there

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


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
