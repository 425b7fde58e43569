"""The Salesforce line: simple-salesforce as it is, over real HTTPS: who we are, what it costs, what answers mean."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django.fixtures import Settings

from fleetcs import clock as product_clock
from fleetcs.clients import http, salesforce
from fleetcs.clients.http import Rejected, Unavailable
from tests.fleetcs.salesforce_records import KEY, NOW, account, asked, impatiently, opportunity
from tests.standins import StandIns

MovableClock = Callable[[datetime], datetime]


# --- signing in -------------------------------------------------------------------------------------------------------


def pem(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return pem(rsa.generate_private_key(65537, 2048))


def grant(line: StandIns) -> str:
    [call] = asked(line, "oauth2/token")
    return str(call["body"])


def test_an_app_with_a_secret_signs_in_by_itself(line: StandIns) -> None:
    assert salesforce.count("Account") == 0
    assert "grant_type=client_credentials" in grant(line)


def test_a_user_with_password_and_security_token_signs_in(line: StandIns, settings: Settings) -> None:
    settings.SALESFORCE_USERNAME = "integration@lanternfish.example"
    settings.SALESFORCE_PASSWORD, settings.SALESFORCE_SECURITY_TOKEN = "pass word", "T0ken"
    line.act("app", client_id=settings.SALESFORCE_CLIENT_ID, secret="salesforce-test", password="pass wordT0ken")
    assert salesforce.count("Account") == 0
    assert "grant_type=password" in grant(line)


def test_a_user_signs_in_by_an_assertion_that_a_key_has_signed(
    line: StandIns, settings: Settings, keys: tuple[str, str]
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act("app", client_id=settings.SALESFORCE_CLIENT_ID, public_key=keys[1])
    assert salesforce.count("Account") == 0
    assert "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in grant(line)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SALESFORCE_PRIVATE_KEY": "other"}, "invalid_grant"),
        ({"SALESFORCE_USERNAME": "nobody@lanternfish.example"}, "invalid_grant"),
        ({"SALESFORCE_CLIENT_ID": "unknown"}, "invalid_client_id"),
        ({"SALESFORCE_PRIVATE_KEY": "no key at all"}, "private_key"),
        ({"SALESFORCE_PRIVATE_KEY": "", "SALESFORCE_CLIENT_SECRET": "wrong"}, "invalid_client"),
        ({"SALESFORCE_PRIVATE_KEY": "", "SALESFORCE_PASSWORD": "wrong"}, "invalid_grant"),
        ({"SALESFORCE_CLIENT_ID": ""}, "not_configured"),
    ],
)
def test_whoever_may_not_come_in_is_told_so_once(
    line: StandIns, settings: Settings, keys: tuple[str, str], changed: dict[str, str], code: str
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act(
        "app", client_id=settings.SALESFORCE_CLIENT_ID, public_key=keys[1], secret="salesforce-test", password="right"
    )
    for name, value in changed.items():
        other = pem(rsa.generate_private_key(65537, 2048))[0] if value == "other" else value
        setattr(settings, name, other)
    with pytest.raises(Rejected, match=f"^{code}$"):
        salesforce.count("Account")
    assert len(asked(line, "oauth2/token")) == (code not in {"private_key", "not_configured"})
    assert asked(line) == []


def test_an_old_assertion_lets_nobody_in(
    line: StandIns, settings: Settings, keys: tuple[str, str], clock: MovableClock, tmp_path: Any
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act("app", client_id=settings.SALESFORCE_CLIENT_ID, public_key=keys[1])
    settings.CLOCK_FILE = str(tmp_path / "another clock")
    clock(NOW - timedelta(hours=1))
    with pytest.raises(Rejected, match=r"^invalid_grant$"):
        salesforce.count("Account")


def test_we_know_as_whom_we_act(line: StandIns) -> None:
    id = opportunity(line)
    assert salesforce.get("Opportunity", id, ["LastModifiedById"]) == {"LastModifiedById": salesforce.user_id()}


def test_only_the_instance_that_the_sign_in_named_is_called(line: StandIns, settings: Settings) -> None:
    salesforce.count("Account")
    settings.SALESFORCE_LOGIN_URL = settings.SALESFORCE_LOGIN_URL.replace("127.0.0.1", "localhost")
    salesforce.count("Account")
    assert {call["headers"]["host"].partition(":")[0] for call in asked(line)} == {"127.0.0.1", "localhost"}
    settings.SALESFORCE_LOGIN_URL = settings.SLACK_API_URL = settings.MAILGUN_API_URL = settings.SMS_API_URL = ""
    settings.GITHUB_API_URL = settings.ZENDESK_URL = ""
    with http.session() as outside, pytest.raises(Rejected, match=r"^host$"):
        outside.get(f"{line.urls['salesforce_login_url']}/services/data")


# --- a session that ends ----------------------------------------------------------------------------------------------


def test_a_session_that_has_ended_is_renewed_and_the_call_repeated(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    assert salesforce.count("Account") == 0
    assert [call["status"] for call in asked(line)] == [200, 401, 200]


def test_a_precondition_survives_the_renewal_of_the_session(line: StandIns, clock: MovableClock) -> None:
    """Trap 23: the library's own renewal repeats the call without its headers, and would overwrite."""
    id = account(line)
    read_at = product_clock.now()
    clock(NOW + timedelta(minutes=5))
    line.act("edit", object="Account", id=id, set={"Industry": "Energy"})
    salesforce.count("Account")
    line.act("expire")
    with pytest.raises(Rejected, match=r"^precondition$"):
        salesforce.update("Account", id, {"Industry": "Banking"}, unmodified_since=read_at)
    first, second = asked(line, f"/sobjects/Account/{id}")
    assert [first["status"], second["status"]] == [401, 412]
    assert first["headers"]["if-unmodified-since"] == second["headers"]["if-unmodified-since"]
    assert salesforce.get("Account", id, ["Industry"]) == {"Industry": "Energy"}


def test_eight_threads_whose_session_ends_sign_in_once(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    barrier = Barrier(8)

    def one(number: int) -> bool:
        barrier.wait()
        return salesforce.upsert("Account", KEY, f"a-{number}", {"Name": f"Company {number}"}).created

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [True] * 8
    assert len(asked(line, "oauth2/token")) == 2, "the first one and one renewal"
    assert salesforce.count("Account") == 8


def test_a_session_that_ends_between_two_batches_costs_one_sign_in_and_no_row(line: StandIns) -> None:
    """F29."""
    salesforce.count("Account")
    line.act("expire", after=1)
    results = salesforce.upsert_many("Account", KEY, [{KEY: f"a-{n}", "Name": f"Company {n}"} for n in range(450)])
    assert all(each.success and each.created for each in results)
    assert len(asked(line, "oauth2/token")) == 2
    assert salesforce.count("Account") == 450
    assert [call["status"] for call in asked(line, "composite/")] == [200, 401, 200, 200]


def test_a_session_that_cannot_be_renewed_is_no_doubt_about_what_was_done(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    line.turn("salesforce", status_script=[503], only="oauth2/token")
    with pytest.raises(Unavailable) as away:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert not away.value.ambiguous
    assert line.records("Account") == []


# --- the quota --------------------------------------------------------------------------------------------------------


def test_every_answer_tells_what_is_left_of_the_quota(line: StandIns) -> None:
    """Trap 19."""
    line.act("quota", used=24, limit=100_000)
    salesforce.count("Account")
    told = salesforce.quota()
    assert told is not None
    assert (told.used, told.limit) == (25, 100_000)
    assert abs(told.at - product_clock.now()) < timedelta(seconds=30)
    assert salesforce.limits()["DailyApiRequests"] == salesforce.Limit(100_000, 99_974)


def test_a_spent_quota_is_not_slept_through(line: StandIns) -> None:
    """F30, trap 20: no header says when, and waiting is not a worker's business."""
    line.act("quota", used=100_000, limit=100_000)
    with pytest.raises(Unavailable, match=f"^{salesforce.LIMIT}$") as spent:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert (spent.value.after, spent.value.ambiguous) == (timedelta(hours=1), False)
    told = salesforce.quota()
    assert told is not None
    assert told.used == told.limit
    assert line.records("Account") == []


def test_too_many_calls_at_once_are_over_in_a_minute(line: StandIns) -> None:
    line.act("quota", crowded=1)
    with pytest.raises(Unavailable, match=rf"^{salesforce.LIMIT}$") as crowded:
        salesforce.count("Account")
    assert crowded.value.after == timedelta(minutes=1)
    assert salesforce.count("Account") == 0


# --- what an answer means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"status_script": [500]}, {"status_script": [400]}, {"close_midway": True}])
def test_no_error_tells_a_token_a_name_or_an_address(
    line: StandIns, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    salesforce.count("Account")
    caplog.set_level("DEBUG", "fleetcs")
    line.turn("salesforce", **fault)
    with impatiently(), pytest.raises((Unavailable, Rejected)) as failed:
        salesforce.upsert("Account", KEY, "canary-key", {"Name": "Brightforge"})
    told = f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"
    assert not [canary for canary in ("salesforce-test", "canary", "Brightforge", "127.0.0.1", "!") if canary in told]


def test_an_answer_that_never_comes_is_in_doubt(line: StandIns) -> None:
    salesforce.count("Account")
    line.turn("salesforce", hang=True, times=1)
    with impatiently(), pytest.raises(Unavailable, match=r"^no_answer$") as lost:
        salesforce.update("Account", "001000000000000AAA", {"Rating": "Hot"})
    assert lost.value.ambiguous
    line.release()


def test_a_question_that_took_too_long_is_asked_again(line: StandIns) -> None:
    salesforce.count("Account")
    line.turn("salesforce", status_script=["QUERY_TIMEOUT"])
    with pytest.raises(Unavailable, match=r"^QUERY_TIMEOUT$") as slow:
        salesforce.count("Account")
    assert not slow.value.ambiguous


def test_a_redirect_is_not_followed(line: StandIns) -> None:
    salesforce.count("Account")
    line.turn("salesforce", status_script=[302])
    with pytest.raises(Rejected):
        salesforce.count("Account")
    assert len(asked(line)) == 2


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(line: StandIns, settings: Settings) -> None:
    settings.OUTSIDE_CA_FILE = ""
    with pytest.raises(Unavailable) as distrusted:
        salesforce.count("Account")
    assert not distrusted.value.ambiguous
    assert line.journal("salesforce") == []
