"""What the pages of imports say, and what they cost."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_account, make_user
from tests.fleetcs.csv_files import begin, checked
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
GROUPED = re.compile('FROM "fleetcs_csvrow" .* GROUP BY')


@pytest.fixture
def client() -> Any:
    return client_of(make_user("bizops"))


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
