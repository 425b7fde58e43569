"""The door for GitHub: what it signed is stored once and answered; anything else stays out."""

import hmac
import json
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from fleetcs import inbox
from fleetcs.clients import github
from fleetcs.models import Delivery, Effect
from tests.factories import make_user

pytestmark = pytest.mark.django_db

REPOSITORY = {"full_name": "Lanternfish/Lanternfish", "private": False}
EVENT = {"action": "labeled", "issue": {"number": 7}, "label": {"name": "Ceres"}, "repository": REPOSITORY}
PULL = {"action": "created", "repository": REPOSITORY, "issue": {"number": 8, "pull_request": {}}}
BODY = json.dumps(EVENT).encode()


@pytest.fixture(autouse=True)
def _secrets(settings: Settings) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = ["now", "before"]
    settings.GITHUB_PUBLIC_REPO, settings.GITHUB_CONFIDENTIAL_REPO = (
        "lanternfish/lanternfish",
        "lanternfish/confidential",
    )


def send(raw: bytes = BODY, *, delivery: str = "d-1", event: str = "issues", **signing: Any) -> HttpResponse:
    """Post what GitHub would, signed with `secret`; `signature` replaces its own."""
    own = {"X-Hub-Signature-256": github.sign(raw, signing.get("secret", "now"))}
    signature = signing.get("signature", own)
    headers = {"X-GitHub-Delivery": delivery, "X-GitHub-Event": event, "X-GitHub-Hook-ID": "1501", **signature}
    client = Client(enforce_csrf_checks=True)
    return client.post("/github/webhook", raw, content_type="application/json", headers=headers)  # type: ignore[return-value]


def test_what_is_signed_is_stored_raw_under_githubs_own_name_for_it() -> None:
    assert send().status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.source, delivery.delivery_id, delivery.event) == ("github", "d-1", "issues.labeled")
    assert (bytes(delivery.raw), delivery.state) == (BODY, "new")
    assert delivery.headers["X-GitHub-Hook-ID"] == "1501"
    assert not any("Signature" in name for name in delivery.headers)


def test_an_event_of_an_issue_makes_us_read_that_issue_whatever_it_says() -> None:
    send()
    assert inbox.take() == 1
    [effect] = Effect.objects.all()
    assert (effect.kind, effect.args) == ("github.read_issue", {"repo": "public", "number": 7})
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.note, effect.cause) == ("done", "issue 7 is read again", delivery)


def test_an_event_of_a_label_makes_us_read_the_whole_list() -> None:
    event = {"action": "edited", "label": {"name": "bug"}, "repository": {"full_name": "lanternfish/confidential"}}
    send(json.dumps(event).encode(), event="label")
    inbox.take()
    assert [(effect.kind, effect.args) for effect in Effect.objects.all()] == [
        ("github.read_labels", {"repo": "confidential"})
    ]


@pytest.mark.parametrize(
    ("event", "body", "why"),
    [
        ("ping", {"zen": "Design for failure.", "hook_id": 1}, "no event we know"),
        ("star", EVENT, "no event we know"),
        ("", EVENT, "no event we know"),
        ("label", {"action": "created", "repository": {"full_name": "someone/else"}}, "no repository of ours"),
        ("label", {"action": "created"}, "no repository of ours"),
        ("label", {"action": "created", "repository": None}, "no repository of ours"),
        ("label", {"action": "created", "repository": "lanternfish"}, "no repository of ours"),
        ("issues", {"action": "opened", "repository": REPOSITORY}, "no issue named"),
        ("issues", {"action": "opened", "repository": REPOSITORY, "issue": {"number": "7"}}, "no issue named"),
        ("issues", {"action": "opened", "repository": REPOSITORY, "issue": {"number": 2**40}}, "no issue named"),
        ("issue_comment", PULL, "a pull request"),
    ],
)
def test_other_events_and_other_repositories_are_ignored_with_the_reason(event: str, body: Any, why: str) -> None:
    assert send(json.dumps(body).encode(), event=event).status_code == 200
    inbox.take()
    assert (Delivery.objects.get().state, Delivery.objects.get().error_code) == ("ignored", why)


FORGERIES = {
    "unsigned": {},
    "empty": {"X-Hub-Signature-256": ""},
    "wrong": {"X-Hub-Signature-256": github.sign(BODY, "another")},
    "without a secret": {"X-Hub-Signature-256": github.sign(BODY, "")},
    "of another body": {"X-Hub-Signature-256": github.sign(BODY + b" ", "now")},
    "short": {"X-Hub-Signature-256": github.sign(BODY, "now")[:20]},
    "SHA-1 only": {"X-Hub-Signature": "sha1=" + hmac.digest(b"now", BODY, "sha1").hex()},
    "SHA-1 in its place": {"X-Hub-Signature-256": "sha1=" + hmac.digest(b"now", BODY, "sha1").hex()},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_comes_in(forgery: str) -> None:
    assert send(signature=FORGERIES[forgery]).status_code == 401
    assert not Delivery.objects.exists()


def test_the_secret_before_is_good_while_it_is_listed_and_no_longer(settings: Settings) -> None:
    assert send(secret="before").status_code == 200
    settings.GITHUB_WEBHOOK_SECRETS = ["now"]
    assert send(secret="before", delivery="d-2").status_code == 401


def test_without_a_secret_nothing_comes_in(settings: Settings) -> None:
    for none in ([], [""]):
        settings.GITHUB_WEBHOOK_SECRETS = none
        assert send(secret="").status_code == 401


def test_a_replay_is_answered_and_stored_once_however_old_it_is() -> None:
    assert {send().status_code for _ in range(20)} == {200}
    assert Delivery.objects.count() == 1


def test_the_same_bytes_under_new_names_are_hints_that_come_to_one_reading() -> None:
    """GitHub's signature has no time and covers no header: only reading the present state makes that harmless."""
    for number in range(20):
        send(delivery=f"replayed-{number}")
    assert inbox.take() == 20
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert Effect.objects.count() == 1


def test_a_hint_that_comes_after_a_reading_has_begun_is_another_reading() -> None:
    send(), inbox.take()
    Effect.objects.update(state="sending", attempts=1)
    send(delivery="d-2"), inbox.take()
    assert Effect.objects.count() == 2


def test_a_delivery_that_is_replayed_by_a_person_is_read_for_once_more() -> None:
    send(), inbox.take()
    Effect.objects.update(state="done")
    Delivery.objects.get().replay(by=make_user())
    inbox.take()
    assert Effect.objects.count() == 2


def test_a_delivery_without_a_name_is_known_by_its_bytes() -> None:
    for _ in range(2):
        assert send(delivery="").status_code == 200
    assert Delivery.objects.get().delivery_id.startswith("sha256:")


def test_what_is_larger_than_githubs_own_limit_is_refused(settings: Settings) -> None:
    settings.MAX_BODY_BYTES = 1000
    assert send(b"x" * 1001).status_code == 413
    assert not Delivery.objects.exists()


def test_a_payload_of_twenty_five_megabytes_is_taken() -> None:
    raw = json.dumps(EVENT | {"issue": {"body": "x" * (25 * 1024 * 1024 - 1000)}}).encode()
    assert len(raw) <= settings.MAX_BODY_BYTES
    assert send(raw).status_code == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"payload=%7B%7D"])
def test_a_signed_body_that_nobody_can_read_is_kept_and_visible(raw: bytes) -> None:
    assert send(raw).status_code == 200
    assert Delivery.objects.get().state == "bad"


def test_emoji_and_escapes_are_signed_as_they_came() -> None:
    raw = '{"repository": {}, "a": "\U0001f680", "b": "\\ud83d\\ude80"}'.encode()
    assert send(raw).status_code == 200
    assert bytes(Delivery.objects.get().raw) == raw


def test_only_posts_are_answered() -> None:
    assert Client().get("/github/webhook").status_code == 405
