"""Fifty clicks at the same moment on one button, as the server gets them: one of each, and no error (G05)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Contract
from fleetcs.models import Effect, Event, Tick, User
from opportunities import stages
from opportunities.models import DealClose, LeadSource, Quote, Verdict
from tests.factories import make_close, make_user
from tests.opportunities.closes import Walk
from tests.opportunities.test_papers_at_once import MANY, pending

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]


def clicks(user: User, path: str, **sent: Any) -> Counter[int]:
    """The same button pressed in as many windows at once, each with a form of its own; how each was answered."""
    first, start = Client(), Barrier(MANY)
    first.force_login(user)

    def press(number: int) -> int:
        window = Client()
        window.cookies = first.cookies
        start.wait()
        try:
            return window.post(path, sent | {"form_token": f"window-number-{number:08}"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as windows:
        return Counter(windows.map(press, range(MANY)))


@pytest.mark.ledger("DCL-29")
def test_fifty_clicks_on_a_step_leave_one_tick_and_tell_the_others() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-12a")
    assert clicks(walk.ae, f"/closes/{close.pk}/step/?step=DCL-12b") == {302: 1, 422: MANY - 1}
    assert Tick.objects.filter(step="DCL-12b").count() == 1


@pytest.mark.ledger("QUO-02")
def test_fifty_clicks_on_approve_leave_one_verdict() -> None:
    quote = pending()
    assert clicks(make_user("cro"), f"/quotes/{quote.pk}/approve/", digest=quote.digest) == {302: MANY}
    assert Verdict.objects.get().approves
    assert Quote.objects.get().standing == "approved"


@pytest.mark.ledger("DCL-09", "OPP-08")
def test_fifty_clicks_on_close_won_leave_one_contract_one_renewal_and_one_issue() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09a")
    answers = clicks(walk.ae, f"/closes/{close.pk}/win/", close_date="2025-11-05")
    assert set(answers) <= {302, 422}
    assert Contract.objects.count() == walk.deal.renewals.count() == 1
    assert Effect.objects.filter(kind="github.sale").count() == 1
    moves = [step.stage for step in stages.steps(walk.deal.stage_changes.in_order()) if step.is_move]
    assert moves == ["Proposal", "Closed Won"]
    assert Event.objects.of(DealClose.objects.get()).get(verb="close_won").by == walk.ae


@pytest.mark.ledger("LEA-05")
def test_fifty_clicks_on_a_new_source_add_it_once_and_tell_the_others() -> None:
    assert clicks(make_user("administrator"), "/leads/sources/", name="Trade fair") == {302: 1, 422: MANY - 1}
    assert LeadSource.objects.filter(name="Trade fair").count() == 1
