"""Check-ins with customers: who has none, and what past ones lack (DCL-27, DCL-28)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.check_ins import first_review, occurrences
from accounts.models import Account, Meeting, MeetingNotes
from accounts.models.checking_in import owed, without_check_in
from fleetcs.clock import now
from fleetcs.hours import Hours
from fleetcs.models import Event, Holiday, User
from fleetcs.working_day import ZONE, day_of
from tests.conftest import Clock
from tests.factories import make_account, make_contract, make_notes, make_user
from tests.visiting import client_of, words

WEEK = {day: [("07:00", "16:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
WEDNESDAY = "2026-06-10T12:00-07:00"  # thirteen weeks before it no summer time begins, and no holiday but on a Monday
CALENDAR = Hours("America/Los_Angeles", WEEK, holidays={"2026-05-25": "Memorial Day"})


@pytest.fixture(autouse=True)
def _wednesday(clock: Clock) -> None:
    clock(WEDNESDAY)


def check_in(account: Account, **fields: Any) -> Meeting:
    """A series every week; it began three weeks and a day ago unless told otherwise."""
    given = {"starts_at": now() - timedelta(days=22), "recurs": "weekly"} | fields
    return Meeting.objects.schedule(account, by=account.csm, attendees=[account.csm], kind="check_in", **given)


def days(user: User) -> list[date]:
    return [row.on for row in owed(user, now())]


# --- rules -----------------------------------------------------------------------------------------------------------
def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.ledger("DCL-28")
@pytest.mark.parametrize(
    ("begins", "recurs", "held"),
    [
        ("2026-03-01T23:30", "weekly", ["03-01", "03-08", "03-15", "03-22", "03-29"]),  # summer time began on the 8th
        ("2019-03-05T09:00", "weekly", ["03-03", "03-10", "03-17", "03-24", "03-31"]),
        ("2026-02-17T09:00", "biweekly", ["03-03", "03-17", "03-31"]),
        ("2019-01-31T09:00", "monthly", ["02-28", "03-31"]),
        ("2024-11-30T09:00", "quarterly", ["02-28"]),
        ("2026-04-01T09:00", "weekly", []),
        ("2026-03-05T09:00", "", ["03-05"]),
        ("2026-02-05T09:00", "", []),
    ],
)
def test_a_series_is_held_on_the_same_weekday_or_day_of_the_month_and_without_one_once(
    begins: str, recurs: str, held: list[str]
) -> None:
    found = occurrences(at(begins), recurs, at("2026-02-28T00:00"), at("2026-03-31T12:00"))
    assert [f"{moment:%m-%d %H:%M}" for moment in found] == [f"{day} {begins[11:]}" for day in held]


@pytest.mark.ledger("DCL-25")
@pytest.mark.parametrize(
    ("kickoff", "review"),
    [("2026-01-10T17:00", "2026-04-10"), ("2026-01-11T17:00", "2026-04-13"), ("2026-02-24T17:00", "2026-05-26")],
    ids=["as it falls", "from Saturday to Monday", "after a holiday"],
)
def test_the_first_business_review_is_on_a_working_day(kickoff: str, review: str) -> None:
    assert f"{first_review(at(kickoff), CALENDAR)}" == review


# --- who has none ----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-27")
@pytest.mark.django_db
def test_a_customer_leaves_the_report_once_a_check_in_is_scheduled_and_comes_back_when_it_is_called_off() -> None:
    csm = make_user("csm")
    account, page = make_account(csm=csm), client_of(csm)
    listed = words(page.get("/check-ins/"))
    assert account.name in listed
    form = f"/accounts/{account.pk}/meetings/new/?kind=check_in"
    assert f'href="{form}"' in listed
    assert f'href="{form}"' in words(page.get("/today/check-ins/"))
    assert 'value="weekly" selected' in words(page.get(form))
    given = {"kind": "check_in", "starts_at": "2036-01-12T09:00", "minutes": "30", "attendees": [csm.pk]}
    assert page.post(form, given | {"recurs": "biweekly"}).status_code == 302
    assert f'href="{form}"' not in words(page.get("/check-ins/"))
    account.meetings.get().cancel(by=csm)
    assert f'href="{form}"' in words(page.get("/check-ins/"))


@pytest.mark.ledger("DCL-27")
@pytest.mark.django_db
def test_the_report_is_of_customers_in_force_and_of_ones_own_team() -> None:
    csm = make_user("csm")
    mine, theirs = make_account(csm=csm), make_account(csm=make_user("csm"))
    make_account(None, csm=csm)
    make_account(kind="prospect", csm=csm)
    make_contract(make_account(None, csm=csm), in_force_to=date(2020, 2, 1))
    check_in(make_account(csm=csm))
    Meeting.objects.schedule(mine, by=csm, attendees=[csm], kind="ad_hoc", starts_at=now(), recurs="weekly")
    assert list(without_check_in(csm, now())) == [mine]
    assert set(without_check_in(make_user("vp_cs"), now())) == {mine, theirs}
    assert client_of(make_user("bizops")).get("/check-ins/").status_code == 404


# --- what past ones lack ---------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_a_past_check_in_is_listed_until_it_has_notes_and_its_todos_are_reviewed() -> None:
    csm = make_user("csm")
    account, page = make_account(name="Kelp Works", csm=csm), client_of(csm)
    check_in(account, starts_at=now() - timedelta(days=6))
    on = days(csm)[0].isoformat()
    form = f"/accounts/{account.pk}/notes/new?on={on}"
    for path in ("/check-ins/", "/today/check-ins/"):
        assert f'href="{form}"' in words(page.get(path))
    assert f'value="Kelp Works {on}"' in words(page.get(form))
    given = {"held_on": on, "title": f"Kelp Works {on}", "url": "https://docs.google.com/document/d/1"}
    assert page.post(form, given).status_code == 302
    notes = MeetingNotes.objects.get()
    listed = words(page.get("/check-ins/"))
    assert form not in listed
    assert f'action="/notes/{notes.pk}/todos"' in listed
    assert page.post(f"/notes/{notes.pk}/todos", follow=True).status_code == 200
    assert days(csm) == []
    page.post(f"/notes/{notes.pk}/todos")
    assert Event.objects.of(notes).filter(verb="meeting_todos_reviewed").count() == 1, "said twice, done once"


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_the_notes_of_another_meeting_of_the_days_after_settle_no_check_in() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    series = check_in(account, starts_at=now() - timedelta(days=6))
    call = Meeting.objects.schedule(
        account, by=csm, attendees=[csm], kind="ad_hoc", recurs="", starts_at=now() - timedelta(days=5)
    )
    make_notes(account, held_on=day_of(call.starts_at), todos_reviewed=True)
    assert days(csm) == [day_of(series.starts_at)]
    Meeting.objects.filter(pk=call.pk).update(recurs="weekly", starts_at=call.starts_at - timedelta(weeks=30))
    assert days(csm) == [day_of(series.starts_at)], "nor those of another series"
    call.cancel(by=csm)
    assert days(csm) == [], "there was no other meeting: they are those of the check-in"


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_notes_that_say_that_the_todos_were_reviewed_settle_their_check_in_alone() -> None:
    csm = make_user("csm")
    account, other = make_account(csm=csm), make_account(csm=csm)
    series = check_in(account, starts_at=now() - timedelta(days=6))
    make_notes(other, held_on=days(csm)[0], todos_reviewed=True)
    assert len(days(csm)) == 1, "notes of another account"
    make_notes(account, held_on=day_of(series.starts_at), todos_reviewed=True)
    assert days(csm) == []
    make_notes(account, held_on=day_of(series.starts_at))
    assert days(csm) == [], "more notes of the same meeting ask for nothing"


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_a_check_in_that_was_moved_by_up_to_three_days_is_settled_by_its_own_notes_and_no_other_ones() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    check_in(account)
    tuesdays = days(csm)
    assert [f"{day:%m-%d}" for day in tuesdays] == ["06-09", "06-02", "05-26", "05-19"]
    for moved, left in ((-1, 4), (4, 4), (3, 3)):
        make_notes(account, held_on=tuesdays[3] + timedelta(days=moved), todos_reviewed=True)
        assert len(days(csm)) == left
    check_in(account, starts_at=now() - timedelta(days=20))  # on Thursdays besides
    make_notes(account, held_on=date(2026, 6, 4), todos_reviewed=True)
    assert [day for day in days(csm) if day > date(2026, 5, 29)] == tuesdays[:2], "of its own day before it is moved"
    make_notes(account, held_on=date(2026, 6, 4), todos_reviewed=True)
    assert [day for day in days(csm) if day > date(2026, 5, 29)] == tuesdays[:1], "both were held on that day"


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_nothing_is_owed_for_days_without_work_nor_by_whoever_is_no_customer_in_force() -> None:
    csm = make_user("csm")
    check_in(make_account(csm=csm))
    check_in(make_account(csm=csm), starts_at=now() - timedelta(days=3))  # on Sundays
    check_in(make_account(None, csm=csm))
    check_in(make_account(csm=csm, kind="prospect"))
    check_in(make_account(None, csm=csm), starts_at=now() - timedelta(days=9))
    Holiday.objects.close(date(2026, 6, 2), "Founders' day", by=csm)
    assert [f"{day:%m-%d}" for day in days(csm)] == ["06-09", "05-26", "05-19"]


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_only_who_follows_up_a_customers_todos_says_with_the_link_that_they_are_reviewed() -> None:
    csm = make_user("csm")
    account, on = make_account(name="Kelp Works", csm=csm), day_of(now()).isoformat()
    given = {"held_on": on, "title": f"Kelp Works {on}", "todos_reviewed": "on"}
    for number, (user, may) in enumerate([(make_user("bizops"), False), (make_user("cse"), False), (csm, True)]):
        page, form = client_of(user), f"/accounts/{account.pk}/notes/new"
        assert ('name="todos_reviewed"' in words(page.get(form))) is may
        link = {"url": f"https://docs.google.com/document/d/{number}"}
        assert page.post(form, given | link | {"form_token": f"{number}"}).status_code == 302
        notes = MeetingNotes.objects.get(**link)
        assert notes.todos_reviewed is may
        reviews = Event.objects.of(notes).filter(verb="meeting_todos_reviewed")
        assert [event.by for event in reviews] == ([user] if may else [])


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_only_what_is_over_counts_for_a_quarter_and_until_a_series_was_called_off() -> None:
    csm, minute = make_user("csm"), timedelta(minutes=1)
    check_in(make_account(csm=csm), starts_at=now() - 20 * minute)
    check_in(make_account(csm=csm), starts_at=now() + 5 * minute)
    assert days(csm) == [], "they run, or are to come"
    check_in(make_account(csm=csm), starts_at=now() - timedelta(days=22)).cancel(by=csm)
    assert len(days(csm)) == 4
    Meeting.objects.filter(cancelled_at__isnull=False).update(cancelled_at=now() - timedelta(days=10))
    assert len(days(csm)) == 2
    check_in(make_account(csm=csm), starts_at=now() - timedelta(days=2000))
    assert len(days(csm)) == 2 + 13
    assert days(make_user("csm")) == []
    assert len(days(make_user("vp_cs"))) == 2 + 13
    assert days(csm) == sorted(days(csm), reverse=True)


@pytest.mark.ledger("DCL-28")
@pytest.mark.django_db
def test_however_many_customers_there_are_the_page_asks_as_much() -> None:
    csm = make_user("csm")
    page = client_of(csm)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert page.get("/check-ins/").status_code == 200
        return len(caught)

    check_in(make_account(csm=csm))
    make_account(csm=csm)
    asked()
    before = asked()
    for _ in range(4):
        check_in(make_account(csm=csm))
        make_account(csm=csm)
    assert asked() == before


@pytest.mark.ledger("DCL-27")
@pytest.mark.django_db
def test_a_series_is_called_off_from_the_list_of_those_going_on_and_its_customer_is_without_one_again() -> None:
    account = make_account("premium", csm=make_user("csm"))
    series, client = check_in(account), client_of(account.csm)
    assert f'Call off<span class="visually-hidden">: {account.name}' in words(client.get("/check-ins/"))
    assert client.post(f"/meetings/{series.pk}/cancel/").status_code == 302
    assert "No check-in is on the calendar." in words(client.get("/check-ins/"))
    assert list(without_check_in(account.csm, now())) == [account]
