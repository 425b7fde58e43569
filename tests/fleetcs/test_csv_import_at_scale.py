"""A file of ten thousand rows with bad ones among them, a worker that is killed, and the file once more (F43)."""

import os
import signal
from collections.abc import Iterator

import pytest
from django.db.models import Count
from django.test import Client

from fleetcs.local.processes import until
from fleetcs.models import CsvImport, Event
from opportunities.models import Lead
from tests.factories import make_user
from tests.fleetcs.csv_files import bring, checked, finish, order
from tests.visiting import client_of
from tests.worker import Worker

pytestmark = pytest.mark.slow

ROWS = 10_000
GOOD, WRONG, KILLED_AT = ROWS * 93 // 100, ROWS * 7 // 100, ROWS * 6 // 10
BAD = {
    3: "Lead status: Select a valid choice.",
    5: "Email: Enter a valid email address.",
    7: "It has 2 cells",
    9: "A cell",
}
HEAD = "Name;Company;Email;Lead status"


def line(number: int) -> str:
    """One row; seven of a hundred are wrong, and one of those is as large as a book."""
    good = [f"Person {number}", f"Company {number % 900}", f"person{number}@mill.example", "MQL"]
    match number % 100:
        case 3 | 23 | 43:
            return ";".join([*good[:3], "whatever"])
        case 5 | 25:
            return ";".join([good[0], good[1], "no address", good[3]])
        case 7:
            return ";".join(good[:2])
        case 9:
            return ";".join(["x" * (1_000_000 if number == 9 else 20_000), *good[1:]])
    return ";".join(good)


def file() -> bytes:
    return ("\ufeff" + "\r\n".join([HEAD, *map(line, range(ROWS))]) + "\r\n").encode()


def reasons(job: CsvImport) -> Iterator[tuple[int, str]]:
    for number, words in job.rows.failed().values_list("number", "words"):
        yield (number - 2) % 100, words


def go_on_until(worker: Worker, job: CsvImport, done: int) -> None:
    def came_so_far() -> bool:
        worker.poke("import_csv")
        return job.rows.filter(state="done").count() >= done

    assert until(came_so_far, 1_200), worker.log.read_text()


def is_finished(job: CsvImport) -> bool:
    finish()
    job.refresh_from_db()
    return job.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_rows_are_taken_once_whatever_is_wrong_with_some_and_whoever_dies(
    celery_worker_process: Worker,
) -> None:
    client, second = client_of(make_user("bizops")), client_of(make_user("cro"))
    assert bring(client, "leads", file().replace(b"Person", b"M\xfcller")).status_code == 422, "another encoding"
    job = checked(client, "leads", file(), "email")
    assert job.plans == {"add": GOOD, "change": 0, "same": 0, "bad": WRONG}
    wrong = list(reasons(job))
    assert all(words.startswith(BAD[kind % 20]) for kind, words in wrong), "with the number of the line"
    assert not Lead.objects.exists()
    begun(client, job)
    assert job.ordered_at is None, "nobody writes that many alone"
    begun(second, job)
    go_on_until(celery_worker_process, job, KILLED_AT)
    os.killpg(celery_worker_process.process.pid, signal.SIGKILL)
    taken = Lead.objects.count()
    assert KILLED_AT <= taken < GOOD
    assert until(lambda: is_finished(job), 1_200)
    assert job.counts == {"Not imported": WRONG, "Imported": GOOD}
    assert Lead.objects.count() == GOOD
    assert not Lead.objects.values("email").annotate(times=Count("pk")).filter(times__gt=1).exists()
    assert Event.objects.filter(verb="lead_added").count() == GOOD
    again = checked(client, "leads", file(), "email", "change")
    assert again.plans == {"add": 0, "change": 0, "same": GOOD, "bad": WRONG}


def begun(client: Client, job: CsvImport) -> None:
    order(client, job)
    job.refresh_from_db()
