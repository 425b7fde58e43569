"""Lists: filters, orders, pages and what they cost."""

import pytest
from django import forms
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from fleetcs.listing import Listing, listing
from tests.factories import make_account


# --- lists ------------------------------------------------------------------------------------------------------------
class KindForm(forms.Form):
    q = forms.CharField(required=False, max_length=50, label="Search")
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), ("customer", "Customer"), ("prospect", "Prospect")])


SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk"), "kind": ("kind", "name", "pk")}


def listed(query: str = "", *, size: int = 3) -> Listing[Account]:
    form = KindForm(QueryDict(query.removeprefix("?")))
    request = RequestFactory().get(f"/accounts/?{query.removeprefix('?')}")
    return listing(request, Account.objects.all(), sorts=SORTS, form=form, noun="account", size=size)


@pytest.fixture
def _ten_accounts(db: None) -> None:
    Account.objects.all().delete()
    for number in range(10):
        make_account(None, name=f"Firm {number}", kind="customer" if number % 3 else "prospect")


@pytest.mark.usefixtures("_ten_accounts")
@pytest.mark.parametrize("sort", list(SORTS))
def test_paging_forth_and_back_shows_every_row_once(sort: str) -> None:
    whole = [row.pk for row in Account.objects.order_by(*SORTS[sort])]
    pages = [listed(f"sort={sort}")]
    while pages[-1].next_url:
        pages.append(listed(pages[-1].next_url))
    assert [row.pk for page in pages for row in page.rows] == whole
    back = [pages[-1]]
    while back[-1].back_url:
        back.append(listed(back[-1].back_url))
    assert [row.pk for page in reversed(back) for row in page.rows] == whole
    assert not pages[0].back_url
    assert not back[-1].back_url


@pytest.mark.usefixtures("_ten_accounts")
def test_a_cursor_that_is_not_ours_begins_at_the_beginning() -> None:
    assert [row.pk for row in listed("after=eyJ4Ijox&sort=nope").rows] == [row.pk for row in listed().rows]
    assert listed("after=" + listed().next_url.partition("after=")[2] + "&sort=kind").rows == listed("sort=kind").rows


@pytest.mark.usefixtures("_ten_accounts")
def test_filters_are_chips_and_each_can_be_taken_off() -> None:
    page = listed("q=firm&kind=customer&sort=-name&panel=%2Faccounts%2F1%2F")
    assert [(chip.label, chip.value, chip.remove_url) for chip in page.chips] == [
        ("Search", "firm", "?kind=customer&sort=-name"),
        ("Kind", "Customer", "?q=firm&sort=-name"),
    ]
    assert page.clear_url == "?sort=-name"
    assert page.query == "q=firm&kind=customer&sort=-name"
    assert page.is_filtered


@pytest.mark.usefixtures("_ten_accounts")
@pytest.mark.parametrize("query", ["kind=none", "q=%00", "q=" + "x" * 100_000])
def test_a_filter_that_cannot_be_is_refused_not_ignored(query: str) -> None:
    page = listed(query)
    assert (page.status, page.rows, page.count, page.is_filtered) == (422, [], 0, True)


@pytest.mark.usefixtures("_ten_accounts")
def test_a_list_asks_the_database_twice_however_long_it_is() -> None:
    counts = []
    for size in (1, 3, 50):
        with CaptureQueriesContext(connection) as queries:
            listed(size=size)
        counts.append(len(queries))
    assert counts == [2, 2, 2]


def test_counts_are_said_as_far_as_they_are_counted() -> None:
    def said(count: int) -> str:
        return Listing([], count, "reply", [], "", "", "", "", {}, QueryDict(), 200).count_text

    assert [said(0), said(1), said(1_000), said(1_001)] == ["0 replies", "1 reply", "1,000 replies", "1,000+ replies"]
