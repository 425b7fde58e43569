"""Saved views of lists: two windows at the same time (ux 4)."""

from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from fleetcs.editing import COLLISION
from fleetcs.models import SavedView
from tests.factories import make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def test_two_views_that_two_windows_rename_alike_at_once_keep_two_names_and_the_second_window_is_told() -> None:
    person, page = make_user("cse"), "accounts:accounts"
    first, second = (SavedView.objects.create(owner=person, page=page, name=name) for name in ("One", "Two"))

    other_window = [first.pk]

    def meanwhile(execute: Any, sql: str, *given: Any) -> Any:
        """The other window saves as soon as this one has found the name free."""
        if sql.startswith('UPDATE "fleetcs_savedview"') and other_window:
            SavedView.objects.filter(pk=other_window.pop()).update(name="Mine")
        return execute(sql, *given)

    with connection.execute_wrapper(meanwhile):
        answer = client_of(person).post(reverse("view_change", args=[second.pk]), {"name": "Mine"}, follow=True)
    assert COLLISION in words(answer)
    assert SavedView.objects.get(pk=second.pk).name == "Two"
