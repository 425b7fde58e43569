"""The managers' page: its sums, added up by hand (SLA-21)."""

from collections import Counter
from itertools import pairwise

import pytest

from fleetcs.models import User
from support import figures as rules
from support.models import Clock, StaleDay
from support.tasks import refresh_tallies
from tests.factories import make_channel
from tests.support.figures import MINUTE, PAGE, lines_of, signed_in

pytest_plugins = ["tests.support.ten"]
pytestmark = pytest.mark.django_db


def test_a_response_falls_into_the_first_step_that_is_not_below_it() -> None:
    assert [rules.step_of(seconds) for seconds in (0, 1, 60, 61, 30 * 60, 30 * 60 + 1, 3600, 3601)] == [
        1, 1, 1, 2, 30, 32, 60, 65,
    ]  # fmt: skip
    assert rules.step_of(10**9) == rules.STEPS[-1]
    assert list(rules.STEPS) == sorted(set(rules.STEPS))
    assert all(later * 12 <= sooner * 13 for sooner, later in pairwise(rules.STEPS[29:]))


@pytest.mark.ledger("SLA-21")
def test_percentiles_are_by_nearest_rank() -> None:
    ten = dict.fromkeys(range(1, 11), 1)
    assert [rules.percentile(ten, percent) for percent in (1, 50, 90, 95, 100)] == [1, 5, 9, 10, 10]
    assert rules.percentile({5: 1}, 50) == 5
    assert rules.percentile({}, 50) is None
    assert rules.percentile({1: 99, 60: 1}, 99) == 1
    assert rules.percentile({1: 99, 60: 1}, 100) == 60


def test_what_is_late_now_counts_as_broken_in_the_share() -> None:
    assert rules.kept_share({"kept": 3, "missed": 0, "late": 1, "running": 7, "none": 9}) == 75
    assert rules.kept_share({"none": 5}) is None


# A small set, counted by hand


BY_HAND = {
    "All": {"kept": 3, "missed": 2, "late": 1, "at_risk": 1, "running": 1, "none": 2},
    "Free": {"none": 2},
    "Premium": {"kept": 2, "missed": 1, "late": 1, "at_risk": 1, "running": 1},
    "Ultimate": {"kept": 1, "missed": 1},
    "Inside hours": {"kept": 2, "missed": 1, "late": 1, "at_risk": 1, "running": 1, "none": 2},
    "Outside hours": {"kept": 1, "missed": 1},
}


@pytest.mark.ledger("SLA-02", "SLA-21")
def test_ten_promises_are_added_up_as_by_hand_live_and_from_the_tallies(ten: User) -> None:
    client = signed_in()
    assert StaleDay.objects.exists()
    live = lines_of(client)
    assert refresh_tallies() > 0
    assert not StaleDay.objects.exists()
    tallied = lines_of(client)
    for label, expected in BY_HAND.items():
        assert live[label] == tallied[label] == expected
    assert live == tallied


@pytest.mark.ledger("SLA-21")
def test_inside_and_outside_add_up_to_all(ten: User) -> None:
    lines = lines_of(signed_in())
    both = Counter(lines["Inside hours"]) + Counter(lines["Outside hours"])
    assert dict(both) == lines["All"]
    assert sum(lines["All"].values()) == 10


@pytest.mark.ledger("SLA-18", "SLA-21")
def test_internal_targets_stand_apart_and_are_never_mixed_in(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    internal = {line.label: {state: n for state, n in line.counts.items() if n} for line in shown.internal}
    # inside hours an hour is too long already, and nobody has answered four of them
    assert internal["Inside hours"] == {"missed": 4, "late": 4}
    assert internal["Outside hours"] == {"kept": 1, "missed": 1}
    assert sum(internal["All"].values()) == 10


@pytest.mark.ledger("SLA-19", "SLA-21")
def test_first_responses_are_told_by_percentile(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    times = {line.label: (line.number, [time // MINUTE for time in line.percentiles]) for line in shown.times}
    # 60, 90, 180, 240, 241 and 300 minutes; those of the longer ones are upper edges of their steps
    assert times["All"] == (6, [180, 300, 300])
    assert times["Premium"] == (3, [240, 260, 260])
    assert times["Free"] == (1, [180, 180, 180])


@pytest.mark.ledger("INT-01", "SLA-21")
def test_tickets_are_counted_by_the_way_they_came(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    assert {bar.label: bar.total for bar in shown.sources} == {"Mail": 9, "Flagged Slack thread": 1}


@pytest.mark.ledger("SLA-21")
def test_figures_narrow_to_an_account_a_person_a_tier_and_a_side(ten: User) -> None:
    client, kept = signed_in(), Clock.objects.promised().filter(missed=False, stopped_at__isnull=False)
    account = kept.filter(tier="ultimate").get().account
    assert lines_of(client, f"&account={account.pk}")["All"] == {"kept": 1, "missed": 1}
    assert lines_of(client, f"&account={account.name}")["All"] == {"kept": 1, "missed": 1}
    assert lines_of(client, "&person=Ada Answers")["All"] == {"kept": 3, "missed": 2, "none": 1}
    assert lines_of(client, "&person=none")["All"] == {"late": 1, "at_risk": 1, "running": 1, "none": 1}
    assert lines_of(client, "&tier=premium&priority=P0&side=inside")["All"] == {"kept": 2, "missed": 1}
    assert lines_of(client, "&priority=P1")["All"] == {"missed": 1}
    assert lines_of(client, f"&channel={make_channel(account).pk}")["All"] == {}


@pytest.mark.ledger("SLA-21")
@pytest.mark.parametrize("by", ["account", "person", "channel"])
def test_a_break_down_adds_up_to_all(ten: User, by: str) -> None:
    client = signed_in()
    shown = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18&by={by}").context["figures"]
    ((_, lines),) = shown.tables
    assert sum((Counter(line.counts) for line in lines), Counter()) == Counter(BY_HAND["All"])


# 200 tickets, counted by something else
