"""The search over everything finds accounts, contacts and channels, for those who may see them."""

import pytest

from fleetcs.search import hits
from tests.factories import make_account, make_channel, make_contact, make_user

pytestmark = pytest.mark.django_db


def found(text: str, post: str | None = "cse") -> set[tuple[str, str]]:
    return {(hit.kind, hit.label) for hit in hits(make_user(post), text, 5) if hit.kind in KINDS}


KINDS = {"Accounts", "Contacts", "Channels"}


def test_an_account_is_found_by_a_part_of_its_name_by_its_domain_and_in_spite_of_a_slip() -> None:
    make_account(name="Kelp Works", domain="kelpworks.example")
    for text in ("elp wor", "KELP", "kelpworks.exam", "kelp worsk"):
        assert ("Accounts", "Kelp Works") in found(text)
    assert found("granite") == set()


def test_contacts_and_channels_are_found_too() -> None:
    account = make_account(name="Kelp Works")
    make_contact(account, name="Cy Dunes")
    make_channel(account, name="fleet-at-kelp")
    assert found("dunes") == {("Contacts", "Cy Dunes")}
    assert found("#fleet-at-k") == {("Channels", "#fleet-at-kelp")}


def test_the_administrator_of_the_house_finds_no_customer() -> None:
    account = make_account(name="Kelp Works")
    make_contact(account, name="Kelp Dunes")
    assert found("kelp", "administrator") == set()
