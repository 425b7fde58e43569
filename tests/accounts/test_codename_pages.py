"""The pages of codenames: who sees what, the picker, the card with its three steps, and the searches."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, BlockedName, Codename, StrayLabel
from accounts.models.label_check import Seen, compare
from fleetcs.models import Effect, Event
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "cse") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def choose(client: Client, account: Account, **fields: str) -> Any:
    return client.post(reverse("accounts:codename_choose", args=[account.pk]), fields)


def card(client: Client, account: Account) -> Any:
    return client.post(reverse("accounts:codename_of_account", args=[account.pk]))


def assigned(account: Account, *, complete: bool = False) -> Codename:
    codename = Codename.objects.assign(account, "Ceres", by=make_user())
    for part in codename.parts.all() if complete else ():
        part.note_settled(1, f"9{part.pk}")
    return codename


# --- the picker -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-02", "COD-03")
def test_the_picker_offers_fitting_names_and_gives_the_chosen_one() -> None:
    account, client = make_account(), signed_in()
    offered = client.get(reverse("accounts:codename_choose", args=[account.pk])).context["names"]
    assert len(offered) == 12
    name = offered[0]["planet"].name
    answer = choose(client, account, name=name, real_name="", confirmed="1")
    assert (answer.status_code, answer["Location"]) == (302, account.get_absolute_url())
    codename = account.codenames.get()
    assert (codename.name, codename.real_name) == (name, account.name)


@pytest.mark.ledger("COD-03")
def test_the_alphabet_is_browsed_and_the_list_searched_with_what_speaks_against_a_name() -> None:
    client, account = signed_in(), make_account(name="Pallas Foods")
    assigned(make_account())
    by_letter = choose(client, account, letter="q").context["names"]
    assert {each["planet"].name[0] for each in by_letter} == {"Q"}
    faults = {
        q: choose(client, account, q=q).context["names"][0]["fault"] for q in ("ceres", "pallas", "vesta", "juno")
    }
    assert faults["ceres"] == "It was given already."
    assert "much like one" in faults["pallas"]
    assert "block list" in faults["vesta"]
    assert faults["juno"] == ""
    assert not account.codenames.exists()


@pytest.mark.ledger("COD-03")
@pytest.mark.parametrize(("name", "status"), [("Acme", 422), ("", 422), ("Ceres", 409), ("ceres", 409)])
def test_what_cannot_be_given_is_said_and_what_was_taken_meanwhile_is_a_409(name: str, status: int) -> None:
    account = make_account()
    assigned(make_account())
    answer = choose(signed_in(), account, name=name, confirmed="1")
    assert answer.status_code == status
    assert answer.context["form"].non_field_errors()
    assert not account.codenames.exists()


def test_a_name_that_is_not_appropriate_is_rejected_for_all() -> None:
    account, client = make_account(), signed_in()
    assert choose(client, account, reject="Juno").status_code == 200
    assert BlockedName.objects.get(word="juno").by
    assert choose(client, account, name="Juno", confirmed="1").status_code == 422
    client.post(reverse("accounts:codename_unblock", args=[BlockedName.objects.get(word="juno").pk]))
    assert choose(client, account, name="Juno", confirmed="1").status_code == 302


def test_a_name_is_put_on_the_block_list_with_its_reason() -> None:
    client, there = signed_in(), reverse("accounts:codenames_blocked")
    assert client.post(there, {"name": "Juno", "reason": "brand"}).status_code == 302
    assert client.post(there, {"name": "42", "reason": "brand"}).status_code == 422
    assert "Juno" in client.get(there).content.decode()


# --- the card ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-04", "COD-05")
@pytest.mark.parametrize(
    ("post", "own", "status"),
    [
        ("cse", False, 200),
        ("csm", False, 404),
        ("csm", True, 200),
        ("ae", True, 200),
        (None, False, 404),
        ("pd", False, 404),
    ],
)
def test_whoever_works_on_an_account_sees_its_codename_and_nobody_else(post: str, own: bool, status: int) -> None:
    user = make_user(post)
    account = make_account(**({post: user} if own else {}))
    assigned(account)
    client = Client()
    client.force_login(user)
    page = client.get(account.get_absolute_url()).content.decode()
    assert "ceres" not in page
    assert ("Show the codename" in page) == (status == 200)
    answer = card(client, account)
    assert answer.status_code == status
    assert ("customer-ceres" in answer.content.decode()) == (status == 200)
    assert Event.objects.filter(verb="codename_looked_up", by=user).exists() == (status == 200)


@pytest.mark.ledger("COD-06", "COD-08")
def test_the_searches_are_there_only_when_all_three_places_stand(settings: Any) -> None:
    settings.GITHUB_PUBLIC_REPO, settings.GITHUB_CONFIDENTIAL_REPO = "lanternfish/agent", "lanternfish/confidential"
    account, client = make_account(), signed_in()
    codename = assigned(account)
    assert card(client, account).context["searches"] == []
    for part in codename.parts.all():
        part.note_settled(1, str(part.pk))
    urls = [url for _, *both in card(client, account).context["searches"] for url in both]
    assert [parse_qs(urlsplit(url).query)["q"][0] for url in urls] == [
        'repo:lanternfish/agent label:"customer-ceres"',
        'repo:lanternfish/agent label:"bug" label:"customer-ceres"',
        'repo:lanternfish/confidential label:"customer-ceres"',
        'repo:lanternfish/confidential label:"bug" label:"customer-ceres"',
    ]


@pytest.mark.ledger("COD-04", "COD-06")
def test_each_step_is_shown_retried_and_taken_back() -> None:
    account, client = make_account(), signed_in()
    codename = assigned(account)
    part = codename.parts.get(place="public")
    part.note_refused(1, "repository_hidden")
    shown = card(client, account)
    assert [each.words for each in shown.context["steps"]] == ["Refused", "On its way", "On its way"]
    assert "We may not see the repository." in shown.content.decode()
    client.post(reverse("accounts:codename_retry", args=[codename.pk]))
    for each in codename.parts.order_by("pk"):
        each.note_settled(each.generation, f"7{each.pk}")
    assert "Complete" in card(client, account).content.decode()
    client.post(reverse("accounts:codename_undo", args=[codename.pk]), {"place": "salesforce"})
    assert [each.part.wanted for each in card(client, account).context["steps"]] == [True, True, False]
    client.post(reverse("accounts:codename_redo", args=[codename.pk]), {"place": "salesforce"})
    assert codename.parts.get(place="salesforce").wanted


def test_retrying_clears_what_had_been_given_up() -> None:
    codename = assigned(make_account())
    Effect.objects.update(state="dead")
    codename.parts.get(place="public").note_refused(1, "http_403")
    codename.retry(by=make_user())
    assert sorted(Effect.objects.values_list("state", flat=True)) == ["cancelled", "waiting"]


@pytest.mark.ledger("COD-09")
def test_the_card_proposes_the_new_name_once_the_prospect_is_a_customer() -> None:
    account, client = make_account(kind="prospect"), signed_in()
    codename = assigned(account, complete=True)
    assert "Rename in all three places" not in card(client, account).content.decode()
    account.change({"kind": "customer"}, by=make_user("bizops"))
    assert "Rename in all three places" in card(client, account).content.decode()
    assert list(Codename.objects.to_be_renamed()) == [codename]
    client.post(reverse("accounts:codename_rename", args=[codename.pk]))
    assert "customer-ceres" in card(client, account).content.decode()


def test_retiring_is_for_the_accounts_csm_and_the_managers() -> None:
    codename = assigned(make_account(), complete=True)
    there = reverse("accounts:codename_retire", args=[codename.pk])
    assert signed_in("cse").post(there).status_code == 404
    assert signed_in("vp_cs").post(there).status_code == 302
    codename.refresh_from_db()
    assert codename.retired_at
    assert "Retired: " in card(signed_in(), codename.account).content.decode()


# --- lists, search, feeds ---------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-04")
def test_incomplete_codenames_are_listed_with_what_is_missing_and_without_the_name() -> None:
    incomplete = assigned(make_account(name="Brook Foods"))
    incomplete.parts.get(place="public").note_refused(1, "http_403")
    client = signed_in()
    page = client.get(reverse("accounts:codenames"))
    assert page.context["listing"].rows == [incomplete]
    text = page.content.decode()
    assert "Brook Foods" in text
    assert "Refused" in text
    assert "ceres" not in text.lower()
    assert client.get(reverse("accounts:codenames") + "?state=complete").context["listing"].rows == []
    assert signed_in("ae").get(reverse("accounts:codenames")).context["listing"].rows == []
    [count] = [shown.count for shown in page.context["nav"] if shown.place.label == "Codenames"]
    assert count == 1


def test_a_codename_is_found_by_those_who_may_know_and_whose_it_is_takes_another_logged_step() -> None:
    codename = assigned(make_account(name="Brook Foods"))
    client = signed_in()
    found = client.get("/search?q=customer-ceres").content.decode()
    assert codename.get_absolute_url() in found
    assert "Brook Foods" not in found
    page = client.get(codename.get_absolute_url()).content.decode()
    assert "customer-ceres" in page
    assert "Brook Foods" not in page
    assert not Event.objects.filter(verb="codename_looked_up").exists()
    assert "Brook Foods" in client.post(codename.get_absolute_url()).content.decode()
    assert Event.objects.filter(verb="codename_looked_up").count() == 1
    for stranger in (signed_in(None), signed_in("ae")):
        assert codename.get_absolute_url() not in stranger.get("/search?q=ceres").content.decode()


def test_the_accounts_feed_tells_of_its_codename_only_those_who_may_know() -> None:
    account = make_account()
    assigned(account)
    card(signed_in(), account)
    may, may_not = (signed_in(post).get(account.get_absolute_url()).content.decode() for post in ("cse", None))
    assert "codename chosen" in may
    assert "codename looked up" not in may
    assert "codename" not in may_not


@pytest.mark.ledger("COD-05")
def test_the_csv_of_accounts_holds_no_codename() -> None:
    assigned(make_account(), complete=True)
    rows = b"".join(signed_in("vp_cs").post("/accounts/export").streaming_content)
    assert b"ceres" not in rows.lower()


# --- labels over there ------------------------------------------------------------------------------------------------
def seen(codename: Codename, place: str, **changes: str) -> Seen:
    part = codename.parts.get(place=place)
    return Seen(part.external_id, codename.label, part.description)._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "drift"),
    [({}, ""), ({"name": "customer-x"}, "renamed"), ({"description": "?"}, "described"), (None, "deleted")],
)
def test_a_label_is_compared_by_its_id(changes: dict[str, str] | None, drift: str) -> None:
    codename = assigned(make_account(), complete=True)
    for _ in range(2):
        compare("confidential", [] if changes is None else [seen(codename, "confidential", **changes)])
    part = codename.parts.get(place="confidential")
    assert (part.drift, codename.is_complete) == (drift, not drift)
    assert Event.objects.of(codename).filter(verb="codename_drifted").count() == bool(drift)
    compare("confidential", [seen(codename, "confidential")])
    assert codename.is_complete
    assert not StrayLabel.objects.exists()


def test_labels_made_by_hand_are_shown_until_somebody_accepts_them_or_they_are_gone() -> None:
    codename, client = assigned(make_account(name="Brook Foods"), complete=True), signed_in("vp_cs")
    ours = seen(codename, "public")
    unknown, named = Seen("501", "customer-unknown", ""), Seen("502", "urgent", "for Brook Foods")
    compare("public", [ours, unknown, named, Seen("503", "bug", "")])
    assert {(label.name, label.kind) for label in StrayLabel.objects.all()} == {
        ("customer-unknown", "unknown"),
        ("urgent", "named"),
    }
    page = client.get(reverse("accounts:codenames")).content.decode()
    assert "customer-unknown" in page
    assert "Holds what nobody outside may know" in page
    client.post(reverse("accounts:label_accept", args=[StrayLabel.objects.get(kind="unknown").pk]))
    assert [label.kind for label in StrayLabel.objects.waiting()] == ["named"]
    compare("public", [ours])
    assert not StrayLabel.objects.exists()


def test_the_labels_are_read_when_somebody_asks() -> None:
    signed_in().post(reverse("accounts:labels_check"))
    assert sorted(Effect.objects.values_list("args__place", flat=True)) == ["confidential", "public"]
