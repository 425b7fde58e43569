"""The SLA calculator: a question in its address, the due moment with its ledger, and nothing written."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from support.models import Clock, StaleDay
from tests.factories import make_user
from tests.support.worked_examples import LA, examples

pytestmark = pytest.mark.django_db

HERE = "America/Los_Angeles"


def signed_in(post: str | None = "cse", **fields: Any) -> Client:
    client = Client()
    client.force_login(make_user(post, **fields))
    return client


def ask(client: Client, tier: str, priority: str, at: str, zone: str = HERE, **more: str) -> Any:
    return client.get("/calculator/?" + urlencode({"tier": tier, "priority": priority, "at": at, "zone": zone} | more))


@pytest.mark.ledger("SLA-02", "SLA-03", "SLA-04", "SLA-05", "SLA-06", "SLA-07", "SLA-08", "SLA-09", "SLA-10")
@pytest.mark.ledger("SLA-13", "SLA-15")
def test_the_worked_examples_come_out_as_written() -> None:
    client = signed_in()
    for tier, priority, received, due, target, others in examples():
        here = received.astimezone(LA)
        fold = "1" if here.tzname() == "PST" and here.month == 11 and here.day == 1 and here.hour == 1 else ""
        page = ask(client, tier, priority, f"{here:%Y-%m-%dT%H:%M:%S}", which=fold)
        promise = page.context["answer"].promise
        assert (promise.due_at, promise.target_at) == (due, target), received
        assert [one.due_at for one in page.context["explanation"].readings] == [at for _, at in others]


@pytest.mark.ledger("SLA-05", "SLA-15")
def test_the_answer_names_the_holiday_that_was_taken_out_and_sums_up() -> None:
    page = ask(signed_in(), "premium", "P2", "2026-11-25T15:30")
    text = page.content.decode()
    assert "Due Fri 2026-11-27 15:30 PST" in text
    assert "Not counted: Thanksgiving Day (Thu 2026-11-26)." in text
    assert "Counted in all: 9 h" in text
    assert '<rect class="span span-holiday"' in text


@pytest.mark.ledger("SLA-02")
def test_free_is_said_to_be_promised_nothing() -> None:
    assert "No guaranteed resolution" in ask(signed_in(), "free", "P0", "2026-01-14T10:00").content.decode()


@pytest.mark.ledger("SLA-13")
def test_a_wall_time_is_read_in_the_zone_that_was_chosen() -> None:
    page = ask(signed_in(), "premium", "P1", "2026-01-24T00:30", "Europe/Berlin")
    assert f"{page.context['answer'].promise.due_at.astimezone(LA):%a %H:%M}" == "Mon 10:30"
    assert "Mon 2026-01-26 19:30 CET" in page.content.decode()


@pytest.mark.ledger("SLA-13")
def test_an_hour_that_spring_leaves_out_is_refused() -> None:
    page = ask(signed_in(), "premium", "P0", "2026-03-08T02:30")
    assert page.status_code == 422
    assert "does not exist" in page.content.decode()


@pytest.mark.ledger("SLA-13")
def test_an_hour_that_autumn_repeats_is_asked_about() -> None:
    client = signed_in()
    page = ask(client, "ultimate", "P0", "2026-11-01T01:30")
    assert page.status_code == 422
    assert "happens twice" in page.content.decode()
    assert 'type="radio"' in page.content.decode()
    first, second = (ask(client, "ultimate", "P0", "2026-11-01T01:30", which=fold).context["answer"] for fold in "01")
    assert (second.promise.due_at - first.promise.due_at).total_seconds() == 3600


@pytest.mark.ledger("SLA-22")
@pytest.mark.parametrize("wrong", [
    {"priority": "P4"}, {"tier": "gold"}, {"zone": "Mars/Olympus"}, {"at": "yesterday"}, {"at": "2026-01-01T10:00\0"},
    {"at": "x" * 10_000}, {"at": "1900-01-01T00:00"}, {"at": "2300-01-01T00:00"}, {"at": ""}, {"which": "7"},
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered_with_what_is_wrong(wrong: dict[str, str]) -> None:
    good = {"tier": "premium", "priority": "P1", "at": "2026-11-01T01:30", "zone": HERE}
    assert signed_in().get("/calculator/?" + urlencode(good | wrong)).status_code == 422


def test_an_empty_page_offers_now_in_the_person_s_own_zone(clock: Any) -> None:
    clock("2026-01-14T18:00:00+00:00")
    page = signed_in(zone="Europe/Berlin").get("/calculator/")
    assert page.context["form"]["at"].value() == "2026-01-14T19:00"
    assert page.context["form"]["zone"].value() == "Europe/Berlin"


@pytest.mark.ledger("SLA-13")
def test_it_writes_nothing_and_every_colleague_may_ask() -> None:
    client = signed_in(None)
    with CaptureQueriesContext(connection) as asked:
        assert ask(client, "premium", "P1", "2026-01-23T15:30").status_code == 200
    assert [one["sql"] for one in asked if re.search(r"\b(INSERT INTO|UPDATE \S+ SET|DELETE FROM)\b", one["sql"])] == []
    assert client.post("/calculator/").status_code == 405
    assert not Clock.objects.exists()
    assert not StaleDay.objects.exists()


@pytest.mark.ledger("SLA-06")
def test_at_the_end_of_all_calendars_only_the_readings_that_still_fall_into_them_are_shown(client: Client) -> None:
    client.force_login(make_user())
    page = client.get("/calculator/?tier=premium&priority=P3&zone=America/Los_Angeles&at=2200-12-30T07:00")
    assert page.status_code == 200
    assert page.context["answer"].promise.due_at.year == 2201


@pytest.mark.ledger("SLA-07", "SLA-15")
def test_on_a_holiday_the_page_does_not_contradict_itself(client: Client) -> None:
    client.force_login(make_user())
    page = client.get("/calculator/?tier=ultimate&priority=P0&zone=America/Los_Angeles&at=2026-11-26T09:00")
    assert not page.context["answer"].received_inside
    assert "inside business hours, which a holiday does not change for P0" in page.context["explanation"].text
