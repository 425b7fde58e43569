"""The weekly review of the pipeline, evaluations, and what deals lack."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from fleetcs import clock as product_clock
from fleetcs.working_day import today
from opportunities.models import Activity, Opportunity, PipelineReview
from tests.conftest import Clock
from tests.factories import DRIVE_URL, make_account, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

SENT = {"stage": "Proposal", "amount": "5", "close_date": "", "next_step": "Mine", "next_step_due": ""}
NOON = "2026-03-04T20:00:00+00:00"  # a Wednesday


@pytest.fixture
def now(clock: Clock) -> Clock:
    clock(NOON)
    return clock


def spoke(deal: Opportunity, days: int, **overrides: Any) -> Activity:
    fields = {"opportunity": deal, "kind": "call", "is_done": True, "at": product_clock.now() - timedelta(days=days)}
    return Activity.objects.create(**fields | overrides)


def silence_of(deal: Opportunity) -> int:
    found = Opportunity.objects.with_last_word(product_clock.now()).get(pk=deal.pk)
    return (product_clock.now() - found.last_word).days


# --- the last word ---------------------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-07")
def test_the_last_word_is_the_latest_that_was_said_about_the_deal_or_its_account(now: Clock) -> None:
    deal = make_opportunity()
    now.forward(days=90)
    assert silence_of(deal) == 90, "nobody ever spoke with them: counted from the day it came into being"
    spoke(deal, 70)
    assert silence_of(deal) == 70
    spoke(deal, 3, is_done=False)
    spoke(deal, -5, kind="event")
    spoke(make_opportunity(deal.account), 2, account=deal.account)
    assert silence_of(deal) == 70, "what is planned, and what was said about another deal, is no word"
    spoke(deal, 60, kind="event", is_done=False)
    spoke(deal, 50, opportunity=None, account=deal.account, kind="email")
    assert silence_of(deal) == 50


def test_a_deal_that_came_from_salesforce_is_as_old_as_its_history(now: Clock) -> None:
    deal = make_opportunity()
    deal.stage_changes.create(stage="Prospecting", at=product_clock.now() - timedelta(days=200))
    assert silence_of(deal) == 200


# --- the review ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-07")
def test_the_longest_without_a_word_comes_first_and_is_proposed_as_lost_from_the_45th_day(now: Clock) -> None:
    old, new, closed = (make_opportunity(name=f"{name} 2026") for name in ("Old", "New", "Closed"))
    now.forward(days=100)
    spoke(old, 45)
    spoke(new, 44)
    Opportunity.objects.filter(pk=closed.pk).update(stage="Closed Lost")
    page = words(client_of(make_user("cro")).get("/pipeline/review/"))
    assert page.index("Old 2026") < page.index("New 2026")
    assert "Closed 2026" not in page
    assert page.count("Lost…") == 1
    assert "lost_because=No+communication+for+45+days" in page


@pytest.mark.ledger("OPP-07")
def test_nothing_is_lost_until_a_person_confirms_it(now: Clock) -> None:
    deal, client = make_opportunity(), client_of(make_user("cro"))
    now.forward(days=50)
    asked = client.get(f"/pipeline/review/{deal.pk}/")
    assert "for 50 days" in words(asked)
    url = words(asked).split('<a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    form = client.get(url)
    assert 'value="No communication for 50 days"' in words(form)
    deal.refresh_from_db()
    assert deal.stage == "Proposal"
    sent = {"stage": "Closed Lost", "lost_because": "No communication for 50 days", "back": "/pipeline/review/"}
    answer = client.post(f"/opportunities/{deal.pk}/move/", sent)
    assert answer["Location"] == "/pipeline/review/"
    deal.refresh_from_db()
    assert (deal.stage, deal.lost_because) == ("Closed Lost", "No communication for 50 days")


def test_the_review_goes_from_one_deal_to_the_next_until_none_is_left(now: Clock) -> None:
    cro, deals = make_user("cro"), [make_opportunity() for _ in range(2)]
    client = client_of(cro)
    first, second = (f"/pipeline/review/{deal.pk}/" for deal in deals)
    sent = {"stage": "Negotiation", "amount": "900", "close_date": "2026-09-01", "next_step": "Call", "version": 1}
    answer = client.post(first, {**sent, "next_step_due": "2026-04-01"})
    assert answer["Location"] == second
    deals[0].refresh_from_db()
    assert (deals[0].stage, deals[0].next_step) == ("Negotiation", "Call")
    same = {"stage": "Proposal", "amount": "1200.00", "close_date": "2026-06-30", "next_step": "", "version": 1}
    assert client.post(second, {**same, "next_step_due": ""})["Location"] == "/pipeline/review/"
    assert deals[1].stage_changes.count() == 1, "what stands as it is leaves no trace in its history"
    assert PipelineReview.objects.this_week().filter(by=cro).count() == 2
    assert "Every open deal was gone through this week" in words(client.get("/pipeline/review/"))
    now.forward(days=5)
    assert "2 opportunities" in words(client.get("/pipeline/review/")), "on Monday it begins anew"


def test_one_key_says_that_a_deal_stands_and_twice_is_once(now: Clock) -> None:
    deal, client = make_opportunity(), client_of(make_user("cro"))
    for _ in range(2):
        client.post(f"/pipeline/review/{deal.pk}/stands/")
    assert PipelineReview.objects.count() == 1
    assert 'data-row-key="v"' not in words(client.get("/pipeline/review/"))


def test_whoever_owns_deals_reviews_those_and_the_review_costs_the_same_for_many(now: Clock) -> None:
    ae = make_user("ae")
    make_opportunity(name="Mine 2026", owner=ae)
    make_opportunity(name="Yours 2026")
    page = words(client_of(ae).get("/pipeline/review/"))
    assert "Mine 2026" in page
    assert "Yours 2026" not in page
    assert client_of(make_user("sdr")).get("/pipeline/review/").status_code == 404


def test_a_review_of_what_a_colleague_has_changed_meanwhile_loses_nothing(now: Clock) -> None:
    deal, client = make_opportunity(), client_of(make_user("cro"))
    deal.change({"next_step": "Theirs"}, by=make_user("bizops"))
    sent = {
        "stage": "Proposal",
        "amount": "5",
        "close_date": "",
        "next_step": "Mine",
        "next_step_due": "",
        "version": 1,
    }
    answer = client.post(f"/pipeline/review/{deal.pk}/", sent)
    assert answer.status_code == 422
    deal.refresh_from_db()
    assert deal.next_step == "Theirs"


# --- what deals lack -------------------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-06")
def test_an_expansion_whose_next_step_is_past_or_missing_stands_on_its_csms_page(now: Clock) -> None:
    csm, day = make_user("csm"), today()
    expansion: dict[str, Any] = {"owner": csm, "type": "Expansion", "next_step": "Call"}
    make_opportunity(name="Due today 2026", **expansion, next_step_due=day)
    make_opportunity(name="Late 2026", **expansion, next_step_due=day - timedelta(days=1))
    make_opportunity(name="No day 2026", **expansion)
    make_opportunity(name="Blank 2026", **expansion | {"next_step": " "}, next_step_due=day)
    make_opportunity(name="Not mine 2026", **expansion | {"owner": make_user("csm")})
    make_opportunity(name="Not an expansion 2026", **expansion | {"type": "New"})
    page = words(client_of(csm).get("/pipeline/expansions/part/"))
    assert "3 expansions" in page
    assert [name in page for name in ("Late 2026", "No day 2026", "Blank 2026")] == [True] * 3
    assert [name in page for name in ("Due today", "Not mine", "Not an expansion")] == [False] * 3
    listed = words(client_of(csm).get("/opportunities/?mine=1&lacks=step&of=expansion"))
    assert "3 opportunities" in listed
    now.forward(days=1)
    assert "4 expansions" in words(client_of(csm).get("/pipeline/expansions/part/")), "listed the day after"


@pytest.mark.ledger("OPP-01")
def test_a_name_without_a_year_is_flagged_and_warned_of_on_saving(now: Clock) -> None:
    deal, client = make_opportunity(name="Acme"), client_of(make_user("cro"))
    make_opportunity(name="Acme 2026")
    sent = {
        "stage": "Proposal",
        "amount": "5",
        "close_date": "",
        "next_step": "Mine",
        "next_step_due": "",
        "version": 1,
    }
    answer = client.post(f"{deal.get_absolute_url()}edit", sent, follow=True)
    assert words(answer).count("The name has no year in it") == 2, "as a warning, and beside the name"
    assert "1 opportunity" in words(client.get("/opportunities/?lacks=year"))


# --- evaluations -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-11")
def test_active_pocs_are_the_open_deals_that_are_flagged() -> None:
    deal, sc = make_opportunity(name="Tries 2026"), make_user("sc")
    Account.objects.filter(pk=deal.account_id).update(sc=sc)
    make_opportunity(name="Lost 2026", stage="Closed Lost", poc_active=True)
    client = client_of(sc)
    sent = {"poc_active": "on", "poc_notes": "200 hosts", "success_criteria_url": "", "version": 1}
    assert client.post(f"/opportunities/{deal.pk}/evaluation/", sent).status_code == 302
    page = words(client.get("/pipeline/pocs/"))
    assert "Tries 2026" in page
    assert "200 hosts" in page
    assert "Lost 2026" not in page


@pytest.mark.ledger("SCR-03", "SYS-10")
def test_deals_of_prospects_without_success_criteria_are_listed_until_they_have_some() -> None:
    sc = make_user("sc")
    prospect = make_account(tier=None, kind="prospect", sc=sc)
    deal = make_opportunity(prospect, name="Prospect 2026")
    make_opportunity(name="Customer 2026")
    make_opportunity(name="Trying customer 2026", poc_active=True)
    client = client_of(sc)
    page = words(client.get("/pipeline/criteria/"))
    assert "Prospect 2026" in page
    assert "Trying customer 2026" in page
    assert ">Customer 2026" not in page
    path = f"/opportunities/{deal.pk}/evaluation/"
    assert client.post(path, {"success_criteria_url": "https://elsewhere.example/x", "version": 1}).status_code == 422
    assert client.post(path, {"success_criteria_url": DRIVE_URL, "version": 1}).status_code == 302
    assert "Prospect 2026" not in words(client.get("/pipeline/criteria/"))
