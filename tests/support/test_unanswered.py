"""Customers who wait in Slack: seen in one list, made a ticket by one key or waved through by another (R2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import Event, User
from support.models import Message, Thread, Ticket
from support.views.unanswered import seen, waiting_threads
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_thread, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def agent(client: Client) -> User:
    agent = make_user("cse")
    client.force_login(agent)
    return agent


def write(thread: Thread, text: str = "Is anybody there?", *, at: datetime = MONDAY_MORNING, **fields: Any) -> Message:
    kind = {"kind": "slack", "by": "customer", "public": True, "shown": text}
    message = Message.objects.create(thread=thread, text=text, at=at, **kind | fields)
    thread.hear(message)
    return message


def waiting(
    text: str = "Is anybody there?", *, at: datetime = MONDAY_MORNING, account: Any = None, **fields: Any
) -> Thread:
    thread = make_thread(make_channel(account or make_account("premium")), permalink="https://lanternfish.slack.com/x")
    write(thread, text, at=at, **fields)
    return thread


@pytest.mark.ledger("SLA-20")
def test_at_sixty_minutes_it_is_flagged_and_a_second_before_it_is_not(agent: User) -> None:
    waiting()
    one = waiting_threads(agent).get()
    said = [seen(one, MONDAY_MORNING + timedelta(seconds=seconds)).is_flagged for seconds in (3_599, 3_600)]
    assert said == [False, True]


@pytest.mark.ledger("SLA-20")
@pytest.mark.parametrize(("minutes", "flagged"), [(59, False), (60, True)])
def test_the_list_shows_the_flag(client: Client, agent: User, clock: Any, minutes: int, flagged: bool) -> None:
    waiting()
    clock(MONDAY_MORNING + minutes * MINUTE)
    assert ("Flagged: too long" in client.get("/unanswered/").content.decode()) is flagged


@pytest.mark.ledger("SLA-18")
def test_the_one_that_falls_due_first_is_on_top_with_channel_account_and_words(
    client: Client, agent: User, clock: Any
) -> None:
    account = make_account("premium", name="Saltmarsh")
    waiting("The later one", at=MONDAY_MORNING + 20 * MINUTE)
    thread = waiting("The earlier one", account=account)
    write(thread, "And another thing", at=MONDAY_MORNING + 5 * MINUTE)
    clock(MONDAY_MORNING + 30 * MINUTE + MINUTE / 3)
    page = client.get("/unanswered/")
    rows = [row for row, _ in page.context["rows"]]
    assert [row.text for row in rows] == ["The earlier one", "The later one"]
    html = page.content.decode()
    for words in ("Saltmarsh", f"#{thread.channel.name}", "29 min left", "1 more"):
        assert words in html


def test_channel_account_and_words_can_be_searched(client: Client, agent: User) -> None:
    waiting("The proxy is down", account=make_account("premium", name="Saltmarsh"))
    waiting("A question")
    for text in ("PROXY", "saltm"):
        assert [row.text for row, _ in client.get(f"/unanswered/?q={text}").context["rows"]] == ["The proxy is down"]
    assert client.get("/unanswered/?q=%00").status_code == 422


@pytest.mark.ledger("AHR-07")
def test_a_file_without_words_is_there_to_be_looked_at(client: Client, agent: User) -> None:
    waiting("", files_left=2)
    page = client.get("/unanswered/").content.decode()
    assert "A file without words" in page
    assert "2 files to look at in Slack" in page


@pytest.mark.ledger("INT-03", "INT-01")
def test_one_key_makes_it_a_ticket_whose_clock_counts_from_the_earliest_message(
    client: Client, agent: User, clock: Any
) -> None:
    thread = waiting(at=MONDAY_MORNING)
    write(thread, "Still waiting", at=MONDAY_MORNING + 10 * MINUTE)
    clock(MONDAY_MORNING + 30 * MINUTE)
    answer = client.post(f"/threads/{thread.pk}/flag/", {"form_token": "1"})
    ticket = Ticket.objects.get()
    assert answer.headers["Location"] == ticket.get_absolute_url()
    assert (ticket.source, ticket.received_at, ticket.messages.count()) == ("staff_flag", MONDAY_MORNING, 2)
    client.post(f"/threads/{thread.pk}/flag/", {"form_token": "2"})
    assert Ticket.objects.count() == 1
    assert client.get("/unanswered/").context["rows"] == []


def test_the_other_key_says_that_no_reply_is_needed(client: Client, agent: User) -> None:
    thread = waiting("Thanks!")
    client.post(f"/threads/{thread.pk}/no-reply/", {"form_token": "1"})
    assert client.get("/unanswered/").context["rows"] == []
    assert Event.objects.get(verb="no_reply_needed").by == agent
    assert not Ticket.objects.exists()
    assert thread.earliest_unanswered() is not None


@pytest.mark.ledger("INT-03")
def test_a_pasted_link_makes_a_ticket_once(client: Client, agent: User, clock: Any) -> None:
    channel = make_channel(make_account("premium"))
    clock(MONDAY_MORNING)
    link = f"https://lanternfish.slack.com/archives/{channel.slack_id}/p1700000000000100"
    for token in "12":
        client.post("/flag/", {"link": link, "form_token": token})
    ticket = Ticket.objects.get()
    assert (ticket.account, ticket.source) == (channel.account, "staff_flag")
    assert Thread.objects.get().ticket == ticket


@pytest.mark.parametrize(
    "link",
    [
        "",
        "x",
        "https://example.com/archives/C000001/p1700000000000100",
        "https://a.slack.com/archives/C000001/p9999999999000000",
        "x" * 1_000_000,
        "https://a.slack.com/\0",
    ],
)
def test_what_is_no_link_to_a_message_is_refused(client: Client, agent: User, link: str) -> None:
    answer = client.post("/flag/", {"link": link, "form_token": "1"})
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


def test_a_channel_of_our_own_makes_no_ticket(client: Client, agent: User) -> None:
    make_channel(None, slack_id="C0INTERN", kind="internal")
    answer = client.post("/flag/", {"link": "https://a.slack.com/archives/C0INTERN/p1700000000000100"})
    assert answer.status_code == 422


def test_every_colleague_may_flag_and_lands_where_they_may_look(client: Client) -> None:
    channel = make_channel(make_account("premium"))
    client.force_login(make_user(None))
    link = f"https://lanternfish.slack.com/archives/{channel.slack_id}/p1700000000000100"
    assert client.post("/flag/", {"link": link, "form_token": "1"}).headers["Location"] == "/board/"
    assert Ticket.objects.count() == 1


def test_the_page_of_a_thread_shows_what_was_said_and_leads_to_slack(client: Client, agent: User) -> None:
    thread = waiting("First words")
    page = client.get(f"/threads/{thread.pk}/").content.decode()
    assert "First words" in page
    assert 'href="https://lanternfish.slack.com/x"' in page
    thread.become_ticket("staff_flag", by=agent)
    assert client.get(f"/threads/{thread.pk}/").headers["Location"] == Ticket.objects.get().get_absolute_url()


def test_people_see_the_threads_of_their_accounts(client: Client) -> None:
    seller = make_user("ae")
    thread, mine = waiting("not mine"), waiting("mine", account=make_account("premium", ae=seller))
    client.force_login(seller)
    assert [row.text for row, _ in client.get("/unanswered/").context["rows"]] == ["mine"]
    assert client.get(f"/threads/{thread.pk}/").status_code == 404
    assert client.post(f"/threads/{mine.pk}/no-reply/").status_code == 404
    client.force_login(make_user(None))
    assert client.get("/unanswered/").status_code == 404
    assert client.post(f"/threads/{thread.pk}/flag/").status_code == 404


def test_it_costs_the_same_for_one_thread_and_for_forty(
    client: Client, agent: User, django_assert_num_queries: Any
) -> None:
    account = make_account("premium")
    waiting(account=account)
    client.get("/unanswered/")
    with django_assert_num_queries(6):
        client.get("/unanswered/")
    for number in range(40):
        waiting(account=account, at=MONDAY_MORNING + number * MINUTE)
    with django_assert_num_queries(6):
        client.get("/unanswered/")


def test_what_was_noted_inside_is_not_shown_as_said_in_the_thread(client: Client, agent: User) -> None:
    manager = make_user("ae")
    thread = waiting(account=make_account("premium", ae=manager))
    ticket = thread.become_ticket("staff_flag", by=agent)
    ticket.note("They pay late.", by=agent)
    ticket.link_account(make_account("premium"), by=agent)
    client.force_login(manager)
    assert "They pay late." not in client.get(f"/threads/{thread.pk}/").content.decode()
