"""Zendesk is read page by page through its own API: the unchanged client against the stand-in, over HTTP."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients import zendesk
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.models import Effect, Gate
from support import tasks
from support.models import Message, Ticket, TicketImport
from tests.factories import make_account, make_user
from tests.standins import StandIns
from tests.support.desks import closed, comment, conversation, outcome, ticket

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.fromisoformat("2026-01-12T20:00:30+00:00")


@pytest.fixture(autouse=True)
def _noon(line: StandIns) -> None:
    product_clock.set_to(NOW)


def there(line: StandIns, *ids: int, **fields: Any) -> None:
    """Tickets at Zendesk, each with a question and an answer."""
    line.at_zendesk(
        users=[
            {"id": 1, "name": "Ada", "email": "ada@brook.example", "role": "end-user"},
            {"id": 2, "name": "Tess", "email": "tess@lanternfish.example", "role": "agent"},
        ],
        organizations=[{"id": 7, "name": "Brook"}],
        tickets=[row(id, **fields) for id in ids],
        comments=[said for id in ids for said in comments(id)],
    )


def row(id: int, **fields: Any) -> dict[str, Any]:
    whole = ticket(id) | {"requester_id": 1, "organization_id": 7, **fields}
    return {name: value for name, value in whole.items() if name not in {"comments", "requester", "organization"}}


def comments(id: int) -> list[dict[str, Any]]:
    both = [comment(id * 10, 1, "2025-03-03T18:00:00Z"), comment(id * 10 + 1, 2, "2025-03-03T19:00:00Z")]
    return [{**{name: each[name] for name in each if name != "author"}, "ticket_id": id} for each in both]


def by_api(**choices: Any) -> TicketImport:
    return TicketImport.objects.order("zendesk", by=make_user("manager_cse_csa"), **choices)


def pump() -> None:
    """What `manage.py pump` does, until nothing moves."""
    while effects.send_rest() + tasks.import_tickets():
        continue


@pytest.mark.ledger("SYS-05")
def test_every_ticket_comes_over_with_its_comments_once(line: StandIns) -> None:
    account = make_account(name="Brook")
    there(line, *range(1, 6))
    job = by_api()
    pump()
    job.refresh_from_db()
    assert (outcome(job), job.total) == (["made"] * 5, 5)
    assert job.finished_at
    one = Ticket.objects.get(external_id="3")
    assert (one.account, one.sender) == (account, "ada@brook.example")
    assert [(said.by, said.text) for said in one.messages.order_by("at")] == [
        ("customer", "Words 30"),
        ("colleague", "Words 31"),
    ]
    again = by_api()
    pump()
    assert outcome(again) == ["same"] * 5
    assert (Ticket.objects.count(), Message.objects.count()) == (5, 10)


def test_pages_follow_each_other_by_their_cursor(line: StandIns, settings: Any) -> None:
    settings.ZENDESK_PAGE_SIZE = 2
    there(line, *range(1, 6))
    job = by_api()
    pump()
    assert outcome(job) == ["made"] * 5
    asked = [entry for entry in line.journal("zendesk") if "incremental" in entry["path"]]
    assert len(asked) == 3
    assert Effect.objects.filter(kind="zendesk.page").count() == 3


@pytest.mark.ledger("SYS-05")
def test_its_rate_limit_is_obeyed_and_the_import_goes_on_by_itself(line: StandIns, settings: Any) -> None:
    settings.ZENDESK_PAGE_SIZE = 1
    there(line, *range(1, 13))
    job = by_api()
    pump()
    job.refresh_from_db()
    assert job.is_running
    gate = Gate.objects.get(destination="zendesk")
    assert gate.not_before - product_clock.now() <= timedelta(seconds=30)
    calls = len(line.journal("zendesk"))
    pump()
    assert len(line.journal("zendesk")) == calls
    product_clock.set_to(NOW + timedelta(seconds=31))
    pump()
    job.refresh_from_db()
    assert (outcome(job), job.is_running) == (["made"] * 12, False)


def test_a_limit_without_a_word_about_how_long_is_waited_out_too(line: StandIns) -> None:
    there(line, 1)
    line.turn("zendesk", status_script=[429], retry_after=7)
    with pytest.raises(Unavailable) as refused:
        zendesk.tickets()
    assert refused.value.after == timedelta(seconds=7)


@pytest.mark.ledger("SYS-05")
def test_a_refused_token_is_said_on_the_page_and_goes_on_once_it_is_mended(line: StandIns, settings: Any) -> None:
    there(line, 1, 2)
    settings.ZENDESK_API_TOKEN = ""
    job = by_api()
    pump()
    job.refresh_from_db()
    assert (job.trouble, job.is_running) == ("http_401", True)
    settings.ZENDESK_API_TOKEN = "mended"
    assert job.try_again(by=make_user("vp_cs"))
    pump()
    job.refresh_from_db()
    assert (outcome(job), job.trouble, job.is_running) == (["made"] * 2, "", False)


@pytest.mark.ledger("SYS-05")
def test_answers_that_break_off_are_asked_for_again(line: StandIns) -> None:
    there(line, 1, 2)
    job = by_api()
    line.turn("zendesk", close_midway=True, times=2)
    for minutes in range(4):
        product_clock.set_to(NOW + timedelta(minutes=minutes))
        pump()
    assert outcome(job) == ["made"] * 2
    assert (Ticket.objects.count(), Message.objects.count()) == (2, 4)


@pytest.mark.ledger("SYS-05")
def test_a_deleted_ticket_is_listed_and_the_others_come_over(line: StandIns) -> None:
    there(line, 1)
    there(line, 2, status="deleted")
    job = by_api()
    pump()
    assert outcome(job) == ["made", "bad"]
    assert job.rows.get(state="bad").words == "it is deleted over there"
    assert not Effect.objects.filter(state="dead").exists()


@pytest.mark.ledger("SYS-05")
def test_a_rehearsal_reads_there_and_changes_nothing_here(line: StandIns) -> None:
    there(line, 1)
    job = by_api(rehearsal=True)
    pump()
    assert (outcome(job), Ticket.objects.count()) == (["made"], 0)
    assert job.begin_in_earnest(by=make_user("vp_cs"))
    pump()
    assert (outcome(job), Ticket.objects.count()) == (["made"], 1)


def test_many_comments_come_in_pages(line: StandIns, settings: Any) -> None:
    settings.ZENDESK_PAGE_SIZE = 2
    there(line, 1)
    more = [comment(100 + n, 1, f"2025-03-04T18:0{n}:00Z") | {"ticket_id": 1} for n in range(5)]
    line.at_zendesk(comments=[{name: each[name] for name in each if name != "author"} for each in more])
    said, people = zendesk.comments("1")
    assert [each["id"] for each in said] == [10, 11, 100, 101, 102, 103, 104]
    assert {each["role"] for each in people} == {"end-user", "agent"}


@pytest.mark.ledger("SYS-05")
def test_a_ticket_with_more_comments_than_are_read_is_refused_and_not_cut(
    line: StandIns, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ZENDESK_PAGE_SIZE = 1
    there(line, 1)
    monkeypatch.setattr(zendesk, "MOST_PAGES", 2)  # the real limit would take thousands of comments to reach
    assert len(zendesk.comments("1")[0]) == 2
    monkeypatch.setattr(zendesk, "MOST_PAGES", 1)
    job = by_api()
    pump()
    assert job.rows.get().words == "its comments could not be read: too_many_comments"


def test_nothing_is_asked_where_zendesk_is_not_set(settings: Any) -> None:
    settings.ZENDESK_URL = ""
    with pytest.raises(Rejected, match="not_configured"):
        zendesk.tickets()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/incremental/tickets/cursor.json", 400),
        ("/api/v2/incremental/tickets/cursor.json?cursor=nonsense", 400),
        ("/api/v2/tickets/9/comments.json", 404),
        ("/api/v2/users.json", 404),
    ],
)
def test_the_stand_in_refuses_as_the_real_one(line: StandIns, path: str, status: int) -> None:
    who, ca = ("a@b.example/token", "t"), line.urls["ca_file"]
    assert requests.get(line.urls["zendesk_url"] + path, auth=who, verify=ca, timeout=10).status_code == status
    assert requests.get(line.urls["zendesk_url"] + path, verify=ca, timeout=10).status_code == 401


# --- the command -----------------------------------------------------------------------------------------------------
def run(*arguments: str) -> str:
    out = StringIO()
    call_command("import_tickets", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def written(*told: Any) -> str:
        path = tmp_path / "export.json"
        path.write_text("\n".join(json.dumps(each) for each in told))
        return str(path)

    return written


@pytest.mark.ledger("SYS-05", "SYS-06")
def test_the_command_imports_a_file_and_says_what_became_of_it(write: Callable[..., str]) -> None:
    path = write(conversation("a"), closed("b", kind="fax"))
    assert "Import" in (said := run("unthread", path))
    assert "row 2 b: kind 'fax' is neither conversation nor contact_form" in said
    assert "New ticket: 1, Not taken over: 1" in said
    assert "Nothing new: 1" in run("unthread", path)
    assert Ticket.objects.count() == 1


def test_a_dry_run_lists_every_row_and_changes_nothing(write: Callable[..., str]) -> None:
    said = run("unthread", write(conversation("a")), "--dry-run")
    assert "row 1 a: New ticket, 1 of 1 messages new · nobody has said whose it is" in said
    assert not Ticket.objects.exists()


def test_the_command_reads_zendesk_itself(line: StandIns) -> None:
    there(line, 1, 2)
    assert "New ticket: 2" in run("zendesk", "--api")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("zendesk",), "Name a file, or say --api"),
        (("unthread", "--api"), "Unthread has no public interface"),
        (("zendesk", "/nowhere.json"), "cannot be read"),
    ],
)
def test_the_command_says_what_it_cannot_do(arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(*arguments)
