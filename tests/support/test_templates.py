"""Answer templates: filled from the ticket, shown before they go, refused while something is missing."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from fleetcs.models import Event, HandbookEntry, MessageText
from fleetcs.texts import is_broken
from support.models import Ticket
from tests.factories import make_account, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("cse"))
    return client


def text(code: str, body: str, **fields: Any) -> MessageText:
    return MessageText.objects.update_or_create(code=code, defaults={"name": code, "body": body} | fields)[0]


def picker(desk: Client, ticket: Ticket, query: str = "") -> str:
    return desk.get(f"/tickets/{ticket.pk}/templates/{query}").content.decode()


def reply_box(desk: Client, ticket: Ticket, query: str) -> str:
    html = desk.get(f"/tickets/{ticket.pk}/{query}").content.decode()
    return html.split('id="reply-text"')[1].split("</textarea>")[0].split(">", 1)[1]


@pytest.mark.ledger("TPL-01")
def test_the_company_name_is_filled_and_an_unfilled_one_cannot_be_sent(desk: Client) -> None:
    text("purchase_error", "Hello {company_name} team, we are sorry.", required=["company_name"])
    named, unnamed = make_ticket(make_account(name="Otter Sons")), make_ticket(None)
    assert "Hello Otter Sons team" in picker(desk, named, "?template=purchase_error")
    assert "Nothing to put in: company_name" in picker(desk, unnamed, "?template=purchase_error")
    sent = {"text": "Hello [company name] team", "template": "purchase_error", "as_is": "on"}
    assert desk.post(f"/tickets/{named.pk}/reply/", sent).status_code == 422


@pytest.mark.ledger("TPL-02")
def test_sending_the_sandbox_template_opens_the_anonymous_bug_task(desk: Client) -> None:
    text("sandbox_error", "Sorry for the error.", follow_up="bug_task")
    ticket = make_ticket(make_account())
    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Sorry for the error.", "template": "sandbox_error"})
    assert ticket.follow_ups.get().kind == "bug_task"


@pytest.mark.ledger("LIC-07", "TPL-01")
def test_what_the_mail_says_is_done_is_done_before_it_leaves(desk: Client) -> None:
    text("purchase_error", "We have refunded you and added three hosts.")
    ticket = make_ticket(make_account())
    reply = f"/tickets/{ticket.pk}/reply/"
    sent = {"text": "We have refunded you and added three hosts.", "template": "purchase_error"}
    first = desk.post(reply, sent | {"form_token": "one"})
    assert sorted(ticket.follow_ups.values_list("kind", flat=True)) == ["more_hosts", "refund"]
    assert "Refund the payment; Add three hosts" in first.content.decode()
    assert desk.post(reply, sent | {"form_token": "two"}).status_code == 422
    refund, hosts = (ticket.follow_ups.get(kind=kind) for kind in ("refund", "more_hosts"))
    done = {"link": "https://lanternfish.example/refunds/1"}
    assert desk.post(f"/follow-ups/{hosts.pk}/", {"because": "No time"}).status_code == 422
    assert desk.post(f"/follow-ups/{refund.pk}/", done).status_code == 302
    assert desk.post(reply, sent | {"form_token": "three"}).status_code == 422, "one of two is not both"
    assert not Event.objects.filter(verb="answered").exists()
    assert desk.post(f"/follow-ups/{hosts.pk}/", done).status_code == 302
    assert desk.post(reply, sent | {"form_token": "four"}).status_code == 302
    assert Event.objects.filter(verb="answered").count() == 1


@pytest.mark.ledger("LIC-07")
def test_a_task_finished_with_a_link_and_a_remark_is_done_for_the_text_too(desk: Client) -> None:
    text("purchase_error", "We have refunded you and added three hosts.")
    ticket = make_ticket(make_account())
    sent = {"text": "We have refunded you and added three hosts.", "template": "purchase_error"}
    desk.post(f"/tickets/{ticket.pk}/reply/", sent | {"form_token": "one"})
    for task in ticket.follow_ups.all():
        both = {"link": "https://lanternfish.example/refunds/1", "because": "Paid twice by mistake"}
        assert desk.post(f"/follow-ups/{task.pk}/", both).status_code == 302
    assert desk.post(f"/tickets/{ticket.pk}/reply/", sent | {"form_token": "two"}).status_code == 302


@pytest.mark.ledger("PAY-01")
def test_whoever_wants_to_change_a_card_is_sent_to_the_dashboard(desk: Client) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    account = make_account()
    ticket = make_ticket(account, contact=make_contact(account))
    assert "https://lanternfish.example/customers/dashboard" in picker(desk, ticket, "?template=card_change")


@pytest.mark.ledger("TPL-03")
def test_sending_from_a_template_is_written_on_the_account(desk: Client) -> None:
    text("welcome_email", "Hello {company_name} team.")
    account = make_account()
    ticket = make_ticket(account)
    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Hello team.", "template": "welcome_email"})
    assert Event.objects.of_account(account.pk).get(verb="answered").facts["template"] == "welcome_email"


@pytest.mark.ledger("TPL-04")
def test_an_empty_template_is_refused_with_a_message(desk: Client) -> None:
    text("job_application", "", required=["position_title"])
    ticket = make_ticket(make_account())
    assert "This template is still empty" in picker(desk, ticket, "?template=job_application")
    refused = desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Hello", "template": "job_application"})
    assert refused.status_code == 422


@pytest.mark.ledger("TPL-06")
def test_a_value_that_somebody_types_is_asked_for_and_fills_the_text(desk: Client) -> None:
    text("issue_link", "Here is the issue we discussed: {link}", required=["link"])
    ticket = make_ticket(make_account())
    assert 'name="v_link"' in picker(desk, ticket, "?template=issue_link")
    query = "?template=issue_link&v_link=https://tracker.example/7"
    assert "discussed: https://tracker.example/7" in picker(desk, ticket, query)
    assert reply_box(desk, ticket, query) == "Here is the issue we discussed: https://tracker.example/7"


def test_a_variable_that_nobody_knows_is_a_mistake_in_the_template(desk: Client) -> None:
    text("odd", "Hello {captain}")
    assert "Unknown variable: captain" in picker(desk, make_ticket(make_account()), "?template=odd")


def test_braces_in_a_customers_name_stay_as_they_are(desk: Client) -> None:
    text("odd", "Hello {company_name}")
    ticket = make_ticket(make_account(name="Otter {my_name}"))
    assert "Otter {my_name}" in picker(desk, ticket, "?template=odd")


@pytest.mark.ledger("INT-18")
def test_the_community_answer_is_offered_to_free_senders_only_and_carries_the_link(desk: Client) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    free, paid = make_ticket(make_account(None)), make_ticket(make_account("premium"))
    assert "Community support</a>" in picker(desk, free)
    assert "Community support</a>" not in picker(desk, paid)
    assert "/issues/new" in reply_box(desk, free, "?template=community_answer")
    assert desk.post(f"/tickets/{paid.pk}/reply/", {"text": "Hi", "template": "community_answer"}).status_code == 422


@pytest.mark.ledger("TPL-01", "TPL-02", "TPL-06", "TPL-07")
@pytest.mark.parametrize(
    "code", ["purchase_error", "sandbox_error", "issue_link", "welcome_email", "deployment_checklist"]
)
def test_every_template_of_the_pack_can_be_filled_on_a_ticket(desk: Client, code: str) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    account = make_account(name="Otter Sons")
    ticket = make_ticket(account, contact=make_contact(account))
    body = MessageText.objects.get(pk=code).body
    expected = body.replace("{company_name}", "Otter Sons").replace("{link}", "https://tracker.example/7")
    shown = reply_box(desk, ticket, f"?template={code}&v_link=https://tracker.example/7")
    assert shown.replace("&#x27;", "'").split() == expected.split()


@pytest.mark.ledger("TPL-08")
def test_no_text_of_the_pack_holds_broken_characters() -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml")
    assert not [one.pk for one in MessageText.objects.all() if is_broken(one.body + one.subject + one.name)]
    assert not [entry.code for entry in HandbookEntry.objects.all() if is_broken(str(entry.value))]


@pytest.mark.ledger("TPL-08")
@pytest.mark.parametrize("broken", ["I\u00e2\u20ac\u2122m sorry", "\u00c2\u00b1 2", "\u00f0\u0178\u00a6\u201e"])
def test_a_pack_with_broken_characters_is_not_loaded(tmp_path: Path, broken: str) -> None:
    pack = tmp_path / "handbook.yaml"
    pack.write_text(f'texts:\n  sandbox_error:\n    name: Sorry\n    body: "{broken}"\n', encoding="utf-8")
    before = MessageText.objects.get(pk="sandbox_error").body
    with pytest.raises(CommandError, match="broken characters"):
        call_command("load_handbook", str(pack))
    assert MessageText.objects.get(pk="sandbox_error").body == before


@pytest.mark.ledger("TPL-03", "TPL-07")
def test_the_library_leads_to_the_documents_and_the_account_tells_what_was_sent_when_and_by_whom(desk: Client) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml", verbosity=0)
    account = make_account(name="Otter Sons")
    ticket = make_ticket(account, contact=make_contact(account))
    offered = picker(desk, ticket)
    for code in ("welcome_email", "deployment_checklist"):
        assert f'href="{MessageText.objects.get(pk=code).link}"' in offered
    library = HandbookEntry.objects.get(section="links", code="response_templates").value
    assert f'href="{library}"' in desk.get("/help").content.decode()
    desk.post(f"/tickets/{ticket.pk}/reply/", {"text": "Welcome aboard!", "template": "welcome_email"})
    assert ticket.messages.get(by="colleague").template_id == "welcome_email"
    assert "answered" in desk.get(account.get_absolute_url()).content.decode()
