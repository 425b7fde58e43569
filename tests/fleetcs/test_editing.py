"""What the database does not take: what a colleague has written meanwhile is told, a mistake of ours is not (F47)."""

from datetime import timedelta

import pytest
from django import forms
from django.db import IntegrityError

from fleetcs.editing import COLLISION, carried_out
from fleetcs.models import Post, RoleHolding, SavedView
from fleetcs.working_day import today
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def filled_in() -> forms.Form:
    form = forms.Form({})
    assert form.is_valid()
    return form


def test_a_name_that_was_taken_meanwhile_is_told_at_the_form_and_the_log_says_by_which_rule(
    caplog: pytest.LogCaptureFixture,
) -> None:
    form, taken = filled_in(), {"owner": make_user("cse"), "page": "support:queue", "name": "Secret plan"}
    SavedView.objects.create(**taken)
    assert not carried_out(form, SavedView(**taken).save)
    assert form.non_field_errors() == [COLLISION]
    assert "view_named_once" in caplog.text
    assert "Secret plan" not in caplog.text


def test_a_post_that_they_were_given_meanwhile_is_told_at_the_form() -> None:
    form, someone = filled_in(), make_user("cse")
    again = RoleHolding(user=someone, post=Post.objects.get(code="cse"), from_on=today())
    assert not carried_out(form, again.save)
    assert form.non_field_errors() == [COLLISION]
    assert someone.holdings.count() == 1


def test_what_no_colleague_has_written_is_not_told_as_a_colleagues_writing() -> None:
    form, someone = filled_in(), make_user(None)
    days = {"from_on": today(), "to_on": today() - timedelta(days=1)}
    backwards = RoleHolding(user=someone, post=Post.objects.get(code="cse"), **days)
    with pytest.raises(IntegrityError, match="holding_ends_after_it_starts"):
        carried_out(form, backwards.save)
    assert not form.errors
    assert not someone.holdings.exists()
