"""The columns of the lists of records: chosen and ordered by each person, and kept with a view (ux 4, 18)."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fleetcs.models import ChosenColumns, SavedView, User
from fleetcs.order import moved
from fleetcs.tables import tables
from tests.factories import make_account, make_contact, make_lead, make_opportunity, make_user

pytestmark = pytest.mark.django_db
URL = "/views/columns"


def signed_in(who: User | None = None) -> Client:
    client = Client()
    client.force_login(who or make_user("cro"))
    return client


def heads(page: Any) -> list[str]:
    """The heads of the list's columns as they are read."""
    shown = page.content.decode()
    head = shown[shown.index("<thead>") : shown.index("</thead>")]
    found = (unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.findall(r"<th[^>]*>(.*?)</th>", head, re.S))
    return [one for one in found if one]


def choose(client: Client, *keys: str, order: tuple[str, ...] = (), **more: str) -> Any:
    sent = {"page": "opportunities:opportunities", "column": list(keys), "order": ["name", *(order or keys)]}
    return client.post(URL, sent | more)


@pytest.mark.ledger("SFD-10")
def test_columns_stand_as_the_address_asks_and_the_record_always_leads() -> None:
    make_opportunity(name="Kelp 2026", lead_source="Referral")
    page = signed_in().get("/opportunities/?columns=source,stage,nonsense,source")
    assert heads(page) == ["Opportunity", "Lead source", "Stage"]
    assert "Referral" in page.content.decode()
    assert "columns=source" in page.content.decode().split("</thead>")[0], "sorting keeps the columns"
    assert heads(signed_in().get("/opportunities/?columns=nonsense"))[1:3] == ["Account", "Stage"]


def test_a_person_keeps_columns_that_nobody_else_sees_and_takes_them_away_again() -> None:
    make_opportunity()
    client = signed_in()
    assert choose(client, "amount", "stage", keep="mine", query="stage=x&columns=type").url == "/opportunities/?stage=x"
    assert heads(client.get("/opportunities/")) == ["Opportunity", "Amount", "Stage"]
    assert heads(client.get("/opportunities/?columns=type")) == ["Opportunity", "Type"], "the address has the last word"
    assert len(heads(signed_in().get("/opportunities/"))) == 7
    choose(client, keep="nothing")
    assert len(heads(client.get("/opportunities/"))) == 7
    assert not ChosenColumns.objects.exists()


def test_a_shared_view_brings_its_columns_to_everybody() -> None:
    make_opportunity()
    manager = make_user("vp_cs")
    client = signed_in(manager)
    url = choose(client, "close", "amount", keep="here", query="stands=open").url
    assert url == "/opportunities/?stands=open&columns=name%2Cclose%2Camount"
    page = "opportunities:opportunities"
    client.post(reverse("view_save"), {"page": page, "name": "Due", "query": url.partition("?")[2], "shared": "on"})
    colleague = signed_in()
    view = SavedView.objects.get(owner=manager)
    assert heads(colleague.get(f"/opportunities/?{view.query}")) == ["Opportunity", "Close date", "Amount"]
    assert "Due" in colleague.get("/opportunities/").content.decode()
    choose(client, "type", keep="view", view=str(view.pk))
    assert heads(colleague.get(f"/opportunities/?{SavedView.objects.get().query}")) == ["Opportunity", "Type"]
    assert choose(colleague, "type", keep="view", view=str(view.pk)).status_code == 404, "it is not theirs"


def test_a_view_of_a_long_address_keeps_its_columns_and_one_too_long_is_refused() -> None:
    client, page = signed_in(), "opportunities:opportunities"
    long = "q=" + "x" * 5_000
    client.post(reverse("view_save"), {"page": page, "name": "Long", "query": long})
    view = SavedView.objects.get()
    choose(client, "type", keep="view", view=str(view.pk))
    view.refresh_from_db()
    assert view.query == f"{long}&columns=name%2Ctype"
    client.post(reverse("view_save"), {"page": page, "name": "Longer", "query": "q=" + "x" * 8_000})
    assert not SavedView.objects.filter(name="Longer").exists()


def test_a_column_moves_without_scripts() -> None:
    moving = choose(signed_in(), "stage", "amount", "close", up="close")
    assert moving.url.endswith("columns=name%2Cstage%2Cclose%2Camount")
    assert moved(["a", "b"], "a", -1) == ["a", "b"]
    assert moved(["a", "b"], "x", 1) == ["a", "b"]


def test_a_column_that_is_not_for_everybody_is_not_offered_to_the_others() -> None:
    make_contact(make_account(), mobile="+1 555 0100")
    address = "/contacts/?columns=mobile,name"
    assert "+1 555 0100" in signed_in().get(address).content.decode()
    page = signed_in(make_user(None)).get(address)
    assert "+1 555 0100" not in page.content.decode()
    assert "Mobile" not in page.content.decode()


def test_every_column_of_every_list_can_be_shown(django_assert_max_num_queries: Any) -> None:
    for number in range(3):
        boss = make_contact(make_account(name=f"Above {number}"), email=f"above{number}@kelp.example")
        make_contact(boss.account, reports_to=boss, email=f"below{number}@kelp.example")
        make_account(name=f"Below {number}", parent=boss.account, csm=make_user("csm"), employees=1_200)
        make_opportunity(owner=make_user("ae"), amount=1200)
        make_lead(owner=make_user("ae"))
    client = signed_in()
    for table in tables().values():
        every = ",".join(column.key for column in table.columns)
        with django_assert_max_num_queries(20):
            page = client.get(reverse(table.page), {"columns": every, "kind": ""})
        assert heads(page) == [column.label for column in table.columns]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/leads/?status=Rings+on+Fridays", "Rings on Fridays"),
        ("/leads/?source=Harbour+fair", "Harbour fair"),
        ("/leads/?rating=Lukewarm", "Lukewarm"),
        ("/opportunities/?stage=Tasting", "Tasting"),
        ("/accounts/?csm={}", "Ola Lund"),
        ("/accounts/?ae={}", "Ola Lund"),
        ("/tickets/?assignee={}", "Ola Lund"),
    ],
)
def test_a_filter_still_means_what_nothing_says_any_more(url: str, words: str) -> None:
    gone = make_user("sdr", name="Ola Lund")
    gone.leave(by=make_user("administrator"))
    page = signed_in().get(url.format(gone.pk))
    assert page.status_code == 200
    shown = unescape(page.content.decode())
    assert re.search(rf'<option value="[^"]*" selected[^>]*>{words}</option>', shown), "it is shown as chosen"
    assert re.search(rf'class="chip"[^>]*><span>[^<]*</span> {words}', shown)


@pytest.mark.parametrize("asked", ["status=a%00b", "status=" + "x" * 300, "rating=%E2%80%AE"])
def test_what_no_field_could_say_is_no_filter(asked: str) -> None:
    assert signed_in().get(f"/leads/?{asked}").status_code == 422
    for other in ("accounts/?csm", "tickets/?assignee"):
        for who in ("abc", "9" * 30, "%D9%A3", "999999999"):
            assert signed_in().get(f"/{other}={who}").status_code == 422


def test_what_is_sent_without_a_list_is_nowhere() -> None:
    assert signed_in().post(URL, {"page": "nowhere"}).status_code == 404
