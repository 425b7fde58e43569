"""Sandboxes of five days: extended while they run, by a confidential issue, and never afterwards (LIC-05)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import SandboxTrial, TrialExtension
from fleetcs import clock as product_clock
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect, User
from fleetcs.tasks import poke
from tests.factories import make_account, make_trial, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.visiting import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

BEGAN = "2026-03-02T10:00:00-08:00"


@pytest.fixture
def cse() -> User:
    return make_user("cse", email="support.hand@lanternfish.example")


@pytest.fixture
def trial(clock: Callable[..., Any], cse: User) -> SandboxTrial:
    """A sandbox that was begun five days before `ends`, and the clock at its beginning."""
    return make_trial(started_at=clock(BEGAN), email="ilse.brandt@harbour.example", by=cse)


def page(trial: SandboxTrial, name: str = "trial") -> str:
    return reverse(f"accounts:{name}", args=[trial.pk])


@pytest.mark.ledger("LIC-05")
def test_a_trial_is_recorded_and_ends_five_days_later(cse: User, clock: Callable[..., Any]) -> None:
    clock("2026-03-02T12:00:00-08:00")
    client, account = client_of(cse), make_account()
    typed = {"email": "ilse.brandt@harbour.example", "account": account.pk, "started_at": "2026-03-02T10:00"}
    assert client.post(reverse("accounts:trial_create"), typed).status_code == 302
    trial = SandboxTrial.objects.get()
    assert trial.expires_at - trial.started_at == timedelta(days=5)
    assert [each.pk for each in client.get("/trials/?state=running").context["listing"].rows] == [trial.pk]
    later = typed | {"started_at": "2026-03-03T10:00"}
    assert client.post(reverse("accounts:trial_create"), later).status_code == 422


@pytest.mark.ledger("LIC-05")
def test_of_an_hour_that_comes_twice_it_is_asked_which_one_a_sandbox_was_begun_in(
    cse: User, clock: Callable[..., Any]
) -> None:
    clock("2026-11-01T12:00:00-08:00")
    client, typed = client_of(cse), {"email": "ilse.brandt@harbour.example", "started_at": "2026-11-01T01:30"}
    asked = client.post(reverse("accounts:trial_create"), typed)
    assert (asked.status_code, "The second time" in asked.content.decode()) == (422, True)
    assert client.post(reverse("accounts:trial_create"), typed | {"which": "1"}).status_code == 302
    assert SandboxTrial.objects.get().started_at == datetime.fromisoformat("2026-11-01T01:30:00-08:00")


@pytest.mark.ledger("LIC-05")
def test_asked_for_after_four_days_and_23_hours_it_becomes_a_confidential_issue_with_both_labels(
    trial: SandboxTrial, cse: User, standins: StandIns, clock: Callable[..., Any]
) -> None:
    clock(trial.expires_at - timedelta(hours=1))
    assert client_of(cse).post(page(trial, "trial_ask")).status_code == 302
    send_all()
    [issue] = standins.github(CONFIDENTIAL)["issues"]
    named = {label["id"]: label["name"] for label in standins.github(CONFIDENTIAL)["labels"]}
    assert sorted(named[pk] for pk in issue["labels"]) == [":release", "g-infra"]
    assert "ilse.brandt@harbour.example" in issue["body"]
    assert "Sat 7 Mar 2026, 10:00 PST" in issue["body"]
    assert standins.github(PUBLIC)["issues"] == []
    assert "The confidential issue" in client_of(cse).get(page(trial)).content.decode()


@pytest.mark.ledger("LIC-05")
def test_after_five_days_to_the_second_an_extension_is_refused(
    trial: SandboxTrial, cse: User, clock: Callable[..., Any]
) -> None:
    clock(trial.expires_at)
    answer = client_of(cse).post(page(trial, "trial_ask"), follow=True)
    assert "cannot be extended any more" in answer.content.decode()
    assert not Effect.objects.exists()
    assert "Ended" in client_of(cse).get(page(trial)).content.decode()
    with pytest.raises(ValidationError):
        trial.extend(trial.expires_at + timedelta(days=5), by=cse)


def test_pressed_twice_there_is_one_issue(trial: SandboxTrial, cse: User, standins: StandIns) -> None:
    for _ in range(2):
        client_of(cse).post(page(trial, "trial_ask"))
    send_all()
    assert (TrialExtension.objects.count(), len(standins.github(CONFIDENTIAL)["issues"])) == (1, 1)


@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"status_script": [503]}])
def test_a_lost_answer_makes_no_second_issue(
    trial: SandboxTrial, cse: User, standins: StandIns, fault: dict[str, Any]
) -> None:
    standins.turn("github", times=1, only=f"{CONFIDENTIAL}/issues", **fault)
    trial.ask_extension(by=cse)
    send_all()
    assert len(standins.github(CONFIDENTIAL)["issues"]) == 1
    assert TrialExtension.objects.get().issue_number is not None


def test_what_github_refuses_can_be_filed_by_hand_filled_in(trial: SandboxTrial, cse: User, standins: StandIns) -> None:
    standins.turn("github", times=1, only=f"{CONFIDENTIAL}/issues", status_script=[403])
    standins.turn("github", status_script=[404] * 5, only=f"{CONFIDENTIAL}/issues")
    trial.ask_extension(by=cse)
    send_all()
    shown = client_of(cse).get(page(trial)).content.decode()
    assert TrialExtension.objects.get().refused
    assert f"https://github.com/{CONFIDENTIAL}/issues/new?" in shown
    assert "g-infra%2C%3Arelease" in shown


@pytest.mark.ledger("LIC-05")
def test_a_day_before_the_end_whoever_asked_is_reminded_once(
    trial: SandboxTrial, cse: User, standins: StandIns, clock: Callable[..., Any]
) -> None:
    trial.ask_extension(by=cse)
    clock(trial.expires_at - timedelta(days=1, seconds=60))
    assert poke("remind_of_trials") == 0
    clock(trial.expires_at - timedelta(hours=23))
    assert [poke("remind_of_trials") for _ in range(2)] == [1, 0]
    send_all()
    [mail] = standins.mails()
    assert "support.hand@lanternfish.example" in str(mail["to"])
    assert page(trial) in mail["text"]


@pytest.mark.ledger("LIC-05")
def test_nobody_is_reminded_of_a_sandbox_that_was_extended_or_for_which_nothing_was_asked(
    trial: SandboxTrial, cse: User, clock: Callable[..., Any]
) -> None:
    make_trial(started_at=trial.started_at)
    trial.ask_extension(by=cse)
    typed = {"until": "2026-03-20T10:00"}
    assert client_of(cse).post(page(trial, "trial_extend"), {"until": "2026-03-05T10:00"}).status_code == 422
    assert client_of(cse).post(page(trial, "trial_extend"), typed).status_code == 302
    clock("2026-03-07T09:00:00-08:00")
    assert poke("remind_of_trials") == 0
    assert f"written down by {cse.name}" in client_of(cse).get(page(trial)).content.decode()
    trial.refresh_from_db()
    assert not trial.is_over(product_clock.now())
    trial.ask_extension(by=cse)
