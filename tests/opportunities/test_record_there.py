"""From the page of a mirrored record to the record in Salesforce."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Account
from fleetcs import clock
from fleetcs.models import Mirror, MirrorLink
from opportunities.models import Opportunity
from tests.factories import make_account, make_opportunity, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

DOMAIN = "https://reef.my.salesforce.com"
IDS = {Account: "001000000000001AAA", Opportunity: "006000000000001AAA"}


def linked(record: Any) -> MirrorLink:
    code = {Account: "accounts", Opportunity: "opportunities"}[type(record)]
    there = {"salesforce_id": IDS[type(record)], "record_id": record.pk}
    return MirrorLink.objects.create(mirror=Mirror.objects.get(code=code), **there)


def page(record: Any) -> str:
    client = client_of(make_user("csm"))
    return " ".join(client.get(record.get_absolute_url()).content.decode().split())


@pytest.mark.ledger("OPP-05")
@pytest.mark.parametrize("make", [make_account, make_opportunity])
def test_the_page_of_an_account_and_of_an_opportunity_leads_to_the_record_in_salesforce(
    make: Any, settings: Settings
) -> None:
    settings.SALESFORCE_LOGIN_URL = DOMAIN
    record = make()
    assert "Open in Salesforce" not in page(record)
    link = linked(record)
    kind = type(record)
    assert f'href="{DOMAIN}/lightning/r/{kind.__name__}/{IDS[kind]}/view"' in page(record)
    MirrorLink.objects.filter(pk=link.pk).update(gone_at=clock.now())
    assert "Open in Salesforce" not in page(record)


@pytest.mark.parametrize(
    ("login", "said", "shown"),
    [
        ("https://login.salesforce.com", "", ""),
        ("https://test.salesforce.com/", "", ""),
        (DOMAIN, "https://x.example/{id}?of={object}", "https://x.example/001000000000001AAA?of=Account"),
    ],
)
def test_where_no_address_of_records_is_known_there_is_no_link_and_a_said_one_counts(
    login: str, said: str, shown: str, settings: Settings
) -> None:
    settings.SALESFORCE_LOGIN_URL, settings.SALESFORCE_RECORD_URL = login, said
    account = make_account()
    linked(account)
    told = page(account)
    assert (f'href="{shown}"' in told, "Open in Salesforce" in told) == (bool(shown), bool(shown))
