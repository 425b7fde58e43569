"""Accounts: the list that opens with customers, the page in the order people expect, the form that loses nothing."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import feed
from accounts.models import Account, Contract
from fleetcs.models import Event, SavedView
from fleetcs.working_day import today
from tests.factories import make_account, make_contact, make_contract, make_ticket, make_user

pytestmark = pytest.mark.django_db
LIST = "/accounts/"


def signed_in(post: str | None = "vp_cs", **person: Any) -> Client:
    client = Client()
    client.force_login(make_user(post, **person))
    return client


def names(response: Any) -> set[str]:
    return {account.name for account in response.context["listing"].rows}


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def form_of(account: Account, **changes: Any) -> dict[str, Any]:
    """What the browser would send for an account's form, hidden copies of what was read included."""
    response = signed_in().get(reverse("accounts:account_edit", args=[account.pk]))
    form, data = response.context["form"], {}
    for bound in form:
        value = bound.value()
        value = "" if value is None else value
        data |= {bound.name: value, f"initial-{bound.name}": value}
    return {**data, **changes}


# --- the list ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-03")
def test_a_fresh_session_sees_customers_and_prospects_after_clearing() -> None:
    customer, prospect = make_account(name="Sells Shells"), make_account(None, name="May Buy", kind="prospect")
    client = signed_in()
    first = client.get(LIST)
    assert names(first) == {customer.name}
    [chip] = first.context["listing"].chips
    assert (chip.label, chip.value) == ("Kind", "Customer")
    assert names(client.get(LIST + chip.remove_url)) == {customer.name, prospect.name}
    assert names(client.get(LIST + first.context["listing"].clear_url)) == {customer.name, prospect.name}
    assert names(client.get(LIST)) == {customer.name}


def test_the_list_narrows_by_tier_team_hosting_and_text() -> None:
    csm = make_user("csm")
    ultimate = make_account("ultimate", name="Kelp Works", csm=csm, hosting="managed_cloud", domain="kelp.example")
    make_account("premium", name="Reef Trust", hosting="self_hosted")
    make_account(None, name="Tide Office")
    client = signed_in()
    found = {
        query: names(client.get(f"{LIST}?{query}"))
        for query in (
            "tier=ultimate",
            "tier=free",
            f"csm={csm.pk}",
            "hosting=self_hosted",
            "q=kelp.exam",
            "q=reff trust",
            "q=zzz",
        )
    }
    assert found == {
        "tier=ultimate": {ultimate.name},
        "tier=free": {"Tide Office"},
        f"csm={csm.pk}": {ultimate.name},
        "hosting=self_hosted": {"Reef Trust"},
        "q=kelp.exam": {ultimate.name},
        "q=reff trust": {"Reef Trust"},
        "q=zzz": set(),
    }
    mine = Client()
    mine.force_login(csm)
    assert names(mine.get(f"{LIST}?mine=1")) == {ultimate.name}


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 2_000, "csm=" + "9" * 400, "kind=nonsense", "tier=%00"])
def test_a_filter_that_means_nothing_is_refused(query: str) -> None:
    assert signed_in().get(f"{LIST}?{query}").status_code == 422


@pytest.mark.parametrize("path", [LIST, "/contacts/", "/channels/"])
def test_a_list_costs_the_same_statements_however_long_it_is(path: str) -> None:
    client = signed_in()
    counts = []
    for more in (25, 175):
        make_many(more)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 9, [query["sql"][:150] for query in queries]


def make_many(number: int) -> None:
    csm = make_user("csm")
    for _ in range(number):
        account = make_account(csm=csm, ae=csm)
        make_contact(account)
        account.channels.create(team="T1", slack_id=f"C{account.pk}", name=f"fleet-at-{account.pk}", kind="customer")


def test_the_file_holds_exactly_what_the_filters_leave() -> None:
    make_account(name="=cmd|' /C calc'!A0", csm=make_user("csm", name="Ada Moss"))
    make_account("ultimate", name="Kelp Works")
    make_account(None, name="May Buy", kind="prospect")
    client = signed_in()
    found = rows_of(client.post(f"{LIST}export"))
    assert [row["Account"] for row in found] == ["'=cmd|' /C calc'!A0", "Kelp Works"]
    assert found[0]["CSM"] == "Ada Moss"
    assert [row["Account"] for row in rows_of(client.post(f"{LIST}export", {"query": "tier=ultimate"}))] == [
        "Kelp Works"
    ]
    assert len(rows_of(client.post(f"{LIST}export", {"query": "kind="}))) == 3, "the chip was taken away"


# --- the page ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-04")
def test_six_facts_come_before_any_other_and_in_order() -> None:
    account = make_account(parent=make_account(), billing_address="1 Pier Road", industry="Fishing")
    html = signed_in().get(account.get_absolute_url()).content.decode()
    facts = html[html.index('class="facts"') :]
    labels = [label.strip() for label in re.findall(r"<dt>(.*?)(?:<|$)", facts)]
    assert labels[:6] == [
        "Billing address",
        "Parent account",
        "LinkedIn company URL",
        "CISO employees (#)",
        "Employees",
        "Industry",
    ]


@pytest.mark.ledger("SLA-12")
def test_emergency_contacts_are_for_those_who_may_read_contracts() -> None:
    account = make_account("ultimate")
    allowed, barred = signed_in("cse"), signed_in(None)
    assert "+1 555 0100" in allowed.get(account.get_absolute_url()).content.decode()
    page = barred.get(account.get_absolute_url())
    assert page.status_code == 200
    assert "+1 555 0100" not in page.content.decode()
    assert barred.get(account.contracts.get().get_absolute_url()).status_code == 404


def test_an_ae_reads_the_terms_of_their_own_accounts_only() -> None:
    ae = make_user("ae")
    own, other = make_account(ae=ae), make_account()
    client = Client()
    client.force_login(ae)
    assert client.get(own.contracts.get().get_absolute_url()).status_code == 200
    assert client.get(other.contracts.get().get_absolute_url()).status_code == 404
    assert "Not yours to see" in client.get(other.get_absolute_url()).content.decode()


def test_the_feed_tells_of_contracts_only_to_those_who_may_read_them() -> None:
    account, bizops = make_account(), make_user("bizops")
    account.contracts.get().change({"tier": "ultimate"}, by=bizops)
    assert "contract changed" in signed_in("cse").get(account.get_absolute_url()).content.decode()
    assert "contract changed" not in signed_in(None).get(account.get_absolute_url()).content.decode()


def test_the_administrator_of_the_house_reads_no_customers_papers() -> None:
    account = make_account()
    client = signed_in("administrator")
    pages = [
        LIST,
        account.get_absolute_url(),
        "/contacts/",
        reverse("accounts:account_create"),
        make_contact(account).get_absolute_url(),
    ]
    assert [client.get(page).status_code for page in pages] == [404] * 5


# --- the form ---------------------------------------------------------------------------------------------------------
def new_account(**fields: Any) -> dict[str, Any]:
    return {"name": "Kelp Works", "kind": "prospect", "hosting": "unknown", "form_token": "t1"} | fields


@pytest.mark.ledger("SLA-01")
def test_an_account_is_created_once_however_often_the_button_is_pressed() -> None:
    client = signed_in("ae")
    url, form = reverse("accounts:account_create"), new_account(domains="Kelp.example\n kelp.org ")
    answers = [client.post(url, form) for _ in "12345"]
    account = Account.objects.get(name="Kelp Works")
    assert {answer.url for answer in answers} == {account.get_absolute_url()}
    assert [row.domain for row in account.domains.all()] == ["kelp.example", "kelp.org"]
    assert Event.objects.of(account).get().verb == "account_added"
    assert client.post(reverse("accounts:account_create"), new_account(name="Other")).status_code == 409


def test_a_domain_belongs_to_one_account_and_the_refusal_does_not_say_to_which() -> None:
    make_account(name="Secretive Inc", domain="taken.example")
    answer = signed_in().post(reverse("accounts:account_create"), new_account(domains="taken.example"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "belongs to another account" in page
    assert "Secretive" not in re.sub(r"<option.*?</option>", "", page, flags=re.S)  # the choice of a parent names all


@pytest.mark.parametrize(
    "fields",
    [
        {"domains": "no domain"},
        {"domains": "x" * 20_000},
        {"name": "\0"},
        {"name": "x" * 1_000_000},
        {"employees": "9" * 5_000},
        {"linkedin_company_url": "https://linkedin.com.evil.example/company/x"},
        {"zone": "Mars/Base"},
        {"csm": "9" * 400},
        {"linkedin_company_url": "javascript:alert(1)//linkedin.com"},
        {"kind": "partner"},
        {"name": ""},
    ],
)
def test_input_that_makes_no_sense_is_refused_with_a_reason_and_kept(fields: dict[str, str]) -> None:
    answer = signed_in().post(reverse("accounts:account_create"), new_account(**fields))
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Account.objects.exists()


@pytest.mark.ledger("SFD-07")
def test_a_linkedin_address_is_on_linkedin() -> None:
    client, url = signed_in(), reverse("accounts:account_create")
    address = "https://www.linkedin.com/company/kelp"
    assert client.post(url, new_account(linkedin_company_url=address)).status_code == 302
    for number, host in enumerate(("linkedin.com.evil.example", "notlinkedin.com", "linkedin.com@evil.example")):
        wrong = new_account(name=f"Kelp {number}", linkedin_company_url=f"https://{host}/company/kelp", form_token=host)
        refused = client.post(url, wrong)
        assert refused.status_code == 422
        assert "its host must be linkedin.com" in refused.content.decode()


def test_an_id_one_may_not_choose_reads_like_one_that_does_not_exist() -> None:
    ae = make_user("ae")
    own, foreign, outsider = make_account(ae=ae), make_account(), make_user("cse")
    client = Client()
    client.force_login(ae)
    url = reverse("accounts:account_edit", args=[own.pk])
    errors = []
    for wrong in (foreign.pk, 99_999_999):
        data = form_of(own, parent=wrong)
        errors.append(client.post(url, data).context["form"].errors["parent"])
    assert errors[0] == errors[1]
    assert "csm" in client.post(url, form_of(own, csm=outsider.pk)).context["form"].errors
    own.refresh_from_db()
    assert (own.parent_id, own.csm_id) == (None, None)


def test_fields_that_a_form_does_not_have_are_not_written() -> None:
    account = make_account()
    before = account.created_at
    data = form_of(account, industry="Fishing", created_at="2001-01-01", id="77", pk="77")
    signed_in().post(reverse("accounts:account_edit", args=[account.pk]), data)
    account.refresh_from_db()
    assert (account.industry, account.created_at, account.version) == ("Fishing", before, 2)


def test_a_stale_form_shows_both_versions_and_one_click_merges_them() -> None:
    account, client = make_account(), signed_in()
    url = reverse("accounts:account_edit", args=[account.pk])
    mine = form_of(account, running_version="4.2", hosting="managed_cloud")
    account.change({"industry": "Fishing", "hosting": "self_hosted"}, by=make_user("bizops"))
    conflict = client.post(url, mine)
    assert conflict.status_code == 409
    shown = {row.label: (row.theirs, row.mine, row.keeps_mine) for row in conflict.context["differences"]}
    assert shown == {"Industry": ("Fishing", "none", False), "Hosting": ("Self-hosted", "Managed cloud", True)}
    merged = conflict.context["form"]
    data = {bound.name: "" if bound.value() is None else bound.value() for bound in merged}
    assert client.post(url, data).status_code == 302
    account.refresh_from_db()
    assert (account.industry, account.running_version, account.hosting) == ("Fishing", "4.2", "managed_cloud")


def test_an_account_is_edited_by_its_team_and_the_offices_only() -> None:
    csm = make_user("csm")
    own, other = make_account(csm=csm), make_account()
    client = Client()
    client.force_login(csm)
    statuses = [client.get(reverse("accounts:account_edit", args=[each.pk])).status_code for each in (own, other)]
    assert statuses == [200, 404]
    assert "aria-disabled" in client.get(other.get_absolute_url()).content.decode()


# --- contracts --------------------------------------------------------------------------------------------------------
def contract_form(**fields: Any) -> dict[str, Any]:
    return {"tier": "premium", "in_force_from": "2026-01-01", "in_force_to": ""} | fields


@pytest.mark.ledger("SLA-01")
@pytest.mark.parametrize("tier", ["free", "premium", "ultimate"])
def test_a_tier_changed_later_leaves_the_ticket_of_before_as_it_was(tier: str) -> None:
    account = make_account(None if tier == "free" else tier)
    ticket = make_ticket(account)
    due = list(ticket.clocks.values_list("due_at", "tier") if hasattr(ticket, "clocks") else [])
    other = "premium" if tier != "premium" else "ultimate"
    client = signed_in("bizops")
    if tier == "free":
        data = contract_form(tier=other, in_force_from="2020-01-01")
        answer = client.post(reverse("accounts:contract_create", args=[account.pk]), data)
    else:
        contract = account.contracts.get()
        data = contract_form(tier=other, in_force_from="2020-01-01", version=contract.version)
        answer = client.post(reverse("accounts:contract_edit", args=[contract.pk]), data)
    assert answer.status_code == 302
    ticket.refresh_from_db()
    assert ticket.tier == tier
    assert list(ticket.clocks.values_list("due_at", "tier") if due else []) == due
    assert account.tier == other
    assert Event.objects.of_account(account.pk).filter(verb__startswith="contract_").exists()


def test_two_contracts_at_once_are_refused_with_the_one_that_is_in_the_way() -> None:
    account = make_account(None)
    make_contract(account, "premium", in_force_from=date(2026, 1, 1), in_force_to=date(2027, 1, 1))
    url, client = reverse("accounts:contract_create", args=[account.pk]), signed_in("bizops")
    refused = client.post(url, contract_form(in_force_from="2026-12-31", tier="ultimate"))
    assert refused.status_code == 422
    assert "The Premium contract is in force from" in refused.content.decode()
    assert client.post(url, contract_form(in_force_from="2027-01-01", tier="ultimate")).status_code == 302
    assert Contract.objects.count() == 2


def test_a_contract_ends_after_it_begins() -> None:
    url = reverse("accounts:contract_create", args=[make_account(None).pk])
    refused = signed_in("bizops").post(url, contract_form(in_force_to="2026-01-01"))
    assert refused.status_code == 422
    assert "in_force_to" in refused.context["form"].errors


def test_only_the_offices_write_contracts() -> None:
    account = make_account(csm=make_user("csm"))
    for post, status in {"bizops": 200, "cro": 200, "vp_cs": 200, "csm": 404, "cse": 404, "ae": 404}.items():
        client = signed_in(post)
        assert client.get(reverse("accounts:contract_create", args=[account.pk])).status_code == status
        assert client.get(reverse("accounts:contract_edit", args=[account.contracts.get().pk])).status_code == status


def test_the_contract_in_force_is_marked() -> None:
    account = make_account(None)
    make_contract(account, "premium", in_force_to=today())
    make_contract(account, "ultimate", in_force_from=today(), in_force_to=today() + timedelta(days=30))
    page = signed_in().get(account.get_absolute_url()).content.decode()
    assert page.count("In force</span>") == 1
    assert page.index(">Ultimate</a>") < page.index("In force</span>") < page.index(">Premium</a>")


# --- views of a list --------------------------------------------------------------------------------------------------
def test_a_view_is_kept_renamed_shared_and_forgotten() -> None:
    person = make_user("csm")
    client = Client()
    client.force_login(person)
    saved = {"page": "accounts:accounts", "name": "Clouds", "query": "hosting=managed_cloud&kind=&after=x&format=csv"}
    assert client.post(reverse("view_save"), saved).url == "/accounts/?hosting=managed_cloud&kind="
    view = SavedView.objects.get(owner=person)
    client.post(reverse("view_change", args=[view.pk]), {"name": "Our clouds", "shared": "on"})
    colleague = signed_in("cse")
    assert "Our clouds" in colleague.get(LIST).content.decode()
    assert colleague.post(reverse("view_forget", args=[view.pk])).status_code == 404
    assert client.post(reverse("view_forget", args=[view.pk])).url == LIST
    assert not SavedView.objects.exists()


def test_a_view_is_kept_with_the_address_that_htmx_stands_at() -> None:
    client = signed_in(None)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?q=kelp"}
    view = {"page": "accounts:accounts", "name": "K", "shared": "on"}
    answer = client.post(reverse("view_save"), view, headers=headers)
    assert answer.headers["HX-Redirect"] == "/accounts/?q=kelp"
    assert not SavedView.objects.get().shared  # an employee without a post shares nothing


@pytest.mark.parametrize("wrong", [{"page": "nowhere"}, {"page": "http://evil.example"}, {"page": "accounts:account"}])
def test_a_view_is_of_a_list_that_exists(wrong: dict[str, str]) -> None:
    assert signed_in().post(reverse("view_save"), {"name": "X", "query": ""} | wrong).status_code == 404


def test_the_feed_of_an_account_whose_tickets_were_assigned_can_be_read(client: Client) -> None:
    account, agent = make_account(), make_user("cse")
    ticket = make_ticket(account)
    ticket.assign(agent, by=agent)
    ticket.set_priority("P1", by=agent)
    client.force_login(agent)
    assert client.get(account.get_absolute_url()).status_code == 200
    assert [entry["text"] for entry in feed.of_account(agent, account)] == ["ticket"] * 3
