"""The demo shows closes at three points of their way."""

import pytest

from opportunities import closing
from opportunities.demo import closes
from opportunities.models import DealClose
from opportunities.models.close_states import states
from tests.factories import make_account, make_embargo, make_user


@pytest.mark.django_db
def test_the_demo_has_one_just_begun_one_on_paper_and_one_won() -> None:
    make_embargo()
    for post in ("ae", "sc", "csm", "cro", "ceo", "bizops", "vp_cs"):
        make_user(post)
    for _ in range(3):
        make_account(None, kind="prospect")
    closes.enter()
    stands = sorted(states(DealClose.objects.all()), key=lambda state: state.close.pk)
    assert [state.progress.stage for state in stands] == [closing.START, closing.ORDER, closing.SIGNED]
    assert [state.close.is_won for state in stands] == [False, False, True]
