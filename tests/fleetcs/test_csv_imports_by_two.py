"""Imports that more than one person has a hand in: what they saw, what they write, what they change meanwhile (F43)."""

from typing import Any

import pytest
from django.urls import reverse

from fleetcs import importing
from fleetcs.changing import SINCE
from fleetcs.importable import Refused
from fleetcs.models import CsvImport, Event
from fleetcs.views.csv_imports import ANEW, BEGUN
from tests.conftest import Clock
from tests.factories import make_account, make_user
from tests.fleetcs.csv_files import checked, finish, name_columns, order
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Any:
    return client_of(make_user("bizops", name="Bo Quay"))


def test_what_was_checked_anew_is_not_begun_by_whoever_saw_the_check_before(client: Any, clock: Clock) -> None:
    job, second = checked(client, "accounts", "Account,What\nCoral,Retail\n", "name"), client_of(make_user("cro"))
    page = second.get(job.get_absolute_url()).content.decode()
    seen = page.partition('name="checked_at" value="')[2].partition('"')[0]
    clock.forward(minutes=1)
    name_columns(client, job, "name", column_1="industry")
    finish()
    begun = {"plans": ["add"], "checked_at": seen}
    assert ANEW in words(second.post(reverse("csv_begin", args=[job.pk]), begun, follow=True))
    job.refresh_from_db()
    assert job.ordered_at is None
    assert not job.rows.waiting().exists()
    order(second, job)
    assert job.rows.waiting().count() == 1
    assert BEGUN in words(order(second, job))
    assert Event.objects.filter(verb="csv_import_begun").count() == 1


def test_what_a_colleague_changes_while_a_row_is_written_is_not_overwritten(client: Any) -> None:
    kelp = make_account(name="Kelp", industry="Mining")
    job = checked(client, "accounts", "Account,Industry\nKelp,Banking\n", "name", "change")
    form = importing.Round(CsvImport.objects.select_related("by").get(pk=job.pk)).form_of(kelp.pk)
    kelp.change({"industry": "Fishing"}, by=make_user("cro"))
    with pytest.raises(Refused, match=SINCE):
        importing.changed(form, {"industry": ["Banking"]})
    kelp.refresh_from_db()
    assert kelp.industry == "Fishing"
