"""What a process keeps of the settings is never older than the rows, in whatever order changes are committed."""

from datetime import UTC, date, datetime
from threading import Event, Thread

import pytest
from django.db import connections, transaction

from fleetcs.models import Holiday
from support.models.in_force import in_force

NOON = datetime(2026, 1, 13, 20, 0, tzinfo=UTC)  # a Tuesday, in the company's hours


@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-15")
def test_a_change_that_is_committed_after_a_later_one_is_heard_of() -> None:
    first = Holiday.objects.create(on=date(2026, 1, 13), name="Founders' Day", is_active=False)
    second = Holiday.objects.create(on=date(2026, 1, 14), name="The day after", is_active=False)
    written, go_on = Event(), Event()
    slow = Thread(target=close_slowly, args=(first, written, go_on))
    slow.start()
    try:
        assert written.wait(20)
        close(second)
        assert in_force().version(NOON)[1].is_open(NOON)
    finally:
        go_on.set()
        slow.join()
    assert not in_force().version(NOON)[1].is_open(NOON)


def close(day: Holiday) -> None:
    day.is_active = True
    day.save(update_fields=["is_active"])


def close_slowly(day: Holiday, written: Event, go_on: Event) -> None:
    try:
        with transaction.atomic():
            close(day)
            written.set()
            go_on.wait(20)
    finally:
        connections.close_all()
