"""Many at once at one paper: one of each comes of it (G05, F49)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from opportunities.models import Quote, Screening, TermDeviation, Verdict
from tests.factories import make_agreement, make_opportunity, make_quote, make_screening, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]
MANY = 50


def together(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Do all of it at the same moment; how often it was done, and how often it was refused."""
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        start.wait()
        try:
            act()
        except ValidationError:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(one, acts))


def pending() -> Quote:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    return quote


@pytest.mark.ledger("QUO-02")
def test_fifty_approvals_at_the_same_moment_leave_one() -> None:
    quote, cro = pending(), make_user("cro")
    acts = [lambda: Quote.objects.get(pk=quote.pk).approve(quote.digest, by=cro)] * MANY
    assert together(acts) == {"done": 1, "refused": MANY - 1}
    assert Verdict.objects.get().approves


@pytest.mark.ledger("QUO-02")
def test_an_approval_raced_with_an_edit_never_stands_on_the_edited_quote() -> None:
    for _ in range(10):
        quote, cro = pending(), make_user("cro")
        edit = lambda one=quote: Quote.objects.get(pk=one.pk).change({"hosts": 900}, by=one.prepared_by)  # noqa: E731
        approve = lambda one=quote: Quote.objects.get(pk=one.pk).approve(one.digest, by=cro)  # noqa: B023, E731
        together([edit, approve])
        quote.refresh_from_db()
        assert (quote.hosts, quote.standing) == (900, "draft")


@pytest.mark.ledger("CON-07", "CON-12")
def test_fifty_decisions_about_one_exception_or_one_hit_leave_one() -> None:
    ceo, biz = make_user("ceo"), make_user("bizops")
    given = {"term": None, "value": "Unlimited liability", "form": "redline"}
    exception = TermDeviation.objects.note(make_agreement(), by=biz, **given)
    decide = [
        lambda yes=n % 2 == 0: TermDeviation.objects.get(pk=exception.pk).decide(approves=yes, reason="So", by=ceo)
        for n in range(MANY)
    ]
    assert together(decide)["done"] == 1
    hit = make_screening(make_opportunity(), is_hit=True)
    clear = [
        lambda yes=n % 2 == 0: Screening.objects.get(pk=hit.pk).decide(is_match=yes, evidence="So", by=biz)
        for n in range(MANY)
    ]
    assert together(clear)["done"] == 1


@pytest.mark.ledger("QUO-04")
def test_quotes_written_at_the_same_moment_get_a_number_each() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    assert together([lambda: make_quote(deal)] * 10) == {"done": 10}
    assert sorted(deal.quotes.values_list("number", flat=True)) == list(range(1, 11))


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"])
def test_whoever_connects_anew_among_the_many_waits_as_long_as_it_takes(limit: str) -> None:
    """A request may find its connection closed, since another thread's test client has let that happen."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {limit}")
        assert cursor.fetchone() == ("10min",)
