"""What is asked and stored with statements that are written once: the same rows as the ORM's own, however often."""

from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Contact
from fleetcs.audit import is_kept
from fleetcs.models import Event
from fleetcs.models.stored import store
from fleetcs.models.written import Written
from support.models import Alert, Clock, Message, Ticket
from support.models.in_force import in_force
from support.models.tally import StaleDay
from tests.factories import MONDAY_MORNING, make_account, make_contact, make_ticket

pytestmark = pytest.mark.django_db

NAMED = Written(
    lambda name: Contact.objects.filter(name=name).select_related("account").order_by("pk"), name=models.CharField()
)


def fields(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_a_question_gives_what_the_orm_gives_each_time_for_its_own_values() -> None:
    ada, eve = make_contact(make_account("premium"), name="Ada"), make_contact(make_account("free"), name="Eve")
    for one in (ada, eve, ada):
        [found] = NAMED(name=one.name)
        assert fields(found) == fields(Contact.objects.get(pk=one.pk))
        assert (found, found._state.adding, found.account) == (one, False, one.account)


def test_related_records_come_with_the_same_statement() -> None:
    make_contact(make_account("premium"), name="Ada")
    NAMED(name="Ada")
    with CaptureQueriesContext(connection) as asked:
        found = NAMED.first(name="Ada")
        assert found
        assert found.account.name
    assert len(asked) == 1


def test_a_question_that_nothing_answers_gives_nothing() -> None:
    assert NAMED(name="Nobody") == []
    assert NAMED.first(name="Nobody") is None


def test_a_question_that_locks_still_locks() -> None:
    locked = Written(lambda pk: Account.objects.select_for_update().filter(pk=pk), pk=models.BigIntegerField())
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        locked.first(pk=1)
    assert "FOR UPDATE" in asked[0]["sql"]


def test_a_stored_row_is_the_one_that_is_read_again() -> None:
    ticket = make_ticket()
    told = Message(ticket=ticket, kind="call", by="customer", public=True, at=MONDAY_MORNING, recipients=["a", 'b"'])
    read = Message.objects.get(pk=store(told).pk)
    same = set(vars(told)) - {"_state", "ticket"}
    assert {name: getattr(read, name) for name in same} == {name: getattr(told, name) for name in same}
    assert (read.recipients, read.ticket_id, told._state.adding) == (["a", 'b"'], ticket.pk, False)


def test_a_row_about_a_record_that_is_not_stored_yet_is_refused() -> None:
    with pytest.raises(ValueError, match="unsaved"):
        store(Message(ticket=Ticket(), kind="call", by="customer", public=True, at=MONDAY_MORNING))


def test_what_the_database_makes_of_a_row_is_there_when_it_is_asked_for() -> None:
    ticket = make_ticket(priority="P1")
    assert ticket.confirmed is True


def test_clocks_begin_with_their_alerts_and_a_mark_on_their_day_in_one_statement() -> None:
    ticket = make_ticket(account=make_account("premium"))
    StaleDay.objects.all().delete()
    one = Clock.ready("application", in_force(), at=MONDAY_MORNING, tier="premium", priority="P2", ticket=ticket)
    with CaptureQueriesContext(connection) as asked:
        Clock.objects.begin([one])
    assert len(asked) == 1
    armed = {alert.threshold: alert.due_at for alert in Alert.objects.filter(clock=one.pk, state="armed")}
    assert armed == {name: moment for name, moment in one.thresholds.items() if moment}
    assert [day.on for day in StaleDay.objects.all()] == [one.received_on]


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("WITH begun AS (INSERT INTO support_clock (id) VALUES (1)) SELECT 1", False),
        ('WITH begun AS (INSERT INTO support_clock (id) VALUES (1)) UPDATE "support_ticket" SET id = 1', True),
        ("WITH due AS (SELECT 1 FOR UPDATE OF effect) UPDATE fleetcs_effect SET id = 1", False),
        ('UPDATE "support_ticket" SET id = 1', True),
        ("TRUNCATE support_ticket", True),
    ],
)
def test_the_history_hears_who_is_behind_whatever_a_statement_writes_to(sql: str, kept: bool) -> None:
    assert is_kept(sql) is kept


def test_an_entry_of_the_history_keeps_its_facts() -> None:
    entry = Event.log(make_account("premium"), "tried", at=MONDAY_MORNING, facts={"a": [1, None]})
    assert Event.objects.get(pk=entry.pk).facts == {"facts": {"a": [1, None]}}
