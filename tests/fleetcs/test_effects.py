"""What goes out goes once, in order, behind its gate, and never without a trace."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.db.transaction import TransactionManagementError

from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import Sent, emit, forget_old, send_page, send_rest
from fleetcs.models import Automation, Delivery, Effect, Event, User
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


def test_sent_carries_facts_to_the_business() -> None:
    assert Sent("x", {"ts": "1"}).facts == {"ts": "1"}
