"""Whose turn it is in a close: as its papers stand, and the same wherever it is said (DCL-29)."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from fleetcs.models import Automation, User
from opportunities import nudging
from opportunities.models import DealClose, TermDeviation
from opportunities.models.close_states import State, states
from tests.conftest import Clock
from tests.factories import make_close, make_license, make_quote, make_review, make_screening, make_user
from tests.opportunities.closes import Walk
from tests.visiting import client_of

pytestmark = pytest.mark.django_db


def state_of(close: DealClose) -> State:
    [state] = states([close])
    return state


def whose(close: DealClose, code: str) -> str:
    """Whose turn a step is, as the list of closes says it; "" where it is nobody's."""
    held = state_of(close).progress.holders
    return next((holder for holder, steps in held.items() if code in {step.code for step in steps}), "")


def asked(close: DealClose, text: str) -> set[User]:
    """Who is reminded of a step."""
    state = state_of(close)
    return {each for each in nudging.people_of(state, nudging.holders()) if text in nudging.steps_of(state, each)}


def words(user: User | None, url: str) -> str:
    assert user
    client = client_of(user)
    return " ".join(unescape(client.get(url).content.decode()).split())


def page_of(close: DealClose) -> str:
    return f"/opportunities/{close.opportunity_id}/close/"


@pytest.mark.ledger("QUO-02", "DCL-29")
def test_a_quote_is_the_aes_until_it_is_submitted_then_the_cros_and_after_a_no_the_aes_again() -> None:
    close, cro = make_close(), make_user("cro")
    ae, text = close.opportunity.owner, "The quote is approved before it goes out"
    make_screening(close.opportunity)
    quote = make_quote(close.opportunity)
    assert (whose(close, "QUO-02"), asked(close, text)) == ("AE", {ae})
    quote.submit(by=ae)
    assert (whose(close, "QUO-02"), asked(close, text)) == ("CRO", {cro})
    assert text in words(cro, "/today/closes/")
    quote.refuse(quote.digest, "Too cheap", by=cro)
    assert (whose(close, "QUO-02"), asked(close, text)) == ("AE", {ae})
    assert text not in words(cro, "/today/closes/")


@pytest.mark.ledger("QUO-02", "DCL-29")
@pytest.mark.parametrize(("to_ceo", "holder"), [(True, "CEO"), (False, "CRO")])
def test_a_quote_that_the_cro_wrote_is_the_ceos_where_that_is_so_set(
    settings: Settings, to_ceo: bool, holder: str
) -> None:
    settings.CRO_QUOTES_TO_CEO = to_ceo
    close, people = make_close(), {"CRO": make_user("cro"), "CEO": make_user("ceo")}
    make_screening(close.opportunity)
    make_quote(close.opportunity, by=people["CRO"]).submit(by=people["CRO"])
    assert whose(close, "QUO-02") == holder
    assert asked(close, "The quote is approved before it goes out") == {people[holder]}


def test_however_many_closes_there_are_their_states_take_the_same_number_of_statements(
    settings: Settings, django_assert_num_queries: Any
) -> None:
    """Though whose a quote is follows from who wrote it, and a call from who comes to it."""
    settings.CRO_QUOTES_TO_CEO = True
    for number in range(1, 4):
        walk = Walk(make_close())
        make_screening(walk.deal)
        make_quote(walk.deal).submit(by=walk.ae)
        walk.meet("handoff")
        with django_assert_num_queries(20):
            assert len(states(DealClose.objects.unfinished())) == number


@pytest.mark.ledger("QUO-02", "DCL-29")
def test_a_version_that_nobody_needs_keeps_no_close_open() -> None:
    walk = Walk(make_close()).through("QUO-02")
    close, quote = walk.close, walk.deal.quotes.get()
    later = quote.revise(by=walk.ae)
    assert whose(close, "QUO-02") == ""
    later.submit(by=walk.ae)
    assert whose(close, "QUO-02") == "CRO"
    later.refuse(later.digest, "No", by=User.objects.holding("cro").get())
    assert whose(close, "QUO-02") == ""


@pytest.mark.ledger("QUO-02", "DCL-29")
@pytest.mark.parametrize("submitted", [True, False])
def test_a_quote_that_never_went_out_is_nobodys_turn_once_the_deal_is_won(submitted: bool) -> None:
    walk = Walk(make_close())
    for code, act in walk.before_the_win().items():
        if code in walk.acts() and code != "QUO-02":
            act()
        if code == "DCL-01":
            draft = make_quote(walk.deal, by=walk.ae)
            draft.submit(by=walk.ae) if submitted else None
            assert whose(walk.close, "QUO-02") == ("CRO" if submitted else "AE")
    state = state_of(walk.close)
    assert state.close.is_won
    assert "QUO-02" not in {line.step.code for line in state.lines}


@pytest.mark.ledger("DCL-02", "DCL-29")
def test_a_contract_of_theirs_is_the_aes_until_it_is_handed_in_for_review() -> None:
    close = make_close(own_contract=True)
    text = "Review of the customer's own contract"
    assert (whose(close, "DCL-02"), asked(close, text)) == ("AE", {close.opportunity.owner})
    walk = Walk(close)
    assert whose(close, "DCL-02") == "AE"
    assert f"{text} (AE)" in close.obstacles(None)
    assert "The review</a>" in words(walk.ae, page_of(close))
    unsubmitted = make_review(walk.paper, issue_url="")
    assert whose(close, "DCL-02") == "AE"
    unsubmitted.submit("https://github.com/lanternfish/confidential/issues/8", by=walk.ae)
    assert (whose(close, "DCL-02"), asked(close, text)) == ("BizOps", {walk.biz})
    assert text in words(walk.biz, "/today/closes/")
    unsubmitted.close("Fine", by=walk.biz)
    assert whose(close, "DCL-02") == ""


@pytest.mark.ledger("DCL-01", "DCL-29")
def test_a_hit_of_the_sanctions_check_waits_for_bizops_and_for_the_cro_as_its_backup() -> None:
    close, biz, cro = make_close(), make_user("bizops"), make_user("cro")
    text = "Export and sanctions check"
    assert whose(close, "DCL-01") == "AE"
    hit = make_screening(close.opportunity, is_hit=True, by=close.opportunity.owner)
    assert (whose(close, "DCL-01"), asked(close, text)) == ("BizOps", {biz})
    assert f"{text} (BizOps)" in close.obstacles(None)
    assert text in words(cro, "/today/closes/")
    assert text not in words(close.opportunity.owner, "/today/closes/")
    assert "BizOps does this step" in words(close.opportunity.owner, page_of(close))
    hit.decide(is_match=False, evidence="Another country", by=biz)
    assert whose(close, "DCL-01") == ""


@pytest.mark.ledger("CON-07", "DCL-29")
def test_an_exception_waits_for_the_ceo_and_a_refused_one_for_the_ae_to_take_it_out() -> None:
    walk = Walk(make_close())
    close, text = walk.close, "Exceptions beyond the maximum are approved"
    asked_for: dict[str, Any] = {"by": walk.ae, "term": None, "form": "redline", "judged": True}
    exception = TermDeviation.objects.note(walk.paper, value="More", **asked_for)
    assert (whose(close, "CON-07"), asked(close, text)) == ("CEO", {walk.ceo})
    exception.decide(approves=False, reason="Never", by=walk.ceo)
    assert (whose(close, "CON-07"), asked(close, text)) == ("AE", {walk.ae})
    assert f"{text} (AE)" in close.obstacles(None)
    TermDeviation.objects.note(walk.paper, value="Less", **asked_for)
    assert whose(close, "CON-07") == "CEO"
    close.opportunity.refresh_from_db()
    exception.withdraw(by=walk.ae)
    TermDeviation.objects.get(value="Less").decide(approves=True, reason="", by=walk.ceo)
    assert whose(close, "CON-07") == ""


@pytest.mark.ledger("DCL-29")
@pytest.mark.parametrize("last", ["DCL-01", "DCL-03", "DCL-08", "DCL-09a"])
def test_nobody_is_told_that_a_close_stands_still_whose_papers_have_just_moved(clock: Clock, last: str) -> None:
    Automation.objects.get(code="close_nudge").switch("act", by=None)
    walk = Walk(make_close())
    acts = walk.acts()
    for code in list(acts)[: list(acts).index(last)]:
        acts[code]()
    clock.forward(days=3)
    acts[last]()
    assert nudging.nudge() == 0
    clock.forward(days=2)
    assert nudging.nudge() > 0


def test_who_holds_which_post_is_asked_once_however_many_closes_stand_still(clock: Clock) -> None:
    Automation.objects.get(code="close_nudge").switch("off", by=None)  # what it would say asks for itself
    asked_of = []
    for _ in range(2):
        Walk(make_close())
        clock.forward(days=3)
        with CaptureQueriesContext(connection) as statements:
            nudging.nudge()
        asked_of.append(sum("fleetcs_roleholding" in each["sql"] for each in statements))
    assert asked_of[0] == asked_of[1] > 0


def test_what_else_is_done_to_a_deal_does_not_move_its_close(clock: Clock) -> None:
    close = make_close()
    key, before = make_license(close.opportunity.account), state_of(close).moved_at
    clock.forward(days=3)
    close.opportunity.change({"next_step": "Call them"}, by=close.opportunity.owner)
    key.log("license_key_revealed", by=close.opportunity.account.csm)
    assert state_of(close).moved_at == before
    make_license(close.opportunity.account)
    assert state_of(close).moved_at >= before + timedelta(days=3)


def test_a_step_that_is_done_keeps_the_name_of_whose_it_is() -> None:
    close = make_close(own_contract=True)
    Walk(close).through("DCL-02")
    [line] = [line for line in state_of(close).lines if line.step.code == "DCL-02"]
    assert (line.standing, line.holder) == ("done", "BizOps")
