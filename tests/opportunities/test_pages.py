"""Lists and pages of leads and opportunities, and their card on the account's page."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from fleetcs.models import Mirror, MirrorLink, SalesforceUser
from opportunities.models import Activity, Invoice, Lead, Opportunity
from tests.factories import make_account, make_agreement, make_lead, make_opportunity, make_quote, make_user
from tests.house.pages import forms_of
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "cro") -> Client:
    return client_of(make_user(post))


def labels(page: Any, name: str) -> list[str]:
    """The labels of one list of facts, in their order."""
    shown = page.content.decode()
    start = shown.index(name)
    return [re.sub(r"<.*", "", one).strip() for one in re.findall(r"<dt>(.*?)</dt>", shown[start:], re.S)]


# --- opportunities ---------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-10")
def test_the_list_opens_with_all_of_them_and_can_be_narrowed(django_assert_max_num_queries: Any) -> None:
    make_opportunity(name="Lost 2025", stage="Closed Lost", owner=make_user("ae"))
    make_opportunity(name="Open 2026", stage="Some old stage", close_date=None)
    client = signed_in()
    with django_assert_max_num_queries(15):
        page = words(client.get("/opportunities/"))
    assert "Lost 2025" in page
    assert "Open 2026" in page
    assert "Some old stage" in page, "a stage that nobody knows is shown as it is"
    assert "Lost 2025" not in words(client.get("/opportunities/?stands=open"))
    assert "Open 2026" not in words(client.get("/opportunities/?stage=Closed+Lost"))
    by_day = words(client.get("/opportunities/?sort=close"))
    assert by_day.index("Lost 2025") < by_day.index("Open 2026"), "those without a day come last"


@pytest.mark.ledger("SFD-11", "SFD-12", "SFD-13")
def test_the_page_has_its_fields_in_the_order_that_the_handbook_gives() -> None:
    one = make_opportunity(next_step="Send the quote", owner=make_user("ae", name="Ola Nord"))
    page = signed_in().get(one.get_absolute_url())
    head = ["Account name", "Amount", "Close date", "Next step", "Opportunity owner"]
    assert labels(page, 'class="keyfacts"')[:5] == head
    information = ["Account name", "Opportunity name", "Amount", "Next step", "Next step's due date", "Close date"]
    shown = [one.replace("&#x27;", "'") for one in labels(page, "Opportunity information")]
    assert shown[:7] == [*information, "Stage"]
    assert labels(page, ">Accounting<")[:10] == [
        *("Up to # of hosts", "Type", "Payment terms", "Billing process", "Term (months)", "Reseller"),
        *("Effective date", "Subscription end date", "Invoice sent", "Payment received on"),
    ]


@pytest.mark.ledger("SFD-14")
def test_its_history_says_who_moved_it_when_and_after_how_many_days() -> None:
    ola = make_user("ae", name="Ola Nord")
    one = make_opportunity(stage="Proposal")
    one.stage_changes.create(stage="Prospecting", at=datetime(2026, 1, 5, tzinfo=UTC), close_date=date(2026, 6, 1))
    one.stage_changes.create(stage="Closed Won", at=datetime(2026, 1, 15, tzinfo=UTC), by=ola)
    Activity.objects.create(
        opportunity=one, kind="call", subject="Talked", at=datetime(2026, 1, 6, tzinfo=UTC), minutes=1
    )
    page = words(signed_in(None).get(one.get_absolute_url()))
    assert 'Prospecting → <strong>Closed Won</strong> <span class="quiet">after 10 days' in page
    assert "Ola Nord" in page
    assert "<strong>Call</strong> Talked" in page
    assert "1 minute" in page


def test_an_owner_whom_nobody_has_linked_yet_is_named_as_salesforce_does() -> None:
    one, user = make_opportunity(), SalesforceUser.objects.create(name="Somebody Else")
    users, deals = (Mirror.objects.get(code=code) for code in ("users", "opportunities"))
    MirrorLink.objects.create(mirror=users, salesforce_id="005000000000001AAA", record_id=user.pk)
    awaits = {"owner": "005000000000001AAA"}
    MirrorLink.objects.create(mirror=deals, salesforce_id="006000000000001AAA", record_id=one.pk, awaits=awaits)
    assert 'Somebody Else <span class="quiet">in Salesforce' in words(signed_in().get(one.get_absolute_url()))


@pytest.mark.ledger("OPP-06")
def test_its_owner_keeps_stage_and_next_step_up_to_date() -> None:
    ola = make_user("csm")
    one = make_opportunity(owner=ola, stage="An old stage")
    client = client_of(ola)
    path = f"{one.get_absolute_url()}edit"
    assert 'value="An old stage" selected' in words(client.get(path))
    sent = {"stage": "Negotiation", "amount": "1300", "close_date": "2026-07-01", "next_step": "Send the quote"}
    assert client.post(path, {**sent, "next_step_due": "", "version": 1}).status_code == 302
    one.refresh_from_db()
    assert (one.stage, one.next_step, one.version) == ("Negotiation", "Send the quote", 2)
    assert [row.stage for row in one.stage_changes.in_order()] == ["An old stage", "Negotiation"]
    assert one.stage_changes.get(stage="Negotiation").by == ola
    assert client.post(path, {**sent, "amount": "x", "version": 2}).status_code == 422


@pytest.mark.ledger("SFD-13")
def test_a_subscription_does_not_end_before_it_begins() -> None:
    one = make_opportunity(effective_date=date(2026, 5, 1))
    with pytest.raises(ValidationError, match="before its effective date"):
        one.change({"subscription_end": date(2026, 4, 1)}, by=make_user("bizops"))
    assert Opportunity.objects.get().subscription_end is None


def test_a_deal_that_came_with_its_days_the_wrong_way_round_can_still_be_moved_on() -> None:
    """Whoever sells cannot set these days here, and Salesforce took them as they are."""
    one = make_opportunity(effective_date=date(2026, 5, 1), subscription_end=date(2026, 4, 1))
    sent = {"stage": "Negotiation", "amount": "", "close_date": "", "next_step": "", "next_step_due": "", "version": 1}
    assert signed_in().post(f"{one.get_absolute_url()}edit", sent).status_code == 302
    assert Opportunity.objects.get().stage == "Negotiation"


def test_who_moved_a_deal_is_named_as_salesforce_does_until_somebody_has_said_who_that_is() -> None:
    one, user = make_opportunity(), SalesforceUser.objects.create(name="Somebody Else")
    users, stages = (Mirror.objects.get(code=code) for code in ("users", "stages"))
    MirrorLink.objects.create(mirror=users, salesforce_id="005000000000001AAA", record_id=user.pk)
    told = {"record_id": one.stage_changes.get().pk, "theirs": {"by": "005000000000001AAA"}}
    MirrorLink.objects.create(mirror=stages, salesforce_id="008000000000001AAA", **told)
    path, client = one.get_absolute_url(), signed_in()
    assert "Somebody Else in Salesforce" in words(client.get(path))
    one.stage_changes.update(by=make_user("ae", name="Ola Nord"))
    assert "Somebody Else" not in words(client.get(path))


# --- leads -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-20", "SFD-21")
def test_leads_of_every_status_are_listed_and_a_page_begins_with_the_four_fields() -> None:
    make_lead(name="Una Berg", status="Unqualified")
    one = make_lead(name="Ivo Falk", status="Open", owner=make_user("sdr"))
    client = signed_in()
    page = words(client.get("/leads/"))
    assert "Una Berg" in page
    assert "Ivo Falk" in page
    assert "Una Berg" not in words(client.get("/leads/?status=Open"))
    shown = labels(client.get(one.get_absolute_url()), 'class="keyfacts"')
    assert shown[:4] == ["Name", "Lead source", "Lead status", "Rating"]


def test_a_converted_lead_leads_to_what_came_of_it() -> None:
    deal = make_opportunity(name="Mill 2026")
    one = make_lead(is_converted=True, converted_opportunity=deal, converted_account=deal.account)
    page = words(signed_in().get(one.get_absolute_url()))
    assert f'<a href="{deal.get_absolute_url()}">Mill 2026</a>' in page
    assert Lead.objects.open().count() == 0


# --- elsewhere -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-09")
def test_the_accounts_page_asks_for_the_card_and_the_card_shows_deals_and_activities() -> None:
    one = make_opportunity(make_account(), name="Brook 2026")
    Activity.objects.create(account=one.account, kind="event", subject="Kickoff", at=datetime(2026, 1, 6, tzinfo=UTC))
    client = signed_in(None)
    path = f"/accounts/{one.account.pk}/opportunities/"
    assert f'hx-get="{path}?part=deals"' in words(client.get(one.account.get_absolute_url()))
    page = words(client.get(path))
    assert "Brook 2026" in page
    assert "Kickoff" in page


def test_search_finds_deals_and_leads() -> None:
    make_opportunity(name="Brook 2026")
    make_lead(name="Una Brook")
    page = words(signed_in().get("/search?q=brook"))
    assert "Brook 2026" in page
    assert "Una Brook" in page


def make_invoice(deal: Opportunity) -> Invoice:
    return Invoice.objects.add(opportunity=deal, by=make_user("bizops"), amount="900")


def test_deals_are_found_in_the_indexes_of_names_however_many_there_are() -> None:
    found = Opportunity.objects.matching("Fenwick")
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "indexonlyscan", "nestloop"):
            cursor.execute(f"SET LOCAL enable_{way} = off")  # a plan for few rows reads them one by one
    plan = found.explain()
    assert [name for name in ("opportunity_name_trgm", "account_name_trgm") if name not in plan] == []


@pytest.mark.parametrize(
    ("make", "theirs"),
    [(make_quote, {"product": "Ultimate"}), (make_agreement, {"paper": "theirs"}), (make_invoice, {"number": "R-2"})],
)
def test_a_paper_that_a_colleague_changed_meanwhile_shows_both_versions(
    make: Callable[[Opportunity], Any], theirs: dict[str, str]
) -> None:
    paper = make(make_opportunity(owner=make_user("ae")))
    client = client_of(make_user("bizops") if make is not make_quote else paper.prepared_by)
    url = reverse(f"opportunities:{paper._meta.model_name}_edit", args=[paper.pk])
    read = next(form.fields for form in forms_of(client.get(url).content.decode(), url) if "version" in form.fields)
    paper.change(theirs, by=make_user("bizops"))
    conflict = client.post(url, read)
    assert conflict.status_code == 409
    assert [row.keeps_mine for row in conflict.context["differences"]] == [False]


def test_who_may_do_it_with_every_deal_is_known_without_the_account(django_assert_num_queries: Any) -> None:
    owner, biz = make_user("ae"), make_user("bizops")
    made = make_opportunity(owner=owner)
    for person, statements in ((biz, 0), (owner, 0), (make_user("ae"), 1)):
        deal = Opportunity.objects.get(pk=made.pk)
        person.scope("paper.see")  # what a person may do is asked once
        with django_assert_num_queries(statements):
            assert deal.allows(person, "paper.see") == (not statements)
