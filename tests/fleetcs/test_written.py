"""Statements that are written once a process answer as the querysets they were made of."""

from datetime import timedelta
from typing import Final

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import BigIntegerField, Value
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs import clock
from fleetcs.audit import behind
from fleetcs.models import RoleHolding, User
from fleetcs.models.written import Written, planned
from fleetcs.working_day import today
from support.models import Ticket
from tests.factories import make_account, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db

SEEN: Final = Written(
    lambda user, pk: (
        Ticket.objects.visible_to(user).filter(pk=pk).select_related("account", "contact").annotate(why=Value("asked"))
    ),
    pk=BigIntegerField(),
)
TOLD: Final = Written(lambda pk: Ticket.objects.filter(pk=pk).values("pk", "subject", "details"), pk=BigIntegerField())


def union(first: object, second: object) -> object:
    one, other = (Ticket.objects.filter(pk=pk).values("pk") for pk in (first, second))
    return one.union(other, all=True).order_by()


BOTH: Final = Written(union, first=BigIntegerField(), second=BigIntegerField())


def test_a_record_comes_with_what_is_joined_and_annotated() -> None:
    account = make_account("premium")
    ticket, user = make_ticket(account, contact=make_contact(account)), make_user("cse")
    (found,) = SEEN(user, pk=ticket.pk)
    with CaptureQueriesContext(connection) as asked:
        assert (found, found.account, found.contact, found.why) == (ticket, account, ticket.contact, "asked")
    assert not asked.captured_queries
    assert {name: getattr(found, name) for name in ("received_at", "details", "tier", "version")} == {
        name: getattr(ticket, name) for name in ("received_at", "details", "tier", "version")
    }


def test_nothing_is_joined_where_there_is_nothing() -> None:
    ticket = make_ticket(None)
    (found,) = SEEN(make_user("cse"), pk=ticket.pk)
    assert (found.account, found.contact) == (None, None)


def test_values_come_as_the_fields_have_them_and_each_question_is_one_statement() -> None:
    tickets = [make_ticket(None, subject=subject, details={"os": subject}) for subject in ("One", "Two")]
    with CaptureQueriesContext(connection) as asked:
        told = [TOLD(pk=ticket.pk) for ticket in tickets]
    expected = [[{"pk": one.pk, "subject": one.subject, "details": {"os": one.subject}}] for one in tickets]
    assert (told, len(asked)) == (expected, 2)


def test_what_a_person_may_see_follows_their_posts_and_not_who_asked_first() -> None:
    ticket, agent, seller = make_ticket(make_account("premium")), make_user("cse"), make_user("ae")
    assert SEEN(agent, pk=ticket.pk) == [ticket]
    assert SEEN(seller, pk=ticket.pk) == []
    RoleHolding.objects.filter(user=agent).delete()
    assert SEEN(User.objects.get(pk=agent.pk), pk=ticket.pk) == []


def test_a_union_is_read_while_somebody_stands_behind_a_change() -> None:
    one, other = make_ticket(None), make_ticket(None)
    with transaction.atomic(), behind(user=make_user("cse").pk, url="/tickets/"):
        assert {row["pk"] for row in BOTH(first=one.pk, second=other.pk)} == {one.pk, other.pk}


def test_what_was_prepared_is_forgotten_by_a_rollback_and_asked_all_the_same() -> None:
    ticket = make_ticket(None)
    for _ in range(2):
        with transaction.atomic():
            assert TOLD(pk=ticket.pk)[0]["pk"] == ticket.pk
            transaction.set_rollback(True)
    assert TOLD(pk=ticket.pk)[0]["pk"] == ticket.pk


@pytest.mark.parametrize("subject", ["It's %s of 100 %", "%(pk)s", "back\\slash", "'; DROP TABLE support_ticket; --"])
def test_a_text_that_never_changes_stands_in_the_statement_as_it_is(subject: str) -> None:
    ticket, _ = make_ticket(None, subject=subject), make_ticket(None)
    named = Written(lambda pk: Ticket.objects.filter(pk=pk, subject=subject), pk=BigIntegerField())
    part = Written(lambda pk: Ticket.objects.filter(pk=pk, subject__contains=subject[1:-1]), pk=BigIntegerField())
    assert named(pk=ticket.pk) == part(pk=ticket.pk) == [ticket]
    assert planned("SELECT %s, '%%s', %s", ["a'b%", 5]) == ("SELECT 'a''b%%', '%%s', %s", [5])


def test_a_session_ends_when_its_time_is_up_and_when_it_is_deleted(client: Client) -> None:
    user = make_user("cse")
    client.force_login(user)
    assert client.get("/help").status_code == 200
    Session.objects.update(expire_date=clock.now() - timedelta(days=1))
    assert client.get("/help").status_code == 302
    client.force_login(user)
    assert client.get("/help").status_code == 200
    Session.objects.all().delete()
    assert client.get("/help").status_code == 302


def test_a_post_given_today_counts_at_the_next_request(client: Client) -> None:
    user = make_user(None)
    client.force_login(user)
    assert client.get("/tickets/").status_code == 404
    RoleHolding.objects.create(user=user, post_id="cse", from_on=today())
    assert client.get("/tickets/").status_code == 200
