"""Importing by hand: a file, a rehearsal with what would happen, progress, and what became of each row."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs.models import User
from support import tasks
from support.models import DocQuestion, Ticket, TicketImport
from tests.factories import make_account, make_user
from tests.support.desks import closed, conversation, imported, order, outcome, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user("manager_cse_csa")


@pytest.fixture
def browser(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def upload(browser: Client, raw: bytes, **fields: Any) -> Any:
    form = {"system": "unthread", "way": "file", "rehearsal": "on", **fields}
    file = SimpleUploadedFile("tickets.json", raw, content_type="application/json")
    return browser.post("/imports/new/", {name: value for name, value in form.items() if value} | {"file": file})


@pytest.mark.ledger("SYS-05", "SYS-06")
def test_a_file_is_rehearsed_shown_and_then_imported(browser: Client) -> None:
    make_account(name="Brook", domain="brook.example")
    raw = json.dumps([conversation("a"), closed("b", kind="fax")]).encode()
    page = upload(browser, raw).headers["Location"]
    tasks.import_tickets()
    shown = browser.get(page).content.decode()
    assert "Rehearsal: nothing is changed" in shown
    assert "1 of 1 messages new · Brook" in shown
    assert "kind &#x27;fax&#x27; is neither conversation nor contact_form" in shown
    assert not Ticket.objects.exists()
    assert browser.post(f"{page}begin/").status_code == 302
    assert "Under way" in browser.get(page).content.decode()
    tasks.import_tickets()
    shown = browser.get(page).content.decode()
    assert f'href="/tickets/{Ticket.objects.get().pk}/"' in shown
    assert "Finished" in shown


def test_what_was_chosen_is_what_the_import_does(browser: Client) -> None:
    upload(browser, json.dumps([conversation()]).encode(), rehearsal="", counted="on")
    job = TicketImport.objects.get()
    assert (job.name, job.rehearsal, job.counted, job.by_api) == ("tickets.json", False, True, False)


def test_the_whole_file_is_kept_even_where_nothing_in_it_can_be_read(browser: Client) -> None:
    upload(browser, b'["a", {"id": 7}, 8]')
    job = TicketImport.objects.get()
    assert [row.raw or row.payload for row in job.rows.all()] == ["a", {"id": 7}, "8"]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (
            b'{"id": "a", "size": NaN, "far": [1.5, -Infinity, 1e999]}',
            {"id": "a", "size": None, "far": [1.5, None, None]},
        ),
        (b'{"id": "a", "deep": ' + b'{"b": [' * 2_000 + b"]}" * 2_000 + b"}", None),
    ],
)
def test_no_number_and_no_depth_of_a_file_is_more_than_the_database_takes(
    browser: Client, raw: bytes, kept: Any
) -> None:
    assert upload(browser, raw).status_code == 302
    payload = TicketImport.objects.get().rows.get().payload
    assert payload == kept if kept else payload["id"] == "a"


@pytest.mark.parametrize(
    ("raw", "fields", "why"),
    [
        (b"", {}, "The submitted file is empty"),
        (b"\xff\xfe", {}, "The file is not UTF-8"),
        (b"subject\nx", {}, "The head of the file has no column conversation_id"),
        (b"subject\nx", {"system": "zendesk"}, "The file holds no JSON"),
        (b"[]", {"way": "api"}, "Unthread has no public interface: export a file."),
        (b"[]", {"way": "api", "system": "zendesk"}, "Zendesk&#x27;s address is not set on this installation."),
        (b"[]", {"system": "pigeon"}, "Select a valid choice"),
        (b"[\n]", {}, "The file holds no ticket"),
        (b'{"tickets": []}', {"system": "zendesk"}, "The file holds no ticket"),
        (b"conversation_id,subject\r\n", {}, "The file holds no ticket"),
    ],
)
def test_what_cannot_be_imported_is_said_at_the_form(
    browser: Client, settings: Any, raw: bytes, fields: dict[str, str], why: str
) -> None:
    settings.ZENDESK_URL = ""
    answer = upload(browser, raw, **fields)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not TicketImport.objects.exists()


def test_without_a_file_it_asks_for_one(browser: Client) -> None:
    answer = browser.post("/imports/new/", {"system": "unthread", "way": "file"})
    assert (answer.status_code, "Choose a file." in answer.content.decode()) == (422, True)


def test_the_list_says_how_each_import_stands(browser: Client, manager: User) -> None:
    imported("unthread", conversation(), by=manager)
    order("zendesk", ticket(), by=manager, rehearsal=True)
    shown = browser.get("/imports/").content.decode()
    for words in ("Rehearsal", "Finished", "Under way", "Not counted", "Zendesk, tickets.json"):
        assert words in shown


def test_rows_are_filtered_by_what_became_of_them(browser: Client, manager: User) -> None:
    job = imported("unthread", conversation("good-one"), conversation("bad-one", status="melted"), by=manager)
    shown = browser.get(f"{job.get_absolute_url()}?state=bad").content.decode()
    assert "bad-one" in shown
    assert "good-one" not in shown


def test_a_page_of_rows_says_what_each_is_about_and_reads_no_whole_ticket(browser: Client, manager: User) -> None:
    wordy = conversation("a", subject="Hosts " + "are offline " * 400)
    job = imported("unthread", wordy, conversation("b", subject=""), "no ticket " * 400, by=manager)
    with CaptureQueriesContext(connection) as asked:
        shown = browser.get(job.get_absolute_url()).content.decode()
    assert wordy["subject"][:120].strip() in shown
    assert "no ticket no ticket" in shown
    assert len(shown) < 40_000
    columns = ('"support_importrow"."payload",', '"support_importrow"."raw",')
    assert not [one["sql"] for one in asked if any(column in one["sql"] for column in columns)]


def test_what_failed_is_tried_again_by_a_button(browser: Client, manager: User) -> None:
    job = imported("unthread", conversation("a", priority="P9"), by=manager)
    assert "Try again what failed" in browser.get(job.get_absolute_url()).content.decode()
    browser.post(f"{job.get_absolute_url()}again/")
    tasks.import_tickets()
    assert outcome(job) == ["bad"]


# --- customers' questions --------------------------------------------------------------------------------------------
@pytest.mark.ledger("DOC-01")
def test_a_question_is_written_down_by_hand_once(client: Client) -> None:
    client.force_login(make_user("cse"))
    account = make_account(name="Brook")
    form = {"question": "How do I move hosts?", "account": account.pk, "asked_by": "Ada"}
    for _ in range(2):
        assert client.post("/questions/new/", form).status_code == 302
    one = DocQuestion.objects.get()
    assert (one.account, one.source, one.asked_by) == (account, "hand", "Ada")
    shown = client.get("/questions/").content.decode()
    assert "How do I move hosts?" in shown
    assert "Brook" in shown


@pytest.mark.ledger("DOC-01")
def test_whoever_mends_the_documentation_reads_the_questions_and_writes_none(client: Client) -> None:
    client.force_login(make_user(None))
    DocQuestion.objects.capture("What is a host?", link="https://x.slack.com/archives/C/p1")
    shown = client.get("/questions/").content.decode()
    assert "What is a host?" in shown
    assert "New question" not in shown
