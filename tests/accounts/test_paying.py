"""How customers pay: texts and links of the handbook on the account's page, for colleagues only (PAY-01 to PAY-04)."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import make_account, make_license, make_user

pytestmark = pytest.mark.django_db

LINKS = ("customers/dashboard", "paying-lanternfish", "/w9")


def card(account: Account, post: str | None = "bizops") -> str:
    client = Client()
    client.force_login(make_user(post))
    return client.get(reverse("accounts:licenses_of_account", args=[account.pk])).content.decode()


@pytest.mark.ledger("PAY-02")
@pytest.mark.parametrize(("hosts", "is_shown"), [(99, False), (100, True), (900, True)])
def test_customers_with_hundreds_of_hosts_may_pay_by_wire(hosts: int, is_shown: bool) -> None:
    account = make_account()
    make_license(account, hosts=hosts)
    assert ("wire transfer or electronic debit" in card(account)) == is_shown


@pytest.mark.ledger("PAY-02", "LIC-03")
def test_how_many_hosts_a_key_is_for_is_told_to_nobody_who_may_not_see_keys() -> None:
    account = make_account()
    make_license(account, hosts=120)
    told = {post: "120 hosts" in card(account, post) for post in ("bizops", "sdr", None)}
    assert told == {"bizops": True, "sdr": False, None: False}


@pytest.mark.ledger("PAY-01", "PAY-03", "PAY-04", "SYS-11")
def test_colleagues_find_dashboard_remittance_information_and_w9() -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    shown = card(make_account(), None)
    assert [link for link in LINKS if link not in shown] == []
    assert "Export it as a PDF" in shown


@pytest.mark.ledger("PAY-04")
def test_somebody_who_has_not_signed_in_gets_no_link() -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    account = make_account()
    answer = Client().get(reverse("accounts:licenses_of_account", args=[account.pk]))
    assert answer.status_code == 302
    assert [link for link in LINKS if link in answer.content.decode()] == []
    assert LINKS[2] not in card(account, "administrator")


def test_without_links_in_the_handbook_nothing_is_promised() -> None:
    assert "W-9" not in card(make_account())
