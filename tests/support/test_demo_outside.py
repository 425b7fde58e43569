"""What stands at GitHub in the demo agrees with the books, but where somebody is to see that it does not."""

from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Codename, CodenamePart, Leak, StrayLabel, adopting, label_check
from fleetcs import effects
from fleetcs.local.demo import PACK
from fleetcs.local.outside import play_outside
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect
from fleetcs.tasks import poke
from tests.standins import StandIns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    monkeypatch.setenv("DEMO_PASSWORD", "demo")
    call_command("load_handbook", str(PACK), verbosity=0)
    call_command("demo_data", tickets=40, verbosity=0)
    play_outside(standins.urls["index_url"])
    return standins


def in_state(which: str) -> int:
    rows: Any = Codename.objects
    return int(getattr(rows, which)().count())


def test_a_newcomer_finds_codenames_in_every_state_labels_from_before_and_a_stranger_who_names_himself(
    demo: StandIns,
) -> None:
    before = [in_state(which) for which in ("complete", "incomplete", "to_be_renamed")]
    assert before == [11, 2, 1]
    label_check.ask()
    poke("watch_public")
    for _ in range(5):
        effects.send_rest()
    assert not Effect.objects.needing_a_person().exists()
    assert [in_state(which) for which in ("complete", "incomplete", "to_be_renamed")] == before
    assert {part.state for part in CodenamePart.objects.all()} == {"standing", "refused", "described"}
    assert {row.state for row in adopting.rows()} == {"fits", "asks", "blocked"}
    assert not StrayLabel.objects.filter(kind="named").exists()
    [leak] = Leak.objects.open()
    assert (leak.where, leak.kinds) == ("comment", "account")
    assert len(demo.github(PUBLIC)["issues"]) == 11
    assert len(demo.github(CONFIDENTIAL)["issues"]) == 2
