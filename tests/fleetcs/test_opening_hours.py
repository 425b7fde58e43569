"""Opening hours and holidays: one dated setting behind every due time, the after-hours window and every text."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from fleetcs.editing import COLLISION
from fleetcs.forms import HoursForm, WeekForm
from fleetcs.hours import Hours
from fleetcs.models import Event, Holiday, MessageText, OpeningHours
from fleetcs.posts import MAY, Group
from support.models import Message, Recount, Ticket
from support.senders.slack import notice
from tests.factories import make_account, make_channel, make_ticket, make_user
from tests.fleetcs.test_people import GROUPS, signed_in

pytestmark = pytest.mark.django_db

PACIFIC = ZoneInfo("America/Los_Angeles")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = dict.fromkeys(DAYS[:5], "07:00-16:00") | {"sat": "", "sun": ""}
NEXT = {"zone": "America/Los_Angeles", "in_force_from": "2026-02-02", "note": "Earlier"}


@pytest.fixture(autouse=True)
def _monday_morning(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")


@pytest.fixture
def vp() -> Client:
    return signed_in("vp_cs")[0]


def pacific(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC)


# --- who --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("group", Group)
def test_every_group_reads_the_hours_and_those_who_keep_them_change_them(group: Group) -> None:
    client, _ = signed_in(GROUPS[group.value])
    version, day = OpeningHours.objects.get(), Holiday.objects.get(on="2026-07-03")
    page = client.get(reverse("hours"))
    assert (page.status_code, "Monday-Friday, 7AM-4PM Pacific Time" in page.content.decode()) == (200, True)
    may = group.value in MAY["hours.edit"]
    for url in (reverse("hours_new"), reverse("hours_correct", args=[version.pk])):
        assert client.get(url).status_code == (200 if may else 404)
    for url in (reverse("holiday_add"), reverse("holiday_drop", args=[day.pk])):
        assert client.post(url, {"on": "", "name": ""}).status_code in ({200, 422} if may else {404})


# --- a new version ----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SLA-13")
def test_a_new_version_counts_for_what_is_received_from_its_day_on(vp: Client, clock: Any) -> None:
    longer = WEEK | dict.fromkeys(DAYS[:5], "06:00-16:00")
    assert vp.post(reverse("hours_new"), NEXT | longer).status_code == 302
    account = make_account("premium")
    before = make_ticket(account, priority="P1", received_at=pacific("2026-01-30T15:00"))
    clock("2026-02-02T10:00:00-08:00")
    after = make_ticket(account, priority="P1", received_at=pacific("2026-02-02T05:00"))
    assert before.due_at == pacific("2026-02-02T10:00")  # 1 h on Friday, 3 h from 7:00
    assert after.due_at == pacific("2026-02-02T10:00")  # 4 h from 6:00
    assert OpeningHours.objects.calendar(pacific("2026-02-01T23:59")).opens_text == "7am"
    assert OpeningHours.objects.calendar(pacific("2026-02-02T00:00")).opens_text == "6am"


@pytest.mark.parametrize(
    "odd",
    [
        {"in_force_from": "2026-01-12"},
        {"in_force_from": "2025-12-31"},
        {"in_force_from": "9999-12-31"},
        {"in_force_from": ""},
        {"in_force_from": "2026-02-30"},
        {"zone": "Mars/Olympus"},
        {"mon": "7-16"},
        {"mon": "16:00-07:00"},
        {"mon": "07:00-12:00, 11:00-16:00"},
        {"mon": "07:00"},
        {"mon": "07:00-25:00"},
        {"mon": "08:00-23:59"},
        {"mon": "x" * 10**6},
        {"mon": "07:00-\0"},
        dict.fromkeys(DAYS, ""),
    ],
)
def test_a_week_that_cannot_be_is_refused_with_the_reason(odd: dict[str, str], vp: Client) -> None:
    answer = vp.post(reverse("hours_new"), NEXT | WEEK | odd)
    assert answer.status_code == 422
    assert OpeningHours.objects.count() == 1


def test_a_week_may_have_breaks_nights_and_another_dash(vp: Client) -> None:
    given = WEEK | {"mon": "07:00 \N{EN DASH} 12:00, 13:00-16:00", "sat": "20:00-24:00", "sun": "00:00-04:00"}
    vp.post(reverse("hours_new"), NEXT | given)
    version = OpeningHours.objects.latest("in_force_from")
    assert version.week["mon"] == [["07:00", "12:00"], ["13:00", "16:00"]]
    night = version.calendar
    assert night.is_open(pacific("2026-02-07T23:59:59"))
    assert night.is_open(pacific("2026-02-08T00:00"))
    page = vp.get(reverse("hours_correct", args=[version.pk])).content.decode()
    assert 'value="07:00-12:00, 13:00-16:00"' in page
    assert 'value="20:00-24:00"' in page


def test_two_versions_cannot_begin_on_one_day_and_a_double_click_writes_one(vp: Client) -> None:
    token = {"form_token": "t"}
    assert [vp.post(reverse("hours_new"), NEXT | WEEK | token).status_code for _ in range(2)] == [302, 302]
    assert vp.post(reverse("hours_new"), NEXT | WEEK).status_code == 422
    assert OpeningHours.objects.count() == 2


def test_of_two_who_write_a_version_for_one_day_at_once_the_second_is_told_at_the_form(vp: Client) -> None:
    others = [dict.fromkeys(("zone", "note"), "UTC") | {"week": {}, "in_force_from": pacific("2026-02-02T00:00")}]

    def meanwhile(execute: Any, sql: str, *given: Any) -> Any:
        """The other one is done as soon as this one has found the day free."""
        if sql.startswith('INSERT INTO "fleetcs_openinghours"') and others:
            OpeningHours.objects.create(**others.pop())
        return execute(sql, *given)

    with connection.execute_wrapper(meanwhile):
        answer = vp.post(reverse("hours_new"), NEXT | WEEK)
    assert (answer.status_code, COLLISION in answer.content.decode()) == (422, True)


def test_a_version_begins_at_midnight_on_the_wall_also_where_the_clocks_change() -> None:
    for day, offset in [("2026-03-08", "-08:00"), ("2026-03-09", "-07:00"), ("2026-11-01", "-07:00")]:
        form = HoursForm({**NEXT, **WEEK, "in_force_from": day}, week={})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["in_force_from"].isoformat() == f"{day}T00:00:00{offset}"


def test_on_the_days_the_clocks_change_a_business_day_is_still_whole() -> None:
    form = WeekForm({**dict.fromkeys(DAYS, ""), "sun": "00:00-24:00"})
    assert form.is_valid(), form.errors
    sundays = Hours("America/Los_Angeles", form.cleaned_data["week"])
    days = [("2026-03-08", "2026-03-09"), ("2026-11-01", "2026-11-02"), ("2026-11-08", "2026-11-09")]
    lengths = [sundays.between(pacific(f"{day}T00:00"), pacific(f"{after}T00:00")) for day, after in days]
    assert lengths == [timedelta(hours=23), timedelta(hours=25), timedelta(hours=24)]


# --- one setting (SLA-14) ---------------------------------------------------------------------------------------------
@pytest.mark.ledger("SLA-14", "AHR-04")
def test_hours_from_six_change_the_text_the_window_and_the_due_times_together(vp: Client, clock: Any) -> None:
    MessageText.objects.filter(pk="after_hours_notice").update(body="{username}: {opens} - {closes}")
    said = [everything_said(pacific("2026-01-30T06:30"), clock)]
    longer = WEEK | dict.fromkeys(DAYS[:5], "06:00-16:00")
    clock("2026-01-30T10:00:00-08:00")
    vp.post(reverse("hours_new"), NEXT | longer)
    said.append(everything_said(pacific("2026-02-06T06:30"), clock))
    assert said == [
        ("7am - 4pm", True, pacific("2026-01-30T16:00"), "07:00-16:00"),
        ("6am - 4pm", False, pacific("2026-02-09T06:30"), "06:00-16:00"),
    ]


def everything_said(at: datetime, clock: Any) -> tuple[str, bool, datetime | None, str]:
    """(hours in the notice, whether the moment is outside, due moment of a P2, hours on the page) on a Friday 6:30."""
    clock(at)
    account = make_account("ultimate")
    ticket = make_ticket(account, priority="P2", received_at=at)
    channel = make_channel(account)
    text = notice(make_thread_with(channel, ticket, at), "x").removeprefix("x: ")
    outside = not OpeningHours.objects.calendar(at).is_open(at)
    page = signed_in(None)[0].get(reverse("help")).content.decode()
    return text, outside, ticket.due_at, next(hours for hours in ("07:00-16:00", "06:00-16:00") if hours in page)


def make_thread_with(channel: Any, ticket: Ticket, at: datetime) -> Any:
    thread = channel.threads.create(team=channel.team, thread_ts=f"{at.timestamp():.6f}", last_at=at, ticket=ticket)
    Message.objects.create(ticket=ticket, thread=thread, kind="slack", by="customer", public=True, text="Hi", at=at)
    return thread


# --- corrections ------------------------------------------------------------------------------------------------------
def test_a_correction_says_first_what_it_moves_and_is_then_done_once_with_one_recount(vp: Client) -> None:
    ticket = make_ticket(make_account("premium"), priority="P1", received_at=pacific("2026-01-12T09:30"))
    version = OpeningHours.objects.get()
    url = reverse("hours_correct", args=[version.pk])
    given = WEEK | {"mon": "07:00-12:00"}
    page = vp.post(url, given)
    assert page.status_code == 200
    assert "moves 1 open ticket" in page.content.decode()
    assert OpeningHours.objects.get().week["mon"] == [["07:00", "16:00"]]
    confirmed = given | {"confirmed": "yes", "form_token": "t"}
    assert [vp.post(url, confirmed).status_code for _ in range(2)] == [302, 302]
    assert Recount.objects.count() == 1
    while Recount.objects.step():
        pass
    ticket.refresh_from_db()
    assert ticket.due_at == pacific("2026-01-13T08:30")


@pytest.mark.ledger("SLA-15")
def test_a_late_holiday_moves_low_and_medium_requests_and_no_urgent_ones(vp: Client) -> None:
    account, at = make_account("ultimate"), pacific("2026-01-12T09:00")
    low, urgent = (make_ticket(account, priority=name, received_at=at) for name in ("P2", "P1"))
    before = urgent.due_at
    closed = {"on": "2026-01-13", "name": "Storm"}
    assert "moves 1 open ticket" in vp.post(reverse("holiday_add"), closed).content.decode()
    confirmed = closed | {"confirmed": "yes", "form_token": "t"}
    assert [vp.post(reverse("holiday_add"), confirmed).status_code for _ in range(2)] == [302, 302]
    while Recount.objects.step():
        pass
    low.refresh_from_db()
    urgent.refresh_from_db()
    assert (low.due_at, urgent.due_at) == (pacific("2026-01-14T09:00"), before)
    assert Event.objects.filter(verb="holiday_added").count() == 1


def test_a_holiday_that_is_worked_can_be_closed_again_after_all(vp: Client) -> None:
    day = Holiday.objects.get(on="2026-07-03")
    url, confirmed = reverse("holiday_drop", args=[day.pk]), {"confirmed": "yes", "form_token": "t"}
    assert [vp.post(url, confirmed).status_code for _ in range(2)] == [302, 302]
    assert OpeningHours.objects.calendar().is_open(pacific("2026-07-03T10:00"))
    vp.post(reverse("holiday_add"), {"on": "2026-07-03", "name": "Bridge day", "confirmed": "yes"})
    assert not OpeningHours.objects.calendar().is_open(pacific("2026-07-03T10:00"))
    assert Holiday.objects.filter(on="2026-07-03").count() == 1


@pytest.mark.parametrize(
    "odd", [{"on": "2026-07-03"}, {"on": ""}, {"on": "9999-12-31"}, {"name": ""}, {"name": "x" * 500}]
)
def test_a_holiday_that_cannot_be_is_refused_with_the_reason(odd: dict[str, str], vp: Client) -> None:
    given = {"on": "2026-05-01", "name": "May day", "confirmed": "yes"} | odd
    assert vp.post(reverse("holiday_add"), given).status_code == 422
    assert not Holiday.objects.filter(source="by hand").exists()


# --- what every installation starts with ------------------------------------------------------------------------------
@pytest.mark.ledger("SLA-15")
def test_holidays_are_the_statutory_ones_with_their_observed_days() -> None:
    days = {day: (name, observed) for day, name, observed in Holiday.objects.values_list("on", "name", "observed")}
    assert days[date(2026, 7, 3)] == ("Independence Day", True)
    assert days[date(2027, 12, 31)][1]
    assert date(2026, 11, 27) not in days  # the Friday after Thanksgiving is none
    assert date(2025, 12, 24) not in days  # nor are one-off days


@pytest.mark.ledger("SLA-13")
def test_the_default_day_is_half_open() -> None:
    calendar = OpeningHours.objects.calendar()
    inside = [calendar.is_open(pacific(f"2026-01-12T{at}")) for at in ("06:59:59", "07:00:00", "15:59:59", "16:00:00")]
    assert inside == [False, True, True, False]


@pytest.mark.ledger("SLA-15")
def test_a_p1_on_a_holiday_is_due_that_day_and_a_p2_after_it(clock: Any) -> None:
    at, account = clock("2026-07-03T10:00:00-07:00"), make_account("premium")
    due = [make_ticket(account, priority=name, received_at=at).due_at for name in ("P1", "P2")]
    assert due == [pacific("2026-07-03T14:00"), pacific("2026-07-06T16:00")]


def test_the_page_costs_the_same_for_many_versions(django_assert_max_num_queries: Any) -> None:
    client, user = signed_in("vp_cs")
    for month in range(1, 13):
        OpeningHours.objects.succeed(
            zone="America/Los_Angeles",
            week={"mon": [["07:00", "16:00"]]},
            note="",
            in_force_from=pacific(f"2027-{month:02}-01T00:00"),
            by=user,
        )
    with django_assert_max_num_queries(15):
        assert client.get(reverse("hours")).status_code == 200


def test_those_who_wrote_a_version_are_named(vp: Client) -> None:
    author = make_user("bizops", name="Bo Bizops")
    client = Client()
    client.force_login(author)
    client.post(reverse("hours_new"), NEXT | WEEK)
    assert "Bo Bizops" in vp.get(reverse("hours")).content.decode()
