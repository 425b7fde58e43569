"""To every page there is a way: from a start page by links and buttons, or by a list's name in the search."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from fleetcs.models import User
from fleetcs.search import lists
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("post", "page", "to"),
    [
        pytest.param("cro", "/", "/today/reps/", marks=pytest.mark.ledger("REP-01")),
        pytest.param("cro", "/today/reps/", "/pipeline/reps/", marks=pytest.mark.ledger("REP-01")),
        ("sdr", "/pipeline/", "/pipeline/reps/"),
        ("sc", "/pipeline/", "/pipeline/criteria/"),
        ("csm", "/pipeline/", "/pipeline/pocs/"),
        ("ae", "/pipeline/", "/outreach/"),
        ("ae", "/pipeline/", "/materials/"),
        ("bizops", "/papers/", "/terms/"),
        ("bizops", "/papers/", "/countries/"),
        ("cse", "/licenses/", "/trials/"),
    ],
)
def test_a_page_is_linked_where_its_people_look(post: str, page: str, to: str) -> None:
    client = signed_in(make_user(post))
    assert f'"{to}"' in client.get(page).content.decode()
    assert client.get(to).status_code == 200


def test_a_page_is_not_linked_for_those_who_may_not_open_it() -> None:
    for post, page, to in (("ae", "/", "/today/reps/"), (None, "/pipeline/", "/pipeline/reps/")):
        assert f'"{to}"' not in signed_in(make_user(post)).get(page).content.decode()
    assert "/trials/" not in signed_in(make_user("bizops")).get("/licenses/").content.decode()


def test_every_list_beside_the_menu_is_found_by_its_name_by_those_who_may_see_it() -> None:
    everybody = [make_user(post) for post in ("cro", "vp_cs", "bizops", "sdr")]
    for entry in (entry for config in apps.get_app_configs() for entry in getattr(config, "lists", [])):
        url = reverse(entry["url_name"])
        found = {user: {hit.url for hit in lists(user, entry["label"].upper())} for user in everybody}
        assert {user for user in everybody if url in found[user]} == {
            user for user in everybody if user.may(entry["action"])
        }
        assert any(url in urls for urls in found.values())


def test_the_palette_offers_a_list_by_words_of_its_name_in_any_order() -> None:
    page = signed_in(make_user("cro")).get("/palette", {"q": "ACTIVITY rep"}).content.decode()
    assert 'href="/pipeline/reps/"' in page
    assert "/pipeline/reps/" not in signed_in(make_user(None)).get("/palette", {"q": "rep activity"}).content.decode()
