"""Contacts: everybody in the first listing, the page in the order people expect, a chain of managers without a loop."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Contact
from tests.factories import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "vp_cs") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def labels(html: str, after: str) -> list[str]:
    part = html[html.index(after) :]
    return [label.strip() for label in re.findall(r"<dt>(.*?)(?:<|$)", part)]


def form(contact: Contact, **fields: Any) -> dict[str, Any]:
    now = {"account": contact.account_id, "name": contact.name, "email": contact.email, "version": contact.version}
    return now | fields


@pytest.mark.ledger("SFD-15")
def test_the_first_listing_holds_contacts_of_customers_and_prospects_alike() -> None:
    people = [make_contact(make_account()), make_contact(make_account(None, kind="prospect"))]
    page = signed_in().get("/contacts/")
    assert set(page.context["listing"].rows) == set(people)
    assert page.context["listing"].chips == []


@pytest.mark.ledger("SFD-16", "SFD-17", "SFD-18")
def test_the_page_shows_its_three_sections_in_order() -> None:
    html = signed_in().get(make_contact(make_account()).get_absolute_url()).content.decode()
    assert labels(html, 'class="keyfacts"')[:6] == [
        "Name",
        "Job title",
        "Department",
        "Account name",
        "LinkedIn",
        "Orbit feed",
    ]
    facts = [label for label in labels(html, 'class="facts"') if label not in {"Slack id", "Time zone", "Local time"}]
    assert facts[:6] == ["LinkedIn URL", "Account name", "Name", "Title", "Is champion", "Reports to"]
    assert facts[6:14] == [
        "Email",
        "Personal email",
        "Twitter",
        "GitHub",
        "Mobile",
        "Website",
        "Orbit feed",
        "Description",
    ]


@pytest.mark.ledger("SFD-19")
def test_related_contacts_manager_and_feed_stand_beside_the_facts() -> None:
    account = make_account()
    boss, colleague = make_contact(account, name="Bo Marsh"), make_contact(account, name="Cy Dunes")
    contact = make_contact(account, reports_to=boss)
    html = signed_in().get(contact.get_absolute_url()).content.decode()
    related, right = html.index("Related contacts"), html.index('aria-label="Related"')
    assert right < html.index("Activity feed") < html.index("Manager</h2>") < html.index(boss.name, right) < related
    assert related < html.index(colleague.name, related)


@pytest.mark.ledger("SFD-17")
def test_nobody_reports_to_themselves_however_long_the_way_round() -> None:
    account, client = make_account(), signed_in()
    top = make_contact(account)
    middle = make_contact(account, reports_to=top)
    low = make_contact(account, reports_to=middle)
    refused = client.post(reverse("accounts:contact_edit", args=[top.pk]), form(top, reports_to=low.pk))
    assert refused.status_code == 422
    assert "loop" in refused.content.decode()


@pytest.mark.ledger("SFD-17")
def test_a_manager_is_of_the_same_family_of_accounts() -> None:
    parent, client = make_account(), signed_in()
    contact = make_contact(make_account(parent=parent))
    above, stranger = make_contact(parent), make_contact(make_account())
    url = reverse("accounts:contact_edit", args=[contact.pk])
    assert client.post(url, form(contact, reports_to=stranger.pk)).status_code == 422
    assert client.post(url, form(contact, reports_to=above.pk, is_champion="on")).status_code == 302
    contact.refresh_from_db()
    assert (contact.reports_to, contact.is_champion) == (above, True)
    facts = client.get(contact.get_absolute_url()).context["facts"]
    assert [fact.value for fact in facts if fact.label in {"Is champion", "Reports to"}] == ["Yes", above.name]


@pytest.mark.ledger("SFD-18")
def test_the_two_addresses_may_differ() -> None:
    contact = make_contact(make_account())
    url = reverse("accounts:contact_edit", args=[contact.pk])
    assert signed_in().post(url, form(contact, personal_email="home@mail.example")).status_code == 302
    contact.refresh_from_db()
    assert contact.personal_email != contact.email


def test_a_telephone_number_is_for_those_who_serve_customers() -> None:
    contact = make_contact(make_account(), mobile="+1 555 0199")
    for post, sees in {"cse": True, "csm": True, None: False}.items():
        client = signed_in(post)
        assert ("+1 555 0199" in client.get(contact.get_absolute_url()).content.decode()) is sees
    file = b"".join(signed_in("bizops").post("/contacts/export").streaming_content).decode()
    assert "+1 555 0199" in file


@pytest.mark.parametrize(
    "fields",
    [
        {"linkedin_url": "https://notlinkedin.com/in/x"},
        {"linkedin_url": "https://linkedin.com@evil.example/"},
        {"website": "ftp://company.example"},
        {"email": "no address"},
        {"account": "9" * 400},
        {"account": ""},
        {"reports_to": "9" * 5_000},
        {"description": "x" * 1_000_000},
        {"name": "a\0b"},
    ],
)
def test_input_that_makes_no_sense_is_refused(fields: dict[str, str]) -> None:
    contact = make_contact(make_account())
    answer = signed_in().post(reverse("accounts:contact_edit", args=[contact.pk]), form(contact, **fields))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(fields)


def test_a_contact_is_made_at_an_account_one_looks_after() -> None:
    csm = make_user("csm")
    own, other = make_account(csm=csm), make_account()
    client = Client()
    client.force_login(csm)
    url = reverse("accounts:contact_create")
    assert client.get(f"{url}?account={own.pk}").context["form"].initial["account"] == own.pk
    assert client.post(url, {"account": other.pk, "name": "Dee Kelp"}).status_code == 422
    made = client.post(url, {"account": own.pk, "name": "Dee Kelp", "form_token": "x"})
    assert made.url == Contact.objects.get(name="Dee Kelp").get_absolute_url()
    assert signed_in(None).get(url).status_code == 404


def test_two_contacts_do_not_share_an_address() -> None:
    first, second = (make_contact(make_account()) for _ in "12")
    url = reverse("accounts:contact_edit", args=[second.pk])
    refused = signed_in().post(url, form(second, email=first.email.upper()))
    assert refused.status_code == 422
    assert "There is a contact with this address already." in refused.content.decode()


def test_a_stale_form_of_a_contact_is_a_conflict() -> None:
    contact = make_contact(make_account())
    sent = form(contact, department="Sea")
    contact.change({"title": "Dr"}, by=make_user("cse"))
    assert signed_in().post(reverse("accounts:contact_edit", args=[contact.pk]), sent).status_code == 409
