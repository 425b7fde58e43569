"""Who gets in, and who does not: passwords, the identity provider, closed doors, throttling, open redirects."""

from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from fleetcs.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-password"
IDENTITY_PROVIDER = {
    "openid_connect": {
        "APPS": [
            {"provider_id": "company", "name": "the company", "client_id": "id", "secret": "s",
             "settings": {"server_url": "https://idp.example"}}
        ]
    }
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return make_user("cse", name="Ada Moss", email="ada@lanternfish.example", password=PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, **data: str) -> HttpResponse:
    return client.post("/me/login/", {"login": "ada@lanternfish.example", "password": password, **data})


# --- passwords --------------------------------------------------------------------------------------------------------
def test_a_colleague_signs_in_and_lands_on_today(client: Client, ada: User) -> None:
    response = sign_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_the_address_is_the_same_in_capitals(client: Client, ada: User) -> None:
    response = client.post("/me/login/", {"login": "ADA@Lanternfish.example", "password": PASSWORD})
    assert response.status_code == 302


@pytest.mark.parametrize("address", ["ada@lanternfish.example", "nobody@lanternfish.example"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, ada: User, address: str) -> None:
    response = client.post("/me/login/", {"login": address, "password": "wrong-password-x"})
    assert response.status_code == 200
    assert b"The email address and/or password you specified are not correct." in response.content


def test_guessing_is_throttled(client: Client, ada: User) -> None:
    for _ in range(5):
        sign_in(client, "wrong-password-x")
    response = sign_in(client)
    assert b"Too many failed login attempts" in response.content
    assert client.get("/").status_code == 302


def test_who_has_left_does_not_get_in(client: Client, ada: User) -> None:
    client.force_login(ada)
    ada.leave(by=make_user("administrator"))
    assert client.get("/").status_code == 302
    stranger = Client()
    sign_in(stranger)
    assert "_auth_user_id" not in stranger.session


def test_without_local_passwords_there_is_no_form_and_none_works(client: Client, ada: User, settings: Any) -> None:
    settings.LOCAL_PASSWORDS = False
    assert b'type="password"' not in client.get("/me/login/").content
    assert sign_in(client).status_code == 200
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "next_url",
    ["//evil.example", "/\\evil.example", "https://evil.example/x", "javascript:alert(1)", "/\t/evil.example"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(client: Client, ada: User, next_url: str) -> None:
    assert sign_in(client, next=next_url)["Location"] == "/"


def test_a_path_of_ours_is_followed_after_signing_in(client: Client, ada: User) -> None:
    assert sign_in(client, next="/help?x=1")["Location"] == "/help?x=1"


def test_the_session_is_a_new_one_after_signing_in(client: Client, ada: User) -> None:
    client.get("/me/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    client.cookies["fleetcs_session"] = before
    sign_in(client)
    assert client.session.session_key != before


# --- closed doors -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "3rdparty/", "3rdparty/signup/", "login/code/"]
)
def test_there_is_no_sign_up_and_no_password_by_mail(client: Client, path: str) -> None:
    assert client.get(f"/me/{path}").status_code == 404
    assert client.post(f"/me/{path}").status_code == 404


def test_a_second_factor_asks_for_the_password_once_more(client: Client, ada: User) -> None:
    client.force_login(ada)
    response = client.get("/me/2fa/totp/activate/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/me/reauthenticate/")
    response = client.post(response.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert b"Authenticator secret" in response.content


def test_who_comes_in_by_the_identity_provider_is_offered_no_second_factor_here(client: Client, ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    client.force_login(ada)
    page = client.get("/me/").content
    assert b"asks for your second factor" in page
    assert b"/me/2fa/" not in page
    assert client.get("/me/2fa/totp/activate/").status_code == 403


def test_every_page_but_the_open_ones_wants_a_sign_in(client: Client) -> None:
    for path in ("/", "/search", "/palette", "/me/", "/help", "/about", "/me/2fa/", "/me/password/change/"):
        assert client.get(path).headers.get("Location", "").startswith("/me/login/?next="), path


# --- the identity provider --------------------------------------------------------------------------------------------
def arrive(email: str, *, verified: bool = True, process: str = "login", by: User | None = None) -> HttpRequest:
    """Come back from the identity provider; the request carries what became of it."""
    request = RequestFactory().get("/me/oidc/company/login/callback/")
    request.session = SessionStore()
    request.user = by or AnonymousUser()
    request._messages = FallbackStorage(request)
    request.htmx = False
    request.allauth = type("State", (), {})()
    with request_context(request):
        provider = get_adapter(request).get_provider(request, "company")
        claims = {"sub": "17", "email": email, "email_verified": verified}
        login = provider.sociallogin_from_response(request, {"userinfo": claims, "id_token": claims})
        login.state = {"process": process}
        complete_login(request, login)
    return request


@pytest.fixture
def _identity_provider(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = IDENTITY_PROVIDER


@pytest.mark.usefixtures("_identity_provider")
def test_a_known_colleague_comes_in_by_the_identity_provider(ada: User) -> None:
    assert arrive("Ada@lanternfish.example").session["_auth_user_id"] == str(ada.pk)


@pytest.mark.usefixtures("_identity_provider")
def test_an_unverified_address_proves_nothing(ada: User) -> None:
    assert "_auth_user_id" not in arrive("ada@lanternfish.example", verified=False).session


@pytest.mark.usefixtures("_identity_provider")
def test_a_stranger_is_told_so_and_no_account_is_made() -> None:
    request = arrive("stranger@lanternfish.example")
    assert next(str(message) for message in get_messages(request)).startswith("Nobody here goes by that address")
    assert "_auth_user_id" not in request.session
    assert not User.objects.filter(email="stranger@lanternfish.example").exists()


@pytest.mark.usefixtures("_identity_provider")
def test_who_has_left_does_not_come_in_by_the_identity_provider_either(ada: User) -> None:
    ada.leave(by=make_user("administrator"))
    assert "_auth_user_id" not in arrive("ada@lanternfish.example").session


@pytest.mark.usefixtures("_identity_provider")
def test_a_foreign_identity_is_not_joined_to_ones_own(ada: User) -> None:
    arrive("else@lanternfish.example", process="connect", by=ada)
    assert not ada.socialaccount_set.exists()


@pytest.mark.usefixtures("_identity_provider")
def test_the_sign_in_page_offers_the_identity_provider(client: Client) -> None:
    assert b"Sign in with the company" in client.get("/me/login/").content
