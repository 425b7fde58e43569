"""Quotes: nothing leaves that the CRO has not approved as it is (QUO-01 to QUO-06, F49)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from fleetcs.models import HandbookEntry
from opportunities import quoting
from opportunities.models import ContactRole, LegalReview, Quote, Verdict
from tests.factories import (
    ISSUE_URL,
    make_contact,
    make_opportunity,
    make_quote,
    make_review,
    make_screening,
    make_user,
)
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def approved(**overrides: Any) -> Quote:
    """A quote that has been checked, submitted and approved."""
    quote = make_quote(**overrides)
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    quote.approve(quote.digest, by=make_user("cro"))
    return quote


# --- the content is what is approved ---------------------------------------------------------------------------------
def test_the_digest_is_of_what_it_says_and_not_of_how_it_was_typed() -> None:
    said = {"price": Decimal("1200"), "unique_terms": "a\r\nb", "valid_until": date(2026, 1, 2), "hosts": 3}
    same = {"hosts": 3, "valid_until": date(2026, 1, 2), "unique_terms": "a\nb", "price": Decimal("1200.00")}
    assert quoting.digest(said) == quoting.digest(same)
    assert quoting.digest(said) != quoting.digest(same | {"hosts": 4})


@pytest.mark.ledger("QUO-02")
def test_a_draft_cannot_be_sent_by_form_by_verb_or_past_both() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    owner = quote.prepared_by
    assert client_of(owner).post(f"/quotes/{quote.pk}/send/", {"to": "buyer@mill.example"}).status_code == 422
    with pytest.raises(ValidationError, match="approval is missing"):
        quote.send("buyer@mill.example", by=owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(sent_at=quote.created_at)
    quote.refresh_from_db()
    assert quote.sent_at is None


@pytest.mark.ledger("QUO-02")
def test_only_the_cro_approves_and_what_is_approved_may_be_sent() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    for post in ("ceo", "bizops", "vp_cs", "ae"):
        with pytest.raises(ValidationError, match="Only the CRO"):
            quote.approve(quote.digest, by=make_user(post))
    assert client_of(make_user("bizops")).post(f"/quotes/{quote.pk}/approve/").status_code == 403
    cro = make_user("cro")
    path, sent = f"/quotes/{quote.pk}/approve/", {"digest": quote.digest}
    assert client_of(cro).post(path, sent).status_code == 302
    quote.refresh_from_db()
    assert (quote.approved_by, quote.approved_digest, quote.standing) == (cro, quote.digest, "approved")
    assert client_of(quote.prepared_by).post(f"/quotes/{quote.pk}/send/", {"to": "b@mill.example"}).status_code == 302
    quote.refresh_from_db()
    assert (quote.sent_to, quote.sent_by, quote.standing) == ("b@mill.example", quote.prepared_by, "sent")


@pytest.mark.ledger("QUO-02")
def test_an_edit_after_the_approval_takes_it_back_to_a_draft() -> None:
    quote = approved()
    quote.change({"price": Decimal("35000")}, by=quote.prepared_by)
    assert quote.standing == "draft"
    with pytest.raises(ValidationError, match="approval is missing"):
        quote.send("buyer@mill.example", by=quote.prepared_by)
    told = quote.verdicts.get()
    assert (told.content["price"], told.digest != quote.digest) == ("36000.00", True)


def test_an_edit_past_the_verb_voids_the_approval_all_the_same() -> None:
    quote = approved()
    Quote.objects.filter(pk=quote.pk).update(hosts=9)
    quote.refresh_from_db()
    assert (quote.approved_at, quote.approved_digest, quote.submitted_at) == (None, "", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(sent_at=quote.created_at)


def test_an_edit_that_changes_nothing_keeps_the_approval() -> None:
    quote = approved()
    quote.change({"price": Decimal("36000.00")}, by=quote.prepared_by)
    assert quote.standing == "approved"


def test_the_cro_approves_what_was_on_the_page_and_nothing_newer() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    read = quote.digest
    quote.change({"hosts": 900}, by=quote.prepared_by)
    quote.submit(by=quote.prepared_by)
    with pytest.raises(ValidationError, match="changed since you read it"):
        quote.approve(read, by=make_user("cro"))


def test_what_was_changed_and_changed_back_is_approved_anew() -> None:
    quote = approved()
    for hosts in (900, 500):
        quote.change({"hosts": hosts}, by=quote.prepared_by)
    assert quote.standing == "draft"
    quote.submit(by=quote.prepared_by)
    quote.approve(quote.digest, by=make_user("cro"))
    assert quote.verdicts.filter(approves=True).count() == 2


def test_a_refused_quote_says_why_and_comes_again() -> None:
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    cro = make_user("cro")
    sent = {"why": "Too cheap", "digest": quote.digest}
    assert client_of(cro).post(f"/quotes/{quote.pk}/refuse/", {"why": "", "digest": quote.digest}).status_code == 422
    assert client_of(cro).post(f"/quotes/{quote.pk}/refuse/", sent).status_code == 302
    quote.refresh_from_db()
    assert quote.standing == "refused"
    assert "refused it: Too cheap" in words(client_of(cro).get(quote.get_absolute_url()))
    quote.submit(by=quote.prepared_by)
    assert quote.standing == "pending"


def test_what_is_sent_stands_and_goes_on_as_a_new_version() -> None:
    quote = approved()
    quote.send("buyer@mill.example", by=quote.prepared_by)
    with pytest.raises(ValidationError, match="make a new version"):
        quote.change({"hosts": 9}, by=quote.prepared_by)
    with pytest.raises(DatabaseError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(hosts=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        Verdict.objects.filter(quote=quote).delete()
    newer = quote.revise(by=quote.prepared_by)
    assert (newer.number, newer.hosts, newer.standing) == (2, 500, "draft")


# --- who writes it ----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("QUO-04")
def test_only_the_owner_of_the_deal_and_managers_prepare_a_quote() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    sent = {"format": "slides", "product": "Premium", "hosts": "10", "price": "900", "term": "12"}
    path = f"/opportunities/{deal.pk}/quotes/new/"
    deal.account.ae = make_user("ae")
    deal.account.save()
    for other in (make_user("ae"), deal.account.ae, make_user("bizops")):
        assert client_of(other).post(path, sent).status_code == 403
        with pytest.raises(ValidationError, match="Only the deal's owner"):
            make_quote(deal, by=other)
    assert client_of(deal.owner).post(path, sent).status_code == 302
    assert client_of(make_user("cro")).post(path, sent).status_code == 302
    assert [quote.prepared_by == deal.owner for quote in deal.quotes.order_by("number")] == [True, False]


@pytest.mark.ledger("QUO-05")
def test_a_new_quote_is_in_slides_and_a_change_of_that_is_written_down() -> None:
    HandbookEntry.objects.create(section="links", code="quote_deck", value="https://docs.google.com/presentation/d/7")
    quote = make_quote()
    owner = client_of(quote.prepared_by)
    assert quote.format == "slides"
    assert 'value="slides" selected' in words(owner.get(f"/opportunities/{quote.opportunity_id}/quotes/new/"))
    assert "https://docs.google.com/presentation/d/7" in words(owner.get(quote.get_absolute_url()))
    quote.change({"format": "docusign_po"}, by=quote.prepared_by)
    assert "format" in words(owner.get(quote.get_absolute_url()))


@pytest.mark.ledger("QUO-06")
def test_a_purchase_order_is_offered_only_without_special_terms_and_pricing() -> None:
    quote = make_quote(special_pricing=True)
    owner, path = client_of(quote.prepared_by), f"/quotes/{quote.pk}/edit/"
    assert "docusign_po" not in words(owner.get(path))
    sent = {"product": "Premium", "hosts": "500", "price": "36000", "term": "12", "version": "1"}
    refused = owner.post(path, sent | {"format": "slides", "special_pricing": "on", "unique_terms": "30 days"})
    assert refused.status_code == 302
    both = {"format": "docusign_po", "unique_terms": "30 days", "version": "2"}
    other = make_quote(quote.opportunity)
    assert "docusign_po" in words(owner.get(f"/quotes/{other.pk}/edit/"))
    assert owner.post(f"/quotes/{other.pk}/edit/", sent | both | {"version": "1"}).status_code == 422
    with pytest.raises(ValidationError, match="neither unique terms nor special pricing"):
        quote.change({"format": "docusign_po"}, by=quote.prepared_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(format="docusign_po")


@pytest.mark.ledger("QUO-01")
def test_the_quote_names_who_decides_at_the_customer_or_says_unknown() -> None:
    quote = make_quote()
    deal, owner = quote.opportunity, client_of(quote.prepared_by)
    champion, stranger = make_contact(deal.account, name="Una Berg"), make_contact(make_quote().opportunity.account)
    shown = words(owner.get(quote.get_absolute_url()))
    assert shown.count("Unknown") == 3
    path = f"/opportunities/{deal.pk}/roles/"
    assert owner.post(path, {"champion": champion.pk, "finance": stranger.pk}).status_code == 422
    assert owner.post(path, {"champion": champion.pk}).status_code == 302
    shown = words(owner.get(quote.get_absolute_url()))
    assert (shown.count("Unknown"), "Una Berg" in shown) == (2, True)
    assert ContactRole.objects.of(deal)["champion"] == champion


# --- what else holds it -----------------------------------------------------------------------------------------------
@pytest.mark.ledger("QUO-03")
def test_an_open_legal_review_holds_the_approval_and_the_sending() -> None:
    quote = make_quote(unique_terms="Payment after 90 days")
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    cro = make_user("cro")
    path = f"/quotes/{quote.pk}/review/"
    assert client_of(cro).post(path, {"question": "May we?", "issue_url": ISSUE_URL}).status_code == 302
    review = LegalReview.objects.get()
    with pytest.raises(ValidationError, match="review of it is open"):
        quote.approve(quote.digest, by=cro)
    review.close("Fine.", by=make_user("bizops"))
    quote.approve(quote.digest, by=cro)
    make_review(quote)
    with pytest.raises(ValidationError, match="review of it is open"):
        quote.send("buyer@mill.example", by=quote.prepared_by)


@pytest.mark.ledger("CON-12")
def test_a_quote_for_somebody_of_whom_no_country_is_known_goes_nowhere() -> None:
    quote = make_quote()
    with pytest.raises(ValidationError, match="say the country"):
        quote.submit(by=quote.prepared_by)
    make_screening(quote.opportunity, is_hit=True)
    with pytest.raises(ValidationError, match="had a hit"):
        quote.submit(by=quote.prepared_by)


def test_a_hit_after_the_approval_stops_the_sending() -> None:
    quote = approved()
    make_screening(quote.opportunity, is_hit=True)
    with pytest.raises(ValidationError, match="had a hit"):
        quote.send("buyer@mill.example", by=quote.prepared_by)


# --- the CRO's own ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("to_ceo", "approver", "other"), [(False, "cro", "ceo"), (True, "ceo", "cro")])
def test_a_quote_of_the_cro_goes_to_the_ceo_only_where_that_is_set(
    settings: Any, to_ceo: bool, approver: str, other: str
) -> None:
    settings.CRO_QUOTES_TO_CEO = to_ceo
    quote = make_quote(make_opportunity(), by=make_user("cro"))
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    with pytest.raises(ValidationError, match="Only the CRO"):
        quote.approve(quote.digest, by=make_user(other))
    assert "Approve" in words(client_of(make_user(approver)).get(quote.get_absolute_url()))
    quote.approve(quote.digest, by=make_user(approver))


def test_a_quote_that_the_cro_has_edited_is_the_cros_own_too(settings: Any) -> None:
    settings.CRO_QUOTES_TO_CEO = True
    quote = make_quote()
    make_screening(quote.opportunity)
    quote.change({"price": Decimal("30000")}, by=make_user("cro"))
    quote.submit(by=quote.prepared_by)
    with pytest.raises(ValidationError, match="Only the CRO"):
        quote.approve(quote.digest, by=make_user("cro"))
    quote.approve(quote.digest, by=make_user("ceo"))


# --- on paper ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("CON-01")
def test_the_page_to_print_names_the_agreement_and_says_when_it_is_a_draft() -> None:
    HandbookEntry.objects.create(section="links", code="subscription_agreement", value="https://lanternfish.example/t")
    quote = make_quote(special_pricing=True)
    owner = client_of(quote.prepared_by)
    page = words(owner.get(f"/quotes/{quote.pk}/print/"))
    assert "https://lanternfish.example/t" in page
    assert "not approved" in page
    assert "Special pricing" not in page, "what is ours alone is not printed"
    assert "https://lanternfish.example/t" in words(owner.get(quote.get_absolute_url()))
    fine = approved()
    assert "not approved" not in words(client_of(fine.prepared_by).get(f"/quotes/{fine.pk}/print/"))


@pytest.mark.ledger("PAY-02")
def test_for_hundreds_of_hosts_a_quote_tells_how_they_may_pay() -> None:
    few, many = make_quote(hosts=99), make_quote(hosts=100)
    assert "wire transfer" not in words(client_of(few.prepared_by).get(few.get_absolute_url()))
    assert "wire transfer" in words(client_of(many.prepared_by).get(many.get_absolute_url()))
