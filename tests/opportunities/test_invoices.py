"""Invoices, the customer's purchase order, and the inbox of those who decide (DCL-11, CON-04)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from opportunities import rollups
from opportunities.models import Invoice, PurchaseOrder, TermDeviation
from tests.factories import (
    make_account,
    make_agreement,
    make_executed,
    make_opportunity,
    make_quote,
    make_review,
    make_screening,
    make_user,
)
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def invoice(opportunity: Any, **fields: Any) -> Invoice:
    return Invoice.objects.add(opportunity=opportunity, by=make_user("bizops"), **{"amount": "900"} | fields)


@pytest.mark.ledger("DCL-11")
def test_the_invoice_shows_the_po_number_that_the_ae_has_secured() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    path, owner, biz = (
        f"/opportunities/{deal.pk}/purchase-order/",
        client_of(deal.owner),
        client_of(make_user("bizops")),
    )
    form = f"/opportunities/{deal.pk}/invoices/new/"
    assert "Nobody has secured a PO number yet." in words(biz.get(form))
    assert owner.post(path, {"number": "", "none_because": ""}).status_code == 422
    assert owner.post(path, {"number": "4711", "none_because": "both"}).status_code == 422
    assert owner.post(path, {"number": "4711"}).status_code == 302
    page = words(biz.get(form))
    assert "4711" in page
    assert 'value="4711"' in page
    assert owner.post(path, {"none_because": "They are small"}).status_code == 302
    assert PurchaseOrder.objects.get().words == "None: They are small"


@pytest.mark.ledger("CON-04")
def test_the_invoice_date_is_entered_and_never_that_of_the_contract() -> None:
    agreement = make_executed()
    deal = agreement.opportunity
    one = invoice(deal, agreement=agreement)
    assert (one.sent_on, agreement.invoiced_on) == (None, None)
    deal.refresh_from_db()
    assert deal.invoice_sent is None, "a closed deal without an invoice that was sent has no invoice date"
    one.change({"sent_on": date(2026, 2, 3)}, by=make_user("bizops"))
    assert agreement.invoiced_on == date(2026, 2, 3)


@pytest.mark.ledger("CON-04", "SFD-13", "SFD-08")
def test_the_deals_dates_are_those_of_its_latest_invoice() -> None:
    deal = make_opportunity()
    first = invoice(deal, sent_on=date(2026, 1, 5), paid_on=date(2026, 3, 1))
    invoice(deal, sent_on=date(2026, 2, 5))
    deal.refresh_from_db()
    assert (deal.invoice_sent, deal.payment_received) == (date(2026, 2, 5), date(2026, 3, 1))
    first.change({"paid_on": None}, by=make_user("bizops"))
    deal.refresh_from_db()
    assert deal.payment_received is None
    page = words(client_of(make_user("cro")).get(deal.get_absolute_url()))
    assert "Thu 5 Feb 2026" in page


def test_only_bizops_enters_invoices_and_none_is_paid_before_it_was_sent() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    path = f"/opportunities/{deal.pk}/invoices/new/"
    sent = {"number": "R-1", "amount": "900", "sent_on": "2026-01-05", "paid_on": "2026-01-04", "method": "wire"}
    assert client_of(deal.owner).post(path, sent).status_code == 403
    with pytest.raises(ValidationError, match="Only BizOps"):
        Invoice.objects.add(opportunity=deal, by=deal.owner, amount="900")
    biz = client_of(make_user("bizops"))
    assert biz.post(path, sent).status_code == 422
    assert biz.post(path, sent | {"paid_on": ""}).status_code == 302
    one = Invoice.objects.get()
    paid = sent | {"paid_on": "2026-02-01", "version": "1"}
    assert biz.post(f"/invoices/{one.pk}/edit/", paid).status_code == 302
    assert not Invoice.objects.unpaid().exists()


@pytest.mark.ledger("SFD-08")
def test_an_account_adds_up_what_its_deals_and_invoices_say() -> None:
    account = make_account()
    won = {"stage": "Closed Won", "subscription_end": date(2027, 1, 1)}
    first = make_opportunity(account, amount="1000", close_date=date(2025, 3, 1), **won)
    make_opportunity(account, amount="250.50", close_date=date(2026, 3, 1), **won | {"subscription_end": None})
    make_opportunity(account, amount="9000", close_date=date(2024, 1, 1), invoice_sent=date(2026, 1, 1))
    invoice(first, sent_on=date(2026, 2, 5), paid_on=date(2026, 2, 9))
    summed = rollups.of_account(account)
    assert (summed.total, summed.won, summed.first_closed) == (3, 2, date(2025, 3, 1))
    assert (summed.revenue, summed.subscription_end) == (Decimal("1250.50"), date(2027, 1, 1))
    assert (summed.invoice_sent, summed.payment_received) == (date(2026, 2, 5), date(2026, 2, 9))
    page = words(client_of(make_user("cro")).get(f"/accounts/{account.pk}/opportunities/"))
    assert "<dt>Cumulative revenue (USD)</dt> <dd>1,250.50</dd>" in page
    assert rollups.of_account(make_account()).revenue == 0


@pytest.mark.ledger("CON-05")
def test_the_deal_shows_its_terms_and_what_deviates_from_the_standard() -> None:
    deal = make_opportunity(payment_terms="60 days", billing_process="Yearly", summary_of_terms="Two pilots first.")
    by = make_user("bizops")
    given = {"term": None, "value": "Unlimited liability", "form": "redline"}
    TermDeviation.objects.note(make_agreement(deal), by=by, **given)
    page = words(client_of(by).get(deal.get_absolute_url()))
    for shown in ("60 days", "Yearly", "Two pilots first."):
        assert shown in page
    card = words(client_of(by).get(f"/opportunities/{deal.pk}/papers/"))
    assert "Unlimited liability" in card
    assert "Waits for the CEO" in card


@pytest.mark.ledger("PAY-02")
@pytest.mark.parametrize(("hosts", "told"), [(None, False), (99, False), (100, True), (5000, True)])
def test_contract_and_invoice_tell_how_hundreds_of_hosts_may_pay(hosts: int | None, told: bool) -> None:
    agreement = make_executed(make_opportunity(max_hosts=hosts))
    biz = client_of(make_user("bizops"))
    for path in (agreement.get_absolute_url(), f"/opportunities/{agreement.opportunity_id}/invoices/new/"):
        assert ("wire transfer or electronic debit" in words(biz.get(path))) == told


# --- the inbox --------------------------------------------------------------------------------------------------------
def test_the_inbox_shows_each_what_waits_for_their_own_word() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    make_review(make_quote(unique_terms="90 days"))
    make_screening(make_opportunity(), is_hit=True)
    agreement = make_executed()
    invoice(make_opportunity(), sent_on=date(2026, 1, 5))
    pages = {post: words(client_of(make_user(post)).get("/papers/")) for post in ("bizops", "cro", "ceo")}
    assert "Quotes to approve" in pages["cro"]
    for title in ("Legal reviews", "Hits of the sanctions check", "Invoices not paid", "Contracts without an invoice"):
        assert title in pages["bizops"]
        assert title not in pages["ceo"]
    for title in ("Executed contracts that lack a copy", "Purchase orders to secure"):
        assert title in pages["bizops"]
    assert agreement.get_absolute_url() in pages["bizops"]
    assert "Quotes to approve" not in pages["bizops"]
    assert "Nothing waits for you" in pages["ceo"]
    assert client_of(make_user("ae")).get("/papers/").status_code == 404


def test_the_menu_counts_what_waits_for_a_decision() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    page = words(client_of(make_user("cro")).get("/papers/"))
    assert '<span class="nav-count">1<span class="visually-hidden"> waiting</span></span>' in page


def test_the_deals_page_has_a_card_with_its_papers_for_those_who_may_read_them() -> None:
    quote = make_quote()
    make_executed(quote.opportunity)
    path = f"/opportunities/{quote.opportunity_id}/papers/"
    page = words(client_of(quote.prepared_by).get(path))
    assert "Quote 1" in page
    assert "Signed by all" in page
    assert f'hx-get="{path}"' in words(client_of(quote.prepared_by).get(quote.opportunity.get_absolute_url()))
    stranger = words(client_of(make_user("ae")).get(path))
    assert ("Quote 1" in stranger, "are for the deal's owner" in stranger.replace("&#x27;", "'")) == (False, True)
