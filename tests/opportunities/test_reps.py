"""Rep activity over the last thirty days, and coaching."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.models import Account
from fleetcs import clock as product_clock
from fleetcs.models import User
from opportunities import reps
from opportunities.models import Activity, CoachingSession
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

NOON = "2026-03-04T20:00:00+00:00"


@pytest.fixture(autouse=True)
def _at_noon(clock: Clock) -> None:
    clock(NOON)


def did(rep: User, account: Account | None, days: float = 1, **overrides: Any) -> Activity:
    fields = {"kind": "call", "is_done": True, "at": product_clock.now() - timedelta(days=days)}
    return Activity.objects.create(owner=rep, account=account, **fields | overrides)


@pytest.mark.ledger("REP-01")
def test_counts_are_those_of_a_hand_counted_fixture() -> None:
    rep, mill, brook = make_user("ae"), make_account(name="Mill"), make_account(name="Brook")
    one, two = make_contact(mill), make_contact(mill)
    for contact, kind in ((one, "call"), (one, "email"), (two, "email")):
        did(rep, mill, contact=contact, kind=kind)
    did(rep, brook, kind="event", is_done=False)
    did(rep, brook, -3, kind="event", is_done=False)  # to come
    did(rep, brook, is_done=False)  # not done
    did(rep, None)  # with a lead
    did(make_user("ae"), mill)
    rows = [(account and account.name, tally.count, tally.contacts) for account, tally in reps.by_account(rep)]
    assert rows == [("Mill", 3, 2), ("Brook", 1, 0), (None, 1, 0)]
    assert dict(reps.by_account(rep))[mill].kinds == [("Call", 1), ("Mail", 2)]
    [whole] = reps.overview([rep])
    assert (whole.tally.count, whole.accounts, whole.most) == (5, 2, 3)


@pytest.mark.ledger("REP-02")
def test_thirty_days_ago_counts_and_thirty_one_do_not() -> None:
    rep, account = make_user("ae"), make_account()
    did(rep, account, 30)
    did(rep, account, 30.3)  # earlier on the same day
    did(rep, account, 31)
    assert reps.overview([rep])[0].tally.count == 2


@pytest.mark.ledger("REP-02")
def test_every_account_of_the_rep_is_there_also_those_nobody_spoke_with() -> None:
    rep = make_user("ae")
    make_account(name="Quiet", ae=rep)
    did(rep, make_account(name="Loud"))
    page = words(client_of(make_user("cro")).get(f"/pipeline/reps/{rep.pk}/"))
    assert page.index(">Loud<") < page.index(">Quiet<")


@pytest.mark.ledger("REP-01")
def test_a_rep_sees_only_the_own_report() -> None:
    mine, other = make_user("ae", name="Ola Nord"), make_user("ae", name="Una Berg")
    client = client_of(mine)
    page = words(client.get("/pipeline/reps/"))
    assert "Ola Nord" in page.replace("me.html", "")
    assert "Una Berg" not in page
    assert client.get(f"/pipeline/reps/{mine.pk}/").status_code == 200
    assert client.get(f"/pipeline/reps/{other.pk}/").status_code == 404
    assert "Una Berg" in words(client_of(make_user("manager_cse_csa")).get("/pipeline/reps/"))


def test_the_report_costs_the_same_for_one_rep_and_for_ten(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = [make_user("ae") for _ in range(10)]
    for person in people:
        did(person, make_account())
    for some in (people[:1], people):
        with django_assert_num_queries(1):
            reps.overview(some)


@pytest.mark.ledger("REP-03")
def test_nothing_is_too_frequent_until_the_company_has_said_how_much_is(settings: Settings) -> None:
    rep, account = make_user("ae"), make_account()
    for _ in range(9):
        did(rep, account)
    client = client_of(make_user("cro"))
    assert "Too frequent" not in words(client.get("/pipeline/reps/"))
    settings.REP_ACTIVITY_TOO_MANY = 8
    assert "Too frequent" in words(client.get("/pipeline/reps/"))
    settings.REP_ACTIVITY_TOO_MANY = 9
    assert "Too frequent" not in words(client.get(f"/pipeline/reps/{rep.pk}/"))


@pytest.mark.ledger("REP-03")
def test_a_reviewer_books_thirty_minutes_of_coaching() -> None:
    rep, cro = make_user("ae"), make_user("cro")
    client, path = client_of(cro), f"/pipeline/reps/{rep.pk}/coaching/"
    assert client.post(path, {"reason": "Too often", "starts_at": "2026-03-03T10:00"}).status_code == 422
    assert client.post(path, {"reason": "", "starts_at": "2026-03-10T10:00"}).status_code == 422
    answer = client.post(path, {"reason": "Too often", "starts_at": "2026-03-10T10:00", "minutes": "60"})
    assert answer.status_code == 302
    session = CoachingSession.objects.get()
    assert (session.rep, session.booked_by, session.minutes) == (rep, cro, 30)
    assert session.ends_at - session.starts_at == timedelta(minutes=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        CoachingSession.objects.update(minutes=45)
    assert "Too often" in words(client_of(rep).get("/pipeline/reps/"))


def test_nobody_books_coaching_of_oneself() -> None:
    cro = make_user("cro")
    with pytest.raises(ValidationError, match="Nobody coaches oneself"):
        CoachingSession.objects.book(rep=cro, by=cro, reason="x", starts_at=product_clock.now() + timedelta(days=1))
