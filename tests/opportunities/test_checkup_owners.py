"""Whose findings of the data checkup are, who gets them after somebody, and rules that are told elsewhere too."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetcs.handovers import end_post, let_go
from fleetcs.models import Event, RoleHolding, User
from opportunities import checkup, naming, silence
from opportunities.data_rules import RULES
from opportunities.models import Checkup, Finding, Opportunity
from tests.factories import make_opportunity, make_user

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)
BROKEN = {rule.code: rule.broken for rule in RULES}


def check() -> None:
    checkup.check(Checkup.objects.open_for(DAY), DAY)


def found(rule: str = "year-in-name") -> Finding:
    return Finding.objects.get(rule=rule)


# --- whose they are --------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-01")
def test_a_finding_is_nobodys_who_may_not_see_it() -> None:
    """A deal may be owned by anybody over there."""
    seller, desk = make_user("ae"), make_user("bizops")
    deal = make_opportunity(name="Acme", owner=make_user("sc"))
    type(deal.account).objects.update(ae=seller)
    check()
    assert found().owner == seller
    type(deal.account).objects.update(ae=make_user(None))
    Finding.objects.all().delete()
    check()
    assert found().owner == desk


@pytest.mark.ledger("SFD-01", "DIR-05")
def test_all_findings_of_somebody_who_loses_the_post_go_to_business_operations() -> None:
    """Accepted and fixed ones too: they come back as whose they were."""
    seller, desk, admin = make_user("ae"), make_user("bizops"), make_user("zapier_administrator")
    deals = [make_opportunity(name=name, owner=seller) for name in ("Acme", "Brook", "Mill")]
    check()
    accepted, fixed, _ = Finding.objects.filter(rule="year-in-name").order_by("record")
    accepted.accept("Their own word", by=desk)
    Opportunity.objects.filter(pk=fixed.record).update(name="Brook 2026")
    check()
    end_post(RoleHolding.objects.get(user=seller), by=admin)
    assert set(Finding.objects.filter(rule="year-in-name").values_list("owner", flat=True)) == {desk.pk}
    assert Event.objects.of(fixed).filter(by=admin, facts={"fields": ["owner"]}).count() == 1
    Opportunity.objects.filter(pk=deals[1].pk).update(name="Brook")
    check()
    fixed.refresh_from_db()
    assert (fixed.state[1], fixed.owner) == ("Open", desk)


def test_what_waits_for_somebody_whose_post_ended_on_its_day_goes_to_business_operations_at_the_next_run() -> None:
    seller, desk = make_user("ae"), make_user("bizops")
    make_opportunity(name="Acme", owner=seller)
    check()
    RoleHolding.objects.filter(user=seller).update(to_on=DAY - timedelta(days=1), from_on=DAY - timedelta(days=9))
    check()
    assert found().owner == desk


def test_many_findings_are_handed_on_in_as_many_statements_as_one() -> None:
    make_user("bizops")

    def statements(count: int) -> int:
        seller: User = make_user("ae")
        for number in range(count):
            Finding.objects.create(rule="term", record=seller.pk * 1_000 + number, owner=seller)
        with CaptureQueriesContext(connection) as told:
            let_go(seller, by=seller)
        return len(told)

    statements(1)  # what a process reads only once, such as the content types, is read here
    assert statements(1) == statements(40)


# --- rules that are told elsewhere too -------------------------------------------------------------------------------
@pytest.mark.ledger("OPP-01")
def test_the_checkup_the_list_and_the_form_agree_on_what_a_year_in_a_name_is() -> None:
    names = ("Acme 2026", "Acme_Q12026", "Order 20261", "Acme 20", "Acme 1999", "20269 2026", "Mill ٢٠٢٦", "2031é")
    deals = [make_opportunity(name=name) for name in names]
    without = {deal for deal in deals if not naming.has_year(deal.name)}
    assert 0 < len(without) < len(names)
    assert set(Opportunity.objects.without_year()) == set(BROKEN["year-in-name"](DAY)) == without


@pytest.mark.ledger("OPP-06")
def test_the_checkup_the_list_and_the_page_agree_on_which_expansion_lacks_its_next_step() -> None:
    steps = [("Call", DAY), ("Call", DAY - timedelta(days=1)), ("Call", None), ("", DAY), (" ", DAY)]
    deals = [make_opportunity(type="Expansion", next_step=step, next_step_due=due) for step, due in steps]
    lacking = {deal for deal in deals if silence.lacks_step(deal.next_step, deal.next_step_due, DAY)}
    assert len(lacking) == 4
    assert set(Opportunity.objects.lacking_step(DAY)) == set(BROKEN["next-step"](DAY)) == lacking
