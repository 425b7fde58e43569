"""One thing to be sent, tried until it is there, refused or for a person: and a repeat is harmless."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import send_page, send_rest, settle_unknown
from fleetcs.models import Effect, EffectAttempt, Event, Gate, User
from tests.fleetcs import outside
from tests.fleetcs.outside import emitted, outcomes, state, wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The destinations of the tests, listed as an app lists its own."""
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "senders", outside.SENDERS)
    for destination in outside.ALL.values():
        destination.reset()


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("robin@lanternfish.example", name="Robin Okafor")


# --- later, never ----------------------------------------------------------------------------------------------------


def test_a_failure_waits_twice_as_long_each_time(clock: Any) -> None:
    effect = emitted()
    outside.note.script.extend([Unavailable()] * 5)
    for longest in (timedelta(seconds=2**n) for n in range(1, 6)):
        before = product_clock.now()
        send_rest()
        after = product_clock.now()
        effect.refresh_from_db()
        assert before + longest / 2 <= effect.next_at <= after + longest
        clock(effect.next_at)


def test_after_twelve_attempts_a_person_has_to_look(clock: Any) -> None:
    effect = emitted()
    outside.note.script.extend([Unavailable(code="http_503")] * 20)
    for _ in range(13):
        send_rest()
        wait(clock)
    assert (state(effect), effect.attempts, effect.error_code) == ("dead", 12, "http_503")
    assert outside.note.told == [("once", "http_503")]
    assert effect in Effect.objects.needing_a_person()


def test_a_page_is_never_given_up_while_it_is_wanted(clock: Any) -> None:
    effect = emitted("test.page")
    outside.page.script.extend([Unavailable(ambiguous=True), Rejected("refused", 400)] * 10)
    for _ in range(21):
        send_page()
        wait(clock)
    assert (state(effect), effect.attempts, outside.page.arrived) == ("done", 21, ["once"])


def test_a_failing_page_is_tried_again_within_five_minutes_and_shown(clock: Any) -> None:
    effect = emitted("test.page")
    outside.page.script.extend([Unavailable()] * 20)
    for _ in range(12):
        send_page()
        effect.refresh_from_db()
        assert effect.next_at - product_clock.now() <= timedelta(minutes=5)
        clock(effect.next_at)
    assert effect in Effect.objects.struggling()


def test_a_refusal_is_not_tried_again(clock: Any) -> None:
    effect = emitted()
    outside.note.script.append(Rejected("is_archived"))
    send_rest()
    wait(clock)
    assert send_rest() == 0
    assert (state(effect), effect.error_code, outcomes(effect)) == ("dead", "is_archived", ["refused"])
    assert outside.note.told == [("once", "is_archived")]


def test_a_wait_that_was_asked_for_shuts_the_gate_for_the_whole_destination(clock: Any) -> None:
    emitted(key="first")
    outside.note.script.append(Unavailable(timedelta(seconds=30), "ratelimited"))
    send_rest()
    emitted(key="second")
    emitted("test.other", key="elsewhere")
    assert send_rest() == 1
    assert outside.other.arrived == ["elsewhere"]
    assert not outside.note.arrived
    clock.forward(seconds=31)
    send_rest()
    assert sorted(outside.note.arrived) == ["first", "second"]


def test_a_gate_that_shuts_in_the_middle_of_a_batch_holds_the_rest_of_it(clock: Any) -> None:
    rows = [emitted(key=f"n{n}") for n in range(5)]
    outside.note.script.append(Unavailable(timedelta(seconds=30), "ratelimited"))
    send_rest()
    assert not outside.note.arrived
    assert [state(row) for row in rows] == ["waiting"] * 5
    assert [row.attempts for row in rows] == [1, 0, 0, 0, 0]


def test_a_shorter_wait_does_not_open_a_gate() -> None:
    until = product_clock.now() + timedelta(hours=1)
    Gate.objects.close("notes", until=until, reason="ratelimited")
    Gate.objects.close("notes", until=until - timedelta(minutes=59), reason="ratelimited")
    assert Gate.objects.get().not_before == until


def test_being_asked_to_wait_does_not_count_towards_giving_up(clock: Any) -> None:
    effect = emitted()
    outside.note.script.extend([Unavailable(timedelta(seconds=1))] * 15)
    for _ in range(16):
        send_rest()
        wait(clock)
    assert (state(effect), effect.attempts) == ("done", 16)


# --- how a repeat is made harmless -----------------------------------------------------------------------------------


def test_the_first_attempt_looks_at_nothing() -> None:
    emitted("test.post")
    send_rest()
    assert (outside.post.probes, outside.post.arrived) == (0, ["once"])


def test_a_repeat_looks_first_and_finds_what_was_sent(clock: Any) -> None:
    effect = emitted("test.post")
    outside.post.script.append(Unavailable(ambiguous=True))
    outside.post.found = {"once"}
    send_rest()
    wait(clock)
    send_rest()
    assert (state(effect), outside.post.arrived, outcomes(effect)) == ("done", [], ["later", "found"])
    assert outside.post.settled == [("once", "found")]


def test_a_repeat_that_finds_nothing_sends(clock: Any) -> None:
    emitted("test.post")
    outside.post.script.append(Unavailable(ambiguous=True))
    send_rest()
    wait(clock)
    send_rest()
    assert (outside.post.probes, outside.post.arrived) == (1, ["once"])


def test_a_probe_that_lags_behind_is_not_believed_too_early(clock: Any) -> None:
    effect = emitted("test.post")
    outside.post.patience = timedelta(minutes=5)
    outside.post.script.append(Unavailable(ambiguous=True))
    send_rest()
    clock.forward(minutes=1)
    send_rest()
    assert (state(effect), effect.attempts, outside.post.probes) == ("waiting", 1, 0)
    clock.forward(minutes=4, seconds=1)
    send_rest()
    assert (state(effect), effect.attempts, outside.post.probes) == ("done", 2, 1)


def test_without_key_and_probe_an_answer_that_got_lost_is_for_a_person(clock: Any) -> None:
    effect = emitted("test.letter")
    outside.letter.script.append(Unavailable(code="no_answer", ambiguous=True))
    send_rest()
    wait(clock)
    assert send_rest() == 0
    assert (state(effect), effect.error_code) == ("unknown", "no_answer")


def test_without_key_and_probe_what_surely_did_not_leave_is_sent_again(clock: Any) -> None:
    effect = emitted("test.letter")
    outside.letter.script.append(Unavailable(code="no_answer"))
    send_rest()
    wait(clock)
    send_rest()
    assert (state(effect), outside.letter.arrived) == ("done", ["once"])


def test_without_key_and_probe_a_sender_that_never_came_back_is_for_a_person(clock: Any) -> None:
    effect = emitted("test.letter")
    killed_while_sending(effect)
    wait(clock)
    send_rest()
    assert (state(effect), outside.letter.arrived) == ("unknown", [])


def killed_while_sending(effect: Effect) -> None:
    """The rows as a process leaves them that is killed in the middle of its call."""
    [claimed] = effects._claim(effect.lane)
    assert claimed.pk == effect.pk
    assert effects._take_hold(claimed)


def test_a_person_can_say_that_it_arrived(person: User) -> None:
    effect = emitted("test.letter")
    Effect.objects.update(state="unknown")
    assert settle_unknown(effect, sent=True, by=person)
    assert not settle_unknown(effect, sent=True, by=person)
    assert (state(effect), outside.letter.settled) == ("done", [("once", "")])
    assert Event.objects.get(verb="settled_as_sent").by == person


def test_a_person_can_say_that_it_did_not_arrive(person: User, clock: Any) -> None:
    effect = emitted("test.letter")
    killed_while_sending(effect)
    wait(clock)
    send_rest()
    assert settle_unknown(effect, sent=False, by=person)
    send_rest()
    assert (state(effect), outside.letter.arrived) == ("done", ["once"])


# --- our own mistakes ------------------------------------------------------------------------------------------------


def test_a_mistake_of_ours_is_counted_and_given_up_after_three(clock: Any) -> None:
    poison, healthy = emitted(key="poison"), emitted(key="healthy")
    outside.note.script.append(TypeError("with a customer's name in it"))
    send_rest()
    assert (state(poison), state(healthy), poison.error_code) == ("waiting", "done", "TypeError")
    outside.note.script.extend([TypeError(), TypeError()])
    for _ in range(2):
        wait(clock)
        send_rest()
    assert (state(poison), outcomes(poison)) == ("dead", ["failed"] * 3)
    assert outside.note.told == [("poison", "TypeError")]


def test_a_row_that_kills_its_process_is_given_up_after_three_times(clock: Any) -> None:
    effect = emitted()
    for _ in range(3):
        killed_while_sending(effect)
        wait(clock)
    send_rest()
    assert (state(effect), effect.error_code, outside.note.arrived) == ("dead", "crashed", [])
    assert outcomes(effect) == ["started", "started", "started", "not_sent"]


def test_a_page_with_a_mistake_of_ours_is_tried_on(clock: Any) -> None:
    effect = emitted("test.page")
    outside.page.script.extend([TypeError()] * 5)
    for _ in range(6):
        send_page()
        wait(clock)
    assert state(effect) == "done"


def test_a_business_that_cannot_be_told_keeps_nothing_in_the_queue() -> None:
    effect = emitted()
    outside.note.script.append(Rejected("no"))
    outside.note.telling = KeyError("a bug")
    send_rest()
    assert (state(effect), effect.error_code) == ("dead", "no")


def test_neither_rows_nor_log_hold_the_message_of_an_exception(clock: Any, capsys: Any, caplog: Any) -> None:
    emitted()
    outside.note.script.append(ValueError("Quillfeather Holdings, password hunter2"))
    send_rest()
    kept = str(list(Effect.objects.values())) + str(list(EffectAttempt.objects.values()))
    logged = "".join(capsys.readouterr()) + caplog.text
    assert "ValueError" in kept
    assert "ValueError" in logged
    assert "Quillfeather" not in kept + logged
    assert "hunter2" not in kept + logged


def test_a_kind_that_no_app_knows_any_more_is_given_up(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    effect = emitted()
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "senders", {})
    for _ in range(3):
        send_rest()
        wait(clock)
    assert (state(effect), effect.error_code) == ("dead", "LookupError")
