"""What goes out goes once, in order, behind its gate, and never without a trace."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import Sent, emit, forget_old, send_page, send_rest, settle_unknown
from fleetcs.models import Automation, Delivery, Effect, EffectAttempt, Event, Gate, User
from fleetcs.models.effect import CLAIM
from tests.fleetcs import outside
from tests.fleetcs.outside import emitted

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


def state(effect: Effect) -> str:
    effect.refresh_from_db()
    return effect.state


def outcomes(effect: Effect) -> list[str]:
    return list(effect.tries_made.values_list("outcome", flat=True))


def wait(clock: Any) -> None:
    """Until whatever is waiting is due."""
    clock.forward(hours=2)


# --- emitting --------------------------------------------------------------------------------------------------------


def test_one_reason_makes_one_effect() -> None:
    first = emitted(key="reply:1")
    assert emitted(key="reply:1").pk == first.pk
    assert Effect.objects.count() == 1


def test_an_effect_takes_destination_and_lane_from_its_sender() -> None:
    effect = emitted("test.page")
    assert (effect.destination, effect.lane, effect.state) == ("pager", "page", "waiting")


@pytest.mark.django_db(transaction=True)
def test_an_effect_without_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        emit("test.note", key="alone", args={})


@pytest.mark.django_db(transaction=True)
def test_a_reason_that_is_rolled_back_leaves_nothing_to_send() -> None:
    with pytest.raises(ZeroDivisionError):
        emitted_and_undone()
    assert send_rest() == 0


@transaction.atomic
def emitted_and_undone() -> None:
    emit("test.note", key="undone", args={})
    _ = 1 / 0


def test_an_unknown_kind_is_refused_where_it_is_emitted() -> None:
    with pytest.raises(LookupError):
        emit("test.nothing", key="x", args={})


def test_an_effect_for_later_waits_until_then(clock: Any) -> None:
    with transaction.atomic():
        emit("test.note", key="later", args={}, at=product_clock.now() + timedelta(hours=1))
    assert send_rest() == 0
    clock.forward(hours=1, seconds=1)
    assert send_rest() == 1


# --- off, watch, act (R17) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("position", "expected"), [("watch", "watched"), ("act", "waiting")])
def test_an_automation_acts_only_when_it_may(position: str, expected: str, person: User) -> None:
    Automation.objects.create(code="greeter", name="Greeter").switch(position, by=person)
    assert emitted(automation="greeter").state == expected


def test_an_automation_that_is_off_leaves_no_row() -> None:
    Automation.objects.create(code="greeter", name="Greeter", position="off")
    assert emit("test.note", key="off", args={}, automation="greeter") is None
    assert not Effect.objects.exists()


def test_an_unknown_automation_starts_in_watch_and_says_what_it_would_do() -> None:
    effect = emitted(automation="newcomer")
    assert (effect.state, effect.preview) == ("watched", "would note 7")
    assert send_rest() == 0
    assert not outside.note.arrived


def test_what_was_only_watched_is_not_sent_when_the_switch_is_turned(person: User) -> None:
    emitted(key="old reason", automation="greeter")
    Automation.objects.get(code="greeter").switch("act", by=person)
    assert emitted(key="old reason", automation="greeter").state == "watched"
    assert emitted(key="new reason", automation="greeter").state == "waiting"


def test_turning_a_switch_is_remembered(person: User) -> None:
    automation = Automation.objects.create(code="greeter", name="Greeter")
    automation.switch("act", by=person)
    automation.refresh_from_db()
    assert automation.changed_by == person
    assert Event.objects.get(verb="automation_switched").facts == {"automation": "greeter", "position": "act"}


def test_a_switch_has_three_positions(person: User) -> None:
    with pytest.raises(ValueError, match="loud"):
        Automation.objects.create(code="greeter", name="Greeter").switch("loud", by=person)


# --- sending ---------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_done_and_the_business_knows() -> None:
    effect = emitted()
    assert send_rest() == 1
    assert state(effect) == "done"
    assert outside.note.settled == [("once", f"there-{effect.pk}")]
    assert effect.external_id == f"there-{effect.pk}"
    assert outcomes(effect) == ["sent"]


def test_what_is_done_is_not_sent_again(clock: Any) -> None:
    emitted()
    send_rest()
    wait(clock)
    assert send_rest() == 0
    assert outside.note.arrived == ["once"]


def test_pages_and_the_rest_have_lanes_of_their_own() -> None:
    emitted("test.page", key="page")
    emitted("test.note", key="note")
    assert send_page() == 1
    assert outside.page.arrived == ["page"]
    assert not outside.note.arrived


def test_what_is_no_longer_wanted_is_cancelled_with_the_reason() -> None:
    effect = emitted()
    outside.note.reason = "ticket_closed"
    send_rest()
    assert (state(effect), effect.error_code, outcomes(effect)) == ("cancelled", "ticket_closed", ["not_sent"])
    assert not outside.note.arrived


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction() -> None:
    emitted()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send_rest()
    assert not outside.note.arrived


def test_if_the_business_cannot_be_told_it_is_not_done(clock: Any) -> None:
    effect = emitted("test.post")
    outside.post.settling = ValueError("a bug")
    send_rest()
    assert (state(effect), effect.error_code, outcomes(effect)) == ("waiting", "ValueError", ["failed"])
    outside.post.settling = None
    outside.post.found = {"once"}
    wait(clock)
    send_rest()
    assert (state(effect), outside.post.arrived, effect.external_id) == ("done", ["once"], "found")


def test_a_page_that_arrived_is_not_sent_again_because_we_cannot_write_it_down(clock: Any) -> None:
    effect = emitted("test.page")
    outside.page.settling = ValueError("a bug")
    send_page()
    wait(clock)
    assert send_page() == 0
    assert (state(effect), outside.page.arrived) == ("unknown", ["once"])


def test_a_refusal_may_come_before_anything_is_sent(clock: Any) -> None:
    effect = emitted()
    outside.note.reason = Rejected("message_gone")
    send_rest()
    assert (state(effect), effect.error_code, outside.note.told) == ("dead", "message_gone", [("once", "message_gone")])


# --- later, never ----------------------------------------------------------------------------------------------------


def test_a_failure_waits_twice_as_long_each_time(clock: Any) -> None:
    effect = emitted()
    outside.note.script.extend([Unavailable()] * 5)
    waits = []
    for _ in range(5):
        send_rest()
        effect.refresh_from_db()
        waits.append((effect.next_at - product_clock.now()).total_seconds())
        clock(effect.next_at)
    assert all(2**n / 2 - 1 <= waited <= 2**n for n, waited in enumerate(waits, start=1))


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


# --- people ----------------------------------------------------------------------------------------------------------


def test_what_was_given_up_can_be_sent_again_with_a_fresh_count(person: User, clock: Any) -> None:
    effect = emitted()
    outside.note.script.append(Rejected("is_archived"))
    send_rest()
    assert effect.retry(by=person)
    assert not effect.retry(by=person)
    assert effect.tries == 0
    send_rest()
    assert (state(effect), effect.attempts) == ("done", 2)
    assert Event.objects.of(effect).get().verb == "retried"


def test_a_retry_still_looks_whether_it_is_there_already(person: User, clock: Any) -> None:
    effect = emitted("test.post")
    outside.post.script.append(Rejected("odd"))
    outside.post.found = {"once"}
    send_rest()
    effect.retry(by=person)
    send_rest()
    assert (state(effect), outside.post.arrived) == ("done", [])


def test_what_waits_can_be_cancelled_once(person: User) -> None:
    effect = emitted()
    assert effect.cancel(by=person)
    assert not effect.cancel(by=person)
    assert send_rest() == 0
    assert (state(effect), Event.objects.of(effect).get().verb) == ("cancelled", "cancelled")


def test_what_is_on_its_way_cannot_be_cancelled(person: User) -> None:
    effect = emitted()
    effects._claim("rest")
    assert not effect.cancel(by=person)


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


# --- order -----------------------------------------------------------------------------------------------------------


def test_effects_of_one_order_go_one_after_the_other(clock: Any) -> None:
    for n in range(4):
        emitted(key=f"step{n}", order="ticket:1")
    emitted("test.other", key="unordered")
    outside.note.script.append(Unavailable())
    send_rest()
    assert not outside.note.arrived
    assert outside.other.arrived == ["unordered"]
    wait(clock)
    send_rest()
    assert outside.note.arrived == ["step0", "step1", "step2", "step3"]


def test_without_an_order_the_others_do_not_wait(clock: Any) -> None:
    """The control of the test above."""
    for n in range(4):
        emitted(key=f"step{n}")
    outside.note.script.append(Unavailable())
    send_rest()
    assert outside.note.arrived == ["step1", "step2", "step3"]


def test_what_was_given_up_does_not_hold_up_its_order() -> None:
    emitted(key="first", order="ticket:1")
    emitted(key="second", order="ticket:1")
    outside.note.script.append(Rejected("no"))
    send_rest()
    assert outside.note.arrived == ["second"]


# --- leases ----------------------------------------------------------------------------------------------------------


def test_a_claimed_row_is_nobody_elses_until_its_lease_is_over(clock: Any) -> None:
    emitted()
    [mine] = effects._claim("rest")
    assert effects._claim("rest") == []
    clock.forward(seconds=46)
    [theirs] = effects._claim("rest")
    assert mine.pk == theirs.pk
    effects.send(mine)
    assert not outside.note.arrived
    effects.send(theirs)
    assert outside.note.arrived == ["once"]


def test_an_answer_after_the_lease_does_not_undo_what_the_next_one_found(clock: Any) -> None:
    """A is slow; B takes over, sends and settles while A still waits for its answer."""
    effect = emitted("test.post")

    def taken_over(_: Effect) -> None:
        clock.forward(seconds=46)
        outside.post.found = {"once"}
        send_rest()

    outside.post.script.append(taken_over)
    send_rest()
    assert (state(effect), effect.external_id, outside.post.settled) == ("done", "found", [("once", "found")])
    assert outcomes(effect) == ["sent", "found"]


def test_who_looks_for_longer_than_the_lease_does_not_send(clock: Any) -> None:
    """A looks slowly; B takes over and sends; A has found nothing and must not send on the strength of that."""
    effect = emitted("test.post")
    outside.post.script.append(Unavailable(ambiguous=True))
    send_rest()
    wait(clock)

    def taken_over(_: Effect) -> None:
        outside.post.probing = None
        clock.forward(seconds=46)
        send_rest()

    outside.post.probing = taken_over
    send_rest()
    assert outside.post.arrived == ["once"]
    assert (state(effect), outcomes(effect)) == ("done", ["later", "not_sent", "sent"])


# --- forgetting ------------------------------------------------------------------------------------------------------


def test_a_month_later_what_was_settled_is_forgotten(clock: Any) -> None:
    done, dead = emitted(key="done"), emitted("test.letter", key="dead")
    outside.letter.script.append(Rejected("no"))
    send_rest()
    clock.forward(days=29)
    assert forget_old() == 0
    clock.forward(days=2)
    assert forget_old() == 1
    assert list(Effect.objects.all()) == [dead]
    assert done not in Effect.objects.all()


def test_a_month_later_only_ignored_deliveries_go_and_never_mail(clock: Any) -> None:
    old = product_clock.now() - timedelta(days=31)
    for source, became in [("slack", "ignored"), ("slack", "done"), ("email", "ignored"), ("slack", "dead")]:
        Delivery.objects.create(source=source, delivery_id=f"{source}{became}", raw=b"", state=became, handled_at=old)
    assert forget_old() == 1
    assert not Delivery.objects.filter(source="slack", state="ignored").exists()


# --- races -----------------------------------------------------------------------------------------------------------


def together(work: Callable[[], object], workers: int = 8) -> None:
    """Run `work` in so many threads that begin at the same moment, each with a connection of its own."""
    start = Barrier(workers)

    def one() -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(one) for _ in range(workers)]:
            done.result()


@pytest.fixture
def many() -> list[str]:
    keys = [f"n{n}" for n in range(150)]
    for key in keys:
        emitted(key=key)
    return keys


@pytest.mark.django_db(transaction=True)
def test_eight_senders_send_each_row_once(many: list[str]) -> None:
    together(send_rest)
    assert sorted(outside.note.arrived) == sorted(many)
    assert set(Effect.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_eight_senders_without_a_claim_would_send_rows_twice(many: list[str]) -> None:
    """The control of the test above: the same race, but due rows are just read."""

    def without_claim() -> None:
        for effect in list(Effect.objects.due(product_clock.now())):
            outside.note.send(effect)
            Effect.objects.filter(pk=effect.pk).update(state="done")

    together(without_claim)
    assert len(outside.note.arrived) > len(many)


@pytest.mark.django_db(transaction=True)
def test_eight_senders_keep_the_order() -> None:
    for n in range(60):
        emitted(key=f"{n % 3}:{n:03}", order=f"ticket:{n % 3}")
    together(lambda: [send_rest() for _ in range(60)])
    for ticket in "012":
        steps = [key for key in outside.note.arrived if key.startswith(ticket)]
        assert steps == sorted(steps)
    assert len(outside.note.arrived) == 60


@pytest.mark.django_db(transaction=True)
def test_eight_emitters_of_one_reason_make_one_row() -> None:
    together(lambda: [emitted(key=f"r{n}") for n in range(20)])
    assert Effect.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_while_settling_is_tried_again(clock: Any) -> None:
    """The destination has it; only our own bookkeeping lost to another transaction (F04)."""
    one, two = emitted("test.letter", key="one"), emitted("test.letter", key="two")
    lost = Barrier(2)

    def cross(effect: Effect) -> None:
        with connection.cursor() as cursor:
            mine, theirs = (1, 2) if effect.key == "one" else (2, 1)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [mine])
            if not outside.letter.settled and not lost.broken and lost.n_waiting < 2:
                lost.wait(5)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [theirs])
            lost.abort()

    outside.letter.settling = cross
    claimed = iter(effects._claim("rest"))
    rows = [next(claimed), next(claimed)]
    together(lambda: effects.send(rows.pop()), workers=2)
    assert (state(one), state(two)) == ("done", "done")
    assert sorted(outside.letter.arrived) == ["one", "two"]


def test_sent_carries_facts_to_the_business() -> None:
    assert Sent("x", {"ts": "1"}).facts == {"ts": "1"}


def test_a_long_queue_is_claimed_through_its_indexes() -> None:
    """Without them each claim would compare every waiting row with every other."""
    for open_one, state_ in ((False, "done"), (True, "waiting")):
        Effect.objects.bulk_create(
            Effect(key=f"{state_}{n}", kind="test.note", destination="notes", state=state_, order_key=f"t{n % 500}")
            for n in range(2_000 if open_one else 10_000)
        )
    given = {"lane": "rest", "now": product_clock.now(), "until": product_clock.now(), "size": 10, "token": None}
    given |= {"paced": ["github.label"]}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE fleetcs_effect")
        cursor.execute(f"EXPLAIN {CLAIM}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using effect_due" in plan
    assert "using effect_in_order" in plan
    assert "Seq Scan on fleetcs_effect" not in plan
