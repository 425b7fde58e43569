"""Several processes at the same imports: each row once, and nobody twice (G05)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from fleetcs import importing
from fleetcs.models import CsvImport, Event
from opportunities.models import Lead
from tests.factories import make_user
from tests.fleetcs.csv_files import checked, finish, states
from tests.visiting import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patience")]
MANY = 6


def test_two_files_with_the_same_people_and_six_processes_make_each_of_them_once() -> None:
    clients = [client_of(make_user("bizops")) for _ in range(2)]
    text = "Name,Email\n" + "".join(f"Person {number},person{number}@mill.example\n" for number in range(5))
    jobs = [checked(client, "leads", text, "email") for client in clients]
    for job in jobs:
        assert job.begin(["add"], seen=job.checked_at, by=job.by)
    start = Barrier(MANY)

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # how long the others take is not what is tested
        start.wait()
        try:
            finish()
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        for one in [pool.submit(work) for _ in range(MANY)]:
            one.result()
    finish()
    assert Lead.objects.count() == Event.objects.filter(verb="lead_added").count() == 5
    first, second = (states(job) for job in CsvImport.objects.order_by("pk"))
    assert {state for _, state, _ in first} == {"done"}
    assert {(state, words) for _, state, words in second} == {("failed", importing.MOVED_ON)}


def test_while_one_import_is_at_a_row_no_row_of_another_is_seen_to() -> None:
    clients = [client_of(make_user("bizops")) for _ in range(2)]
    older, newer = (checked(client, "leads", "Name,Email\nAnn,ann@mill.example\n", "email") for client in clients)
    for job in (newer, older):
        assert job.begin(["add"], seen=job.checked_at, by=job.by)

    def elsewhere() -> bool:
        try:
            return importing.step(importing.Round(CsvImport.objects.get(pk=older.pk)))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert importing.step(importing.Round(CsvImport.objects.get(pk=newer.pk)))
            assert not pool.submit(elsewhere).result(), "the same person could be written down twice"
        assert pool.submit(elsewhere).result()
    assert Lead.objects.count() == 1
    assert states(older) == [(2, "failed", importing.MOVED_ON)]
