"""Intake as people meet it: every way in, what is asked for, who helps, and what the handbook's names lead to."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client

from fleetcs.models import HandbookEntry
from support.models import Thread, Ticket
from tests import intake
from tests.conftest import Clock
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_ticket, make_user
from tests.intake import ts

pytestmark = pytest.mark.django_db

THIRTEEN = {
    "total_hosts": "Total hosts",
    "online_hosts": "Online hosts",
    "scheduled_queries": "Scheduled queries",
    "instances": "Number and size of the server instances (CPU, memory)",
    "instances_load": "CPU and memory use of the instances while it happens",
    "mysql_version": "MySQL flavor and version",
    "mysql_capacity": "MySQL server capacity (CPU, memory)",
    "mysql_load": "MySQL CPU and memory use while it happens",
    "mysql_replicas": "MySQL read replicas: configured, how many",
    "redis_version": "Redis version and server capacity (CPU, memory)",
    "redis_cluster": "Redis in cluster mode?",
    "redis_load": "Redis CPU and memory use while it happens",
    "debug_archive": "Output of the debug archive command",
}
LEVELS = {
    "basic": "with help from L2 on-call and the solutions architecture team as needed",
    "in_depth": "in conjunction with L2 on-call",
    "expert": "coordinates with the L2 and L3 on-call technicians",
}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("cse"))
    return client


def page(desk: Client, ticket: Ticket, query: str = "") -> str:
    answer = desk.get(f"/tickets/{ticket.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


# --- the ways in -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("INT-01")
def test_each_way_in_makes_one_ticket_and_the_figures_count_them_by_source(desk: Client, clock: Clock) -> None:
    account = make_account(domain="brook.example", name="Brook")
    channel = make_channel(account, after_hours=True)
    clock("2026-01-13T11:00:00-08:00")
    intake.slack(channel.slack_id, "U0ADA", "All is down", ts("2026-01-12T20:00:00-08:00"))
    intake.slack(channel.slack_id, "U0ADA", "A question", ts("2026-01-13T10:00:00-08:00"))
    desk.post(f"/threads/{Thread.objects.get(ticket=None).pk}/flag/", {"form_token": "1"})
    intake.mail(intake.letter())
    call = {
        "subject": "Called us",
        "came_by": "call",
        "received_at": "2026-01-13T10:30",
        "text": "It is broken.",
        "priority": "P2",
        "account": "Brook",
        "form_token": "2",
    }
    assert desk.post("/tickets/new/", call).status_code == 302
    assert sorted(Ticket.objects.values_list("source", flat=True)) == [
        "email",
        "manual",
        "slack_after_hours",
        "staff_flag",
    ]
    desk.force_login(make_user("manager_cse_csa"))
    shown = desk.get("/figures/?first=2026-01-12&last=2026-01-13").context["figures"]
    assert {bar.label: bar.total for bar in shown.sources} == {
        str(source.label): 1 for source in Ticket.Source if source in Ticket.objects.values_list("source", flat=True)
    }


@pytest.mark.ledger("INT-04")
def test_changing_the_outside_system_changes_the_link_on_the_page_and_keeps_imported_ones(
    desk: Client, settings: Any
) -> None:
    for code, url in (
        ("unthread_conversation", "https://unthread.example/c/{id}"),
        ("zendesk_ticket", "https://zendesk.example/t/{id}"),
    ):
        HandbookEntry.objects.create(section="links", code=code, value=url)
    present, imported = (
        make_ticket(make_account(), external_system=system, external_id="77") for system in ("", "zendesk")
    )
    seen = {}
    for system in ("unthread", "zendesk"):
        settings.TICKET_SYSTEM = system
        seen[system] = [url in page(desk, present) for url in ("unthread.example/c/77", "zendesk.example/t/77")]
        assert "zendesk.example/t/77" in page(desk, imported)
    assert seen == {"unthread": [True, False], "zendesk": [False, True]}
    present.refresh_from_db()
    assert (present.external_system, present.external_id) == ("", "77")


# --- who helps -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("INT-05", "INT-06")
@pytest.mark.parametrize(("level", "posts"), [("basic", ["l2", "csa"]), ("in_depth", ["l2"]), ("expert", ["l2", "l3"])])
def test_setting_a_level_shows_its_words_and_who_holds_the_helping_posts_today(
    desk: Client, level: str, posts: list[str]
) -> None:
    people = {post: make_user(post, name=f"Helper of {post}") for post in ("l2", "l3", "csa")}
    ticket = make_ticket(make_account(), level="in_depth" if level == "basic" else "basic")
    assert desk.post(f"/tickets/{ticket.pk}/level/", {"level": level}).status_code == 302
    html = page(desk, ticket)
    assert LEVELS[level] in html
    assert {post for post, person in people.items() if person.name in html} == set(posts)
    for told in (html, desk.get(f"/tickets/{ticket.pk}/level/").content.decode()):
        assert "P4" not in re.sub(r"P\d Person \d+", "", words(told)), "a priority that does not exist"


def words(html: str) -> str:
    """What people read of a page: the tokens of its forms are chance."""
    return re.sub(r"<[^>]*>", " ", html)


# --- what is asked for -----------------------------------------------------------------------------------------------
@pytest.mark.ledger("INT-08")
def test_the_thirteen_are_all_on_the_form_and_none_is_needed(desk: Client) -> None:
    ticket = make_ticket(make_account())
    form = desk.get(f"/tickets/{ticket.pk}/details/").content.decode()
    assert [code for code in THIRTEEN if f'name="{code}"' not in form] == []
    assert desk.post(f"/tickets/{ticket.pk}/details/", dict.fromkeys(THIRTEEN, "")).status_code == 302


@pytest.mark.ledger("INT-08")
@pytest.mark.parametrize("filled", [[], ["total_hosts"], ["debug_archive", "redis_load"], list(THIRTEEN)[1:]])
def test_the_drafted_message_lists_exactly_the_empty_ones(desk: Client, filled: list[str]) -> None:
    ticket = make_ticket(make_account())
    desk.post(f"/tickets/{ticket.pk}/details/", dict.fromkeys(filled, "known"))
    drafted = page(desk, ticket, "?ask=1").split('id="reply-text"')[1].split("</textarea>")[0]
    asked = [line.removeprefix("- ") for line in drafted.splitlines() if line.startswith("- ")]
    assert asked == [label for code, label in THIRTEEN.items() if code not in filled]


@pytest.mark.ledger("INT-09")
def test_a_ticket_from_a_direct_message_is_closed_with_a_reason_instead_of_the_summary(desk: Client) -> None:
    ticket = make_ticket(make_account(), from_dm=True)
    assert desk.post(f"/tickets/{ticket.pk}/resolve/", {"outcome": "faq_updated"}).status_code == 422
    task = ticket.follow_ups.get()
    assert desk.post(f"/follow-ups/{task.pk}/", {"link": "", "because": "Only a password was sent"}).status_code == 302
    assert desk.post(f"/tickets/{ticket.pk}/resolve/", {"outcome": "faq_updated"}).status_code == 302


# --- applications and contact forms ----------------------------------------------------------------------------------
@pytest.mark.ledger("INT-10")
@pytest.mark.parametrize(
    ("title", "copied", "why"),
    [
        ("", True, "The title of the position is missing."),
        ("Lighthouse keeper", False, "The Head of People is not in copy of any mail that is logged."),
    ],
)
def test_an_application_is_not_done_without_its_title_or_its_copy(
    desk: Client, title: str, copied: bool, why: str
) -> None:
    head, agent = make_user("head_of_people"), make_user("cse")
    ticket = make_ticket(None, kind="job_application", source="contact_form", details={"position_title": title})
    recipients = ["ada@brook.example", *([head.email] if copied else [])]
    ticket.log_reply("logged_mail", "Thank you.", at=MONDAY_MORNING, by=agent, recipients=recipients)
    refused = desk.post(f"/tickets/{ticket.pk}/resolve/", {})
    assert refused.status_code == 422
    assert why in refused.content.decode()
    ticket.refresh_from_db()
    assert ticket.resolved_at is None


@pytest.mark.ledger("INT-10")
def test_an_application_from_the_form_on_friday_is_due_on_monday_and_done_once_it_was_answered(
    desk: Client, clock: Clock
) -> None:
    head = make_user("head_of_people", email="people@lanternfish.example")
    clock("2026-01-23T15:30:00-08:00")
    intake.form(name="Ada", email="ada@brook.example", message="I would like to work with you.", position="Keeper")
    ticket = Ticket.objects.get()
    assert ticket.due_at is not None
    assert abs(ticket.due_at - intake.utc("2026-01-26T10:30:00-08:00")) < timedelta(seconds=5)
    clock("2026-01-26T09:00:00-08:00")
    form = desk.get(f"/tickets/{ticket.pk}/log/").content.decode()
    assert head.email in form
    assert 'value="Keeper"' in form
    answer = {
        "kind": "logged_mail",
        "at": "2026-01-26T08:55",
        "which": "",
        "text": "Thank you.",
        "to": "ada@brook.example",
        "cc": head.email,
        "position_title": "Keeper",
    }
    assert desk.post(f"/tickets/{ticket.pk}/log/", answer).status_code == 302
    assert desk.post(f"/tickets/{ticket.pk}/resolve/", {}).status_code == 302
    assert ticket.clocks.get(kind="application").missed is False


@pytest.mark.ledger("INT-11")
def test_a_contact_form_offers_to_send_by_mail_and_log_instead_of_a_reply_box(desk: Client, clock: Clock) -> None:
    clock("2026-01-13T10:00:00-08:00")
    intake.form(name="Ada", email="ada@brook.example", message="Do you run on boats?")
    ticket = Ticket.objects.get()
    html = page(desk, ticket)
    assert 'id="reply-text"' not in html
    assert "A contact form cannot be answered here." in html
    assert "Send by mail and log" in html
    mail = {"kind": "logged_mail", "at": "2026-01-13T10:00", "which": "", "text": "Yes.", "to": "ada@brook.example"}
    assert desk.post(f"/tickets/{ticket.pk}/log/", mail).status_code == 302
    assert ticket.messages.get(kind="logged_mail").recipients == ["ada@brook.example"]


# --- requests, links and channels ------------------------------------------------------------------------------------
@pytest.mark.ledger("INT-12")
def test_the_link_on_the_page_decodes_to_the_packs_labels_template_and_title(desk: Client) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml", verbosity=0)
    html = desk.get("/requests/new/").content.decode()
    link = next(part for part in html.replace("&amp;", "&").split('"') if "/issues/new?" in part)
    assert parse_qs(urlsplit(link).query) == {
        "labels": [":help-customers"],
        "template": ["1-custom-request.md"],
        "title": ["Request: ____"],
    }
    assert "Mention a colleague in #help-customers" in html


@pytest.mark.ledger("INT-15")
def test_an_answer_in_the_prospects_channel_carries_the_thread_and_without_one_nothing_is_posted(
    desk: Client, clock: Clock
) -> None:
    clock("2026-02-03T11:00:00-08:00")
    channel = make_channel(None, kind="prospects", name="_from-prospective-customers", thread_only=True)
    intake.slack(channel.slack_id, "U0ADA", "Do you run on boats?", ts("2026-02-03T10:30:00-08:00"))
    ticket = Thread.objects.get().become_ticket("staff_flag", by=make_user("cse"))
    assert desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "On every boat."}).status_code == 302
    said = ticket.messages.get(by="colleague")
    assert (said.kind, said.thread.thread_ts) == ("slack", ts("2026-02-03T10:30:00-08:00"))
    alone = make_ticket(None, channel=channel, sender="ada@brook.example")
    desk.post(f"/tickets/{alone.pk}/reply/", {"text": "On every boat."})
    assert alone.messages.get(by="colleague").kind == "mail"


@pytest.mark.ledger("INT-16")
@pytest.mark.parametrize("post", [None, "cse", "administrator"])
def test_the_help_page_links_the_expectations_for_colleagues(client: Client, post: str | None) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml", verbosity=0)
    link = HandbookEntry.objects.get(section="links", code="expectations").value
    assert client.get("/help").status_code == 302
    client.force_login(make_user(post))
    assert f'href="{link}"' in client.get("/help").content.decode()


@pytest.mark.ledger("INT-16")
def test_the_help_page_tells_nobody_else_of_it(client: Client) -> None:
    HandbookEntry.objects.create(section="links", code="expectations", value="https://slides.example/x")
    answer = client.get("/help", follow=True)
    assert "/me/login/" in answer.redirect_chain[-1][0]
    assert "slides.example" not in answer.content.decode()
