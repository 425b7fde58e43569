"""A word in any message finds its ticket; so do parts of the subject, the number and the account's name (INT-02)."""

from typing import Any

import pytest
from django.test import Client

from support.models import Ticket
from support.search import accounts_like, keys, looked_up, matching, tickets, walked
from tests.factories import MONDAY_MORNING, make_account, make_message, make_ticket, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("INT-02")]


def found(text: str) -> set[str]:
    return set(matching(Ticket.objects.all(), text).values_list("subject", flat=True))


@pytest.fixture
def desk() -> Any:
    saltmarsh = make_account("premium", name="Saltmarsh Biotech")
    first = make_ticket(saltmarsh, subject="Enrollment profile is refused", text="The installer complains.")
    make_message(first, text="It is the certificate of the proxy.", at=MONDAY_MORNING)
    make_message(first, kind="note", by="colleague", public=False, text="Known since the walrus release.")
    second = make_ticket(make_account("premium", name="Umbral Pictures"), subject="Live queries never come back")
    return first, second


def test_a_word_in_any_message_finds_its_ticket(desk: Any) -> None:
    assert found("certificate") == {"Enrollment profile is refused"}
    assert found("certificates proxies") == {"Enrollment profile is refused"}
    assert found("walrus") == {"Enrollment profile is refused"}
    assert found('"of the proxy"') == {"Enrollment profile is refused"}
    assert found("certificate -proxy") == set()
    assert found("zebra") == set()


def test_parts_of_the_subject_find_it_in_any_order(desk: Any) -> None:
    assert found("quer") == {"Live queries never come back"}
    assert found("BACK live") == {"Live queries never come back"}
    assert found("live profile") == set()


def test_the_number_finds_it_with_and_without_its_sign(desk: Any) -> None:
    first, _ = desk
    assert found(f"#{first.pk}") == found(f" {first.pk} ") == {first.subject}
    assert found("#999999999999999999") == set()


def test_the_name_of_the_account_finds_its_tickets_even_misspelt(desk: Any) -> None:
    assert found("Saltmarsh") == found("saltmarch biotech") == {"Enrollment profile is refused"}


def test_the_newest_come_first_and_every_state_is_searched(client: Client, desk: Any) -> None:
    first, _ = desk
    first.resolve(by=make_user("cse"), outcome="faq_updated")
    newer = make_ticket(None, subject="Another enrollment", received_at=MONDAY_MORNING.replace(hour=20))
    client.force_login(make_user("cse"))
    rows = client.get("/tickets/?q=enrollment").context["listing"].rows
    assert [row.pk for row in rows] == [newer.pk, first.pk]
    assert [row.pk for row in client.get("/tickets/?q=enrollment&view=open").context["listing"].rows] == [newer.pk]
    assert [row.pk for row in client.get("/tickets/?q=enrollment&priority=P3").context["listing"].rows] == []


def test_filters_and_words_work_together(client: Client, desk: Any) -> None:
    client.force_login(make_user("cse"))
    page = client.get("/tickets/?q=proxy&account=salt").context["listing"]
    assert [row.subject for row in page.rows] == ["Enrollment profile is refused"]
    assert [chip.label for chip in page.chips] == ["Search", "Account"]


def test_nobody_finds_what_they_may_not_see(desk: Any) -> None:
    seller = make_user("ae")
    Ticket.objects.get(subject__startswith="Live").account.change({"ae": seller}, by=seller)
    assert [hit.label for hit in tickets(seller, "refused", 10)] == []
    assert len(tickets(seller, "queries", 10)) == 1
    assert tickets(make_user(None), "queries", 10) == []


def test_the_search_over_everything_finds_tickets_too(client: Client, desk: Any) -> None:
    first, _ = desk
    client.force_login(make_user("cse"))
    page = client.get("/palette?q=certificate").content.decode()
    assert f"#{first.pk} Enrollment profile is refused" in page
    assert "Saltmarsh Biotech · P2 · open" in page


@pytest.mark.parametrize("text", ["certificate", "refused", "salt", "live", "the proxy", "zebra", "1"])
def test_walking_through_the_newest_finds_what_looking_up_finds(desk: Any, text: str) -> None:
    make_ticket(None, subject="Proxy refused", text="A certificate", received_at=MONDAY_MORNING.replace(hour=20))
    everything, accounts = Ticket.objects.all(), accounts_like(text)
    assert walked(everything, text, accounts) == keys(looked_up(everything, text, accounts), 100)


@pytest.mark.parametrize("text", ["the", "a b", "!!!", "' OR 1=1 --", "%", "_", "🦭", "x" * 200, "-", '"'])
def test_odd_words_find_something_or_nothing_but_never_fail(desk: Any, text: str) -> None:
    assert len(found(text)) <= 2
