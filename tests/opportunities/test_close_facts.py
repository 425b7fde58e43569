"""What a close is seen in: its customer's keys, of which nothing secret is read (DCL-23, DCL-24)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import KeyShare, LicenseKey
from fleetcs.working_day import today
from opportunities.models.close_states import states
from opportunities.turns import Turn
from tests.conftest import Clock
from tests.factories import make_close
from tests.opportunities.closes import Walk

pytestmark = pytest.mark.django_db


def waiting(walk: Walk) -> dict[str, Turn]:
    """What is to be done next at a close, by its step."""
    [state] = states([walk.close])
    return {turn.step.code: turn for turn in state.progress.next}


def test_how_far_a_close_is_is_seen_without_reading_what_a_license_key_says() -> None:
    walk = Walk(make_close()).through("DCL-24")
    with CaptureQueriesContext(connection) as asked:
        assert "DCL-24" not in waiting(walk), "the key was shared"
    of_keys = [one["sql"] for one in asked if 'FROM "accounts_licensekey"' in one["sql"]]
    assert ['"sealed"' in sql for sql in of_keys] == [False]


@pytest.mark.ledger("DCL-24")
def test_a_key_that_has_run_out_unseen_is_not_said_to_be_shared_again(clock: Clock) -> None:
    walk = Walk(make_close()).through("DCL-24")
    LicenseKey.objects.update(expires_on=today() + timedelta(days=8))
    clock.forward(days=8)
    assert waiting(walk)["DCL-24"].again[0] == "Share again", "it is its last day"
    clock.forward(days=1)
    assert waiting(walk)["DCL-24"].again == ("", "")
    assert not KeyShare.objects.filter(shown_at__isnull=False).exists()
