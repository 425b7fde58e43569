"""The pipeline's board, its picture of a past day, and moving deals on it."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs.models import User
from fleetcs.working_day import today
from opportunities import pictures, pipelines, stages
from opportunities.models import Opportunity, StageChange, TypeChange
from opportunities.models.type_change import follow
from tests.conftest import Clock
from tests.factories import make_account, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

MORE = re.compile(r'hx-get="(/pipeline/column/[^"]+)"')
TYPES = (pipelines.NEW, *pipelines.OF.values())
BEGIN = "2026-03-02T18:00:00+00:00"


def totals(pipeline: str = "all") -> dict[str, tuple[int, Decimal, Decimal]]:
    found = pictures.now(Opportunity.objects.of_pipeline(pipeline))
    return {one.stage: (one.count, one.amount, one.weighted) for one in found if one.count}


# --- the board -------------------------------------------------------------------------------------------------------
def test_a_column_says_how_many_deals_what_they_are_worth_and_what_by_their_chances() -> None:
    make_opportunity(amount="1000", probability=50)
    make_opportunity(amount="500", probability=10)
    make_opportunity(amount=None, probability=90)
    make_opportunity(stage="Closed Lost", amount="70", probability=30)
    make_opportunity(stage="Closed Won", amount="90", probability=None)
    assert totals() == {
        "Proposal": (3, Decimal("1500.00"), Decimal("550.00")),
        "Closed Won": (1, Decimal("90.00"), Decimal("90.00")),
        "Closed Lost": (1, Decimal("70.00"), Decimal("0.00")),
    }
    page = words(client_of(make_user(None)).get("/pipeline/"))
    assert "3 open deals worth 1,500 USD, 550 by their chances" in page
    assert "Closed Lost" in page


def test_the_three_pipelines_add_up_to_all() -> None:
    for type in ("New", "", "Expansion", "Existing Business", "Something else"):
        make_opportunity(type=type, amount="10")
    counts = [sum(count for count, _, _ in totals(code).values()) for code in ("new", "expansion", "renewal", "all")]
    assert counts == [3, 1, 1, 5]


def test_a_column_of_many_is_paged_and_the_board_costs_the_same() -> None:
    user = make_user("cro")
    client, account = client_of(user), make_account()
    make_opportunity(account, name="First 2026", owner=user)
    client.get("/pipeline/")
    with CaptureQueriesContext(connection) as few:
        client.get("/pipeline/")
    rows = [Opportunity(account=account, name=f"Deal {n} 2026", stage="Proposal", owner=user) for n in range(45)]
    Opportunity.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/pipeline/")
    assert len(many) == len(few)
    seen = names(page)
    while url := MORE.search(page.content.decode()):
        page = client.get(html.unescape(url[1]), headers={"HX-Request": "true", "HX-Target": "more"})
        seen += names(page)
    assert len(seen) == len(set(seen)) == 46


def names(page: Any) -> list[str]:
    return re.findall(r"(?:Deal \d+|First) 2026(?=</a>)", page.content.decode())


@pytest.mark.parametrize("post", ["csm", None])
def test_cards_can_be_moved_by_those_who_keep_the_deal_up_to_date(post: str | None) -> None:
    user = make_user(post)
    make_opportunity(owner=user)
    shown = words(client_of(user).get("/pipeline/"))
    assert ("data-card" in shown) == (post == "csm")
    assert ("Weekly review" in shown) == (post == "csm")


# --- moving ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def cro() -> User:
    return make_user("cro")


def move(client: Client, deal: Opportunity, **sent: Any) -> Any:
    return client.post(f"/opportunities/{deal.pk}/move/", {"version": deal.version, **sent})


def test_a_button_of_the_board_moves_a_deal_and_one_click_takes_it_back(cro: User) -> None:
    deal, client = make_opportunity(), client_of(cro)
    answer = move(client, deal, stage="Negotiation", back="/pipeline/?of=new")
    assert (answer.status_code, answer["Location"]) == (302, "/pipeline/?of=new")
    deal.refresh_from_db()
    assert deal.stage == "Negotiation"
    assert f"/opportunities/{deal.pk}/move/undo/" in words(client.get("/pipeline/"))
    client.post(f"/opportunities/{deal.pk}/move/undo/")
    deal.refresh_from_db()
    assert deal.stage == "Proposal"
    assert [row.stage for row in deal.stage_changes.in_order()] == ["Proposal", "Negotiation", "Proposal"]


def test_nobody_takes_back_what_a_colleague_moved_or_what_is_long_ago(cro: User, clock: Clock) -> None:
    clock(BEGIN)
    deal = make_opportunity()
    deal.move_to("Negotiation", by=make_user("bizops"))
    with pytest.raises(ValidationError, match="too late"):
        deal.take_back(by=cro)
    deal.move_to("Proposal", by=cro)
    clock.forward(minutes=11)
    with pytest.raises(ValidationError, match="too late"):
        deal.take_back(by=cro)


def test_a_move_that_is_taken_back_leaves_the_deal_as_it_was(cro: User) -> None:
    """Its chance and its close date too; only of a closed one it is said why it was opened again."""
    day = today()
    make_opportunity(stage="Negotiation", probability=80)
    deal = make_opportunity(probability=35, close_date=day)
    deal.move_to("Negotiation", by=cro, close_date=day + timedelta(days=9))
    assert deal.probability == 80
    deal.take_back(by=cro)
    assert (deal.stage, deal.probability, deal.close_date, deal.reopened_because) == ("Proposal", 35, day, "")
    deal.move_to("Closed Lost", by=cro, lost_because="Price")
    deal.take_back(by=cro)
    assert (deal.stage, deal.probability, deal.lost_because) == ("Proposal", 35, "")
    assert deal.reopened_because == "Taken back at once"


def test_a_deal_that_was_opened_again_by_mistake_is_lost_for_the_reason_it_was(cro: User) -> None:
    deal = make_opportunity()
    deal.move_to("Closed Lost", by=cro, lost_because="Too dear")
    deal.move_to("Proposal", by=cro, reopened_because="They called")
    deal.take_back(by=cro)
    assert (deal.stage, deal.lost_because) == ("Closed Lost", "Too dear")


def test_a_lost_deal_has_a_reason(cro: User) -> None:
    deal, client = make_opportunity(), client_of(cro)
    asked = client.get(f"/opportunities/{deal.pk}/move/?stage=Closed+Lost&lost_because=Silence")
    assert 'value="Silence"' in words(asked)
    assert move(client, deal, stage="Closed Lost").status_code == 422
    assert move(client, deal, stage="Closed Lost", lost_because="  ").status_code == 422
    with pytest.raises(ValidationError, match="Say why it is lost"):
        deal.move_to("Closed Lost", by=cro)
    deal.refresh_from_db()
    assert move(client, deal, stage="Closed Lost", lost_because="Too dear").status_code == 302
    deal.refresh_from_db()
    assert (deal.stage, deal.lost_because, deal.probability) == ("Closed Lost", "Too dear", 0)
    assert "Too dear" in words(client.get(deal.get_absolute_url()))


@pytest.mark.ledger("OPP-09")
def test_the_board_cannot_win_a_deal_that_lacks_its_contract(cro: User) -> None:
    deal = make_opportunity()
    answer = move(client_of(cro), deal, stage="Closed Won")
    assert answer.status_code == 422
    assert "Attach the executed contract first" in words(answer)
    deal.refresh_from_db()
    assert deal.stage == "Proposal"


def test_a_closed_deal_stays_where_it_is_until_somebody_says_why() -> None:
    deal, ae = make_opportunity(stage="Closed Lost", lost_because="Price"), make_user("ae")
    with pytest.raises(ValidationError, match="It is closed"):
        deal.move_to("Proposal", by=ae)
    deal.refresh_from_db()
    deal.move_to("Proposal", by=ae, reopened_because="They called")
    won = make_opportunity(stage="Closed Won")
    with pytest.raises(ValidationError, match="business operations or the CRO"):
        won.move_to("Proposal", by=ae, reopened_because="By mistake")
    won.refresh_from_db()
    won.move_to("Proposal", by=make_user("bizops"), reopened_because="By mistake")
    assert won.stage == "Proposal"


def test_a_board_that_is_out_of_date_moves_nothing(cro: User) -> None:
    deal = make_opportunity()
    deal.change({"next_step": "Call"}, by=cro)
    answer = client_of(cro).post(f"/opportunities/{deal.pk}/move/", {"stage": "Negotiation", "version": 1})
    assert answer.status_code == 422
    assert "A colleague has changed this deal meanwhile" in words(answer)


def test_in_another_stage_a_deal_has_the_chance_that_others_have_there(cro: User) -> None:
    make_opportunity(stage="Negotiation", probability=80)
    deal = make_opportunity(probability=60)
    deal.move_to("Negotiation", by=cro)
    assert deal.probability == 80
    assert deal.stage_changes.in_order().last().probability == 80  # type: ignore[union-attr]
    deal.move_to("Prospecting", by=cro, probability=Decimal(5))
    assert deal.probability == 5


# --- the picture of a day --------------------------------------------------------------------------------------------
def wandering(chance: Random, clock: Clock, by: User) -> Iterator[None]:
    """Ten deals that wander about for a month; stops at the end of every day."""
    deals = [make_opportunity(amount=chance.randint(1, 900), type=chance.choice(TYPES)) for _ in range(5)]
    for number in range(30):
        clock.forward(minutes=chance.randint(1, 300))
        if number % 6 == 0:
            deals.append(make_opportunity(amount=chance.randint(1, 900), type=chance.choice(TYPES)))
        wander(chance, chance.choice(deals), by)
        yield
        clock.forward(hours=18)


def wander(chance: Random, deal: Opportunity, by: User) -> None:
    """To any stage, to another amount or chance, or into another pipeline."""
    changes: dict[str, Any] = chance.choice(
        [
            {"stage": chance.choice([*stages.OPEN, stages.LOST]), "lost_because": "x", "reopened_because": "y"},
            {"amount": Decimal(chance.randint(1, 900)), "probability": Decimal(chance.randint(1, 99))},
            {"type": chance.choice(TYPES), "owner": make_user("csm")},
            {"close_date": today() + timedelta(days=chance.randint(1, 90))},
        ]
    )
    deal.change(changes, by=by)


def test_the_pipeline_as_of_a_day_equals_what_it_showed_then(clock: Clock, cro: User) -> None:
    """Frozen at the end of every day, and asked for again when a month has gone over it."""
    clock(BEGIN)
    frozen: dict[tuple[Any, str], Any] = {}
    for _ in wandering(Random(7), clock, cro):
        for code in pipelines.PIPELINES:
            frozen[today(), code] = pictures.now(Opportunity.objects.of_pipeline(code))
    assert len({str(each) for each in frozen.values()}) > 40, "a picture that never changes shows nothing"
    for (day, code), then in frozen.items():
        found = pictures.before(cro, pictures.end_of(day), code)
        assert [one for one in found if one.count] == [one for one in then if one.count], f"{code} on {day}"


def test_a_type_that_salesforce_changes_does_not_change_the_past(clock: Clock, cro: User) -> None:
    clock(BEGIN)
    deal = make_opportunity(type="New", amount="10")
    then = pictures.end_of(today())
    clock.forward(days=2)
    follow([Decided(deal.pk, {"type": "New"}, {"type": "Expansion"})])
    Opportunity.objects.update(type="Expansion")
    assert [one.count for one in pictures.before(cro, then, "new") if one.count] == [1]
    assert [one.count for one in pictures.before(cro, pictures.end_of(today()), "new") if one.count] == []
    assert TypeChange.objects.get().before == "New"


class Decided:
    """What the mirror says of a record that it changes."""

    def __init__(self, pk: int, row: dict[str, Any], here: dict[str, Any]) -> None:
        self.pk, self.row, self.here, self.is_new, self.merged = pk, row, here, False, self


def test_the_page_of_a_past_day_shows_both(clock: Clock, cro: User) -> None:
    clock(BEGIN)
    deal = make_opportunity(amount="700")
    clock.forward(days=40)
    deal.move_to("Negotiation", by=cro)
    client = client_of(cro)
    page = words(client.get("/pipeline/past/?on=2026-03-10"))
    assert "Deals, 10 Mar 2026" in page
    assert ">700<" in page
    assert "31 Mar 2026" in words(client.get("/pipeline/past/")), "last month's end, unless another day is asked for"
    refused = client.get("/pipeline/past/?on=2030-01-01")
    assert refused.status_code == 422
    assert "still to come" in words(refused)
    assert client.get("/pipeline/past/?on=soon").status_code == 422


@pytest.mark.ledger("SFD-14")
def test_the_stage_history_of_all_deals_says_from_to_who_when_how_long_and_what_slipped(
    clock: Clock, cro: User
) -> None:
    clock(BEGIN)
    deal = make_opportunity(name="Mill 2026", close_date=today())
    clock.forward(days=9)
    deal.move_to("Negotiation", by=cro, close_date=today())
    page = words(client_of(make_user(None)).get("/pipeline/moves/"))
    assert '<td data-label="From">Proposal</td> <td data-label="To"><strong>Negotiation</strong></td>' in page
    assert f'class="name">{cro.name}</td>' in page
    assert 'data-label="Days before" class="num">9</td>' in page
    assert "Put off by 9 days" in page
    assert StageChange.objects.count() == 2
