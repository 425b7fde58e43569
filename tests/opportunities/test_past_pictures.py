"""The pipeline of a past day as it was shown then, whatever has happened since: here, in Salesforce, or in between."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest

from accounts.models import Account
from fleetcs.mirrors import duties, settling
from fleetcs.models import Conflict, Gate, MirrorLink, User
from fleetcs.working_day import today
from opportunities import pictures, pipelines, stages
from opportunities.models import Opportunity
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import load, poll, started
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

ALONG: Final = {"lost_because": "Price", "reopened_because": "They called"}
TYPES: Final = (pipelines.NEW, *pipelines.OF.values())
DAYS: Final = 14
DEALS: Final = 6


@dataclass
class Firm:
    """Deals on both sides, what happens to them, and what the board showed at the end of every day."""

    line: StandIns
    clock: Clock
    by: User
    accounts: list[str] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)
    shown: dict[tuple[date, str], list[pictures.Total]] = field(default_factory=dict)

    def begin(self, count: int) -> "Firm":
        self.accounts = load(self.line, "Account", {"Name": "Brook"}, {"Name": "Brook Ltd"})
        row = {"StageName": "Proposal", "CloseDate": "2026-06-30", "Type": "New"}
        rows = [
            {**row, "Name": f"Deal {number} 2026", "AccountId": self.accounts[number % 2], "Amount": 100.0 + number}
            for number in range(count)
        ]
        self.deals = load(self.line, "Opportunity", *rows)
        for id in self.deals:  # the first row of a history, as Salesforce writes one for every new deal
            self.there(id, StageName="Qualification")
        self.end_day()
        return self

    # --- what happens -------------------------------------------------------------------------------------------------
    def here(self, id: str, **changes: Any) -> None:
        link = MirrorLink.objects.get(salesforce_id=id)
        Opportunity.objects.get(pk=link.record_id).change(changes, by=self.by)

    def there(self, id: str, **values: Any) -> None:
        self.line.act("edit", object="Opportunity", id=id, set=values)

    def both(self, id: str, here: str, there: str) -> None:
        """Two people move one deal, neither knowing of the other."""
        self.there(id, StageName=there)
        self.clock.forward(minutes=1)
        self.here(id, stage=here, **ALONG)

    def settle(self, choice: str) -> None:
        """What is taken; a win with a gate open stays where it is."""
        for conflict in list(Conflict.objects.open()):
            with suppress(settling.NotTaken):
                settling.settle(conflict, choice, by=self.by)

    def delete(self, id: str) -> None:
        self.line.act("delete", object="Opportunity", id=id)

    def merge_accounts(self) -> None:
        self.line.act("merge", object="Account", master=self.accounts[0], losers=[self.accounts[1]])

    # --- what was shown -----------------------------------------------------------------------------------------------
    def end_day(self) -> None:
        """Both sides have met, and somebody looks at the board before they go home."""
        for _ in range(2):
            self.clock.forward(minutes=1)
            Gate.objects.all().delete()
            poll()
            send_all()
        for code in pipelines.PIPELINES:
            self.shown[today(), code] = filled(pictures.now(Opportunity.objects.of_pipeline(code)))
        self.clock.forward(hours=24)

    def faults(self) -> list[str]:
        """Every day whose picture is another one now."""
        return [
            f"{code} on {day}: {now} instead of {then}"
            for (day, code), then in self.shown.items()
            if (now := filled(pictures.before(self.by, pictures.end_of(day), code))) != then
        ]


def filled(totals: list[pictures.Total]) -> list[pictures.Total]:
    return [one for one in totals if one.count]


@pytest.fixture
def firm(line: StandIns, clock: Clock) -> Iterator[Firm]:
    clock("2026-03-02T17:00:00+00:00")
    line.act("quota", used=0, limit=10**6)
    with started("accounts", "opportunities", "stages"):
        yield Firm(line, clock, make_user("bizops"))


@pytest.mark.ledger("SFD-14")
def test_no_change_since_alters_the_picture_of_a_past_day(firm: Firm) -> None:
    """Moves, a slipped date, a reopening, conflicts settled both ways, a held win, deals and accounts that are gone."""
    one, other, third = firm.begin(3).deals
    firm.here(one, stage="Negotiation", close_date=date(2026, 9, 1))
    firm.there(other, StageName="Closed Lost", Amount=70.0)
    firm.end_day()
    firm.there(other, StageName="Proposal", Type="Expansion")
    firm.both(one, "Qualification", "Proposal")
    firm.there(third, StageName="Closed Won")
    firm.end_day()
    firm.settle("theirs")
    firm.end_day()
    firm.both(one, "Closed Lost", "Negotiation")
    firm.end_day()
    firm.settle("ours")
    firm.delete(third)
    firm.merge_accounts()
    firm.end_day()
    firm.here(third, amount=Decimal(5))
    firm.end_day()
    assert len({str(each) for (_, code), each in firm.shown.items() if code == "all"}) >= 5
    assert Account.objects.filter(opportunities__isnull=False).distinct().count() == 1
    assert firm.faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 11])
def test_a_month_of_anything_leaves_every_day_as_it_was_shown(firm: Firm, seed: int) -> None:
    chance = Random(seed)
    firm.begin(DEALS)
    for _ in range(DAYS):
        for _ in range(3):
            anything(firm, chance)
        firm.end_day()
        if chance.random() < 0.6:
            firm.settle(chance.choice(["ours", "theirs"]))
    duties.sweep()
    firm.end_day()
    assert firm.faults() == [], f"seed {seed}"
    assert Conflict.objects.exclude(settled_at=None).count() >= 3


def anything(firm: Firm, chance: Random) -> None:
    """One of the things that happen to a deal."""
    id, stage, other = chance.choice(firm.deals), chance.choice([*stages.OPEN, stages.LOST]), chance.choice(stages.OPEN)
    day, amount = date(2026, 6, 1) + timedelta(days=chance.randint(1, 90)), chance.randint(1, 900)
    acts: list[Any] = [
        lambda: firm.here(id, stage=stage, **ALONG),
        lambda: firm.here(id, close_date=day, amount=Decimal(amount)),
        lambda: firm.there(id, StageName=chance.choice([stage, stages.WON])),
        lambda: firm.there(id, CloseDate=day.isoformat(), Amount=float(amount)),
        lambda: firm.there(id, Type=chance.choice(TYPES)),
        lambda: firm.both(id, other, stage),
        lambda: firm.both(id, stage, other),
    ]
    chance.choice(acts)()
    firm.clock.forward(minutes=chance.randint(1, 60))
    if chance.random() < 0.05 and len(firm.deals) > DEALS // 2:
        firm.delete(id)
        firm.deals.remove(id)
