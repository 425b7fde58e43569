"""What surrounds every request: size, caching, an absent database, who is behind a change, and what the log says."""

import json
import logging
import socket
from io import BytesIO
from typing import Any

import pghistory
import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from fleetcs import clock as product_clock
from fleetcs import logs, middleware, refusals
from fleetcs.clients import broker
from fleetcs.models import Heartbeat
from fleetcs.views import errors
from tests.factories import make_user

HTML = {"HTTP_ACCEPT": "text/html,*/*"}


def ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{len(request.body)} bytes")


def chunked(size: int) -> HttpRequest:
    """A request whose body does not say how long it is."""
    request = RequestFactory().post("/email/inbound", b"", content_type="message/rfc822")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(b"x" * size)}
    return request


# --- size -------------------------------------------------------------------------------------------------------------
def test_a_body_above_the_limit_is_refused_before_it_is_read(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 1_000
    request = RequestFactory().post("/contact", b"x" * 1_001, content_type="application/json", **HTML)
    response = middleware.body_limit(ok)(request)
    assert response.status_code == 413
    assert "too large" in response.content.decode()


def test_a_body_at_the_limit_passes(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 1_000
    request = RequestFactory().post("/contact", b"x" * 1_000, content_type="application/json")
    assert middleware.body_limit(ok)(request).content == b"1000 bytes"


def test_a_length_nobody_can_mean_is_too_large() -> None:
    request = RequestFactory().post("/contact", b"x", content_type="application/json", CONTENT_LENGTH="9" * 5_000)
    assert middleware.body_limit(ok)(request).status_code == 413


def test_a_body_without_a_length_is_measured_as_it_arrives(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 200_000
    assert middleware.body_limit(ok)(chunked(200_001)).status_code == 413
    assert middleware.body_limit(ok)(chunked(200_000)).content == b"200000 bytes"


def test_a_program_gets_one_line_and_a_person_a_page() -> None:
    line = refusals.answer(RequestFactory().get("/x", HTTP_ACCEPT="application/json"), 413)
    assert line["Content-Type"].startswith("text/plain")
    assert b"<h1>" in refusals.answer(RequestFactory().get("/x", **HTML), 413).content


# --- caching ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_no_page_is_kept_by_a_cache_and_each_names_its_request(client: Client) -> None:
    client.force_login(make_user())
    response = client.get("/help")
    assert response["Cache-Control"] == "no-store"
    assert len(response["X-Request-Id"]) == 36


def test_a_view_that_says_how_long_it_may_be_kept_is_believed() -> None:
    view = middleware.private_pages(lambda _: HttpResponse(headers={"Cache-Control": "max-age=60"}))
    assert view(RequestFactory().get("/x"))["Cache-Control"] == "max-age=60"


# --- an absent database -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("connection refused"), 503),
        (InterfaceError("connection already closed"), 503),
        (DataError("integer out of range"), 400),
        (ValueError("A string literal cannot contain NUL (0x00) characters."), 400),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400),
        (ValueError("anything else"), None),
        (KeyError("a mistake of ours"), None),
        (None, None),
    ],
)
def test_only_what_is_not_our_mistake_is_answered(error: Exception | None, status: int | None) -> None:
    response = refusals.to_error(RequestFactory().get("/x"), error)
    assert (response.status_code if response else None) == status


def test_503_says_when_to_come_back() -> None:
    response = refusals.answer(RequestFactory().get("/x", **HTML), 503)
    assert response["Retry-After"] == "5"
    assert b"Try again" in response.content


def test_an_outage_before_the_view_is_an_outage_too() -> None:
    try:
        raise OperationalError("the session could not be read")
    except OperationalError:
        assert errors.server_error(RequestFactory().get("/x")).status_code == 503
    try:
        raise KeyError("a mistake")
    except KeyError:
        assert errors.server_error(RequestFactory().get("/x")).status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/search?q=%00", "/palette?q=%00x", "/search?q=" + "x" * 100_000])
def test_odd_searches_are_answered(client: Client, path: str) -> None:
    client.force_login(make_user())
    assert client.get(path).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/tickets/99999999999999999999999/", "/nothing"])
def test_what_is_not_there_is_404_with_a_way_back(client: Client, path: str) -> None:
    client.force_login(make_user())
    response = client.get(path, **HTML)
    assert response.status_code == 404
    assert b"Go to Today" in response.content


# --- who is behind a change -------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_change_knows_who_made_it_and_where() -> None:
    seen: list[dict[str, Any]] = []

    def view(_: HttpRequest) -> HttpResponse:
        with pghistory.context() as context:
            seen.append(dict(context.metadata))
        return HttpResponse()

    user = make_user()
    for method in ("get", "post"):
        request = getattr(RequestFactory(), method)("/tickets/1/answer?text=secret")
        request.user = user
        middleware.audit_context(view)(request)
    assert seen == [{}, {"user": user.pk, "url": "/tickets/1/answer"}]


# --- health -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_ready_with_tables_and_a_ticker_though_the_broker_is_away(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock"
    Heartbeat.objects.create(name="send_page", at=product_clock.now())
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "troubles": [], "broker": "degraded"})


@pytest.mark.django_db
def test_not_ready_when_nothing_has_ticked_for_a_while(client: Client, clock: Any) -> None:
    Heartbeat.objects.create(name="send_page", at=product_clock.now())
    clock.forward(seconds=120)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["troubles"]) == (503, ["ticker"])
    assert response["Retry-After"] == "5"


def test_alive_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_a_broker_that_hangs_is_given_up_on(unused_listener: str) -> None:
    assert broker.answers(unused_listener) is False


@pytest.fixture
def unused_listener(tmp_path: Any) -> Any:
    """A socket that takes connections and never answers."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        yield f"redis+socket://{path}"


# --- logs -------------------------------------------------------------------------------------------------------------
def line(message: str, *, error: Exception | None = None, **extra: Any) -> str:
    told = (type(error), error, None) if error else None
    record = logging.LogRecord("test", logging.ERROR, __file__, 1, message, (), told)
    record.__dict__ |= extra
    return logs.formatter().format(record)


def test_an_event_is_one_line_whatever_it_holds() -> None:
    text = line("GET /x\r\n2026 admin logged in \x1b[31mred \u2028 next")
    assert text.isascii()
    assert text.count("\n") == 0
    assert "\x1b" not in text
    assert json.loads(text)["event"].startswith("GET /x\r\n")


@pytest.mark.parametrize(
    "secret",
    ["xoxb-123456789-abcdef", "ghp_abcdefghijklmnop", "postgres://fleetcs:canary@db/x", "Bearer canary-token-1"],
)
def test_secrets_and_mail_addresses_stay_out(secret: str) -> None:
    text = line(f"asked {secret} for ada.moss+x@cedar.example twice")
    assert "canary" not in text
    assert "123456789" not in text
    assert "abcdefghij" not in text
    assert "cedar" not in text


def test_what_is_named_like_a_secret_is_hidden_however_deep() -> None:
    event = logs.scrub(None, "", {"event": "x", "headers": {"Authorization": "abc", "Cookie": ["a"], "Host": "h"}})
    assert event["headers"] == {"Authorization": logs.HIDDEN, "Cookie": [logs.HIDDEN], "Host": "h"}


def test_an_exception_tells_where_and_never_what() -> None:
    words = " ".join(["Key (email)=(can", "ary) already exists"]).replace("n a", "na")
    try:
        raise ValueError(words)
    except ValueError as error:
        text = line("failed", error=error)
    assert "canary" not in text
    assert "test_an_exception_tells_where" in json.loads(text)["trace"]
