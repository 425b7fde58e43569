"""Waiting for somebody outside: labels with "+", who is outside, and the bot that takes the labels off."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Codename, CodenamePart, StrayLabel
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients import github
from fleetcs.local.standins.github import DESK, ORG, PUBLIC
from fleetcs.models import Automation, Effect, EffectAttempt, Event
from support.github import comments, looking
from support.github.plus_bot import AUTOMATION
from support.models import GithubPerson, Issue, IssueComment, PlusLabel
from tests.factories import make_account, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.at_github import (
    issue,
    label,
    moment,
    names,
    one,
    path,
    put_on,
    read,
    read_later,
    role,
    say,
    standing,
    told,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_monday")]

PLUS = "+more info please"


@pytest.fixture
def _monday(clock: Any, settings: Any) -> None:
    clock("2026-01-12T10:30:00-08:00")
    settings.GITHUB_WEBHOOK_SECRETS = ["now"]


@pytest.fixture
def waiting(standins: StandIns) -> StandIns:
    """Issue 1, a bug on which a colleague has just put a label with "+"; Maya is a private member, Rosa a stranger."""
    issue(standins, 1, label(standins, "bug"))
    label(standins, PLUS)
    role(standins, "maya", member=True)
    read()
    put_on(standins, 1, PLUS)
    read_later(minutes=16)
    return standins


def since() -> str:
    """Since when issue 1 waits; "" when it does not."""
    at = one(1).waiting_since
    return f"{at:%H:%M}" if at else ""


def switch(position: str) -> None:
    Automation.objects.update_or_create(code=AUTOMATION, defaults={"position": position, "name": "Bot"})


def comment_event(number: int = 1, **more: Any) -> None:
    told("issue_comment", "created", issue={"number": number}, **more)
    send_all()


# --- waiting ----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-02")
def test_a_label_that_begins_with_plus_makes_an_issue_wait_since_it_was_put_on(waiting: StandIns) -> None:
    assert since() == "18:31"
    assert list(Issue.objects.waiting()) == [one(1)]


@pytest.mark.ledger("REQ-02")
def test_plus_in_a_name_is_not_a_plus_before_it(standins: StandIns) -> None:
    issue(standins, 2, label(standins, "bug"), label(standins, "plus size"))
    read()
    assert one(2).waiting_since is None


def test_a_label_that_is_taken_off_ends_the_waiting(waiting: StandIns) -> None:
    waiting.as_person(DESK, "DELETE", path("public", f"/issues/1/labels/{PLUS}"))
    read_later()
    assert (one(1).waiting_since, PlusLabel.objects.count()) == (None, 0)


@pytest.mark.ledger("REQ-03")
def test_an_outsiders_comment_ends_the_waiting_at_once_though_the_label_still_stands(waiting: StandIns) -> None:
    say(waiting, "rosa", 1)
    comment_event()
    assert (one(1).waiting_since, PLUS in standing(waiting)) == (None, True)
    assert [each.issue_id for each in PlusLabel.objects.answered()] == [one(1).pk]


@pytest.mark.ledger("REQ-03")
@pytest.mark.parametrize("who", ["maya", "triager", "stalebot[bot]", DESK])
def test_a_colleagues_comment_does_not_nor_a_bots_nor_our_own(waiting: StandIns, who: str) -> None:
    role(waiting, "triager", "triage")
    say(waiting, who, 1)
    comment_event()
    assert one(1).waiting_since is not None
    assert not PlusLabel.objects.answered().exists()


def test_a_comment_from_before_the_label_is_no_answer_to_it(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"))
    label(standins, PLUS)
    say(standins, "rosa", 1)
    put_on(standins, 1, PLUS)
    read()
    assert since() == "18:32"


def test_an_edited_comment_stays_where_it_was_said(standins: StandIns) -> None:
    issue(standins, 1, label(standins, "bug"))
    label(standins, PLUS)
    said = say(standins, "rosa", 1)
    put_on(standins, 1, PLUS)
    read()
    product_clock.set_to(product_clock.now() + timedelta(minutes=1))
    standins.as_person("rosa", "PATCH", path("public", f"/issues/comments/{said}"), {"body": "Here it is, once more."})
    comment_event()
    read_later()
    assert one(1).waiting_since is not None


def test_a_label_put_on_again_after_the_answer_waits_again(waiting: StandIns) -> None:
    say(waiting, "rosa", 1)
    waiting.as_person(DESK, "DELETE", path("public", f"/issues/1/labels/{PLUS}"))
    put_on(waiting, 1, PLUS)
    read_later()
    assert since() == "18:49"


@pytest.mark.slow
def test_a_label_that_was_renamed_since_is_found_in_the_timeline_under_its_old_name(waiting: StandIns) -> None:
    waiting.as_person(DESK, "PATCH", path("public", f"/labels/{PLUS}"), {"new_name": "+please answer"})
    read_later()
    say(waiting, "maya", 1)
    comment_event()
    assert since() == "18:31"


def test_with_two_such_labels_an_answer_counts_for_the_one_it_came_after(waiting: StandIns) -> None:
    label(waiting, "+needs logs")
    say(waiting, "rosa", 1)
    put_on(waiting, 1, "+needs logs")
    read_later()
    assert since() == "18:49"
    assert [each.label.name for each in PlusLabel.objects.answered()] == [PLUS]


# --- who is outside ---------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_it_is_asked_once_a_day_who_somebody_is(waiting: StandIns) -> None:
    say(waiting, "rosa", 1), say(waiting, "maya", 1)
    comment_event()
    asked = len(waiting.journal("github", path="/members/"))
    comment_event()
    assert len(waiting.journal("github", path="/members/")) == asked == 2
    read_later(days=1, minutes=16)
    say(waiting, "rosa", 1)
    comment_event()
    assert len(waiting.journal("github", path="/members/")) > asked


def test_whom_github_does_not_place_is_for_a_person_to_place_in_one_click(waiting: StandIns, settings: Any) -> None:
    settings.GITHUB_ORG = "another-organisation"  # where we see no members
    say(waiting, "sven", 1)
    comment_event()
    person = GithubPerson.objects.get(login="sven")
    assert (person.side, one(1).waiting_since is not None) == ("unknown", True)
    person.decide(IssueComment.Side.OUTSIDE, by=make_user())
    assert (one(1).waiting_since, one(1).outside_reply_at is not None) == (None, True)
    read_later(days=2)
    assert GithubPerson.objects.get(login="sven").side == "outside"
    assert Event.objects.of(person).get().facts == {"side": "outside"}


def test_who_could_not_be_placed_is_asked_for_again_and_then_counts(waiting: StandIns, settings: Any) -> None:
    settings.GITHUB_ORG = "another-organisation"
    say(waiting, "sven", 1)
    comment_event()
    settings.GITHUB_ORG = ORG
    read_later(hours=2)
    assert (GithubPerson.objects.get(login="sven").side, one(1).waiting_since) == ("outside", None)


def test_somebody_whose_account_is_gone_is_on_no_side(waiting: StandIns) -> None:
    at = f"{product_clock.now():%Y-%m-%dT%H:%M:%SZ}"
    ghost = github.Comment(5, 1, github.Person("", 0, ""), "", "Hello", moment(at), moment(at), "")
    from_app = github.Comment(6, 1, github.Person("rosa", 1, "User"), "some-app", "Hello", moment(at), moment(at), "")
    comments.apply("public", [ghost, from_app], {})
    assert dict(IssueComment.objects.values_list("author", "side")) == {"ghost": "unknown", "rosa": "machine"}
    assert one(1).waiting_since is not None


# --- the bot ----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-03")
def test_in_watch_the_bot_says_what_it_would_do_and_reports_what_still_stands_an_hour_later(waiting: StandIns) -> None:
    say(waiting, "rosa", 1)
    comment_event()
    [watched] = Effect.objects.filter(kind="github.take_off")
    assert (watched.state, PLUS in standing(waiting)) == ("watched", True)
    assert watched.preview == f"Take {PLUS!r} off public#1: somebody outside has answered."
    now = product_clock.now()
    assert not PlusLabel.objects.overdue(now).exists()
    assert PlusLabel.objects.overdue(now + timedelta(hours=1, seconds=1)).exists()


@pytest.mark.ledger("REQ-02", "REQ-03")
def test_acting_it_takes_the_label_off_once_with_one_line_of_history(waiting: StandIns) -> None:
    switch("act")
    say(waiting, "rosa", 1)
    for _ in range(3):
        comment_event()
    read_later()
    assert standing(waiting) == {"bug"}
    assert names(1) == {"bug"}
    removals = [entry for entry in waiting.journal("github") if entry["method"] == "DELETE"]
    assert len(removals) == 1
    [event] = Event.objects.of(one(1))
    assert (event.verb, set(event.facts)) == ("label_taken_off", {"label", "comment"})
    assert (one(1).waiting_since, PlusLabel.objects.count()) == (None, 0)


def test_switched_off_it_does_and_says_nothing(waiting: StandIns) -> None:
    switch("off")
    say(waiting, "rosa", 1)
    comment_event()
    assert not Effect.objects.filter(kind="github.take_off").exists()
    assert one(1).waiting_since is None


@pytest.mark.parametrize("who", ["maya", DESK, "stalebot[bot]"])
def test_it_never_acts_on_a_colleagues_or_a_bots_word(waiting: StandIns, who: str) -> None:
    switch("act")
    say(waiting, who, 1)
    comment_event()
    assert PLUS in standing(waiting)


@pytest.mark.slow
def test_a_label_that_is_off_already_is_as_good_as_taken_off(waiting: StandIns) -> None:
    switch("act")
    say(waiting, "rosa", 1)
    told("issue_comment", "created", issue={"number": 1})
    waiting.turn("github", p_lost=1, times=1, only="/labels/")
    send_all()
    assert standing(waiting) == {"bug"}
    [effect] = Effect.objects.filter(kind="github.take_off")
    assert effect.state == "done"
    assert Event.objects.of(one(1)).count() == 1


@pytest.mark.slow
def test_a_label_that_was_put_on_again_meanwhile_is_left_alone(waiting: StandIns) -> None:
    switch("act")
    say(waiting, "rosa", 1)
    comment_event_only_read()
    waiting.as_person(DESK, "DELETE", path("public", f"/issues/1/labels/{PLUS}"))
    put_on(waiting, 1, PLUS)
    send_all()
    assert PLUS in standing(waiting)
    [effect] = Effect.objects.filter(kind="github.take_off")
    assert (effect.state, EffectAttempt.objects.get(effect=effect).status) == ("cancelled", "put_on_again")


@pytest.mark.slow
@pytest.mark.parametrize(("gone", "why"), [({"deleted": True}, "gone"), ({"moved": [1002, 9]}, "transferred")])
def test_on_an_issue_that_is_elsewhere_nothing_is_done_and_the_reason_is_kept(
    waiting: StandIns, gone: dict[str, Any], why: str
) -> None:
    switch("act")
    say(waiting, "rosa", 1)
    comment_event_only_read()
    issue(waiting, 9, repo="confidential")
    waiting.at_github({"kind": "github.issue", "key": "1001/1", **gone})
    send_all()
    [effect] = Effect.objects.filter(kind="github.take_off")
    assert (effect.state, EffectAttempt.objects.filter(effect=effect).latest("n").status) == ("cancelled", why)


def comment_event_only_read() -> None:
    """The event has come and the issue was read; what follows is not sent yet."""
    told("issue_comment", "created", issue={"number": 1})
    Effect.objects.filter(kind="github.read_issue").update(next_at=product_clock.now())
    with transaction.atomic(durable=True):
        claimed = Effect.objects.claim(
            "rest", now=product_clock.now(), until=product_clock.now() + effects.lease(), size=1
        )
    effects.send(claimed[0])


@pytest.mark.ledger("SYS-01")
def test_nothing_the_mirror_does_writes_anything_into_the_public_repository(waiting: StandIns) -> None:
    say(waiting, "rosa", 1)
    comment_event()
    read_later()
    ours = [entry for entry in waiting.journal("github") if PUBLIC in entry["path"] and entry["method"] != "GET"]
    assert all("DELETE" not in entry["method"] for entry in ours)


# --- hints ------------------------------------------------------------------------------------------------------------
def test_a_renamed_label_is_noticed_within_a_minute_of_its_event(waiting: StandIns) -> None:
    waiting.as_person(DESK, "PATCH", path("public", "/labels/bug"), {"new_name": "customer request"})
    told("label", "edited", label={"name": "customer request"})
    [effect] = Effect.objects.filter(kind="github.read_labels")
    assert effect.next_at - product_clock.now() < timedelta(minutes=1)
    send_all()
    assert names(1) == {"customer request", PLUS}


def test_a_codenames_label_renamed_by_hand_is_drift_and_a_label_made_by_hand_is_a_stray_from_then_on(
    waiting: StandIns,
) -> None:
    part = Codename.objects.assign(make_account(), "Ceres", by=make_user()).parts.get(place="public")
    ceres = label(waiting, "customer-ceres")
    CodenamePart.objects.filter(pk=part.pk).update(external_id=str(ceres), settled=part.generation)
    waiting.as_person(DESK, "PATCH", path("public", "/labels/customer-ceres"), {"new_name": "customer-cerse"})
    label(waiting, "customer-handmade")
    told("label", "edited", label={"name": "customer-cerse"})
    Effect.objects.exclude(kind="github.read_labels").update(state="cancelled")
    send_all()
    assert CodenamePart.objects.get(pk=part.pk).drift == "renamed"
    assert [stray.name for stray in StrayLabel.objects.all()] == ["customer-handmade"]


def test_events_in_any_order_and_number_end_in_what_stands_there(waiting: StandIns) -> None:
    waiting.as_person(DESK, "PATCH", path("public", "/issues/1"), {"state": "closed"})
    for action in ("closed", "opened", "unlabeled", "labeled", "reopened"):
        told("issues", action, issue={"number": 1, "state": "open", "labels": []})
    assert Effect.objects.filter(kind="github.read_issue").count() == 1
    send_all()
    assert (one(1).state, names(1)) == ("closed", {"bug", PLUS})
    told("issues", "reopened", issue={"number": 1, "state": "open"}, delivery="again")
    told("issues", "reopened", issue={"number": 1, "state": "open"}, delivery="again")
    send_all()
    assert one(1).state == "closed"
    assert Effect.objects.filter(kind="github.read_issue").count() == 2


@pytest.mark.slow
def test_a_month_old_event_under_a_new_name_costs_one_reading_and_changes_nothing(waiting: StandIns) -> None:
    before = list(Issue.objects.values())
    for number in range(20):
        told("issues", "closed", issue={"number": 1, "state": "closed"}, delivery=f"replayed-{number}")
    assert Effect.objects.filter(kind="github.read_issue").count() == 1
    send_all()
    assert [row["state"] for row in Issue.objects.values()] == [row["state"] for row in before]


def test_an_issue_that_is_none_of_ours_is_not_kept(waiting: StandIns) -> None:
    issue(waiting, 5, label(waiting, "documentation"))
    told("issues", "opened", issue={"number": 5})
    send_all()
    assert not Issue.objects.filter(number=5).exists()


def test_what_never_arrived_is_found_by_the_next_reading(waiting: StandIns) -> None:
    issue(waiting, 6, next(iter(waiting.github()["labels"]))["id"], updated_at="2026-01-12T18:50:00Z")
    read_later()
    assert one(6).state == "open"


def test_a_comment_that_comes_in_while_its_issue_is_looked_at_is_kept_and_one_taken_away_goes(
    waiting: StandIns,
) -> None:
    IssueComment.objects.create(issue=one(1), github_id=1, author="rosa", at=product_clock.now())  # taken away since
    seen = looking.look("public", 1)
    later = say(waiting, "rosa", 1)
    read_later()
    looking.apply("public", 1, replace(seen, told=github.issue("public", 1)))
    assert list(one(1).comments.values_list("github_id", flat=True)) == [later]
