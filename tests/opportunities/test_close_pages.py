"""The close of a deal on its pages: one sitting, whose turn, what is missing (DCL-00, DCL-18, DCL-19, DCL-29)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import licenses
from accounts.models import KeyShare, Meeting
from fleetcs import clock as product_clock
from fleetcs.models import MessageText
from fleetcs.working_day import ZONE
from opportunities.models import DealClose, HandoffSheet, Opportunity
from opportunities.models.close_states import states
from opportunities.views.closes import SINCE, since
from tests.conftest import Clock
from tests.factories import make_account, make_close, make_contract, make_opportunity, make_user
from tests.opportunities.closes import Walk
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

ANSWERS = {"own_contract": "no", "docusign": "yes", "poc_details_done": "no", "tier": "ultimate"}


def address(close: DealClose) -> str:
    return f"/opportunities/{close.opportunity_id}/close/"


@pytest.mark.ledger("DCL-00")
def test_the_ae_begins_by_answering_three_questions() -> None:
    deal = make_opportunity(make_account(None, kind="prospect"), owner=make_user("ae"))
    page = client_of(deal.owner)
    assert "Do they sign by envelope?" in words(page.get(f"/opportunities/{deal.pk}/close/"))
    assert page.post(f"/opportunities/{deal.pk}/close/", {"tier": "ultimate"}).status_code == 422
    page.post(f"/opportunities/{deal.pk}/close/", ANSWERS)
    close = DealClose.objects.get()
    assert (close.own_contract, close.docusign, close.tier) == (False, True, "ultimate")
    page.post(f"/opportunities/{deal.pk}/close/", ANSWERS | {"docusign": "no"})
    assert not DealClose.objects.get().docusign
    others = words(client_of(make_user("cro")).get(f"/opportunities/{deal.pk}/close/"))
    assert "The deal's AE closes it." in others


def test_a_renewal_of_a_customer_has_no_checklist() -> None:
    deal = make_opportunity(owner=make_user("ae"), type="Existing Business")
    assert "This deal has no checklist" in words(client_of(deal.owner).get(f"/opportunities/{deal.pk}/close/"))


@pytest.mark.ledger("DCL-09", "OPP-09")
def test_an_early_win_is_refused_with_each_missing_item_and_its_holder() -> None:
    close = make_close(docusign=False)
    ae = client_of(close.opportunity.owner)
    told = ae.post(f"/closes/{close.pk}/win/", {"close_date": "2025-11-05"})
    assert told.status_code == 422
    assert "Review the signed paper copy (BizOps)" in words(told)
    assert "Execute the paper copy (CEO)" in words(told)
    edit = f"/opportunities/{close.opportunity_id}/edit"
    fields = {"stage": "Closed Won", "close_date": "2025-11-05", "amount": "5", "next_step": "", "next_step_due": ""}
    assert ae.post(edit, fields | {"version": "1"}).status_code == 422
    assert Opportunity.objects.get().stage == "Proposal"


@pytest.mark.ledger("DCL-09", "OPP-09", "DCL-29")
def test_each_missing_item_and_each_turn_leads_to_where_it_is_done() -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-01")
    ae, biz = words(client_of(walk.ae).get(address(walk.close))), words(client_of(walk.biz).get(address(walk.close)))
    send, way = f"/agreements/{walk.paper.pk}/send/", "Send the order form directly to the customer"
    assert f'<li><a href="{send}">{way} (AE)</a></li>' in ae
    assert f'<li><a href="#DCL-04">{way} (AE)</a></li>' in biz
    assert '<li><a href="#DCL-05b">Review the signed paper copy (BizOps)</a></li>' in ae
    assert f'<strong>Your turn</strong> <span><a href="{send}">{way}</a>' in ae
    assert '<strong>Your turn</strong> <span><a href="#DCL-06">' in biz
    walk.acts()["DCL-04"]()
    walk.acts()["DCL-05a"]()
    mine = '<strong>Your turn</strong> <span><a href="#DCL-05b">Review the signed paper copy</a>'
    assert mine in words(client_of(walk.biz).get(address(walk.close)))


@pytest.mark.ledger("DCL-09", "DCL-20")
def test_one_click_wins_and_a_second_one_changes_nothing() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09a")
    ae = client_of(walk.ae)
    assert "Every gate is closed" in words(ae.get(address(close)))
    assert ae.post(f"/closes/{close.pk}/win/", {"close_date": "2025-11-05"}).status_code == 302
    again = ae.post(f"/closes/{close.pk}/win/", {"close_date": "2025-11-05"}, follow=True)
    assert "It is won already." in words(again)
    assert walk.deal.renewals.count() == walk.deal.account.contracts.count() == 1


@pytest.mark.ledger("DCL-29")
def test_a_step_is_done_on_the_page_and_anothers_is_locked() -> None:
    close = make_close(docusign=False)
    walk = Walk(close).through("DCL-05a")
    ae, biz = client_of(walk.ae), client_of(walk.biz)
    assert "BizOps does this step." in words(ae.get(address(close)))
    assert ae.post(f"/closes/{close.pk}/step/?step=DCL-05b", {"found": "x"}).status_code == 403
    assert "What the review found" in words(biz.get(address(close)))
    assert biz.post(f"/closes/{close.pk}/step/?step=DCL-05b", {"found": "As agreed"}).status_code == 302
    assert "As agreed" in words(ae.get(address(close)))
    assert ae.get(f"/closes/{close.pk}/step/?step=DCL-99").status_code == 404


def test_a_step_is_left_out_with_a_reason_and_taken_back_on_the_page() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-12b")
    ae = client_of(walk.ae)
    assert ae.post(f"/closes/{close.pk}/skip/?step=DCL-16", {"why": ""}).status_code == 422
    ae.post(f"/closes/{close.pk}/skip/?step=DCL-16", {"why": "It is there already"})
    assert "Left out by" in words(ae.get(address(close)))
    ae.post(f"/closes/{close.pk}/take-back/?step=DCL-12b")
    assert "DCL-12b" not in close.run.ticked()


@pytest.mark.ledger("DCL-18")
def test_the_handoff_sheet_is_filled_in_and_what_is_empty_is_said() -> None:
    close = make_close()
    ae = client_of(close.opportunity.owner)
    assert "Desired use cases" in words(ae.get(f"/closes/{close.pk}/handoff/"))
    ae.post(f"/closes/{close.pk}/handoff/", {"deal": "500 hosts", "tier": "premium"})
    assert HandoffSheet.objects.get().deal == "500 hosts"
    assert "Expectations for the timeline" in words(ae.get(address(close)))
    csm = client_of(close.opportunity.account.csm)
    assert csm.post(f"/closes/{close.pk}/handoff/", {"version": "1", "timeline": "By March"}).status_code == 302


@pytest.mark.ledger("DCL-18")
def test_the_handoff_sheet_is_read_by_everybody_of_the_account_before_and_after_the_call(
    django_assert_max_num_queries: Any,
) -> None:
    close = make_close()
    walk, sheet = Walk(close), f"/closes/{close.pk}/handoff-sheet/"
    team = [walk.ae, walk.csm, walk.sc, walk.vp, make_user("manager_cse_csa")]
    for person in team:
        page = words(client_of(person).get(address(close)))
        assert (f'href="{sheet}"' in page, "Desired use cases and outcomes, Reasons" in page) == (True, True)
        assert "11 empty items" in words(client_of(person).get(sheet))
    walk.sheet()
    assert states([close])[0].facts["handed_over"]
    for person in team:
        assert f'href="{sheet}"' in words(client_of(person).get(address(close)))
        reader = client_of(person)
        with django_assert_max_num_queries(16):
            assert "<dt>Reasons for the purchase</dt><dd>Known</dd>" in words(reader.get(sheet))
    correct = f'href="/closes/{close.pk}/handoff/"'
    seen = {person.pk for person in team if correct in words(client_of(person).get(sheet))}
    assert seen == {person.pk for person in (walk.ae, walk.csm, walk.vp)}
    assert client_of(make_user("csm")).get(sheet).status_code == 404


@pytest.mark.ledger("DCL-18")
def test_another_tier_on_the_handoff_sheet_than_was_agreed_is_said() -> None:
    close = make_close()
    walk = Walk(close)
    HandoffSheet.objects.add(close=close, by=walk.ae, tier="ultimate")
    told = "says Ultimate; Premium is what was agreed"
    assert told in words(client_of(walk.csm).get(address(close)))
    assert told in words(client_of(walk.csm).get(f"/closes/{close.pk}/handoff-sheet/"))
    make_contract(close.opportunity.account, tier="ultimate")
    assert told not in words(client_of(walk.csm).get(address(close)))


@pytest.mark.ledger("DCL-18")
def test_what_is_empty_on_the_handoff_sheet_stands_out_the_day_before_the_call(clock: Clock) -> None:
    clock("2026-03-02T12:00:00-08:00")
    walk = Walk(make_close())
    walk.meet("handoff", starts_at=product_clock.now() + timedelta(days=3))
    sheet = f"/closes/{walk.close.pk}/handoff-sheet/"
    far = words(client_of(walk.csm).get(sheet))
    clock.forward(days=2)
    near = words(client_of(walk.csm).get(sheet))
    assert (far.count("dot-bad"), near.count("dot-bad")) == (0, 12)
    walk.close.opportunity.account.meetings.get().cancel(by=walk.ae)
    assert "dot-bad" not in words(client_of(walk.csm).get(sheet))


@pytest.mark.ledger("DCL-17", "DCL-25")
def test_a_meeting_is_scheduled_for_the_account_and_called_off() -> None:
    close = make_close()
    account, ae = close.opportunity.account, client_of(close.opportunity.owner)
    account.change({"ae": close.opportunity.owner}, by=make_user("bizops"))
    form = f"/accounts/{account.pk}/meetings/new/"
    assert 'value="handoff" selected' in words(ae.get(f"{form}?kind=handoff"))
    given = {"kind": "check_in", "starts_at": "2026-01-12T09:00", "minutes": "30", "attendees": [account.csm_id]}
    assert "A check-in recurs" in words(ae.post(form, given))
    ae.post(form, given | {"kind": "handoff", "link": "https://meet.example/1"})
    meeting = Meeting.objects.get()
    assert "Handoff call (internal)" in words(ae.get(address(close)))
    ae.post(f"/meetings/{meeting.pk}/cancel/")
    assert not Meeting.objects.standing().exists()


@pytest.mark.ledger("DCL-25")
def test_the_kickoff_proposes_the_first_business_review_ninety_days_later() -> None:
    walk = Walk(make_close()).through("DCL-13")
    csm = client_of(walk.csm)
    assert "With the kickoff" in words(csm.get("/onboarding/"))
    assert "First business review proposed" not in words(csm.get(address(walk.close)))
    walk.meet("kickoff", starts_at=datetime(2026, 1, 10, 9, tzinfo=ZONE))
    walk.meet("handoff")
    assert "Fri 10 Apr 2026" in words(csm.get("/onboarding/"))
    close = words(csm.get(address(walk.close)))
    assert close.count("First business review proposed") == close.count("Fri 10 Apr 2026") == 1
    walk.meet("kickoff", starts_at=datetime(2026, 1, 11, 9, tzinfo=ZONE))
    moved = words(csm.get("/onboarding/"))
    assert "Mon 13 Apr 2026" in moved, "ninety days later is a Saturday"
    assert 'href="/check-ins/"' in moved


@pytest.mark.ledger("TPL-07", "DCL-21")
def test_the_steps_of_the_welcome_offer_the_handbooks_text_and_its_document_to_whose_they_are() -> None:
    told = {code: f"The words of {code}" for code in ("welcome_email", "deployment_checklist")}
    for code, body in told.items():
        said = {"name": code, "body": body, "link": f"https://docs.google.com/document/d/{code}"}
        MessageText.objects.update_or_create(code=code, defaults=said)
    close = make_close()
    walk = Walk(close).through("DCL-19")
    page = words(client_of(walk.csm).get(address(close)))
    for code, body in told.items():
        assert f'href="https://docs.google.com/document/d/{code}"' in page
        assert body in page
    assert "Original document" not in words(client_of(walk.ae).get(address(close)))


@pytest.mark.ledger("DCL-29", "DCL-19")
def test_managers_see_every_close_and_a_csm_sees_new_customers_by_step_and_age() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-13")
    listed = words(client_of(make_user("cro")).get("/closes/"))
    assert walk.deal.name in listed
    assert "CSM (1)" in listed
    board = words(client_of(walk.csm).get("/onboarding/"))
    assert "Take over: kick off customer success" in board
    assert "0 days" in board
    assert "Take over" in words(client_of(walk.csm).get("/today/closes/"))
    assert walk.deal.name not in words(client_of(make_user("csm")).get("/onboarding/"))


@pytest.mark.ledger("DCL-24")
@pytest.mark.parametrize("dead", ["expired", "locked"])
def test_a_key_whose_link_died_before_it_was_seen_is_shared_again(clock: Clock, dead: str) -> None:
    walk = Walk(make_close()).through("DCL-24")
    csm, told = client_of(walk.csm), "before the customer had seen the key: share it again"
    pages = {address(walk.close): told, "/onboarding/": "Share again", "/today/closes/": told}
    assert not [url for url, what in pages.items() if what in words(csm.get(url))]
    assert "works until" in words(csm.get(address(walk.close)))
    if dead == "expired":
        clock.forward(days=8)
    else:
        KeyShare.objects.update(wrong=licenses.MOST_WRONG)
    [state] = states([walk.close])
    assert "DCL-24" in {turn.step.code for turn in state.progress.next}
    assert not [url for url, what in pages.items() if what not in words(csm.get(url))]
    walk.share()
    assert not [url for url, what in pages.items() if what in words(csm.get(url))]


@pytest.mark.ledger("DCL-24")
def test_a_key_that_the_customer_has_seen_stays_shared_when_its_link_ends(clock: Clock) -> None:
    walk = Walk(make_close()).through("DCL-24")
    KeyShare.objects.update(shown_at=product_clock.now())
    clock.forward(days=8)
    assert states([walk.close])[0].facts["key_shared"]
    KeyShare.objects.get().revoke(by=walk.csm)
    assert not states([walk.close])[0].facts["key_shared"]


def test_the_page_of_the_deal_leads_to_its_close() -> None:
    close = make_close()
    page = words(client_of(close.opportunity.owner).get(close.opportunity.get_absolute_url()))
    assert address(close) in page


@pytest.mark.ledger("DCL-05", "DCL-06")
def test_bizops_finds_its_steps_of_a_close_among_its_papers() -> None:
    close = make_close(docusign=False)
    walk = Walk(close).through("DCL-05a")
    inbox = words(client_of(walk.biz).get("/papers/"))
    assert "Review the signed paper copy" in inbox
    assert "Copy the AE" in inbox
    walk.acts()["DCL-05b"]()
    assert "Review the signed paper copy" not in words(client_of(walk.biz).get("/papers/"))
    assert "Copy the AE" not in words(client_of(make_user("ceo")).get("/papers/"))


@pytest.mark.ledger("DCL-09", "OPP-07")
def test_a_lost_deal_is_opened_again_before_it_is_won() -> None:
    close = make_close()
    deal, ae = close.opportunity, client_of(close.opportunity.owner)
    assert f"/closes/{close.pk}/win/" in words(ae.get(address(close)))
    deal.move_to("Closed Lost", lost_because="No budget", by=deal.owner)
    page = words(ae.get(address(close)))
    assert (f"/closes/{close.pk}/win/" in page, f'href="/opportunities/{deal.pk}/move/"' in page) == (False, True)


@pytest.mark.ledger("OPP-09")
def test_a_way_back_is_offered_to_whoever_may_go_it() -> None:
    walk = Walk(make_close()).through("DCL-09b")
    move, undo = f"/opportunities/{walk.deal.pk}/move/", f"/opportunities/{walk.deal.pk}/move/undo/"
    biz, deal = client_of(walk.biz), Opportunity.objects.get(pk=walk.deal.pk)
    assert (deal.may_go_back(walk.biz), deal.may_go_back(walk.ae)) == (True, False)
    said = {"stage": "Negotiation", "reopened_because": "They want it otherwise", "version": deal.version}
    page = words(biz.post(move, said, follow=True))
    assert (f"{deal.name} is in Negotiation" in page, undo in page) == (True, False)
    deal.refresh_from_db()
    assert (deal.stage, deal.may_go_back(walk.ae)) == ("Negotiation", True)
    deal.move_to("Proposal", by=walk.biz)
    assert deal.may_go_back(walk.biz)


def test_the_board_shows_ones_own_customers_first_and_then_the_longest_on_the_way() -> None:
    vp = make_user("vp_cs")
    names, days = ("Oldest", "Older", "Own, older", "Own, new"), (1, 2, 3, 4)
    for name, day in zip(names, days, strict=True):
        csm = vp if name.startswith("Own") else make_user("csm")
        close = make_close(make_account(None, name=name, kind="prospect", csm=csm))
        DealClose.objects.filter(pk=close.pk).update(won_at=datetime(2026, 1, day, tzinfo=ZONE))
        Opportunity.objects.filter(pk=close.opportunity_id).update(stage="Closed Won")
    page = words(client_of(vp).get("/onboarding/"))
    places = {name: page.index(f">{name}<") for name in names}
    assert sorted(names, key=places.__getitem__) == ["Own, older", "Own, new", "Oldest", "Older"]


def test_the_age_that_a_list_shows_is_that_by_which_it_is_sorted() -> None:
    begun, won, reopened = (make_close() for _ in range(3))
    moments = {begun: 1, won: 2, reopened: 3}
    for close, day in moments.items():
        DealClose.objects.filter(pk=close.pk).update(begun_at=datetime(2026, 1, day, tzinfo=ZONE))
    DealClose.objects.exclude(pk=begun.pk).update(won_at=datetime(2026, 1, 9, tzinfo=ZONE))
    Opportunity.objects.filter(pk=won.opportunity_id).update(stage="Closed Won")
    sorted_by = dict(DealClose.objects.values_list("pk", SINCE))
    assert {state.close.pk: since(state) for state in states(moments)} == sorted_by
    assert [sorted_by[close.pk].day for close in moments] == [1, 9, 3], "a win that was taken back counts no more"
