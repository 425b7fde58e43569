"""A renamed account: its confidential label says the new name, its codename stays, its old name is private."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import confidential
from accounts.models import Account, StrayLabel, label_check
from accounts.models.private_words import private_words
from fleetcs import effects
from fleetcs.local.standins.github import CONFIDENTIAL, DESK, PUBLIC
from fleetcs.models import Effect
from fleetcs.tasks import poke
from tests.accounts.test_codename_senders import assigned, checked, in_both_systems, labels, states
from tests.accounts.test_codenames import settle
from tests.factories import make_account, make_user
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

OLD, NEW = "Brightforge Metal", "Helmwind Marine"


@pytest.mark.ledger("COD-05")
def test_the_confidential_label_says_the_new_name_and_the_public_one_is_not_touched(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    send_all()
    codename.account.change({"name": NEW}, by=make_user("bizops"))
    [waiting] = Effect.objects.open().filter(kind="github.label")
    assert waiting.order_key == f"codename:{codename.pk}"
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", NEW)]
    to_public = [entry for entry in standins.journal("github") if f"/repos/{PUBLIC}/" in entry["path"]]
    assert [entry["method"] for entry in to_public if entry["method"] != "GET"] == ["POST"]
    assert codename.is_complete


def test_while_it_is_on_its_way_the_comparison_finds_no_drift(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    send_all()
    codename.account.change({"name": NEW}, by=make_user("bizops"))
    standins.turn("github", status_script=[500] * 4, only="/labels/customer-ceres")  # the order gets no answer
    label_check.ask(by=make_user())
    effects.send_rest()
    assert Effect.objects.filter(kind="github.labels", state="done").count() == 2
    assert codename.parts.get(place="confidential").state == "waiting"
    assert not StrayLabel.objects.exists()


def test_an_account_that_salesforce_has_renamed_is_followed_within_a_minute(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    send_all()
    Account.objects.filter(pk=codename.account_id).update(name=NEW)  # as the mirror writes
    assert poke("follow_names") == 1
    assert poke("follow_names") == 0
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", NEW)]


def test_words_that_a_person_wrote_stay_when_the_account_is_renamed(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    codename.describe_as("Brightforge, the metal people", by=make_user())
    codename.account.change({"name": NEW}, by=make_user("bizops"))
    assert poke("follow_names") == 0
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Brightforge, the metal people")]


def test_a_name_too_long_for_a_description_waits_for_a_person_before_anything_is_called(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    send_all()
    asked = len(standins.journal("github"))
    codename.account.change({"name": "M" * 110}, by=make_user("bizops"))
    poke("follow_names")
    send_all()
    part = codename.parts.get(place="confidential")
    assert (part.state, part.refused, len(standins.journal("github"))) == ("refused", "real_name", asked)
    card = shown(codename)
    assert "too long for a label" in card
    client = signed_in()
    describe = reverse("accounts:codename_describe", args=[codename.pk])
    assert client.post(describe, {"real_name": "M" * 92}).status_code == 422
    assert client.post(describe, {"real_name": "The M company"}).status_code == 302
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "The M company")]
    assert codename.is_complete


def test_a_name_too_long_stays_refused_however_often_it_is_tried_until_a_person_says_which_one_stands() -> None:
    codename = assigned(make_account(name=OLD, kind="prospect"))
    settle(codename)
    codename.account.change({"name": "M" * 110, "kind": "customer"}, by=make_user("bizops"))
    codename.retry(by=make_user())
    codename.rename_for_customer(by=make_user())
    told = codename.parts.get(place="confidential")
    assert (told.state, told.refused) == ("refused", "real_name")
    codename.describe_as(OLD, by=make_user())
    told.refresh_from_db()
    assert (told.state, told.refused) == ("waiting", "")


@pytest.mark.parametrize("verb", ["retire", "undo"])
def test_a_name_too_long_keeps_no_codename_from_being_retired_or_taken_back(verb: str) -> None:
    codename = assigned(make_account(name=OLD))
    settle(codename)
    codename.account.change({"name": "M" * 110}, by=make_user("bizops"))
    getattr(codename, verb)(by=make_user("vp_cs"))
    told = codename.parts.get(place="confidential")
    assert (told.state, told.wanted) == ("waiting", verb == "retire")


def signed_in(post: str = "cse") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def shown(codename: Any) -> str:
    return signed_in().post(reverse("accounts:codename_of_account", args=[codename.account_id])).content.decode()


def test_the_old_name_stays_a_private_word(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    codename.account.change({"name": NEW}, by=make_user("bizops"))
    for name in (OLD, NEW):
        assert confidential.marks(f"Offline at {name}", private_words())


def test_a_retired_codename_keeps_the_name_that_it_stood_for(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD))
    send_all()
    codename.retire(by=make_user("vp_cs"))
    codename.account.change({"name": NEW}, by=make_user("bizops"))
    assert poke("follow_names") == 0
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", f"Retired: {OLD}")]
    with pytest.raises(ValidationError):
        codename.describe_as("Something else", by=make_user())


@pytest.mark.ledger("COD-09")
def test_a_prospect_that_becomes_a_customer_under_another_name_gets_both_in_one_go(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, OLD, kind="prospect"))
    send_all()
    codename.account.change({"kind": "customer", "name": NEW}, by=make_user("bizops"))
    codename.rename_for_customer(by=make_user())
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", NEW)]
    assert (labels(standins)[0][0], states(codename)) == ("customer-ceres", ["standing"] * 3)
    standins.as_person(DESK, "PATCH", f"/repos/{CONFIDENTIAL}/labels/customer-ceres", {"description": OLD})
    checked()
    assert codename.parts.get(place="confidential").state == "described"
    assert effects.send_rest() == 0
