"""What changes while a deal is being closed, and after: another contract, another day, a win that is taken back."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Contract
from fleetcs.models import Event
from opportunities import closing
from opportunities.models import Agreement, DealClose, Opportunity, Signature
from opportunities.models.close_facts import paper_of
from opportunities.models.winning import TOO_FAR
from opportunities.views import closes
from tests.conftest import Clock
from tests.factories import (
    make_account,
    make_agreement,
    make_close,
    make_executed,
    make_opportunity,
    make_screening,
    make_user,
)
from tests.opportunities.closes import LINK, SIGNED, Walk
from tests.opportunities.test_close_pages import ANSWERS, address
from tests.opportunities.test_closing import refusal, standing_of
from tests.opportunities.test_moving import by_bulk, by_cell
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
OF_THE_COPY = {"DCL-05a", "DCL-05b", "DCL-06"}


def reopened(walk: Walk) -> Opportunity:
    deal = Opportunity.objects.get(pk=walk.deal.pk)
    deal.move_to("Negotiation", by=walk.biz, reopened_because="They want it otherwise")
    return deal


# --- another contract -------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-05", "DCL-06")
@pytest.mark.parametrize("way", ["added", "made into one", "made into none"])
def test_what_was_checked_of_one_copy_is_checked_anew_of_another(way: str) -> None:
    walk = Walk(make_close(docusign=False))
    other = make_agreement(walk.deal, by=walk.ae, kind="nda")
    assert walk.through("DCL-06").close.run.ticked() >= OF_THE_COPY, "an NDA changes nothing"
    if way == "added":
        make_agreement(walk.deal, by=walk.ae)
    elif way == "made into one":
        other.change({"kind": "subscription"}, by=walk.ae)
    else:
        Agreement.objects.filter(pk=other.pk).update(kind="subscription")
        Agreement.objects.get(pk=other.pk).change({"kind": "other"}, by=walk.ae)
    assert not walk.close.run.ticked() & OF_THE_COPY
    back = Event.objects.of(walk.close).filter(verb="close_step_taken_back")
    assert {(event.facts["step"], event.facts["why"], event.by) for event in back} == {
        (code, closing.ANOTHER_COPY, walk.ae) for code in OF_THE_COPY
    }
    assert closing.ANOTHER_COPY in words(client_of(walk.biz).get(address(walk.close)))
    assert closing.ANOTHER_COPY in words(client_of(walk.ae).get(walk.deal.account.get_absolute_url()))


@pytest.mark.ledger("DCL-05", "DCL-09")
def test_a_contract_that_comes_after_the_win_changes_nothing_of_it(clock: Clock) -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-09b")
    clock.forward(minutes=1)
    later = make_agreement(walk.deal, by=walk.ae)
    later.send(to="b@mill.example", by=walk.ae)
    ours = {"party": "company", "signer": walk.ceo, "signed_on": date(2026, 1, 7)}
    for signed, by in (({"party": "customer"} | SIGNED, walk.ae), (ours, walk.ceo)):
        Signature.objects.record(later, by=by, **signed)
    assert walk.close.run.ticked() >= OF_THE_COPY
    assert paper_of(DealClose.objects.get()) == walk.paper
    assert standing_of(walk.close).facts["attached"]


@pytest.mark.ledger("DCL-08")
def test_nobody_has_signed_an_order_form_that_never_went_out() -> None:
    walk = Walk(make_close()).through("DCL-01")
    sent = make_agreement(walk.deal, by=walk.ae)
    sent.send(to="b@mill.example", envelope="E-2", copied=[walk.ae.email, walk.biz.email], by=walk.ae)
    assert refusal(lambda: walk.sign("customer")) == "It has not been sent yet: nobody can have signed it."
    walk.paper = sent
    walk.both()


def test_what_has_been_sent_keeps_its_kind_and_a_late_edit_does_not_unsend_it() -> None:
    walk = Walk(make_close()).through("DCL-01")
    read_before = Agreement.objects.get(pk=walk.paper.pk)
    walk.send()
    read_before.change({"draft_url": LINK}, by=walk.ae, version=1)
    kept = Agreement.objects.get(pk=walk.paper.pk)
    assert (kept.envelope, kept.draft_url, kept.version) == ("E-1", LINK, 2)
    assert refusal(lambda: kept.change({"kind": "nda"}, by=walk.ae)) == "It has been sent: its kind stays."
    form, ae = f"/agreements/{kept.pk}/edit/", client_of(walk.ae)
    assert Agreement.SENT in words(ae.get(form)), "the form says so before anybody tries"
    ae.post(form, {"version": 2, "kind": "nda", "paper": "ours"})
    assert Agreement.objects.get(pk=kept.pk).kind == "subscription"


def test_a_day_thousands_of_years_ahead_is_refused_and_breaks_no_page() -> None:
    close = make_close()
    ae = client_of(close.opportunity.owner)
    far = {"kind": "subscription", "paper": "ours", "effective_on": "9999-06-01"}
    form = ae.post(f"/opportunities/{close.opportunity_id}/agreements/new/", far)
    assert (form.status_code, "thousands of years ahead" in words(form)) == (422, True)
    walk = Walk(close).through("DCL-09a")
    Agreement.objects.update(effective_on=None, ends_on=None)
    for day in (date(9999, 12, 31), date(8999, 6, 1)):
        Opportunity.objects.update(effective_date=day)
        assert TOO_FAR in words(ae.get(address(close)))
        assert refusal(walk.win) == TOO_FAR
    assert closing.last_day(date(9999, 6, 1), 12) == closing.FARTHEST


# --- another day ------------------------------------------------------------------------------------------------------
def by_form(client: Any, deal: Opportunity) -> str:
    fields = {"stage": "Closed Won", "amount": "5", "close_date": "2025-11-06", "next_step": "", "next_step_due": ""}
    answer = client.post(reverse("opportunities:opportunity_edit", args=[deal.pk]), fields | {"version": deal.version})
    return str(answer.content.decode())


def in_the_cell(client: Any, deal: Opportunity) -> str:
    return by_cell(client, deal, "close_date", "2025-11-06")


def in_bulk(client: Any, deal: Opportunity) -> str:
    return by_bulk(client, deal, "close_date", "2025-11-06")


@pytest.mark.ledger("DCL-09", "CON-03")
@pytest.mark.parametrize("way", [by_form, in_the_cell, in_bulk])
def test_a_won_deal_keeps_the_day_of_its_paper_by_whatever_way_it_is_changed(way: Any) -> None:
    walk = Walk(make_close()).through("DCL-09b")
    won = Opportunity.objects.get(pk=walk.deal.pk)
    told = way(client_of(walk.ae), won)
    assert "The close date is 2025-11-05: the last signature" in told
    won.refresh_from_db()
    assert won.close_date == date(2025, 11, 5)
    won.change({"close_date": date(2025, 11, 5), "next_step": "Call them"}, by=walk.ae)


# --- a win that is taken back -----------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-09", "DCL-09")
def test_a_win_that_was_taken_back_is_closed_again_on_the_same_page() -> None:
    walk = Walk(make_close()).through("DCL-09b")
    reopened(walk)
    close, ae = DealClose.objects.get(), client_of(walk.ae)
    page = words(ae.get(address(close)))
    assert ("Every gate is closed" in page, "Change the answers" in page) == (True, True)
    assert DealClose.objects.going_on().get() == close
    ae.post(address(close), ANSWERS | {"poc_details_done": "yes", "tier": "premium"})
    assert DealClose.objects.get().poc_details_done
    assert walk.deal.account.name not in words(client_of(make_user("vp_cs")).get("/onboarding/"))
    answer = ae.post(f"/closes/{close.pk}/win/", {"close_date": "2025-11-05"}, follow=True)
    assert "Closed Won: the contract" in words(answer)
    assert Opportunity.objects.get(pk=walk.deal.pk).is_won
    assert walk.deal.renewals.count() == Contract.objects.count() == 1


@pytest.mark.ledger("DCL-09")
def test_whoever_read_a_deal_before_it_was_won_does_not_win_it_again() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    first, second = DealClose.objects.get(), DealClose.objects.select_related("opportunity").get()
    first.win(date(2025, 11, 5), by=walk.ae)
    assert refusal(lambda: second.win(date(2025, 11, 5), by=walk.ae)) == "It is won already."
    assert Event.objects.filter(verb="close_won").count() == 1


@pytest.mark.ledger("DCL-09")
def test_whoever_read_an_account_before_it_was_edited_writes_nothing_of_it_back() -> None:
    walk = Walk(make_close())
    read_before = Account.objects.get(pk=walk.deal.account_id)
    Account.objects.get(pk=read_before.pk).change({"billing_address": "Mill Lane 1"}, by=walk.ae)
    read_before.change({"kind": Account.Kind.CUSTOMER}, by=walk.ae)
    kept = Account.objects.get(pk=read_before.pk)
    assert (kept.billing_address, kept.kind, kept.version) == ("Mill Lane 1", "customer", 3)


@pytest.mark.ledger("DCL-01", "DCL-09")
def test_a_hit_and_a_win_take_turns_and_in_the_same_order() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    deal, account = "opportunities_opportunity", "accounts_account"
    assert turns(lambda: make_screening(walk.deal))[:2] == [deal, account]
    hit = make_screening(make_opportunity(), is_hit=True)
    assert turns(lambda: hit.decide(is_match=False, evidence="So", by=walk.biz))[:2] == [deal, account]
    assert turns(walk.attach)[:2] == [deal, "opportunities_dealclose"]
    win = turns(walk.win, "opportunities_screening")
    assert win.index(deal) < win.index(account) < win.index("opportunities_screening")


def turns(act: Callable[[], Any], read: str = "") -> list[str]:
    """The tables of which rows are held, in order; `read` is one of which it counts already that it is read."""
    with CaptureQueriesContext(connection) as caught:
        act()
    told = [(re.search(r'FROM "(\w+)"', query["sql"]), "FOR UPDATE" in query["sql"]) for query in caught]
    return [found[1] for found, is_held in told if found and (is_held or found[1] == read)]


@pytest.mark.ledger("OPP-09")
def test_the_only_copy_by_which_a_renewal_is_won_stays_too() -> None:
    deal, by = make_opportunity(owner=make_user("ae"), type="Existing Business"), make_user("bizops")
    first = make_executed(deal)
    first.attach(LINK, by=by)
    deal.move_to("Closed Won", by=by)
    assert refusal(lambda: Agreement.objects.get().attach("", by=by)) == Agreement.WON_BY_IT
    make_executed(deal).attach(f"{LINK}-again", by=by)
    Agreement.objects.get(pk=first.pk).attach("", by=by)
    assert Opportunity.objects.get().agreements.exclude(executed_url="").count() == 1


@pytest.mark.ledger("DCL-09")
def test_the_copy_by_which_a_deal_is_won_stays_while_it_is_won() -> None:
    walk = Walk(make_close()).through("DCL-09b")
    paper = Agreement.objects.get()
    assert refusal(lambda: paper.attach("", by=walk.ae)) == Agreement.WON_BY_IT
    paper.attach(f"{LINK}-again", by=walk.ae)
    assert Agreement.objects.get().executed_url == f"{LINK}-again"
    reopened(walk)
    paper.attach("", by=walk.ae)
    assert not Agreement.objects.get().executed_url


@pytest.mark.ledger("DCL-09")
def test_no_other_contract_takes_the_place_of_the_one_by_which_a_deal_is_won() -> None:
    walk = Walk(make_close())
    nda = make_agreement(walk.deal, by=walk.ae, kind="nda")
    walk.through("DCL-09b")
    assert refusal(lambda: nda.change({"kind": "subscription"}, by=walk.ae)) == Agreement.WON
    assert paper_of(DealClose.objects.get()) == walk.paper
    reopened(walk)
    nda.change({"kind": "subscription"}, by=walk.ae)


# --- steps taken back -------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-05")
def test_a_review_is_not_taken_back_under_the_ceos_signature() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-06")
    walk.close.take_back("DCL-05b", by=walk.biz)
    walk.acts()["DCL-05b"]()
    walk.sign("company")
    told = refusal(lambda: walk.close.take_back("DCL-05b", by=walk.biz))
    assert "Execute the paper copy, Both parties sign the order form." in told
    assert "DCL-05b" in walk.close.run.ticked()
    walk.close.take_back("DCL-06", by=walk.biz)
    [executed] = [line for line in standing_of(walk.close).lines if line.step.code == "DCL-05c"]
    assert [step.code for step in executed.warns] == ["DCL-06"], "it only warns, and goes on warning"


@pytest.mark.ledger("DCL-16")
def test_what_usually_comes_before_a_step_that_is_done_is_told_where_it_is_open_again() -> None:
    walk = Walk(make_close()).through("DCL-16")
    walk.close.take_back("DCL-14", by=walk.ae)
    [line] = [line for line in standing_of(walk.close).lines if line.step.code == "DCL-16"]
    assert ([step.code for step in line.warns], line.standing) == (["DCL-14"], "done")


@pytest.mark.ledger("DCL-29")
def test_taking_a_step_back_is_a_move_too(clock: Clock) -> None:
    walk = Walk(make_close())
    walk.tick("DCL-00", walk.ae)
    clock.forward(days=3)
    walk.close.take_back("DCL-00", by=walk.ae)
    assert standing_of(walk.close).moved_at - walk.close.begun_at > timedelta(days=2)


# --- many closes ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-29")
def test_closes_that_are_done_take_no_place_in_the_list_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    done, later = Walk(make_close()).through("DCL-27").close, make_close()
    assert standing_of(done).progress.is_complete
    monkeypatch.setattr(closes, "MOST", 1)  # two hundred closes take too long to make
    assert later.opportunity.name in words(client_of(make_user("cro")).get("/closes/"))


@pytest.mark.ledger("DCL-29")
def test_a_list_of_closes_that_is_cut_shows_the_oldest_and_says_so(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    first, cro = make_close(), client_of(make_user("cro"))
    clock.forward(days=1)
    second = make_close()
    monkeypatch.setattr(closes, "MOST", 2)  # two hundred closes take too long to make
    assert "there are more" not in words(cro.get("/closes/"))
    monkeypatch.setattr(closes, "MOST", 1)
    page = words(cro.get("/closes/"))
    assert "1 close: the oldest; there are more" in page
    assert (first.get_absolute_url() in page, second.get_absolute_url() in page) == (True, False)


# --- without a close --------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-00")
def test_bizops_says_on_the_page_that_they_buy_it_by_themselves_and_takes_it_back_there() -> None:
    deal = make_opportunity(make_account(None, kind="prospect"), owner=make_user("ae"))
    page, press = f"/opportunities/{deal.pk}/close/", f"/opportunities/{deal.pk}/self-service/"
    ae, biz = client_of(deal.owner), client_of(make_user("bizops"))
    assert ("They buy it by themselves" in words(biz.get(page)), press in words(ae.get(page))) == (True, False)
    assert ae.post(press).status_code == 403
    biz.post(press)
    assert "They do not, after all" in words(biz.get(page))
    assert "Bought by themselves" in words(ae.get(deal.get_absolute_url()))
    biz.post(press, {"so": "no"})
    assert not Opportunity.objects.get().self_service
    biz.post(press)
    ae.post(f"/opportunities/{deal.pk}/move/", {"stage": "Closed Won", "close_date": "2026-06-30", "version": "4"})
    won = Opportunity.objects.get()
    assert won.is_won
    with pytest.raises(ValidationError, match="before its close has begun and it is closed"):
        won.sells_itself(is_so=False, by=make_user("bizops"))
