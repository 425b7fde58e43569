"""Colleagues ask the department for something and hear back within one business day (INT-12)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetcs.models import HandbookEntry
from support.forms.request import issue_link
from support.models import Ticket
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("INT-12")]

TEMPLATE = (
    "https://tracker.example/firm/confidential/issues/new?labels=%3Ahelp-customers"
    "&template=1-custom-request.md&title=Request%3A+____"
)
FRIDAY_NOON = "2026-01-09T12:00:00-08:00"
WEEKEND_LONG = timedelta(days=3)  # one business day from Friday noon is Monday noon


def ask(client: Client, subject: str = "A slide about uptime", **fields: Any) -> HttpResponse:
    sent = {"subject": subject, "text": "For Tuesday, please.", "form_token": "1"}
    return client.post("/requests/new/", sent | fields)


def test_any_colleague_asks_and_sees_the_answer_on_their_own_request(client: Client, clock: Any) -> None:
    clock(FRIDAY_NOON)
    asker, agent = make_user(None), make_user("cse")
    client.force_login(asker)
    answer = ask(client)
    made = Ticket.objects.get()
    assert answer.headers["Location"] == made.get_absolute_url()
    assert (made.kind, made.requester, made.sender) == ("department_request", asker, asker.email)
    assert made.due_at - made.received_at == WEEKEND_LONG
    made.answer("Here it is.", by=agent)
    page = client.get(made.get_absolute_url())
    assert page.status_code == 200
    assert "Here it is." in page.content.decode()


def test_the_list_flags_what_is_older_than_one_business_day(client: Client, clock: Any) -> None:
    clock(FRIDAY_NOON)
    client.force_login(make_user(None))
    ask(client, "an old one")
    clock("2026-01-12T09:00:00-08:00")
    ask(client, "a new one", form_token="2")
    client.force_login(make_user("cse"))
    clock("2026-01-12T11:59:00-08:00")
    assert "Over one business day" not in client.get("/requests/").content.decode()
    clock("2026-01-12T12:00:01-08:00")
    page = client.get("/requests/")
    assert page.content.decode().count("Over one business day") == 1
    assert [row.subject for row in client.get("/requests/?view=late").context["listing"].rows] == ["an old one"]


def test_it_is_a_clock_of_its_own_and_not_in_the_customers_queue(client: Client, clock: Any) -> None:
    clock(FRIDAY_NOON)
    client.force_login(make_user("cse"))
    ask(client)
    assert [one.kind for one in Ticket.objects.get().clocks.all()] == ["request"]
    assert client.get("/tickets/").context["listing"].count == 0
    assert client.get("/tickets/?kind=department_request").context["listing"].count == 1


def test_one_sees_ones_own_and_the_department_sees_all(client: Client) -> None:
    for number in range(2):
        client.force_login(make_user(None))
        ask(client, f"request {number}")
    assert [row.subject for row in client.get("/requests/").context["listing"].rows] == ["request 1"]
    assert client.get(Ticket.objects.get(subject="request 0").get_absolute_url()).status_code == 404
    client.force_login(make_user("csm"))
    assert client.get("/requests/").context["listing"].count == 2


def test_the_issue_link_decodes_to_the_given_labels_template_and_title(client: Client) -> None:
    HandbookEntry.objects.create(section="links", code="department_request", value=TEMPLATE)
    link = issue_link(TEMPLATE, "Slides & more? #1")
    assert urlsplit(link)[:3] == urlsplit(TEMPLATE)[:3]
    assert parse_qs(urlsplit(link).query) == {
        "labels": [":help-customers"],
        "template": ["1-custom-request.md"],
        "title": ["Request: Slides & more? #1"],
    }
    assert issue_link(TEMPLATE, " ") == TEMPLATE
    assert issue_link("", "x") == ""
    client.force_login(make_user(None))
    assert "template=1-custom-request.md" in client.get("/requests/new/").content.decode()


def test_asking_twice_by_a_double_click_asks_once(client: Client) -> None:
    client.force_login(make_user(None))
    assert ask(client).headers["Location"] == ask(client).headers["Location"]
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("fields", [{"subject": ""}, {"text": ""}, {"subject": "x" * 1_000_000}, {"text": "a\0b"}])
def test_what_cannot_be_taken_is_said_and_kept(client: Client, fields: Any) -> None:
    client.force_login(make_user(None))
    answer = ask(client, **{"subject": "Slides", **fields})
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("page", ["/requests/", "/chats/"])
@pytest.mark.parametrize("words", ["a\0b", "x" * 100_000])
def test_a_search_that_cannot_be_made_says_so(client: Client, page: str, words: str) -> None:
    client.force_login(make_user("vp_cs"))
    answer = client.get(page, {"q": words})
    assert answer.status_code == 422
    assert b"characters" in answer.content
