"""Sharing a license key: with whom, for how long, and what becomes of the links from before (DCL-24, LIC-06)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import KeyShare
from fleetcs import clock as product_clock
from fleetcs.models import Event
from fleetcs.working_day import today
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_license, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.ledger("DCL-24")
def test_a_link_of_more_than_seven_days_is_refused_by_form_verb_and_table() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key, contact = make_license(account), make_contact(account)
    page = reverse("accounts:license_share", args=[key.pk])
    assert client_of(csm).post(page, {"contacts": [contact.pk], "days": 8}).status_code == 422
    with pytest.raises(ValidationError):
        KeyShare.objects.share(key, [contact], by=csm, life=timedelta(days=7, seconds=1))
    [(share, _)] = KeyShare.objects.share(key, [contact], by=csm)
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyShare.objects.filter(pk=share.pk).update(expires_at=share.expires_at + timedelta(seconds=1))


def test_a_key_is_shared_with_people_of_its_account_only_and_not_once_it_is_revoked() -> None:
    csm, key = make_user("csm"), make_license(make_account())
    stranger = make_contact(make_account())
    with pytest.raises(ValidationError):
        KeyShare.objects.share(key, [stranger], by=csm)
    page = reverse("accounts:license_share", args=[key.pk])
    assert client_of(make_user("vp_cs")).post(page, {"contacts": [stranger.pk], "days": 7}).status_code == 422
    key.revoke("Mistake", by=csm)
    with pytest.raises(ValidationError):
        KeyShare.objects.share(key, [make_contact(key.account)], by=csm)


@pytest.mark.ledger("DCL-24")
def test_a_key_that_has_run_out_is_not_shared_and_its_page_does_not_offer_it(clock: Clock) -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key, contact = make_license(account, expires_on=today()), make_contact(account)
    page = reverse("accounts:license_share", args=[key.pk])
    assert page in client_of(csm).get(key.get_absolute_url()).content.decode(), "on its last day it works"
    clock.forward(days=1)
    assert page not in client_of(csm).get(key.get_absolute_url()).content.decode()
    answer = client_of(csm).post(page, {"contacts": [contact.pk], "days": 7})
    assert (answer.status_code, "does not work any more" in answer.content.decode()) == (422, True)
    assert not key.shares.exists()


def test_a_link_shows_no_key_that_has_run_out_since(clock: Clock) -> None:
    account = make_account()
    key = make_license(account, expires_on=today() + timedelta(days=1))
    [(share, token)] = KeyShare.objects.share(key, [make_contact(account)], by=make_user("csm"))
    clock.forward(days=2)
    assert Client().get(reverse("accounts:shared_key", args=[token])).status_code == 410
    assert (share.open(share.new_code()), share.state(product_clock.now())) == ("", "expired")


@pytest.mark.ledger("DCL-23")
def test_pages_around_a_key_never_load_what_it_says() -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key, client = make_license(account), client_of(csm)
    [(share, _)] = KeyShare.objects.share(key, [make_contact(account)], by=csm)
    with CaptureQueriesContext(connection) as asked:
        for page in (key.get_absolute_url(), reverse("accounts:licenses_of_account", args=[account.pk]), "/licenses/"):
            assert client.get(page).status_code == 200
        assert client.get(reverse("accounts:license_share", args=[key.pk])).status_code == 200
        assert client.post(reverse("accounts:share_revoke", args=[share.pk])).status_code == 302
    assert [one["sql"] for one in asked if '"sealed"' in one["sql"]] == []
    assert "made-up-license-key" in client.post(reverse("accounts:license_reveal", args=[key.pk])).content.decode()


def test_shared_again_a_recipients_link_from_before_is_dead() -> None:
    account, csm = make_account(), make_user("csm")
    key, contact = make_license(account), make_contact(account)
    (_, first), (shared, second) = (KeyShare.objects.share(key, [contact], by=csm)[0] for _ in range(2))
    assert KeyShare.objects.of_token(first) is None
    assert KeyShare.objects.of_token(second) is not None
    offered = client_of(make_user("vp_cs")).get(key.get_absolute_url()).content.decode().count("Revoke this link")
    assert (offered, shared.is_live(product_clock.now())) == (1, True)
    dead = Event.objects.of(key).get(verb="license_key_share_revoked")
    assert (dead.by, dead.facts["share"]) == (csm, KeyShare.objects.get(revoked_at__isnull=False).pk)


@pytest.mark.ledger("DCL-24")
def test_a_link_that_died_unopened_is_a_warning_until_the_key_is_shared_again(clock: Clock) -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key, contact = make_license(account), make_contact(account)
    KeyShare.objects.share(key, [contact], by=csm)
    page = reverse("accounts:licenses_of_account", args=[account.pk])
    assert "died before" not in client_of(csm).get(page).content.decode()
    clock.forward(days=7)
    assert "died before" in client_of(csm).get(page).content.decode()
    assert client_of(csm).get(key.get_absolute_url()).context["warning"]
    KeyShare.objects.share(key, [contact], by=csm)
    assert "died before" not in client_of(csm).get(page).content.decode()


@pytest.mark.ledger("DCL-24")
def test_a_link_that_died_unopened_is_no_warning_once_the_key_has_run_out(clock: Clock) -> None:
    csm = make_user("csm")
    account = make_account(csm=csm)
    key = make_license(account, expires_on=today() + timedelta(days=7))
    KeyShare.objects.share(key, [make_contact(account)], by=csm)
    clock.forward(days=7)
    assert "share the key again" in client_of(csm).get(key.get_absolute_url()).content.decode(), "it is its last day"
    clock.forward(days=1)
    assert "share the key again" not in client_of(csm).get(key.get_absolute_url()).content.decode()
