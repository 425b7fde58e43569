"""Records laid out section by section, in the order the handbook gives; useful links, notes of meetings, navigation."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import links, useful
from accounts.models import Account, MeetingNotes
from fleetcs.clock import now
from fleetcs.models import Event, HandbookEntry
from fleetcs.working_day import today
from opportunities.models import Activity
from tests.factories import make_account, make_contact, make_license, make_notes, make_opportunity, make_user

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "vp_cs") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def shown(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def labels(page: str, heading: str) -> list[str]:
    """The labels of the section under a heading, in their order."""
    section = page[page.index(heading) :]
    section = section[: section.index("</dl>")]
    return [re.sub(r"<.*", "", label).strip() for label in re.findall(r"<dt>(.*?)</dt>", section)]


def column(page: str, name: str) -> str:
    """One of the three columns of a record's page."""
    start = page.index(f'aria-label="{name}"')
    following = [page.find('<section class="record-', start), page.find("</main>", start)]
    return page[start : min(at for at in following if at > 0)]


# --- navigation ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-02")
def test_the_records_of_the_navigation_are_these_four_and_no_other() -> None:
    page = shown(signed_in("ae").get("/accounts/"))
    group = page[page.index(">Records<") : page.index('class="nav-group">Customers')]
    assert re.findall(r"<span>([A-Z]\w+)</span>", group) == ["Contacts", "Opportunities", "Accounts", "Leads"]


# --- the account -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-04", "SFD-07")
def test_the_six_facts_come_first_and_additional_information_after_them() -> None:
    account = make_account(name="Kelp Works", rating="Hot", linkedin_overlaps="https://linkedin.com/search?q=1")
    page = shown(signed_in().get(account.get_absolute_url()))
    first, second = labels(page, ">Company</h2>"), labels(page, ">Additional information</h2>")
    assert first == [
        *("Billing address", "Parent account", "LinkedIn company URL"),
        *("CISO employees (#)", "Employees", "Industry"),
    ]
    assert second == [
        *("Account (customer) name", "Account rating", "LinkedIn sales navigator URL"),
        *("LinkedIn company URL", "My LinkedIn overlaps"),
    ]
    assert page.index(">Company</h2>") < page.index(">Additional information</h2>")
    assert '<a href="https://linkedin.com/search?q=1">' in page


@pytest.mark.ledger("SFD-05")
def test_the_useful_links_stand_top_right_and_search_with_the_accounts_name() -> None:
    put = {"section": "links", "code": "search_invoices", "value": "https://books.example/find?customer={account}"}
    HandbookEntry.objects.create(**put)
    account = make_account(name="Kelp & Söhne")
    right = column(shown(signed_in().get(account.get_absolute_url())), "Related")
    assert right.index("Useful links") < right.index("Opportunities") < right.index("Activity feed")
    box = right[: right.index("</section>")]
    found = re.findall(r'<a href="([^"]+)" rel="noreferrer">([^<]+)</a>', box)
    assert [name for _, name in found] == [name for _, name, _ in useful.SEARCHES]
    for url, _ in found:
        assert "Kelp & Söhne" in unquote(urlsplit(url.replace("&amp;", "&")).query)
    assert parse_qs(urlsplit(found[2][0]).query) == {"customer": ["Kelp & Söhne"]}


@pytest.mark.ledger("SFD-09")
def test_opportunities_notes_and_feed_stand_on_the_right_and_the_working_cards_in_the_middle() -> None:
    account = make_account()
    empty = column(shown(signed_in().get(account.get_absolute_url())), "Related")
    assert [text in empty for text in ("No notes are linked yet", "Nothing happened yet")] == [True, True]
    assert "No opportunity is known" in shown(signed_in().get(f"/accounts/{account.pk}/opportunities/"))
    notes = make_notes(account)
    page = shown(signed_in().get(account.get_absolute_url()))
    right, middle = column(page, "Related"), column(page, "Work")
    assert f'hx-get="/accounts/{account.pk}/opportunities/?part=deals"' in right
    assert notes.title in right
    assert "meeting notes linked" in right
    assert ["Activity feed" in middle, "Contracts</h2>" in middle, "Channels</h2>" in middle] == [False, True, True]


@pytest.mark.ledger("SFD-08")
def test_accounting_shows_its_twelve_fields_and_adds_the_deals_up() -> None:
    account = make_account(press_approval="Asked", payment_terms="Net 30", shipping_address="2 Pier Road")
    make_license(account)
    make_opportunity(account, stage="Closed Won", amount="1200.50", close_date="2026-03-01", invoice_sent="2026-03-02")
    make_opportunity(account, stage="Closed Won", amount="800", close_date="2025-02-01", subscription_end="2027-01-01")
    make_opportunity(account, stage="Proposal", amount="5000", close_date="2024-01-01", payment_received="2026-04-02")
    page = shown(signed_in().get(f"/accounts/{account.pk}/opportunities/"))
    assert labels(page, ">Accounting</h2>") == [
        *("Invoice sent (latest)", "Payment received on (latest)", "Subscription end date (latest)"),
        *("Press approval", "License key", "Total opportunities (#)", "Deals won (#)", "Close date (first deal)"),
        *("Cumulative revenue (USD)", "Payment terms", "Billing address", "Shipping address"),
    ]
    section = page[page.index(">Accounting</h2>") :]
    values = dict(re.findall(r"<dt>([^<]+)</dt> <dd>(?:<[^>]+>)?([^<]*)", section))
    assert (values["Total opportunities (#)"], values["Deals won (#)"]) == ("3", "2")
    assert values["Cumulative revenue (USD)"] == "2,000.50"
    assert "2025" in values["Close date (first deal)"]
    assert "eyJ" not in section
    assert "For support" in shown(signed_in(None).get(f"/accounts/{account.pk}/opportunities/"))


def test_the_next_step_of_an_account_is_the_earliest_of_its_open_deals() -> None:
    account = make_account()
    make_opportunity(account, next_step="Sign", next_step_due="2026-02-01", stage="Closed Won")
    make_opportunity(account, next_step="Later", next_step_due=None)
    make_opportunity(account, next_step="Send the quote", next_step_due="2026-03-01")
    page = shown(signed_in().get(f"/accounts/{account.pk}/opportunities/"))
    step = page[page.index('id="next-step"') : page.index('id="deals"')]
    assert "Send the quote" in step
    assert 'id="next-step"' in shown(signed_in().get(account.get_absolute_url())), "where the page puts it"


# --- opportunity and contact -----------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-14")
def test_history_feed_and_sales_navigator_stand_on_the_right_of_an_opportunity() -> None:
    url = "https://www.linkedin.com/sales/company/1"
    deal = make_opportunity(make_account(linkedin_sales_navigator_url=url))
    right = column(shown(signed_in().get(deal.get_absolute_url())), "Related")
    assert right.index("Stage history") < right.index("Activity feed") < right.index("LinkedIn sales navigator")
    assert f'href="{url}"' in right


@pytest.mark.ledger("SFD-19")
def test_a_contact_with_a_past_meeting_without_notes_reminds_of_them() -> None:
    contact = make_contact(make_account())
    client, path = signed_in(), f"/contacts/{contact.pk}/meetings/"
    assert f'hx-get="{path}"' in column(shown(client.get(contact.get_absolute_url())), "Related")
    Activity.objects.create(contact=contact, kind="event", subject="Next one", at=now() + timedelta(days=1))
    assert "No meeting with them is known" in shown(client.get(path)), "one that is still to come needs no notes"
    Activity.objects.create(contact=contact, kind="event", subject="Kickoff", at=now() - timedelta(minutes=5))
    page = shown(client.get(path))
    assert "not linked yet: Kickoff" in page
    link = re.search(r'href="([^"]+/notes/new[^"]*)"', page)
    assert link
    form = shown(client.get(link[1].replace("&amp;", "&")))
    assert f'value="{contact.account.name} {today().isoformat()}"' in form
    make_notes(contact.account)
    assert "not linked yet" not in shown(client.get(path))


# --- links -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-06", "SYS-10")
def test_notes_are_a_link_to_the_drive_with_a_name_and_a_day_in_its_title() -> None:
    account, client = make_account(name="Kelp Works"), signed_in()
    path = reverse("accounts:meeting_notes_create", args=[account.pk])
    on = today().isoformat()
    right = {"held_on": on, "title": f"Kelp Works {on}", "url": "https://docs.google.com/document/d/1"}
    wrong = (
        {"title": "Kickoff"},
        {"title": f"Kickoff {on}"},
        {"title": "Kelp Works, kickoff"},
        {"url": "https://evil.example/docs.google.com"},
        {"url": "https://docs.google.com@evil.example/d/1"},
        {"url": "https://docs.google.com.evil.example/d/1"},
        {"held_on": (today() + timedelta(days=1)).isoformat()},
    )
    assert [client.post(path, right | each).status_code for each in wrong] == [422] * len(wrong)
    assert client.post(path, right).status_code == 302
    assert client.post(path, right | {"form_token": "2"}).status_code == 422, "linked already"
    fields = {field.name for model in (Account, MeetingNotes) for field in model._meta.get_fields()}
    assert not fields & {"notes", "note", "text", "body"}, "what was said stays in the document"
    notes = MeetingNotes.objects.get()
    assert client.post(reverse("accounts:meeting_notes_drop", args=[notes.pk])).status_code == 302
    assert Event.objects.of(account).newest()[0].verb == "meeting_notes_unlinked"


@pytest.mark.ledger("SFD-07", "SYS-14")
@pytest.mark.parametrize("name", ["linkedin_company_url", "linkedin_sales_navigator_url", "linkedin_overlaps"])
def test_an_address_on_linkedin_is_on_linkedin(name: str) -> None:
    account = make_account()
    account.change({name: "https://www.linkedin.com/sales/company/1"}, by=make_user("vp_cs"))
    with pytest.raises(ValidationError, match="its host must be"):
        account.change({name: "https://linkedin.com.evil.example/1"}, by=make_user("vp_cs"))


def test_whom_one_knows_at_an_account_may_be_said_in_words() -> None:
    links.overlaps("Two former colleagues")
    make_account().change({"linkedin_overlaps": "Two former colleagues"}, by=make_user("vp_cs"))
