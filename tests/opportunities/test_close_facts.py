"""What a close is seen in: its customer's keys, of which nothing secret is read (DCL-23, DCL-24)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opportunities.models.close_states import states
from opportunities.turns import Turn
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
