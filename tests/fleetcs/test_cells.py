"""A cell of a list changed in place: by the record's own form, its version checked, nobody else's record (ux 9, 10)."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.http import Http404
from django.test import Client

from accounts.models import Account
from fleetcs.merging import Master
from fleetcs.models import Event, Mirror, MirrorField, MirrorLink, User
from fleetcs.tables import tables
from fleetcs.views.cells import column_of
from opportunities.models import Opportunity
from tests.factories import make_account, make_contact, make_lead, make_opportunity, make_user

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def signed_in(who: User) -> Client:
    client = Client(headers=FRAGMENT)
    client.force_login(who)
    return client


def cell(record: Any, key: str) -> str:
    return f"/cells/{record._meta.verbose_name_plural}/{record.pk}/{key}"


@pytest.mark.ledger("SFD-12")
def test_a_cell_becomes_its_form_and_then_says_the_new_value() -> None:
    deal, owner = make_opportunity(next_step="Wait"), make_user("cro")
    client = signed_in(owner)
    assert cell(deal, "next") in client.get("/opportunities/").content.decode()
    form = client.get(cell(deal, "next")).content.decode()
    assert 'value="Wait"' in form
    assert set(re.findall(r'name="(\w+)"', form)) == {"csrfmiddlewaretoken", "version", "next_step"}
    answer = client.post(cell(deal, "next"), {"next_step": "Call them", "version": 1})
    assert answer.status_code == 200
    assert answer.content.decode().startswith("Call them")
    deal.refresh_from_db()
    assert (deal.next_step, deal.version) == ("Call them", 2)
    assert Event.objects.of(deal).filter(verb="opportunity_changed", by=owner).exists()
    assert client.get(f"{cell(deal, 'next')}?wish=leave").content.decode().startswith("Call them")


def test_a_change_of_the_stage_in_the_list_is_a_row_of_its_history() -> None:
    deal = make_opportunity()
    signed_in(make_user("cro")).post(cell(deal, "stage"), {"stage": "Negotiation/Review", "version": 1})
    assert (
        list(deal.stage_changes.order_by("pk").values_list("stage", flat=True))[-1] == Opportunity.objects.get().stage
    )


def test_a_colleagues_change_is_told_before_it_is_written_over() -> None:
    deal = make_opportunity(next_step="Wait")
    deal.change({"next_step": "Theirs"}, by=make_user("cro"))
    client = signed_in(make_user("cro"))
    late = client.post(cell(deal, "next"), {"next_step": "Mine", "version": 1})
    assert late.status_code == 422
    assert "this says Theirs now" in late.content.decode()
    assert Opportunity.objects.get().next_step == "Theirs"
    version = re.search(r'name="version" value="(\d+)"', late.content.decode())
    assert version
    assert client.post(cell(deal, "next"), {"next_step": "Mine", "version": version[1]}).status_code == 200
    assert Opportunity.objects.get().next_step == "Mine"


def test_a_change_of_another_field_meanwhile_asks_for_one_more_save_and_loses_nothing() -> None:
    deal = make_opportunity(next_step="Wait")
    deal.change({"amount": 7}, by=make_user("cro"))
    client = signed_in(make_user("cro"))
    answer = client.post(cell(deal, "next"), {"next_step": "Mine", "version": 1})
    assert answer.status_code == 422
    client.post(cell(deal, "next"), {"next_step": "Mine", "version": 2})
    assert Opportunity.objects.values_list("next_step", "amount").get() == ("Mine", 7)


def test_what_the_form_refuses_is_said_at_the_cell() -> None:
    deal = make_opportunity()
    refused = signed_in(make_user("cro")).post(cell(deal, "close"), {"close_date": "some day", "version": 1})
    assert refused.status_code == 422
    assert "Enter a valid date" in refused.content.decode()


def test_a_strangers_cell_and_a_column_that_is_no_field_are_nowhere() -> None:
    seller = make_user("ae")
    mine, other = make_account(ae=seller), make_account()
    client = signed_in(seller)
    page = client.get("/accounts/").content.decode()
    assert cell(mine, "hosting") in page
    assert cell(other, "hosting") not in page
    sent = {"hosting": "managed_cloud", "version": 1}
    assert client.post(cell(other, "hosting"), sent).status_code == 404
    assert client.post(cell(mine, "tier"), sent).status_code == 404
    assert client.post(f"/cells/nothing/{mine.pk}/hosting", sent).status_code == 404
    assert Account.objects.get(pk=other.pk).hosting == "unknown"


def test_a_column_that_is_not_for_everybody_is_not_theirs_to_change_either() -> None:
    """Nobody has such posts today: whoever may change contacts or leads may call them."""
    reader, seller = make_user(None), make_user("sdr")
    for code, key in (("contacts", "mobile"), ("leads", "phone")):
        assert column_of(code, key, seller)[1].action == "contact.phone"
        with pytest.raises(Http404):
            column_of(code, key, reader)
    many = replace(tables()["leads"], many=("rating", "phone"))
    assert many.many_fields(seller) == [("rating", "Rating"), ("phone", "Phone")]
    assert many.many_fields(reader) == [("rating", "Rating")]


def test_a_field_that_salesforce_masters_says_so_and_stays() -> None:
    account = make_account(industry="Kelp")
    mirror = Mirror.objects.get(code="accounts")
    MirrorLink.objects.create(mirror=mirror, record_id=account.pk, salesforce_id="001000000000001AAA")
    field = MirrorField.objects.filter(mirror=mirror, ours="industry")
    assert field.update(master=Master.THEIRS, is_on=True, found="Industry", missing_at=None)
    client = signed_in(make_user("bizops"))
    form = client.get(cell(account, "industry")).content.decode()
    assert "Salesforce masters this field" in form
    assert "Save" not in form
    client.post(cell(account, "industry"), {"industry": "Sand", "version": 1})
    assert Account.objects.get().industry == "Kelp"


def test_a_converted_lead_keeps_what_it_says() -> None:
    lead = make_lead(is_converted=True, company="Kelp")
    refused = signed_in(make_user("cro")).post(cell(lead, "company"), {"company": "Sand", "version": 1})
    assert refused.status_code == 422
    assert "It is converted" in refused.content.decode()


def test_without_scripts_a_cell_is_a_page_that_leads_back_to_the_list() -> None:
    account, client = make_account(), Client()
    client.force_login(make_user("bizops"))
    assert "<h1" in client.get(cell(account, "hosting")).content.decode()
    assert client.post(cell(account, "hosting"), {"hosting": "managed_cloud", "version": 1}).url == "/accounts/"


def test_what_is_wrong_with_another_field_is_said_and_breaks_nothing() -> None:
    account, person = make_account(), make_user("vp_cs")
    above = make_contact(account)
    below = make_contact(account, reports_to=above)
    type(above).objects.filter(pk=above.pk).update(account=make_account())
    answer = signed_in(person).post(cell(below, "title"), {"title": "CISO", "version": 1})
    assert answer.status_code == 422
