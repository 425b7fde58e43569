"""One checklist engine: steps, when they apply, what has to be said, what waits for what."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from fleetcs.models import Run
from fleetcs.procedures import Evidence, Procedure, Standing, Step, faults, standing, waits_for
from tests.factories import make_user

CLOSE = Procedure(
    "close",
    "Close",
    (
        Step("screen", "Screen the company", blocks=("sign",)),
        Step("sign", "Have it signed", evidence=(Evidence("link", "The contract", kind="link"),)),
        Step("label", "Label stands", checked=lambda facts: bool(facts.get("label"))),
        Step("welcome", "Welcome them", evidence=(Evidence("to", "Sent to", kind="email"),)),
        Step("ship", "Ship the card", applies=lambda facts: bool(facts.get("card"))),
        Step("sealed", "Seal it", evidence=(Evidence("on", "Sealed on", kind="day"),)),
        Step("remind", "Remind them", repeats=True, evidence=(Evidence("note", "What", required=False),)),
    ),
)


def how(code: str, ticked: set[str], **facts: Any) -> Standing:
    return standing(CLOSE, CLOSE.step(code), facts, ticked)


def test_a_step_waits_for_the_steps_that_block_it() -> None:
    assert (how("sign", set()), how("sign", {"screen"})) == (Standing.WAITS, Standing.OPEN)
    assert [step.code for step in waits_for(CLOSE, CLOSE.step("sign"), {}, set())] == ["screen"]
    assert faults(CLOSE, CLOSE.step("sign"), {}, set(), {}) == {"": "First: Screen the company."}


def test_what_a_machine_can_see_is_checked_and_not_ticked() -> None:
    assert (how("label", set()), how("label", set(), label=True)) == (Standing.CHECKED, Standing.DONE)
    assert how("label", {"label"}) == Standing.CHECKED
    assert "checked, not ticked" in faults(CLOSE, CLOSE.step("label"), {}, set(), {})[""]


def test_what_does_not_apply_is_not_needed() -> None:
    assert how("ship", set()) == Standing.NOT_NEEDED


def test_what_has_to_be_said_is_asked_for_field_by_field() -> None:
    step = CLOSE.step("sign")
    assert faults(CLOSE, step, {}, {"screen"}, {"link": ""}) == {"link": "The contract: say it."}
    assert "https://" in faults(CLOSE, step, {}, {"screen"}, {"link": "over there"})["link"]
    assert faults(CLOSE, step, {}, {"screen"}, {"link": "https://x.example"}) == {}


@pytest.mark.parametrize("said", ["the buyer", "a@b.c@d", "a@b..c", "@b.example", "a@b"])
def test_a_mail_address_is_one_that_mail_can_go_to(said: str) -> None:
    assert faults(CLOSE, CLOSE.step("welcome"), {}, set(), {"to": said}) == {"to": "Give a mail address."}
    assert faults(CLOSE, CLOSE.step("welcome"), {}, set(), {"to": " a@b.example "}) == {}


@pytest.mark.parametrize("said", ["on Friday", "2026-02-30", "1.5.2026"])
def test_a_day_is_one_of_the_calendar(said: str) -> None:
    assert faults(CLOSE, CLOSE.step("sealed"), {}, set(), {"on": said}) == {"on": "Give a day."}
    assert faults(CLOSE, CLOSE.step("sealed"), {}, set(), {"on": " 2026-02-28 "}) == {}


def test_a_done_step_is_not_done_again_unless_it_repeats() -> None:
    assert faults(CLOSE, CLOSE.step("screen"), {}, {"screen"}, {}) == {"": "This step is done already."}
    assert faults(CLOSE, CLOSE.step("remind"), {}, {"remind"}, {}) == {}


def test_a_checklist_that_blocks_a_step_it_does_not_have_is_none() -> None:
    with pytest.raises(ValueError, match="blocks one that is there"):
        Procedure("x", "X", (Step("a", "A", blocks=("b",)),))


@pytest.mark.django_db
def test_a_run_begins_once_and_keeps_what_was_said() -> None:
    person, subject = make_user(), make_user()
    run = Run.objects.begin(subject, "investigation", by=person)
    assert Run.objects.begin(subject, "investigation", by=person) == run
    tick = run.tick("logs", {"which": " the agent's ", "other": "x"}, by=person)
    assert (tick.said, run.ticked()) == ({"which": "the agent's"}, {"logs"})
    assert run.tick("logs", {"which": "the server's"}, by=person).n == 2
    assert tick.take_back(by=person)
    assert not tick.take_back(by=person)
    with pytest.raises(LookupError):
        Run.objects.begin(subject, "nothing", by=person)


@pytest.mark.django_db
@pytest.mark.ledger("BUG-13")
@pytest.mark.parametrize(("minutes", "taken"), [("60", True), ("61", False), ("0", False), ("an hour", False)])
def test_time_is_blocked_for_an_hour_at_most(minutes: str, taken: bool) -> None:
    run = Run.objects.begin(make_user(), "investigation", by=None)
    if taken:
        assert run.tick("time", {"minutes": minutes}, by=make_user()).said == {"minutes": minutes}
        return
    with pytest.raises(ValidationError) as refused:
        run.tick("time", {"minutes": minutes}, by=make_user())
    assert set(refused.value.message_dict) == {"minutes"}


@pytest.mark.django_db
@pytest.mark.ledger("BUG-13")
def test_a_call_asks_for_the_csm_and_all_five_ways_are_there() -> None:
    run = Run.objects.begin(make_user(), "investigation", by=None)
    assert [step.code for step in run.steps] == ["logs", "call", "time", "colleagues", "developer"]
    with pytest.raises(ValidationError, match="CSM"):
        run.tick("call", {"when": "today"}, by=make_user())
