"""Stages that come from Salesforce: wins that are held, conflicts that are settled, and what the history says of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from fleetcs import clock as product_clock
from fleetcs.mirrors import settling, writing
from fleetcs.mirrors.reading import Reading
from fleetcs.models import Conflict, Effect, MirrorLink, User
from fleetcs.working_day import today
from opportunities import moving_there, pictures
from opportunities.models import DealClose, Opportunity
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import load, poll, record, started
from tests.opportunities.closes import Walk
from tests.opportunities.test_close_changes import turns
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

DAY_BEFORE = "2026-03-01T09:00:00Z"
LAST_SIGNATURE = "2025-11-05"


@pytest.fixture(autouse=True)
def _running(line: StandIns) -> Iterator[None]:
    with started("accounts", "opportunities", "stages"):
        yield


@pytest.fixture
def deals(line: StandIns) -> list[str]:
    """Two deals that were made and moved over there, and are here."""
    [account] = load(line, "Account", {"Name": "Brook"}, at=DAY_BEFORE)
    row = {"AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-06-30", "Amount": 100.0}
    ids = load(line, "Opportunity", {**row, "Name": "Brook 2026"}, {**row, "Name": "Brook 2027"}, at=DAY_BEFORE)
    for id in ids:
        move(line, id, StageName="Proposal")
    poll()
    return ids


@pytest.fixture
def biz() -> User:
    return make_user("bizops")


def move(line: StandIns, id: str, **values: Any) -> None:
    line.act("edit", object="Opportunity", id=id, set=values)


def ours(id: str) -> Opportunity:
    return Opportunity.objects.get(pk=MirrorLink.objects.get(salesforce_id=id).record_id)


def theirs_stands(id: str, by: User) -> None:
    settling.settle(Conflict.objects.open().get(link__salesforce_id=id, field="stage"), "theirs", by=by)


def ready(id: str, biz: User) -> DealClose:
    """A deal whose gates are all closed."""
    one = ours(id)
    one.change({"owner": make_user("ae")}, by=biz)
    send_all()
    close = DealClose.objects.begin(one, by=one.owner, tier="premium")
    Walk(close).through("DCL-09a")
    return close


def pictured(day: date, by: User) -> list[pictures.Total]:
    return [one for one in pictures.before(by, pictures.end_of(day), "all") if one.count]


def seen() -> list[pictures.Total]:
    return [one for one in pictures.now(Opportunity.objects.all()) if one.count]


# --- wins ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-09")
def test_a_win_that_cannot_be_followed_through_is_turned_down_and_holds_up_no_other_deal(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    """Nobody is left who could own the renewal: the verb refuses, and the person who looks at skipped rows is told."""
    close = ready(deals[0], biz)
    Opportunity.objects.update(owner=None)
    type(close.opportunity.account).objects.update(ae=None, csm=None)
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won", CloseDate=LAST_SIGNATURE)
    move(line, deals[1], NextStep="Call them")
    clock.forward(minutes=1)
    poll()
    link = MirrorLink.objects.get(salesforce_id=deals[0])
    assert (link.problem, ours(deals[0]).stage) == ("refused", "Proposal")
    assert "breaks a rule" in link.reason
    assert ours(deals[1]).next_step == "Call them"
    assert DealClose.objects.get().won_at is None
    type(close.opportunity.account).objects.update(ae=biz)
    settling.replay(link, by=biz)
    send_all()
    assert (ours(deals[0]).stage, MirrorLink.objects.get(pk=link.pk).problem) == ("Closed Won", "")


@pytest.mark.ledger("OPP-09", "DCL-09")
def test_a_win_that_is_held_is_not_half_a_win(line: StandIns, deals: list[str], clock: Clock, biz: User) -> None:
    """The chance, the expected amount and the close date come with the stage, when somebody lets it stand."""
    before = ours(deals[0])
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won", CloseDate=LAST_SIGNATURE, NextStep="Hand over")
    clock.forward(minutes=1)
    poll()
    one = ours(deals[0])
    assert one.next_step == "Hand over"
    for name in ("stage", "probability", "expected_revenue", "close_date"):
        assert getattr(one, name) == getattr(before, name), name
    assert Conflict.objects.open().get().field == "stage"
    ready(deals[0], biz)
    theirs_stands(deals[0], biz)
    one = ours(deals[0])
    assert (one.stage, one.probability, one.close_date) == ("Closed Won", Decimal(100), date(2025, 11, 5))


@pytest.mark.ledger("OPP-09", "DCL-09")
def test_whether_a_deal_is_won_is_looked_at_while_nobody_else_is_at_its_close(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    ready(deals[0], biz)
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won", CloseDate=LAST_SIGNATURE)
    clock.forward(minutes=1)
    order = turns(poll, "opportunities_screening")
    assert ours(deals[0]).is_won
    assert order.index("opportunities_dealclose") < order.index("opportunities_screening")
    with transaction.atomic():
        row = turns(lambda: moving_there.restate([ours(deals[0]).pk]), "opportunities_stagechange")
    assert row == ["opportunities_opportunity", "opportunities_stagechange"]


@pytest.mark.ledger("OPP-09")
def test_a_choice_that_cannot_be_followed_through_settles_nothing_and_says_why(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    """Nobody is left who could own the renewal."""
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won", CloseDate=LAST_SIGNATURE)
    clock.forward(minutes=1)
    poll()
    close = ready(deals[0], biz)
    Opportunity.objects.update(owner=None)
    type(close.opportunity.account).objects.update(ae=None, csm=None)
    conflict, client = Conflict.objects.open().get(), Client()
    client.force_login(biz)
    page = client.post(f"/conflicts/{conflict.pk}/settle", {"stands": "theirs"}, follow=True).content.decode()
    assert "It stays open. It was refused: it breaks a rule" in page
    assert Conflict.objects.open().get() == conflict
    assert MirrorLink.objects.get(salesforce_id=deals[0]).base["stage"] == "Proposal"
    type(close.opportunity.account).objects.update(ae=biz)
    theirs_stands(deals[0], biz)
    assert ours(deals[0]).is_won


@pytest.mark.parametrize("day", ["soon", "11/5/2025"])
def test_a_day_that_the_door_cannot_read_turns_down_its_own_row_and_no_page(deals: list[str], day: str) -> None:
    """PostgreSQL would read the second one, and the deal would be won past its gates."""
    link = MirrorLink.objects.get(salesforce_id=deals[0])
    reading = Reading(link.mirror)
    [told] = reading.remembered([link])
    odd = replace(told, values={**told.values, "stage": "Closed Won", "close_date": day})
    assert writing.apply(reading, [odd], again=True)["skipped"] == 1
    link.refresh_from_db()
    assert (link.problem, link.problem_field, ours(deals[0]).stage) == ("not_valid", "close_date", "Proposal")


def test_a_win_that_was_taken_back_by_a_person_leaves_no_trace_of_a_win(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    before = ours(deals[0]).probability
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won")
    clock.forward(minutes=1)
    poll()
    settling.settle(Conflict.objects.open().get(), "ours", by=biz)
    assert ours(deals[0]).probability == before
    send_all()
    assert (ours(deals[0]).probability, record(line, deals[0])["StageName"]) == (before, "Proposal")
    clock.forward(minutes=1)
    poll()
    assert ours(deals[0]).probability == Decimal(str(record(line, deals[0])["Probability"]))


def test_why_it_was_lost_is_forgotten_when_salesforce_opens_it_again(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    ours(deals[0]).move_to("Closed Lost", lost_because="No budget", by=biz)
    clock.forward(minutes=1)
    send_all()
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Proposal")
    clock.forward(minutes=1)
    poll()
    assert (ours(deals[0]).stage, ours(deals[0]).lost_because) == ("Proposal", "")


# --- what the history says -------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-14", "SFD-25")
@pytest.mark.parametrize("choice", ["theirs", "ours"])
def test_a_conflict_that_is_settled_stands_in_the_history_by_whoever_settled_it(
    choice: str, line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Qualification")
    clock.forward(minutes=1)
    ours(deals[0]).move_to("Negotiation", by=make_user("cro"))
    poll()
    clock.forward(days=1)
    settling.settle(Conflict.objects.open().get(field="stage"), choice, by=biz)
    one = ours(deals[0])
    newest = one.stage_changes.order_by("-at", "-pk").first()
    assert newest
    assert (one.stage, newest.stage) == ({"theirs": "Qualification", "ours": "Negotiation"}[choice],) * 2
    if choice == "theirs":
        assert newest.by == biz
    rows = one.stage_changes.count()
    moving_there.settled(one.pk, biz, product_clock.now())
    assert one.stage_changes.count() == rows, "said once"


def test_what_salesforce_says_of_a_deal_that_is_held_here_is_not_the_picture_of_that_day(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    """Its row of the history is read, and ours stands otherwise till somebody has decided."""
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Closed Won")
    clock.forward(minutes=1)
    poll()
    poll()
    days = {today(): seen()}
    clock.forward(days=1)
    close = ready(deals[0], biz)
    days[today()] = seen()
    clock.forward(days=1)
    move(line, deals[0], CloseDate=LAST_SIGNATURE)
    clock.forward(minutes=1)
    poll()
    days[today()] = seen()
    clock.forward(days=20)
    assert {day: pictured(day, biz) for day in days} == days
    assert len({str(each) for each in days.values()}) == 2
    assert DealClose.objects.get(pk=close.pk).won_at


def test_an_amount_of_ours_that_is_on_its_way_stays_in_the_history_of_a_deal_that_moves_there(
    line: StandIns, deals: list[str], clock: Clock, biz: User
) -> None:
    clock.forward(minutes=1)
    ours(deals[0]).change({"amount": Decimal(900)}, by=biz)
    Effect.objects.open().update(next_at=datetime(2030, 1, 1, tzinfo=UTC))
    clock.forward(minutes=1)
    move(line, deals[0], StageName="Negotiation")
    clock.forward(minutes=1)
    poll()
    then, day = seen(), today()
    clock.forward(days=2)
    assert pictured(day, biz) == then
