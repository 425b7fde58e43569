"""Many at once at one close: one tick, one win, one of everything that a win brings (G05, F46)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import Account, Contract
from fleetcs.models import Effect, Event, Run
from opportunities.models import DealClose, Opportunity
from opportunities.models.close_facts import paper_of
from opportunities.models.winning import follow
from tests.factories import make_agreement, make_close
from tests.opportunities.closes import LINK, Walk
from tests.opportunities.test_papers_at_once import MANY, together

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]


@pytest.mark.ledger("DCL-09", "OPP-08")
def test_fifty_wins_at_the_same_moment_leave_one_of_each() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    together([walk.win] * MANY)
    account = Account.objects.get(pk=walk.deal.account_id)
    assert account.kind == "customer"
    assert Contract.objects.count() == 1
    assert walk.deal.renewals.count() == 1
    assert [row.stage for row in walk.deal.stage_changes.in_order()] == ["Proposal", "Closed Won"]
    assert Effect.objects.filter(kind="github.sale").count() == 1
    assert Event.objects.filter(verb="close_won").count() == 1


@pytest.mark.ledger("DCL-29")
def test_fifty_ticks_of_one_step_leave_one_and_the_others_are_told() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-12a")
    tick = lambda: DealClose.objects.get(pk=close.pk).tick("DCL-12b", {}, by=walk.ae)  # noqa: E731
    assert together([tick] * MANY) == {"done": 1, "refused": MANY - 1}
    assert Run.objects.get(subject_id=close.pk, procedure="close").ticks.filter(step="DCL-12b").count() == 1


@pytest.mark.ledger("DCL-05", "DCL-08")
def test_nobody_signs_or_changes_the_contract_while_somebody_is_at_its_close() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-06")

    def soon(act: Callable[[], object]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        act()

    edit = partial(walk.paper.change, {"draft_url": LINK}, by=walk.ae)
    for act in (partial(walk.sign, "company"), edit, partial(make_agreement, walk.deal, by=walk.ae), walk.attach):
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            walk.close.hold()
            with pytest.raises(OperationalError, match="lock timeout"):
                pool.submit(closing_after, partial(soon, act)).result()
    assert walk.close.run.ticked() >= {"DCL-05b", "DCL-06"}


def closing_after(act: Callable[[], object]) -> None:
    """Do it in this thread, and leave no connection behind."""
    try:
        act()
    finally:
        connection.close()


def test_without_the_door_the_same_race_leaves_more_than_one() -> None:
    """The control: what follows from a win, called past the lock that the door holds, renews more than once.

    Nobody goes on before everybody has looked for a renewal and found none.
    """
    walk = Walk(make_close()).through("DCL-09a")
    other = Contract.objects.create(account=walk.deal.account, tier="premium", in_force_from="2025-12-01")
    walk.paper.__class__.objects.filter(pk=walk.paper.pk).update(contract=other)
    Account.objects.filter(pk=walk.deal.account_id).update(kind="customer")
    Opportunity.objects.filter(pk=walk.deal.pk).update(name="Raced 2026")

    looked = Barrier(10, timeout=600)

    def meeting(execute: Any, sql: str, *given: Any) -> Any:
        found = execute(sql, *given)
        if '"renewal_of_id" = ' in sql and sql.startswith("SELECT"):
            looked.wait()
        return found

    def unguarded(pk: int) -> None:
        close = DealClose.objects.whole().get(pk=pk)
        try:
            with connection.execute_wrapper(meeting):
                follow(close, paper_of(close), by=walk.ae)
        except IntegrityError:
            connection.close()

    together([partial(unguarded, walk.close.pk)] * 10)
    assert walk.deal.renewals.count() > 1
