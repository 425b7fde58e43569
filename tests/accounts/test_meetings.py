"""Meetings on the page of their account: to come, held last, scheduled and called off there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import meetings
from accounts.models import Account, Meeting
from fleetcs.clock import now
from fleetcs.models import User
from tests.conftest import Clock
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday(clock: Clock) -> None:
    clock("2026-06-10T12:00-07:00")


@pytest.fixture
def csm() -> User:
    return make_user("csm")


@pytest.fixture
def account(csm: User) -> Account:
    return make_account(csm=csm)


def meeting(account: Account, days: float, kind: str = "ad_hoc", **fields: Any) -> Meeting:
    given = {"starts_at": now() + timedelta(days=days), "kind": kind} | fields
    return Meeting.objects.schedule(account, by=account.csm, attendees=[account.csm], **given)


def calendar(account: Account) -> list[list[tuple[Meeting, float]]]:
    """What is to come and what was held last, in days from now."""
    lists = meetings.of_account(account, now())
    return [[(held.meeting, round((held.at - now()) / timedelta(days=1), 2)) for held in rows] for rows in lists]


def page(user: User, account: Account) -> str:
    client = Client()
    client.force_login(user)
    return " ".join(client.get(account.get_absolute_url()).content.decode().split())


def test_meetings_to_come_are_the_soonest_first_and_a_series_once_by_its_next_day(account: Account) -> None:
    kickoff, weekly = meeting(account, 9, "kickoff"), meeting(account, -22, "check_in", recurs="weekly")
    far = meeting(account, 300, "check_in", recurs="quarterly")
    assert calendar(account) == [[(weekly, 6), (kickoff, 9), (far, 300)], [(weekly, -1)]]


def test_a_meeting_that_goes_on_is_to_come_and_held_once_it_is_over(account: Account, clock: Clock) -> None:
    one = meeting(account, -0.01, minutes=30)
    assert calendar(account) == [[(one, -0.01)], []]
    clock("2026-06-10T12:30-07:00")
    assert calendar(account) == [[], [(one, -0.03)]]


def test_of_what_was_held_the_latest_five_are_shown_however_long_ago(account: Account) -> None:
    rows = [meeting(account, -days) for days in (400, 3, 2, 700, 1, 900)]
    assert calendar(account)[1] == [(rows[n], -days) for n, days in ((4, 1), (2, 2), (1, 3), (0, 400), (3, 700))]


def test_what_was_called_off_is_not_to_come_and_a_series_was_held_until_then(account: Account, clock: Clock) -> None:
    single, weekly = meeting(account, 3), meeting(account, -22, "check_in", recurs="weekly")
    for one in (single, weekly):
        one.cancel(by=account.csm)
    clock("2026-08-10T12:00-07:00")
    assert calendar(account) == [[], [(weekly, -62)]]


@pytest.mark.ledger("DCL-17", "DCL-25")
@pytest.mark.parametrize("kind", ["handoff", "kickoff", "ad_hoc"])
def test_a_meeting_is_seen_and_called_off_on_the_page_of_its_account(kind: str, account: Account, csm: User) -> None:
    one = meeting(account, 2, kind, link="https://meet.example/1", guests="Their CISO")
    told = page(csm, account)
    for shown in (one.get_kind_display(), csm.name, "Their CISO", "https://meet.example/1"):
        assert shown in told[told.index(">Meetings<") :]
    client = Client()
    client.force_login(csm)
    client.post(f"/meetings/{one.pk}/cancel/")
    assert "No meeting is to come" in page(csm, account)


@pytest.mark.ledger("DCL-25")
def test_of_an_hour_that_comes_twice_it_is_asked_in_which_one_a_meeting_begins(account: Account, csm: User) -> None:
    client, form = Client(), f"/accounts/{account.pk}/meetings/new/"
    client.force_login(csm)
    sent = {"kind": "ad_hoc", "starts_at": "2026-11-01T01:30", "minutes": 45, "recurs": "", "attendees": [csm.pk]}
    asked = client.post(form, sent)
    assert (asked.status_code, "The second time" in asked.content.decode()) == (422, True)
    assert client.post(form, sent | {"which": "1"}).status_code == 302
    assert Meeting.objects.get().starts_at == datetime.fromisoformat("2026-11-01T01:30-08:00")


def test_a_meeting_of_any_kind_is_scheduled_from_the_page_of_the_account(account: Account, csm: User) -> None:
    form = f"/accounts/{account.pk}/meetings/new/"
    assert f'href="{form}"' in page(csm, account)
    client = Client()
    client.force_login(csm)
    sent = {"kind": "ad_hoc", "starts_at": "2026-06-12T10:00", "minutes": 45, "recurs": "", "attendees": [csm.pk]}
    done = client.post(form, sent, follow=True).content.decode()
    assert "45 minutes" in done
    stranger = make_user("csm")
    told = page(stranger, account)
    assert ("45 minutes" in told, f'href="{form}"' in told, "Call off" in told) == (True, False, False)
