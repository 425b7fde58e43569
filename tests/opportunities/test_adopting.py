"""`manage.py adopt deals`: deals in flight get their close, with the steps that were done before fleetcs (DCL-00)."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetcs.models import Event, User
from opportunities.adopting import Deals
from opportunities.models import DealClose, Opportunity, Signature
from opportunities.models.taking_over import take_over
from tests.factories import make_account, make_agreement, make_opportunity, make_quote, make_screening, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

ANSWERS = {"tier": "premium", "docusign": False}


@pytest.fixture
def biz() -> User:
    return make_user("bizops")


def adopt(*options: str, by: User | None = None) -> str:
    out = StringIO()
    call_command("adopt", "deals", *options, *(("--by", by.email) if by else ()), stdout=out)
    return out.getvalue()


def new_deal(**fields: Any) -> Opportunity:
    account = make_account(None, name="Brightforge Metal", kind="prospect")
    return make_opportunity(account, **{"name": "Brightforge 2026", "owner": make_user("ae"), "type": "New"} | fields)


def on_paper(deal: Opportunity, biz: User) -> None:
    """Checked, sent to the customer as paper, and signed by both."""
    make_screening(deal)
    paper = make_agreement(deal)
    paper.send(to="buyer@mill.example", by=biz)
    signed = {"customer": {"name": "Their buyer"}, "company": {"signer": make_user("ceo")}}
    for party, fields in signed.items():
        Signature.objects.record(paper, by=biz, party=party, signed_on=date(2025, 11, 5), **fields)


@pytest.mark.ledger("DCL-00")
def test_a_dry_run_shows_each_step_with_what_shows_it_and_takes_nothing_over(biz: User) -> None:
    deal = new_deal()
    make_quote(deal, product="Premium")
    on_paper(deal, biz)
    said = adopt("--dry-run")
    assert "1 rows: 1 fits, 0 asks, 0 blocked." in said
    rows = [" ".join(row.split()) for row in said.splitlines()]
    assert "Premium, our contract, on paper" in rows
    assert "marked DCL-05b Review the signed paper copy: We signed the paper copy on Wed 5 Nov 2025." in rows
    assert "seen DCL-08 Both parties sign the order form" in rows
    assert not any("DCL-09a" in row or "DCL-06" in row for row in rows)
    assert not any(name in said for name in ("Brightforge", "mill.example"))
    assert not DealClose.objects.exists()


@pytest.mark.ledger("DCL-06")
def test_who_got_a_copy_of_what_went_to_the_customer_says_nothing_of_the_final_one(biz: User) -> None:
    deal = new_deal()
    make_screening(deal)
    make_quote(deal, product="Premium")
    paper = make_agreement(deal)
    paper.send(to="buyer@mill.example", copied=[deal.owner.email, biz.email], by=biz)
    assert "DCL-06" not in adopt("--dry-run")
    for party, fields in {"customer": {"name": "Their buyer"}, "company": {"signer": make_user("ceo")}}.items():
        Signature.objects.record(paper, by=biz, party=party, signed_on=date(2025, 11, 5), **fields)
    assert "DCL-06" in adopt("--dry-run")


@pytest.mark.ledger("DCL-00", "DCL-09")
def test_what_is_taken_over_stands_where_it_was_and_every_gate_that_is_not_marked_still_holds(biz: User) -> None:
    deal = new_deal()
    on_paper(deal, biz)
    assert "1 taken over, 0 left" in adopt("--only", str(deal.pk), "--say", "tier=premium", by=biz)
    close = DealClose.objects.get()
    assert (close.docusign, close.tier, close.begun_by) == (False, "premium", biz)
    ticks = {tick.step: (tick.by, tick.said) for tick in close.run.ticks.all()}
    words = {"before": "We signed the paper copy on Wed 5 Nov 2025."}
    assert ticks == {"DCL-05a": (biz, words), "DCL-05b": (biz, words)}
    assert close.obstacles(date(2025, 11, 5)) == ["Put the executed contract on the opportunity (AE)"]
    deal.refresh_from_db()
    assert deal.owner
    with pytest.raises(ValidationError, match="Put the executed contract"):
        deal.move_to("Closed Won", by=deal.owner, close_date=date(2025, 11, 5))
    assert Event.objects.of(close).filter(verb="close_taken_over", by=biz).count() == 1
    assert "0 rows" in adopt(by=biz), "once"


@pytest.mark.ledger("DCL-29")
def test_the_page_says_that_a_step_was_done_before_by_whose_word(biz: User) -> None:
    deal = new_deal()
    adopt("--only", str(deal.pk), "--say", "tier=ultimate", "--say", "DCL-14=The plan of last spring", by=biz)
    assert deal.owner
    client = client_of(deal.owner)
    page = " ".join(client.get(f"/opportunities/{deal.pk}/close/").content.decode().split())
    assert f"Done before fleetcs, marked by {biz.name}" in page
    assert "The plan of last spring" in page
    close = DealClose.objects.get()
    close.take_back("DCL-14", by=deal.owner)
    assert close.run.ticked() == set(), "the AE knows better"


def test_a_deal_of_which_nothing_is_here_waits_to_be_chosen_and_one_without_tier_or_owner_to_be_settled(
    biz: User,
) -> None:
    early, ownerless = new_deal(), make_opportunity(make_account(None, kind="prospect"), type="New")
    make_quote(early, product="Ultimate")
    make_screening(ownerless)
    assert "2 rows: 0 fits, 1 asks, 1 blocked." in adopt("--dry-run")
    assert "Nothing of a close is here yet" in adopt("--dry-run")
    assert "0 taken over" in adopt(by=biz)
    assert "has no owner" in adopt("--dry-run", "--only", str(ownerless.pk), "--say", "tier=premium")
    assert "1 taken over" in adopt("--only", str(early.pk), by=biz)
    assert DealClose.objects.get().tier == "ultimate"


def test_many_deals_are_looked_at_with_as_many_statements_as_one(biz: User) -> None:
    def statements(deals: int) -> int:
        for owner in [make_user("ae"), None] * deals:
            account = make_account(kind="customer", ae=make_user("ae"))
            deal = make_opportunity(account, owner=owner, type="New")
            on_paper(deal, biz)
        adoption = Deals()
        adoption.hear({"tier": "premium"})
        with CaptureQueriesContext(connection) as told:
            lines = adoption.lines()
        assert {line.state for line in lines} == {"fits", "blocked"}
        return len(told)

    assert statements(1) == statements(2)


def test_only_open_deals_with_new_customers_are_in_flight(biz: User) -> None:
    customer = make_account(kind="customer")
    for fields in ({"type": "Expansion"}, {"type": "Existing Business"}, {"type": "New", "stage": "Closed Lost"}):
        make_opportunity(customer, owner=make_user("ae"), **fields)
    new_deal(self_service=True)
    assert "0 rows" in adopt("--dry-run")


@pytest.mark.ledger("DCL-29")
def test_nobody_says_by_it_what_has_to_be_seen_or_decides_without_the_right(biz: User) -> None:
    deal = new_deal()
    chosen = ("--only", str(deal.pk))
    for said, why in (
        ("DCL-08=They signed", "seen in what stands here"),
        ("CON-07=The CEO said so", "seen in what stands here"),
        ("DCL-28=Always", "seen in what stands here"),
        ("DCL-99=What", "no such step"),
        ("DCL-14=", "Say what shows it"),
        ("tier=gold", "premium or ultimate"),
    ):
        with pytest.raises(CommandError, match=why):
            adopt(*chosen, "--say", said, by=biz)
    with pytest.raises(CommandError, match="choose them with --only"):
        adopt("--say", "tier=premium", by=biz)
    for person in (None, make_user("vp_cs"), deal.owner):
        with pytest.raises(CommandError, match="somebody of BizOps, or the CRO"):
            adopt(*chosen, "--say", "tier=premium", by=person)
    assert not DealClose.objects.exists()


def test_a_step_of_the_other_branch_blocks_the_row(biz: User) -> None:
    deal = new_deal()
    said = adopt("--only", str(deal.pk), "--say", "tier=premium", "--say", "DCL-05a=In the drawer", by=biz)
    assert "DCL-05a does not apply to it" in said
    assert "0 taken over" in said


def test_the_verb_refuses_what_the_command_would_not_ask_for(biz: User) -> None:
    deal = new_deal()
    with pytest.raises(ValidationError, match="seen in what stands here"):
        take_over(deal, {"DCL-09a": "It is there"}, by=biz, **ANSWERS)
    assert not DealClose.objects.exists()
    with pytest.raises(ValidationError, match="BizOps and the CRO"):
        take_over(deal, {}, by=make_user("ae"), **ANSWERS)
    Opportunity.objects.filter(pk=deal.pk).update(self_service=True)
    with pytest.raises(ValidationError, match="bought it by themselves"):
        take_over(deal, {}, by=biz, **ANSWERS)
    Opportunity.objects.filter(pk=deal.pk).update(self_service=False)
    take_over(deal, {}, by=biz, **ANSWERS)
    with pytest.raises(ValidationError, match="begun already"):
        take_over(deal, {}, by=biz, **ANSWERS)


def test_codenames_and_bugs_have_nothing_to_be_said_of_them() -> None:
    with pytest.raises(CommandError, match="nothing to say"):
        call_command("adopt", "bugs", "--dry-run", "--only", "1", "--say", "tier=premium", stdout=StringIO())
