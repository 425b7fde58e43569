"""The close of a deal, by all its branches and roles (DCL-00 to DCL-29, OPP-08, OPP-09)."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from accounts.models import Account, Contract
from fleetcs.models import Effect, Event
from fleetcs.posts import MAY
from fleetcs.procedures import Step
from opportunities import advancing, closing
from opportunities.models import Agreement, DealClose, Opportunity, TermDeviation
from opportunities.models.close_states import states
from tests.factories import make_account, make_close, make_opportunity, make_user
from tests.opportunities.closes import Walk

pytestmark = pytest.mark.django_db

BRANCHES = [dict(zip(closing.BRANCHES, answers, strict=True)) for answers in product((True, False), repeat=3)]
PAPER = {"DCL-04", "DCL-05a", "DCL-05b", "DCL-05c", "DCL-06"}


def standing_of(close: DealClose) -> Any:
    [state] = states([close])
    return state


def refusal(act: Any) -> str:
    """What an act is refused with, "" when it is done."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


def named(branch: dict[str, bool]) -> str:
    return "+".join(name for name, is_so in branch.items() if is_so) or "none"


# --- the table, without a database ------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-02", "DCL-03", "DCL-04", "DCL-26")
@pytest.mark.parametrize("branch", BRANCHES, ids=named)
def test_each_branch_has_exactly_its_steps(branch: dict[str, bool]) -> None:
    codes = {step.code for step in closing.CLOSE.steps if step.applies(branch)}
    assert ("DCL-02" in codes) is branch["own_contract"]
    assert ("DCL-03" in codes) is branch["docusign"]
    assert codes & PAPER == (set() if branch["docusign"] else PAPER)
    assert ("DCL-26" in codes) is not branch["poc_details_done"]
    assert not codes & {"QUO-02", "CON-07"}  # only where there is a quote, or an exception


@pytest.mark.ledger("DCL-28")
def test_the_standing_duty_is_never_open_and_never_keeps_a_close_from_being_complete() -> None:
    facts = dict.fromkeys(facts_named(), True) | {"own_contract": False, "exceptions": False}
    ticked = {step.code for step in closing.CLOSE.steps if not step.stands}
    assert advancing.progress(closing.CLOSE, facts, ticked).is_complete
    [duty] = [line for line in advancing.lines(closing.CLOSE, facts, ticked) if line.step.stands]
    assert duty.standing == "duty"


def facts_named() -> set[str]:
    return {
        *("screened", "sent_by_envelope", "signed", "attached", "won", "filed", "ordered", "issue", "docusign"),
        *("handoff_call", "handed_over", "renewal", "channel", "key", "key_shared", "kickoff", "check_in"),
        *("poc_details_done", "exceptions_approved"),
    }


@pytest.mark.ledger("DCL-08", "DCL-09", "DCL-13", "DCL-24")
def test_gates_stop_and_the_others_warn_until_a_setting_makes_them_stop() -> None:
    gates = {step.code: set(step.blocks) for step in closing.CLOSE.steps}
    for before, after in (("DCL-01", "DCL-03"), ("DCL-01", "DCL-04"), ("DCL-02", "DCL-03"), ("DCL-02", "DCL-04")):
        assert after in gates[before]
    for before, after in (("CON-07", "DCL-08"), ("DCL-08", "DCL-09a"), ("DCL-09a", "DCL-09b"), ("DCL-12b", "DCL-13")):
        assert after in gates[before]
    assert "DCL-24" in gates["DCL-23"]
    assert "DCL-05c" in gates["DCL-05b"]
    assert not {"DCL-16"} & (gates["DCL-14"] | gates["DCL-15"])
    strict = {step.code: set(step.blocks) for step in closing.procedure(strict=True).steps}
    assert "DCL-16" in strict["DCL-14"] & strict["DCL-15"]
    assert "DCL-05c" in strict["DCL-06"]


def test_a_subscription_ends_the_day_before_it_would_begin_again() -> None:
    assert closing.last_day(date(2026, 1, 1), 12) == date(2026, 12, 31)
    assert closing.last_day(date(2026, 2, 28), 12) == date(2027, 2, 27)
    assert closing.last_day(date(2026, 8, 31), 6) == date(2027, 2, 27)


# --- all of it, by everybody's hand -----------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-09", "DCL-20", "OPP-08", "OPP-09")
@pytest.mark.parametrize("branch", BRANCHES, ids=named)
def test_every_branch_goes_from_the_first_check_to_the_last_step(branch: dict[str, bool]) -> None:
    close = make_close(**branch)
    walk = Walk(close)
    acts = walk.acts()
    for code, act in acts.items():
        if code != "DCL-09b" and not DealClose.objects.filter(won_at__isnull=False).exists():
            assert refusal(walk.win), f"{code} is still to be done, and the win passes"
        act()
        assert code in done(close), code
    assert standing_of(close).progress.is_complete
    assert "QUO-02" in done(close)
    won = Opportunity.objects.get(pk=walk.deal.pk)
    assert [row.stage for row in won.stage_changes.in_order()] == ["Proposal", "Closed Won"]
    assert won.account.kind == Account.Kind.CUSTOMER
    contract = Contract.objects.get(account=won.account)
    assert (contract.tier, contract.in_force_from, contract.in_force_to) == (
        "premium",
        date(2025, 12, 1),
        date(2026, 12, 1),
    )
    renewal = won.renewals.get()
    assert (renewal.type, renewal.close_date, renewal.owner) == ("Existing Business", date(2026, 11, 30), walk.csm)
    assert Effect.objects.get(kind="github.sale").args == {"close": close.pk}


def done(close: DealClose) -> set[str]:
    return {line.step.code for line in standing_of(close).lines if line.standing == "done"}


# --- roles ------------------------------------------------------------------------------------------------------------
WHO = {  # by hand, after the ledger: whose step it is, and who stands in
    "close.sell": {"AE"},
    "agreement.file": {"BIZ", "CRO"},
    "agreement.sign": {"CEO"},
    "quote.approve": {"CRO"},
    "close.consult": {"SC", "DSC"},
    "close.onboard": {"CSM", "VP"},
}


@pytest.mark.ledger("DCL-29", "DCL-07")
@pytest.mark.parametrize("step", closing.CLOSE.steps, ids=lambda step: step.code)
def test_nobody_may_do_another_posts_step(step: Step) -> None:
    assert set(MAY[step.role]) == WHO[step.role]


@pytest.mark.ledger("DCL-29", "DCL-14", "DCL-15", "DCL-10")
@pytest.mark.parametrize("code", ["DCL-05b", "DCL-12b", "DCL-14", "DCL-15", "DCL-19"])
def test_the_server_refuses_a_tick_by_anybody_but_whose_step_it_is(code: str) -> None:
    close = make_close(docusign=False)
    walk, step = Walk(close), closing.CLOSE.step(code)
    team = {"AE": walk.ae, "SC": walk.sc, "CSM": walk.csm}
    posts = {"BIZ": "bizops", "CRO": "cro", "CEO": "ceo", "VP": "vp_cs", "MGR": "manager_cse_csa", "CSA": "csa"}
    people = team | {group: make_user(post) for group, post in posts.items()}
    for group, person in people.items():
        told = refusal(lambda person=person: close.tick(code, {}, by=person))
        assert told.startswith("This step is another post's") is (group not in WHO[step.role]), (group, told)
    stranger = make_user("ae")
    assert "another post" in refusal(lambda: close.tick("DCL-12b", {}, by=stranger))


@pytest.mark.ledger("DCL-07")
def test_the_cro_does_a_step_of_bizops_as_its_backup_and_that_is_written_down() -> None:
    close = make_close(docusign=False)
    Walk(close).through("DCL-05a")
    assert close.tick("DCL-05b", {"found": "Fine"}, by=make_user("cro")).as_backup
    done_by = Event.objects.get(verb="close_step_done", facts__step="DCL-05b")
    assert done_by.facts["as_backup"] is True


# --- gates ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-03", "DCL-04")
def test_the_order_form_goes_the_way_that_was_answered_and_no_other() -> None:
    by_envelope = Walk(make_close(docusign=True)).through("DCL-01")
    told = refusal(lambda: by_envelope.paper.send(to="b@mill.example", by=by_envelope.ae))
    assert told == "They sign by envelope: give its reference."
    on_paper = Walk(make_close(docusign=False)).through("DCL-01")
    copies = [on_paper.ae.email, on_paper.biz.email]
    told = refusal(lambda: on_paper.paper.send(to="b@mill.example", envelope="E", copied=copies, by=on_paper.ae))
    assert told == "They sign on paper: send it directly."


@pytest.mark.ledger("DCL-02")
def test_a_contract_of_theirs_is_reviewed_even_where_the_paper_is_called_ours() -> None:
    walk = Walk(make_close(own_contract=True)).through("DCL-01")
    Agreement.objects.filter(pk=walk.paper.pk).update(paper="ours")
    assert refusal(walk.send) == "BizOps reviews the customer's own contract first."


@pytest.mark.ledger("DCL-05", "DCL-06")
def test_the_ceo_does_not_execute_a_paper_copy_that_bizops_has_not_reviewed(settings: Settings) -> None:
    walk = Walk(make_close(docusign=False)).through("DCL-05a")
    assert refusal(lambda: walk.sign("company")) == "First: Review the signed paper copy."
    walk.acts()["DCL-05b"]()
    settings.DEAL_CLOSE_WARNINGS_STOP = True
    assert "Copy the AE" in refusal(lambda: walk.sign("company"))
    lacking = refusal(lambda: walk.tick("DCL-06", walk.biz, copied=walk.biz.email))
    assert lacking == "the AE gets no copy."
    walk.acts()["DCL-06"]()
    walk.sign("company")


@pytest.mark.ledger("CON-07")
def test_an_exception_that_is_not_approved_stops_the_win() -> None:
    close = make_close()
    walk = Walk(close)
    TermDeviation.objects.note(walk.paper, by=walk.ae, term=None, value="More", form="redline", judged=True)
    told = close.obstacles(date(2025, 11, 5))
    assert "Exceptions beyond the maximum are approved (CEO)" in told


@pytest.mark.ledger("DCL-01", "DCL-09")
def test_a_check_that_fails_after_the_signatures_stops_the_win() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09a")
    assert not close.obstacles(date(2025, 11, 5))
    from_now_on = {"is_embargoed": True, "source_url": "https://lists.example", "as_of": date(2026, 1, 1)}
    country = walk.deal.screenings.get().country
    type(country).objects.filter(pk=country.pk).update(**from_now_on)
    assert "Export and sanctions check (AE)" in refusal(walk.win)
    assert close.obstacles(date(2025, 11, 6))


@pytest.mark.ledger("DCL-09", "CON-03")
def test_the_closing_date_is_the_day_of_the_last_signature() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    told = refusal(lambda: walk.deal.move_to("Closed Won", by=walk.ae, close_date=date(2025, 11, 6)))
    assert told == "The close date is 2025-11-05: the last signature's day."


@pytest.mark.ledger("DCL-09")
def test_only_the_deals_ae_wins_it() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    for person in (make_user("bizops"), make_user("cro"), make_user("vp_cs"), walk.csm):
        assert refusal(lambda person=person: walk.win(by=person)) == "The deal's AE marks it Closed Won."
    walk.win()
    walk.win()  # twice is once
    assert Contract.objects.count() == Effect.objects.filter(kind="github.sale").count() == 1


@pytest.mark.ledger("DCL-09")
def test_a_stage_written_past_the_verb_is_refused_by_the_database() -> None:
    close = make_close()
    with pytest.raises(DatabaseError, match="won by it"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE opportunities_opportunity SET stage = 'Closed Won' WHERE id = %s", [close.opportunity_id]
        )


@pytest.mark.ledger("DCL-00")
def test_a_deal_with_a_new_customer_is_not_won_without_its_close() -> None:
    deal = make_opportunity(make_account(None, kind="prospect"), owner=make_user("ae"))
    told = refusal(lambda: deal.move_to("Closed Won", by=deal.owner))
    assert told == "Begin the deal close first: it is a new customer."


@pytest.mark.ledger("DCL-00")
def test_what_a_customer_buys_by_themselves_has_no_checklist_and_only_bizops_says_so() -> None:
    deal = make_opportunity(make_account(None, kind="prospect"), owner=make_user("ae"))
    assert refusal(lambda: deal.sells_itself(by=deal.owner))
    deal.sells_itself(by=make_user("bizops"))
    begin = lambda: DealClose.objects.begin(deal, by=deal.owner, tier="premium")  # noqa: E731
    assert refusal(begin) == "The customer bought it by themselves: there is no checklist."
    deal.move_to("Closed Won", by=deal.owner)


def test_a_contract_in_force_at_the_same_time_stops_the_win_until_it_is_linked() -> None:
    walk = Walk(make_close()).through("DCL-09a")
    other = Contract.objects.add(by=walk.biz, account=walk.deal.account, tier="premium", in_force_from=date(2026, 1, 1))
    assert "Another contract of this account is in force" in refusal(walk.win)
    walk.paper.refresh_from_db()
    walk.paper.change({"contract": other}, by=walk.biz)
    walk.win()
    assert Contract.objects.get() == other


# --- skipping, taking back --------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-26")
def test_a_step_is_left_out_for_a_reason_and_a_gate_never() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09b")
    assert refusal(lambda: close.skip("DCL-16", "", by=walk.ae)) == "Say why it is skipped."
    assert refusal(lambda: close.skip("DCL-12b", "No time", by=walk.ae)) == "This step cannot be skipped."
    assert "another post" in refusal(lambda: close.skip("DCL-16", "So", by=walk.csm))
    close.skip("DCL-16", "The folder is there already", by=walk.ae)
    assert "DCL-16" in done(close)
    known = make_close(poc_details_done=True)
    assert refusal(lambda: known.tick("DCL-26", {"details": "x"}, by=known.opportunity.account.csm))


def test_a_step_is_taken_back_until_what_waited_for_it_is_done() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-12b")
    close.take_back("DCL-12b", by=walk.ae)
    assert "DCL-12b" not in done(close)
    walk.acts()["DCL-12b"]()
    walk.acts()["DCL-13"]()
    assert refusal(lambda: close.take_back("DCL-12b", by=walk.ae)).startswith("What waits for it")


@pytest.mark.ledger("DCL-13")
def test_the_issue_goes_to_both_and_only_once_the_aes_tasks_are_done() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-12a")
    both = {"bizops": walk.biz.name, "vp_cs": walk.vp.name}
    assert "First: Complete the AE's tasks" in refusal(lambda: close.tick("DCL-13", both, by=walk.ae))
    walk.acts()["DCL-12b"]()
    assert "say it" in refusal(lambda: close.tick("DCL-13", both | {"vp_cs": ""}, by=walk.ae))
    assert "Nobody of that name" in refusal(lambda: close.tick("DCL-13", both | {"vp_cs": "Someone"}, by=walk.ae))


@pytest.mark.ledger("DCL-12")
def test_the_issue_stands_in_the_confidential_repository(settings: Settings) -> None:
    settings.GITHUB_CONFIDENTIAL_REPO = "lanternfish/confidential"
    close = make_close()
    elsewhere = "https://github.com/lanternfish/public/issues/1"
    assert "confidential" in refusal(lambda: close.name_issue(elsewhere, by=close.opportunity.owner))


@pytest.mark.ledger("DCL-17")
def test_the_handoff_call_has_customer_success_in_it_and_another_length_is_told(settings: Settings) -> None:
    close = make_close()
    walk = Walk(close)
    walk.meet("handoff", minutes=45)
    facts = standing_of(close).facts
    assert facts["handoff_call"]
    assert facts["handoff_call_odd"]
    settings.DEAL_CLOSE_WARNINGS_STOP = True
    assert not standing_of(close).facts["handoff_call"]
    walk.meet("handoff", minutes=30)
    assert standing_of(close).facts["handoff_call"]


@pytest.mark.ledger("DCL-18")
def test_the_handoff_sheet_has_exactly_eleven_items_and_says_which_are_empty() -> None:
    assert len(closing.HANDOFF) == 11
    close = make_close()
    walk = Walk(close)
    walk.sheet()
    sheet = walk.close.handoff
    sheet.change({"timeline": "", "tier": "ultimate"}, by=walk.ae)
    assert sheet.empty_items == ["Expectations for the timeline"]
    assert sheet.tier_differs
    assert not standing_of(close).facts["handed_over"]


@pytest.mark.ledger("DCL-29")
def test_progress_says_where_it_is_and_whose_turn() -> None:
    close = make_close()
    progress = standing_of(close).progress
    assert (progress.stage, list(progress.holders)) == ("Start", ["AE"])
    Walk(close).through("DCL-09b")
    after = standing_of(close).progress
    assert after.percent > progress.percent
    assert {"AE", "BizOps", "Solutions consultant"} <= set(after.holders)
