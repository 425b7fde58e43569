"""Who is who: an address proposes, a click decides, and only those who map fields may click."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection, transaction
from django.test import Client

from fleetcs.models import Event, SalesforceUser
from tests.factories import make_user
from tests.visiting import words

pytestmark = pytest.mark.django_db


def signed_in(post: str = "bizops") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def test_the_colleague_of_the_same_address_is_proposed_and_one_click_links_them() -> None:
    ola = make_user("ae", name="Ola Nord", email="ola@lanternfish.example")
    someone = SalesforceUser.objects.create(name="Ola N.", email="Ola@Lanternfish.example")
    client = signed_in()
    page = words(client.get("/mirrors/people"))
    assert "They are Ola Nord" in page
    assert someone.colleague is None, "an address alone decides nothing"
    assert client.post(f"/mirrors/people/{someone.pk}/link", {"colleague": ola.pk}).status_code == 302
    someone.refresh_from_db()
    assert someone.colleague == ola
    assert Event.objects.filter(verb="salesforce_user_linked", facts__colleague=ola.pk).exists()
    assert "Not them" in words(client.get("/mirrors/people"))


def test_whoever_has_another_address_is_chosen_from_those_who_are_nobody_there_yet() -> None:
    ola, ida = make_user("ae", name="Ola Nord"), make_user("csm", name="Ida Roe")
    SalesforceUser.objects.create(name="Ola N.", colleague=ola)
    SalesforceUser.objects.create(name="I. Roe", email="private@mailbox.example")
    page = words(signed_in().get("/mirrors/people"))
    assert f'<option value="{ida.pk}">Ida Roe</option>' in page
    assert f'<option value="{ola.pk}">' not in page


def test_nobody_is_two_users_and_no_user_two_people() -> None:
    ola, ida = make_user("ae"), make_user("csm")
    first = SalesforceUser.objects.create(name="First", colleague=ola)
    second = SalesforceUser.objects.create(name="Second")
    client = signed_in()
    client.post(f"/mirrors/people/{second.pk}/link", {"colleague": ola.pk})
    client.post(f"/mirrors/people/{first.pk}/link", {"colleague": ida.pk})
    assert [one.colleague for one in SalesforceUser.objects.order_by("pk")] == [ola, None]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_link_a_colleague_once() -> None:
    ola, by = make_user("ae"), make_user("bizops")
    first, second = (SalesforceUser.objects.create(name=name) for name in ("First", "Second"))

    def click() -> bool:
        try:
            return second.link(ola, by=by)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            assert first.link(ola, by=by)
            late = other.submit(click)
            wait([late], timeout=0.5)
        assert late.result(timeout=10) is False


@pytest.mark.parametrize("chosen", ["", "x", "999999999999", "9" * 40])
def test_a_colleague_who_is_not_there_is_refused(chosen: str) -> None:
    someone = SalesforceUser.objects.create(name="Ola N.")
    assert signed_in().post(f"/mirrors/people/{someone.pk}/link", {"colleague": chosen}).status_code == 422


def test_those_who_only_look_after_the_lines_see_it_and_change_nothing() -> None:
    someone = SalesforceUser.objects.create(name="Ola N.")
    client = signed_in("cse")
    page = words(client.get("/mirrors/people"))
    assert "Ola N." in page
    assert "<select" not in page
    assert client.post(f"/mirrors/people/{someone.pk}/unlink").status_code == 404
