"""A lead becomes an account, a contact and an opportunity: once, all or none, and nothing that is known is doubled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Account, Contact
from fleetcs.merging import Master
from fleetcs.models import Effect, Mirror, MirrorField, MirrorLink, User
from opportunities.models import Lead, Opportunity
from opportunities.models.conversion import Plan
from tests.factories import make_account, make_contact, make_lead, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def deal_of(owner: User) -> dict[str, Any]:
    return {"name": "Mill 2026", "stage": "Prospecting", "owner": owner}


def wish(owner: User, **fields: Any) -> dict[str, Any]:
    return {"account_name": "Mill", "name": "Mill 2026", "owner": owner.pk, "amount": "1200"} | fields


@pytest.fixture
def ae() -> User:
    return make_user("ae")


@pytest.mark.ledger("LEA-01")
def test_a_lead_becomes_an_account_with_a_contact_and_an_opportunity(ae: User) -> None:
    one = make_lead(name="Una Berg", company="Mill", email="una@mill.example", title="CISO", phone="+1 555", owner=ae)
    client = client_of(ae)
    page = words(client.get(f"{one.get_absolute_url()}convert"))
    assert 'value="Mill"' in page
    assert "is known already" not in page
    answer = client.post(f"{one.get_absolute_url()}convert", wish(ae, close_date="2026-06-30"))
    deal = Opportunity.objects.get()
    assert answer.headers["Location"] == deal.get_absolute_url()
    account, contact = deal.account, Contact.objects.get()
    assert (account.name, account.kind, account.ae) == ("Mill", "prospect", ae)
    assert (contact.account, contact.name, contact.email) == (account, "Una Berg", "una@mill.example")
    assert (contact.job_title, contact.mobile) == ("CISO", "+1 555")
    assert (deal.owner, deal.stage, deal.lead_source, deal.type) == (ae, "Prospecting", "Web", "New")
    assert [row.stage for row in deal.stage_changes.all()] == ["Prospecting"]
    one.refresh_from_db()
    assert (one.is_converted, one.converted_account, one.converted_contact) == (True, account, contact)
    assert one.converted_opportunity == deal
    assert deal.close_date == date(2026, 6, 30)


def test_pressed_twice_it_leads_to_what_came_of_it(ae: User) -> None:
    one, client = make_lead(company="Mill", owner=ae), client_of(ae)
    for token in ("one", "two"):
        answer = client.post(f"{one.get_absolute_url()}convert", wish(ae, form_token=token))
        assert answer.headers["Location"] == Opportunity.objects.get().get_absolute_url()
    assert client.get(f"{one.get_absolute_url()}convert").status_code == 302
    assert Account.objects.count() == Contact.objects.count() == 1


def test_it_offers_the_account_and_the_contact_that_are_known(ae: User) -> None:
    mill = make_account(None, name="Mill Works", domain="mill.example")
    una = make_contact(mill, name="Una Berg", email="una@mill.example")
    one = make_lead(name="Una Berg", company="Mill", email="UNA@mill.example", owner=ae)
    client = client_of(ae)
    page = words(client.get(f"{one.get_absolute_url()}convert"))
    assert "Something like Mill is known already" in page
    assert "Mill Works" in page
    chosen = {"account": mill.pk, "contact": una.pk}
    assert client.post(f"{one.get_absolute_url()}convert", wish(ae, **chosen)).status_code == 302
    assert (Account.objects.get(), Contact.objects.get()) == (mill, una)
    assert Opportunity.objects.get().account == mill


def test_it_warns_before_there_are_two_of_one_customer(ae: User) -> None:
    mill = make_account(None, name="Mill Works", domain="mill.example")
    other = make_contact(make_account(), email="una@mill.example")
    one = make_lead(name="Una Berg", company="Mill Works Inc", email="una@mill.example", owner=ae)
    client, path = client_of(ae), f"{one.get_absolute_url()}convert"
    doubled = client.post(path, wish(ae, account_name="Mill Works Inc"))
    assert doubled.status_code == 422
    assert "say below that it is another company" in words(doubled)
    assert "There is a contact with this address already" in words(doubled)
    taken = client.post(path, wish(ae, account_name="MILL works", is_other="on"))
    assert "There is an account of this name already" in words(taken)
    torn = client.post(path, wish(ae, account=mill.pk, contact=other.pk))
    assert f"is a contact of {other.account.name}" in words(torn)
    assert not Opportunity.objects.exists()
    assert client.post(path, wish(ae, contact=other.pk)).status_code == 302
    assert Opportunity.objects.get().account == other.account, "whoever is known brings their account along"


def test_another_company_of_a_like_name_is_made_when_somebody_says_so(ae: User) -> None:
    make_account(None, name="Mill Works")
    one = make_lead(company="Mill Works Inc", owner=ae)
    sent = wish(ae, account_name="Mill Works Inc", is_other="on")
    assert client_of(ae).post(f"{one.get_absolute_url()}convert", sent).status_code == 302
    assert Account.objects.filter(name__startswith="Mill Works").count() == 2


def test_all_or_none_of_it_is_made(ae: User) -> None:
    one = make_lead(company="Mill", owner=ae)
    with pytest.raises(ValidationError):
        one.convert(Plan(deal=deal_of(ae) | {"name": ""}, new_account={"name": "Mill"}), by=ae)
    assert not Account.objects.exists()
    assert not Contact.objects.exists()
    assert Lead.objects.open().count() == 1


def test_a_stranger_to_the_lead_converts_nothing() -> None:
    one, stranger = make_lead(owner=make_user("ae")), make_user("ae")
    assert client_of(stranger).post(f"{one.get_absolute_url()}convert", wish(stranger)).status_code == 404
    assert "sales development, BizOps and the CRO convert a lead" in words(
        client_of(stranger).get(one.get_absolute_url())
    )


def test_other_leads_with_the_same_address_are_shown(ae: User) -> None:
    one, twin = make_lead(email="una@mill.example"), make_lead(email="Una@Mill.example", name="U. Berg")
    make_lead(email="una@mill.example", is_converted=True, name="Long gone")
    page = words(client_of(ae).get(one.get_absolute_url()))
    assert twin.get_absolute_url() in page
    assert "Long gone" not in page


@pytest.mark.slow
@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_fifty_who_convert_one_lead_in_the_same_moment_make_one_of_each(ae: User) -> None:
    one = make_lead(company="Mill", email="una@mill.example")
    deal = deal_of(ae)

    def convert(_: int) -> bool:
        try:
            return Lead.objects.get(pk=one.pk).convert(Plan(deal=deal, new_account={"name": "Mill"}), by=ae)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as people:
        firsts = list(people.map(convert, range(50)))
    assert sum(firsts) == 1
    assert Account.objects.count() == Contact.objects.count() == Opportunity.objects.count() == 1


# --- the other side --------------------------------------------------------------------------------------------------
def mirrored(lead: Lead) -> MirrorLink:
    """A lead that Salesforce has, still open there, while all mirrors run."""
    Mirror.objects.update(has_key=True, started_at="2026-01-01T00:00Z", loaded_at="2026-01-01T00:00Z")
    MirrorField.objects.update(may_write=True, found="string")
    leads = Mirror.objects.get(code="leads")
    return MirrorLink.objects.create(mirror=leads, salesforce_id="00Q000000000001AAA", record_id=lead.pk)


def test_salesforce_is_told_of_all_that_was_made(ae: User) -> None:
    one = make_lead(company="Mill")
    link = mirrored(one)
    MirrorLink.objects.filter(pk=link.pk).update(theirs={"is_converted": False})
    one.convert(
        Plan(deal={"name": "Mill 2026", "stage": "Prospecting", "owner": ae}, new_account={"name": "Mill"}), by=ae
    )
    told = [effect.args["link"] for effect in Effect.objects.filter(kind="salesforce.push")]
    codes = MirrorLink.objects.filter(pk__in=told).values_list("mirror__code", flat=True)
    assert sorted(codes) == ["accounts", "contacts", "leads", "opportunities"]
    assert "still open in Salesforce" in words(client_of(ae).get(one.get_absolute_url()))


def test_its_status_becomes_what_salesforce_calls_a_converted_one(ae: User) -> None:
    make_lead(is_converted=True, status="Closed - Converted", converted_on="2026-01-02")
    one = make_lead(company="Mill", status="Open")
    one.convert(
        Plan(deal={"name": "Mill 2026", "stage": "Prospecting", "owner": ae}, new_account={"name": "Mill"}), by=ae
    )
    assert one.status == "Closed - Converted"


def test_what_was_converted_here_stays_so_whoever_writes_over_there() -> None:
    shared = MirrorField.objects.filter(mirror__code="leads", ours__contains="convert")
    assert set(shared.values_list("master", flat=True)) == {Master.BOTH}
    assert shared.count() == 5


def test_a_lead_that_salesforce_has_converted_leads_on_to_its_opportunity(ae: User) -> None:
    deal = make_opportunity()
    one = make_lead(owner=ae, is_converted=True, converted_opportunity=deal)
    answer = client_of(ae).get(f"{one.get_absolute_url()}convert")
    assert answer.headers["Location"] == deal.get_absolute_url()
