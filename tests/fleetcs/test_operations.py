"""The operations page tells what is late and stuck, and whoever may act decides with one button."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fleetcs import clock as product_clock
from fleetcs.celery import SCHEDULE
from fleetcs.models import Automation, Delivery, Effect, EffectAttempt, Event, Gate, Heartbeat, MessageText, User
from fleetcs.tasks import poke
from tests.factories import make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

PAGES = ("operations", "operations_effects", "operations_deliveries")


def make_effect(**overrides: Any) -> Effect:
    number = Effect.objects.count() + 1
    fields = {"key": f"reply:{number}", "kind": "test.note", "destination": "notes", "args": {"message": 7}}
    return Effect.objects.create(**{**fields, **overrides})


def make_delivery(**overrides: Any) -> Delivery:
    number = Delivery.objects.count() + 1
    return Delivery.objects.create(**{"source": "slack", "delivery_id": f"Ev{number}", "raw": b"secret"} | overrides)


@pytest.fixture
def on_call() -> User:
    """May see and act."""
    return make_user("on_call_24_7", name="Robin Okafor")


@pytest.fixture
def engineer() -> User:
    """May see, not act."""
    return make_user("cse", name="Sam Ito")


def seen(user: User, name: str, *args: object, **query: str) -> str:
    answer = client_of(user).get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def press(user: User, name: str, *args: object, **values: str) -> int:
    return client_of(user).post(reverse(name, args=args), values).status_code


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_without_the_right_the_pages_do_not_exist(page: str) -> None:
    assert client_of(make_user("ae")).get(reverse(page)).status_code == 404
    assert Client().get(reverse(page)).status_code == 302


def test_without_the_right_records_and_buttons_do_not_exist(engineer: User) -> None:
    effect, delivery = make_effect(state="dead"), make_delivery(state="dead")
    stranger = make_user("ae")
    assert client_of(stranger).get(effect.get_absolute_url()).status_code == 404
    assert client_of(stranger).get(delivery.get_absolute_url()).status_code == 404
    for user in (stranger, engineer):
        for button in ("operations_retry", "operations_cancel", "operations_settle"):
            assert press(user, button, effect.pk) == 404
        assert press(user, "operations_replay", delivery.pk) == 404
    effect.refresh_from_db()
    assert effect.state == "dead"


def test_who_may_only_look_sees_the_button_with_the_reason(engineer: User) -> None:
    page = seen(engineer, "operations_effect", make_effect(state="dead").pk)
    assert 'aria-disabled="true"' in page
    assert "On-call, support managers and administrators" in page


def test_looking_changes_nothing(on_call: User) -> None:
    effect = make_effect(state="dead")
    for name in ("operations_retry", "operations_cancel", "operations_settle"):
        assert client_of(on_call).get(reverse(name, args=[effect.pk])).status_code == 405


# --- what it tells ---------------------------------------------------------------------------------------------------


def test_all_is_well(on_call: User) -> None:
    page = seen(on_call, "operations")
    assert "Nothing waits for a person." in page
    assert "Up to date" in page


def test_what_is_stuck_stands_on_top(on_call: User) -> None:
    make_effect(state="dead")
    make_effect(state="dead")
    make_effect(state="unknown")
    make_effect(lane="page", attempts=4)
    make_delivery(state="dead")
    page = seen(on_call, "operations")
    for words in ("2 messages given up", "1 message perhaps sent", "1 page failing again and again"):
        assert words in page
    assert "1 delivery given up" in page


def test_a_queue_is_late_when_its_oldest_row_is_due_for_long(on_call: User, clock: Any) -> None:
    make_effect(lane="page")
    assert "Late" not in seen(on_call, "operations")
    clock.forward(minutes=2)
    page = seen(on_call, "operations")
    assert "Late" in page
    assert "oldest due for 2 min" in page


def test_a_duty_that_does_not_come_to_its_end_is_silent(on_call: User, clock: Any) -> None:
    assert seen(on_call, "operations").count("Silent") == len(SCHEDULE)
    poke("send_rest")
    assert seen(on_call, "operations").count("Alive") == 1
    clock.forward(minutes=2)
    assert "Alive" not in seen(on_call, "operations")


def test_a_closed_gate_is_shown_until_it_opens(on_call: User, clock: Any) -> None:
    Gate.objects.close("slack", until=product_clock.now() + timedelta(minutes=1), reason="ratelimited")
    assert "ratelimited" in seen(on_call, "operations")
    clock.forward(minutes=2)
    assert "ratelimited" not in seen(on_call, "operations")


def test_texts_that_nobody_has_written_are_named(on_call: User) -> None:
    MessageText.objects.create(code="after_hours", name="After-hours notice", body="")
    MessageText.objects.create(code="greeting", name="Greeting of the day", body="Hello")
    page = seen(on_call, "operations")
    assert "After-hours notice" in page.split("missing-texts")[1]
    assert "Greeting of the day" not in page


@pytest.mark.parametrize("rows", [1, 40])
def test_the_page_costs_the_same_however_much_waits(
    on_call: User, rows: int, django_assert_max_num_queries: Any
) -> None:
    for n in range(rows):
        make_effect(state="dead" if n % 2 else "waiting")
        make_delivery()
        Heartbeat.objects.create(name=f"duty{n}", at=product_clock.now())
    client = client_of(on_call)
    with django_assert_max_num_queries(15):
        client.get(reverse("operations"))


# --- lists and records -----------------------------------------------------------------------------------------------


def test_a_list_shows_what_its_filter_says(on_call: User) -> None:
    make_effect(key="alive:1")
    make_effect(key="stuck:1", state="dead")
    page = seen(on_call, "operations_effects", state="dead")
    assert "stuck:1" in page
    assert "alive:1" not in page
    assert "alive:1" in seen(on_call, "operations_effects", state="open", q="alive:")
    make_delivery(delivery_id="Ev-new")
    make_delivery(delivery_id="Ev-dead", state="dead")
    page = seen(on_call, "operations_deliveries", state="dead")
    assert "Ev-dead" in page
    assert "Ev-new" not in page


@pytest.mark.parametrize("page", PAGES[1:])
@pytest.mark.parametrize("odd", [{"state": "nonsense"}, {"q": "a\0b"}, {"q": "x" * 100_000}, {"after": "x" * 9_999}])
def test_odd_filters_get_an_answer(on_call: User, page: str, odd: dict[str, str]) -> None:
    assert client_of(on_call).get(reverse(page), odd).status_code in {200, 400, 422}


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_a_record_that_is_not_there_is_404(on_call: User, pk: int) -> None:
    for name in ("operations_effect", "operations_delivery"):
        assert client_of(on_call).get(reverse(name, args=[pk])).status_code == 404
    assert press(on_call, "operations_retry", pk) == 404


def test_a_record_shows_its_attempts_and_what_people_did(on_call: User) -> None:
    effect = make_effect(state="dead", attempts=1, error_code="is_archived")
    EffectAttempt.objects.create(effect=effect, n=1, outcome="refused", status="is_archived", milliseconds=120)
    press(on_call, "operations_retry", effect.pk)
    page = seen(on_call, "operations_effect", effect.pk)
    assert "attempt 1: refused" in page
    assert "120 ms" in page
    assert "Robin Okafor" in page
    assert "retried" in page


def test_what_came_in_is_not_shown(on_call: User) -> None:
    delivery = make_delivery(raw=b"Dear support, our key is 1234", headers={"X-Name": "Quillfeather"})
    page = seen(on_call, "operations_delivery", delivery.pk)
    assert "29\xa0bytes" in page
    assert "1234" not in page
    assert "Quillfeather" not in page


def test_what_would_have_been_said_is_for_those_who_read_tickets() -> None:
    effect = make_effect(state="watched", preview="Hello Quillfeather")
    assert "Hello Quillfeather" in seen(make_user("cse"), "operations_effect", effect.pk)
    assert "Hello Quillfeather" not in seen(make_user("administrator"), "operations_effect", effect.pk)


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_send_again(on_call: User) -> None:
    effect = make_effect(state="dead", attempts=12)
    assert press(on_call, "operations_retry", effect.pk) == 302
    assert press(on_call, "operations_retry", effect.pk) == 302
    effect.refresh_from_db()
    assert (effect.state, effect.tries) == ("waiting", 0)
    assert Event.objects.of(effect).count() == 1


def test_cancel(on_call: User) -> None:
    effect = make_effect()
    assert press(on_call, "operations_cancel", effect.pk) == 302
    effect.refresh_from_db()
    assert effect.state == "cancelled"


@pytest.mark.parametrize(("sent", "expected"), [("no", "waiting"), ("", "waiting")])
def test_it_did_not_arrive(on_call: User, sent: str, expected: str) -> None:
    effect = make_effect(state="unknown")
    press(on_call, "operations_settle", effect.pk, sent=sent)
    effect.refresh_from_db()
    assert effect.state == expected


def test_replay(on_call: User) -> None:
    delivery = make_delivery(state="dead", attempts=5)
    assert press(on_call, "operations_replay", delivery.pk) == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("new", 0)


def test_a_switch_is_turned_by_those_who_may(on_call: User) -> None:
    Automation.objects.create(code="greeter", name="Greeter")
    vp = make_user("vp_cs")
    assert press(vp, "operations_switch", "greeter", position="act") == 302
    assert Automation.objects.get(code="greeter").position == "act"
    assert press(vp, "operations_switch", "greeter", position="loud") == 422
    assert press(on_call, "operations_switch", "greeter", position="off") == 404
    assert Automation.objects.get(code="greeter").position == "act"
    assert 'aria-pressed="true">Act' in seen(vp, "operations")
    assert "aria-pressed" not in seen(on_call, "operations").split('id="automations"')[1].split("missing-texts")[0]
