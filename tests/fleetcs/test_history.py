"""The audit: every change of the audited tables with who made it, bulk changes included."""

from typing import Any

import pghistory
import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from fleetcs.models import OpeningHours, User
from fleetcs.posts import MAY, Group
from fleetcs.views.history import AUDITED
from tests.factories import make_account, make_contact, make_ticket, make_user
from tests.fleetcs.test_people import GROUPS, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    return signed_in("vp_cs")[0]


@pytest.mark.parametrize("group", Group)
def test_the_audit_is_for_those_who_answer_for_it(group: Group) -> None:
    client, _ = signed_in(GROUPS[group.value])
    account, may = make_account(), group.value in MAY["history.see"]
    for url in (reverse("history"), reverse("history_of", args=["account", account.pk])):
        assert client.get(url).status_code == (200 if may else 404)
    assert ("<span>History</span>" in client.get(reverse("about")).content.decode()) is may


@pytest.mark.parametrize("table", AUDITED)
def test_every_audited_table_has_its_page(table: str, boss: Client) -> None:
    make_contact(make_account())
    make_ticket(make_account())
    assert boss.get(reverse("history_table", args=[table])).status_code == 200
    newest = apps.get_model(AUDITED[table]).objects.order_by("-pk").first()
    if newest:
        assert boss.get(reverse("history_of", args=[table, newest.pgh_obj_id])).status_code == 200


def test_what_is_not_audited_or_not_there_is_404(boss: Client) -> None:
    for url in (
        "/history/user",
        "/history/nothing/1",
        "/history/account/999999",
        f"/history/account/{2**63}",
        f"/history/account/{'9' * 40}",
    ):
        assert boss.get(url).status_code == 404


def test_a_change_of_a_thousand_rows_at_once_is_a_thousand_entries_with_who_did_it() -> None:
    someone = make_user("cro", name="Bulk Changer")
    Account.objects.bulk_create([Account(name=f"Company {number}") for number in range(1000)])
    with pghistory.context(user=someone.pk, url="/bulk"):
        Account.objects.update(hosting="managed_cloud")
    changes = apps.get_model(AUDITED["account"]).objects.filter(pgh_label="update")
    assert changes.count() == 1000
    assert set(changes.values_list("pgh_context__metadata__user", "hosting")) == {(someone.pk, "managed_cloud")}


def test_the_pages_name_who_changed_what_from_what_to_what() -> None:
    client, boss = signed_in("vp_cs", name="Vera Prime")
    csm = make_user("csm", name="Carl Success")
    account = make_account(name="Otter")
    with pghistory.context(user=boss.pk, url="/somewhere"):
        Account.objects.filter(pk=account.pk).update(name="Otter & Sons", csm=csm, hosting="managed_cloud")
    listed = client.get(reverse("history_table", args=["account"])).content.decode()
    assert "Vera Prime" in listed
    assert "/somewhere" in listed
    page = client.get(reverse("history_of", args=["account", account.pk])).content.decode()
    for words in ("Vera Prime", "Otter &amp; Sons", "Carl Success", "Managed", "The system"):
        assert words in page


def test_what_nobody_signed_in_has_changed_is_the_systems(boss: Client) -> None:
    make_account()
    assert "The system" in boss.get(reverse("history_table", args=["account"])).content.decode()


def test_a_colleague_who_is_gone_is_no_error(boss: Client) -> None:
    with pghistory.context(user=999_999, url="/x"):
        account = make_account()
    assert boss.get(reverse("history_of", args=["account", account.pk])).status_code == 200
    version = OpeningHours.objects.get()
    OpeningHours.objects.filter(pk=version.pk).update(created_by=make_user("vp_cs"))
    User.objects.filter(email__startswith="gone").delete()
    assert boss.get(reverse("history_of", args=["hours", version.pk])).status_code == 200


def test_many_changes_cost_no_more_than_few(boss: Client, django_assert_max_num_queries: Any) -> None:
    account = make_account()
    for number in range(80):
        with pghistory.context(user=make_user(None).pk, url="/x"):
            Account.objects.filter(pk=account.pk).update(name=f"Name {number}", csm=make_user("csm"))
    for url in (reverse("history_table", args=["account"]), reverse("history_of", args=["account", account.pk])):
        with django_assert_max_num_queries(15):
            assert boss.get(url).status_code == 200
