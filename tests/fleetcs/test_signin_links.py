"""A colleague's password: an administrator makes a link that works once and dies in time; no log holds it."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from fleetcs import logs
from fleetcs.models import Event, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a-password-of-their-own"
CHOSEN = {"password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def boss(client: Client) -> User:
    """An administrator, signed in."""
    user = make_user("administrator")
    client.force_login(user)
    return user


@pytest.fixture
def ada() -> User:
    return make_user("cse", name="Ada Moss", email="ada@lanternfish.example")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product writes to its log, every line of it."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    before = root.level, logging.getLogger("django").level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    logging.getLogger("django").setLevel("DEBUG")
    yield stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    logging.getLogger("django").setLevel(before[1])


def link_for(client: Client, person: User) -> str:
    """The path of the link that the page shows."""
    answer = client.post(reverse("person_link", args=[person.pk]))
    assert answer.status_code == 200
    found = re.search(r'value="http://[^/"]+(/me/password/reset/[^"]+)"', answer.content.decode())
    assert found
    return found[1]


def opened(link: str, by: Client | None = None) -> Any:
    return (by or Client()).get(link, follow=True)


def is_refused(link: str) -> bool:
    return b"This link does not work" in opened(link).content


def choose(link: str, by: Client | None = None) -> Any:
    """Open the link and send the form behind it."""
    browser = by or Client()
    shown = opened(link, browser)
    assert b"Set your password" in shown.content
    return browser.post(shown.redirect_chain[-1][0], CHOSEN)


# --- it works ---------------------------------------------------------------------------------------------------------
def test_a_colleague_sets_a_password_by_the_link_and_signs_in_with_it(client: Client, boss: User, ada: User) -> None:
    browser = Client()
    answer = choose(link_for(client, ada), browser)
    assert (answer.status_code, answer["Location"]) == (302, "/me/password/reset/done/")
    assert b"Your password is set" in browser.get(answer["Location"]).content
    assert "_auth_user_id" not in browser.session, "a second factor, where there is one, is asked at the sign-in"
    assert browser.post("/me/login/", {"login": ada.email, "password": PASSWORD})["Location"] == "/"


def test_a_password_too_short_is_refused_and_the_link_lives_on(client: Client, boss: User, ada: User) -> None:
    browser, link = Client(), link_for(client, ada)
    short = {"password1": "short", "password2": "short"}
    assert b"at least 12" in browser.post(opened(link, browser).redirect_chain[-1][0], short).content
    assert choose(link, browser).status_code == 302


def test_the_page_with_the_link_is_kept_by_nobody(client: Client, boss: User, ada: User) -> None:
    answer = client.post(reverse("person_link", args=[ada.pk]))
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    shown = opened(link_for(client, ada))
    assert "no-store" in shown["Cache-Control"]
    assert shown.redirect_chain[-1][0].endswith("/set-password/"), "the address of the form holds no key"


def test_setting_the_password_ends_the_sessions_that_were_open(client: Client, boss: User, ada: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(ada)
    assert elsewhere.get("/").status_code == 200
    choose(link_for(client, ada))
    assert elsewhere.get("/").status_code == 302


def test_the_history_says_who_made_a_link_for_whom_and_when_it_was_used(client: Client, boss: User, ada: User) -> None:
    choose(link_for(client, ada))
    told = list(Event.objects.of(ada).order_by("pk").values_list("verb", "by", "facts"))
    assert told == [("sign_in_link_made", boss.pk, {}), ("password_chosen", ada.pk, {})]
    page = client.get(ada.get_absolute_url()).content.decode()
    assert "sign in link made" in page
    assert boss.name in page


# --- it dies ----------------------------------------------------------------------------------------------------------
def test_a_link_that_was_used_does_not_open_again(client: Client, boss: User, ada: User) -> None:
    link, late = link_for(client, ada), Client()
    form = opened(link, late).redirect_chain[-1][0]
    choose(link)
    assert is_refused(link)
    assert b"This link does not work" in late.post(form, CHOSEN).content, "nor for a form that was open already"


def test_a_link_dies_with_its_time(client: Client, boss: User, ada: User, clock: Any, settings: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    link = link_for(client, ada)
    clock.forward(seconds=settings.PASSWORD_RESET_TIMEOUT - 60)
    assert not is_refused(link)
    clock.forward(seconds=120)
    assert is_refused(link)


def test_a_link_dies_when_the_password_is_changed_otherwise(client: Client, boss: User, ada: User) -> None:
    link = link_for(client, ada)
    ada.choose_password("another-long-password")
    assert is_refused(link)


def test_a_link_dies_when_the_person_leaves(client: Client, boss: User, ada: User) -> None:
    link = link_for(client, ada)
    client.post(reverse("person_leave", args=[ada.pk]))
    assert is_refused(link)
    User.objects.filter(pk=ada.pk).update(is_active=True)
    assert is_refused(link), "and does not come back with them"


def test_a_link_is_dead_as_long_as_the_person_is_deactivated(client: Client, boss: User, ada: User) -> None:
    link, browser = link_for(client, ada), Client()
    form = opened(link, browser).redirect_chain[-1][0]
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert is_refused(link)
    browser.post(form, CHOSEN)
    ada.refresh_from_db()
    assert not ada.has_usable_password()


def test_a_link_is_nobody_elses(client: Client, boss: User, ada: User) -> None:
    link, other = link_for(client, ada), link_for(client, make_user("csm"))
    key = link.rstrip("/").rpartition("/")[2]
    assert is_refused(other.rstrip("/").rpartition("/")[0] + f"/{key}/")
    assert is_refused(link[:-3] + "/")


# --- who may make one -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("post", [None, "cse", "vp_cs", "ceo"])
def test_nobody_but_an_administrator_makes_a_link(post: str | None, ada: User) -> None:
    client = Client()
    client.force_login(make_user(post))
    assert client.post(reverse("person_link", args=[ada.pk])).status_code == 404
    assert "Sign-in link" not in client.get(ada.get_absolute_url()).content.decode()
    assert not Event.objects.of(ada).exists()


def test_there_is_no_link_for_oneself_nor_for_who_has_left(client: Client, boss: User) -> None:
    left = make_user("cse", is_active=False)
    for person in (boss, left):
        assert client.post(reverse("person_link", args=[person.pk])).status_code == 404
        assert "Sign-in link" not in client.get(person.get_absolute_url()).content.decode()


def test_looking_makes_no_link(client: Client, boss: User, ada: User) -> None:
    assert client.get(reverse("person_link", args=[ada.pk])).status_code == 405
    assert "Sign-in link" in client.get(ada.get_absolute_url()).content.decode(), "the control: the button is there"


def test_where_passwords_are_off_there_are_no_links(client: Client, boss: User, ada: User, settings: Any) -> None:
    link = link_for(client, ada)
    settings.LOCAL_PASSWORDS = False
    for path in (link, "/me/password/reset/done/"):
        assert (Client().get(path).status_code, Client().post(path).status_code) == (404, 404)
    assert client.post(reverse("person_link", args=[ada.pk])).status_code == 404
    assert client.get("/me/password/change/").status_code == 404
    assert "Sign-in link" not in client.get(ada.get_absolute_url()).content.decode()
    assert b"makes you a link" not in Client().get("/me/login/").content


# --- nobody reads it --------------------------------------------------------------------------------------------------
def test_the_key_is_in_no_line_of_the_log_and_in_no_row(
    client: Client, boss: User, ada: User, log: io.StringIO, settings: Any
) -> None:
    link = link_for(client, ada)
    key = link.rstrip("/").rpartition("/")[2]
    opened(link)
    Client().post(link, CHOSEN)
    choose(link)
    opened(link)
    settings.LOCAL_PASSWORDS = False
    Client().get(link)
    written = log.getvalue()
    assert written.count("/me/password/reset/[hidden]") >= 5, "the control: these requests are in the log"
    assert f'"user_id": {boss.pk}' in written, "and who asked"
    assert key not in written
    assert key.partition("-")[2] not in written
    assert not Event.objects.filter(facts__icontains=key).exists()
