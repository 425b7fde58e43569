"""What the pages of imports say, and what they cost."""

import re
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fleetcs.models import CsvImport
from tests.factories import make_account, make_user
from tests.fleetcs.csv_files import begin, bring, checked, finish, name_columns, order
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
STATE = re.compile('data-label="State"><span class="dot dot-[a-z]+">([^<]+)')
GROUPED = re.compile('FROM "fleetcs_csvrow" .* GROUP BY')


@pytest.fixture
def client() -> Any:
    return client_of(make_user("bizops"))


def test_the_page_of_an_import_says_how_far_it_is(client: Any) -> None:
    kelp, said = make_account(name="Kelp"), []
    bring(client, "accounts", "Account,Industry\nKelp,Banking\n")
    job = CsvImport.objects.get()

    def look() -> None:
        job.refresh_from_db()
        said.append(STATE.search(words(client.get(reverse("csv_new", args=["accounts"]))))[1])

    name, undo = partial(name_columns, client, job, "name"), reverse("csv_undo", args=[job.pk])
    look()
    for act in (name, finish, partial(order, client, job), finish, partial(client.post, undo), finish):
        act()
        look()
    assert said == [
        *("Columns to be named", "Being checked", "Checked, not imported"),
        *("Being imported", "Imported", "Being undone", "Undone"),
    ]
    kelp.refresh_from_db()
    assert kelp.industry == ""


@pytest.mark.parametrize("done", [False, True])
def test_the_page_of_an_import_costs_the_same_however_many_rows_it_has(client: Any, done: bool) -> None:
    costs, csm, parent = [], make_user("csm"), make_account()
    for names in (["A0"], [f"B{number}" for number in range(40)]):
        for name in names:
            make_account(name=name, csm=csm, parent=parent, industry="Mining")
        rows = [line for name in names for line in (f"{name},Banking", f"New {name},Retail")]
        job = checked(client, "accounts", "\n".join(["Account,Industry", *rows]), "name", "change")
        if done:
            begin(client, job)
        client.get(job.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            page = client.get(job.get_absolute_url())
        costs.append(len(queries))
        assert names[0] in words(page)
        assert len([each for each in queries if GROUPED.search(each["sql"])]) == 1, "rows are told apart once"
    assert costs[0] == costs[1]
