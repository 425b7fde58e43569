"""GitHub as an App speaks to it, and what it has signed."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from fleetcs.clients import github
from fleetcs.clients.github import line
from fleetcs.clients.http import Rejected
from fleetcs.local.standins.github import CONFIDENTIAL
from tests.fleetcs.github_line import delay, refusal
from tests.standins import StandIns

# --- as an App --------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(standins: StandIns, settings: Settings) -> Iterator[StandIns]:
    """The product is an App with a key of its own, installed at both repositories."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    bot = "fleetcs[bot]"
    standins.at_github(
        {"kind": "github.app", "key": "4711", "slug": "fleetcs", "installation": 7, "public_key": shown.decode()},
        *({"kind": "github.role", "key": f"{n}/{bot}", "repo": n, "login": bot, "role": "write"} for n in (1001, 1002)),
    )
    settings.GITHUB_APP_ID, settings.GITHUB_APP_PRIVATE_KEY = "4711", private.decode()
    settings.GITHUB_INSTALLATION_ID = 7
    line.installation.cache_clear()
    yield standins
    line.installation.cache_clear()


def test_an_app_gets_a_token_once_and_speaks_as_a_bot(app: StandIns) -> None:
    issue = github.create_issue("confidential", "One", "text")
    github.comment("confidential", issue.number, "two")
    assert (issue.author.login, issue.author.kind) == ("fleetcs[bot]", "Bot")
    assert len(app.journal("github", "access_tokens")) == 1


def test_a_token_that_was_taken_back_is_asked_for_again_and_the_write_done_once(app: StandIns) -> None:
    issue = github.create_issue("confidential", "One", "text")
    [token] = [fact["key"] for entry in app.journal("github", "access_tokens") for fact in entry["facts"]]
    app.at_github({"kind": "github.token", "key": token, "gone": True})
    github.comment("confidential", issue.number, "two")
    assert len(app.github(CONFIDENTIAL)["comments"]) == 1
    assert len(app.journal("github", "access_tokens")) == 2


def test_an_app_reads_what_its_own_hook_was_told(app: StandIns) -> None:
    assert github.hook_deliveries("public") == []
    [asked] = app.journal("github", "/app/hook/deliveries")
    assert asked["headers"]["authorization"].startswith("Bearer ey")
    assert refusal(lambda: github.redeliver("public", 1)) == ("not_found", 404)


def test_a_foreign_key_opens_nothing(app: StandIns, settings: Settings) -> None:
    app.at_github({"kind": "github.app", "key": "4711", "public_key": "no key at all"})
    with pytest.raises(Rejected):
        github.labels("confidential")
    settings.GITHUB_APP_PRIVATE_KEY = "no key either"
    assert refusal(lambda: github.labels("confidential"))[0] == "app_key"


def test_a_lost_token_answer_is_no_lost_write(app: StandIns) -> None:
    app.turn("github", p_lost=1, only="access_tokens", times=1)
    delay(lambda: github.create_issue("confidential", "One", "text"))
    assert app.github(CONFIDENTIAL)["issues"] == []


# --- what GitHub signed -----------------------------------------------------------------------------------------------


BODY = '{"zen": "Keep it logically awesome.", "emoji": "\U0001f680", "escaped": "\\ud83d\\ude80"}'.encode()


@pytest.fixture
def _secrets(settings: Settings) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = ["now", "before"]


@pytest.mark.usefixtures("_secrets")
def test_what_either_secret_signed_is_let_in() -> None:
    for secret in ("now", "before"):
        github.verify({"X-Hub-Signature-256": github.sign(BODY, secret)}, BODY)


def test_the_signature_is_the_one_of_githubs_own_example() -> None:
    signed = github.sign(b"Hello, World!", "It's a Secret to Everybody")
    assert signed == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.usefixtures("_secrets")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unsigned"),
        ({"X-Hub-Signature-256": ""}, "unsigned"),
        ({"X-Hub-Signature": "sha1=" + "0" * 40}, "unsigned"),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "now")[:30]}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "now").removeprefix("sha256=")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY, "retired")}, "signature"),
        ({"X-Hub-Signature-256": github.sign(BODY + b" ", "now")}, "signature"),
        ({"X-Hub-Signature-256": "sha256=\u00e9\udce9"}, "signature"),
    ],
)
def test_everything_else_stays_out(headers: dict[str, str], code: str) -> None:
    assert refusal(lambda: github.verify(headers, BODY)) == (code, 401)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(settings: Settings, secrets: list[str]) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = secrets
    assert refusal(lambda: github.verify({"X-Hub-Signature-256": github.sign(BODY, "")}, BODY))[0] == "signature"


@given(signature=st.text(), raw=st.binary())
def test_no_signature_makes_the_check_fail_otherwise_than_by_refusing(signature: str, raw: bytes) -> None:
    with pytest.raises(Rejected):
        github.verify({"x-hub-signature-256": signature}, raw)
