"""A codename comes to stand in GitHub and Salesforce once, whatever is lost or killed on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Account, Codename, StrayLabel, label_check
from fleetcs.clients import github, salesforce
from fleetcs.local.processes import until
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect, EffectAttempt, Mirror, MirrorField, MirrorLink
from fleetcs.tasks import poke
from tests.factories import make_account, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.worker import Start, kill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

FIELD = "GitHub_label__c"


def in_both_systems(standins: StandIns, name: str = "Brightforge Metal", **overrides: Any) -> Account:
    """An account that stands in Salesforce too."""
    [record] = standins.act("load", object="Account", rows=[{"Name": name, **overrides.pop("record", {})}])
    account = make_account(name=name, domain="brightforge.example", **overrides)
    mirror = Mirror.objects.get(code="accounts")
    MirrorLink.objects.create(mirror=mirror, salesforce_id=record, record_id=account.pk)
    return account


def assigned(account: Account, name: str = "Ceres") -> Codename:
    return Codename.objects.assign(account, name, by=make_user())


def labels(standins: StandIns, repo: str = PUBLIC) -> list[tuple[str, str]]:
    """Name and description of each codename's label there."""
    found = [(row["name"], row["description"]) for row in standins.github(repo)["labels"]]
    return [label for label in found if label[0].startswith(("customer-", "prospect-"))]


def field(standins: StandIns) -> Any:
    [record] = standins.records("Account")
    return record.get(FIELD)


def states(codename: Codename) -> list[str]:
    return [part.state for part in codename.parts.order_by("pk")]


# --- the three steps --------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-04", "COD-05", "COD-06", "SFD-22")
def test_it_stands_in_all_three_places_and_only_the_confidential_one_says_whose_it_is(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins))
    send_all()
    assert codename.is_complete
    assert labels(standins) == [("customer-ceres", "A codename")]
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Brightforge Metal")]
    assert field(standins) == "customer-ceres"
    to_public = [entry for entry in standins.journal("github") if f"/repos/{PUBLIC}/" in entry["path"]]
    assert to_public
    assert "brightforge" not in str(to_public).lower()
    ids = {part.place: part.external_id for part in codename.parts.all()}
    assert ids["public"] == str(github.find_label("public", "customer-ceres").id)  # type: ignore[union-attr]


def test_labels_that_are_there_already_are_taken_and_corrected_not_made_again(standins: StandIns) -> None:
    there = github.create_label("confidential", "Customer-CERES", "who?", "ffffff")
    codename = assigned(in_both_systems(standins))
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Brightforge Metal")]
    part = codename.parts.get(place="confidential")
    assert (part.external_id, part.ours) == (str(there.id), False)


@pytest.mark.ledger("COD-09")
def test_a_customer_keeps_the_label_of_the_prospect_under_its_new_name(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, kind="prospect"))
    send_all()
    before = {repo: [row["id"] for row in standins.github(repo)["labels"]] for repo in (PUBLIC, CONFIDENTIAL)}
    assert (labels(standins)[0][0], field(standins)) == ("prospect-ceres", "prospect-ceres")
    codename.account.change({"kind": "customer"}, by=make_user("bizops"))
    codename.rename_for_customer(by=make_user())
    send_all()
    assert (labels(standins)[0][0], field(standins)) == ("customer-ceres", "customer-ceres")
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Brightforge Metal")]
    assert before == {repo: [row["id"] for row in standins.github(repo)["labels"]] for repo in before}


def test_a_retired_codename_is_marked_in_the_confidential_repository_and_stays_everywhere(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins))
    send_all()
    codename.retire(by=make_user("vp_cs"))
    send_all()
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Retired: Brightforge Metal")]
    assert (labels(standins), field(standins)) == ([("customer-ceres", "A codename")], "customer-ceres")


def test_undone_takes_away_what_we_made_and_leaves_what_we_found(standins: StandIns) -> None:
    github.create_label("confidential", "customer-ceres", "", "ffffff")
    codename = assigned(in_both_systems(standins))
    send_all()
    codename.undo(by=make_user())
    send_all()
    assert states(codename) == ["undone"] * 3
    assert (labels(standins), field(standins)) == ([], None)
    assert [name for name, _ in labels(standins, CONFIDENTIAL)] == ["customer-ceres"]


@pytest.mark.ledger("COD-06")
def test_the_label_goes_into_the_field_that_the_table_of_mirrored_fields_names(standins: StandIns) -> None:
    MirrorField.objects.filter(mirror__code="accounts", ours="github_label").update(theirs="Industry")
    codename = assigned(in_both_systems(standins))
    send_all()
    [record] = standins.records("Account")
    assert (record["Industry"], record.get(FIELD)) == (codename.label, None)


def test_another_label_in_salesforce_is_not_overwritten(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins, record={FIELD: "customer-vesta"}))
    send_all()
    part = codename.parts.get(place="salesforce")
    assert (part.state, part.refused, field(standins)) == ("refused", "another_label", "customer-vesta")
    [record] = standins.records("Account")
    standins.act("edit", object="Account", id=record["Id"], set={FIELD: None})
    codename.retry(by=make_user())
    send_all()
    assert (codename.is_complete, field(standins)) == (True, "customer-ceres")


@pytest.mark.ledger("COD-06")
def test_salesforce_is_written_to_once_and_only_if_nobody_has_changed_the_account_since_it_was_read(
    standins: StandIns,
) -> None:
    codename = assigned(in_both_systems(standins))
    assert salesforce.count("Account") == 1  # signed in: a call with an old session would use up the first answer
    standins.turn("salesforce", only="/sobjects/Account/", status_script=[200, "PRECONDITION_FAILED"])
    send_all()
    assert (codename.is_complete, field(standins)) == (True, "customer-ceres")
    sent = [entry for entry in standins.journal("salesforce", "/sobjects/Account/") if entry["method"] == "PATCH"]
    assert all("if-unmodified-since" in entry["headers"] for entry in sent)
    assert [entry["status"] for entry in sent] == [412, 204]


def test_an_account_that_is_not_in_salesforce_waits_for_a_person(standins: StandIns) -> None:
    codename = assigned(make_account())
    send_all()
    assert states(codename) == ["standing", "standing", "refused"]
    assert codename.parts.get(place="salesforce").refused == "no_salesforce_id"


@pytest.mark.ledger("COD-05")
def test_a_label_that_has_come_to_name_a_customer_never_reaches_the_public(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins))
    make_account(name="Ceres Holding")
    send_all()
    assert codename.parts.get(place="public").refused == "confidential"
    assert not [entry for entry in standins.journal("github") if entry["method"] in {"POST", "PATCH"}]


# --- lost answers, kills ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"status_script": [503]}])
def test_a_lost_answer_makes_no_second_label(standins: StandIns, fault: dict[str, Any]) -> None:
    standins.turn("github", times=1, only="/labels", **fault)
    codename = assigned(in_both_systems(standins))
    send_all()
    standins.turn("github", times=1, only=f"{CONFIDENTIAL}/labels", **fault)
    send_all()
    assert codename.is_complete
    assert (len(labels(standins)), len(labels(standins, CONFIDENTIAL))) == (1, 1)


@pytest.mark.slow
@pytest.mark.ledger("COD-04", "COD-06")
def test_killed_twice_and_one_answer_lost_there_is_one_label_each(standins: StandIns, pump: Start) -> None:
    codename = assigned(in_both_systems(standins))
    standins.turn("github", latency=1)  # what is asked for is done at once, and answered a second later
    for repo in (PUBLIC, CONFIDENTIAL):
        process = pump()
        assert until(lambda repo=repo: bool(labels(standins, repo)), 30), repo  # type: ignore[misc]
        kill(process)  # the label stands, and nobody here has heard of it
    standins.turn("github", latency=0)
    standins.turn("salesforce", p_lost=1, times=1, only="/sobjects/Account/")
    pump()
    assert until(lambda: codename.is_complete, 60), states(codename)
    assert labels(standins) == [("customer-ceres", "A codename")]
    assert labels(standins, CONFIDENTIAL) == [("customer-ceres", "Brightforge Metal")]
    assert field(standins) == "customer-ceres"
    assert made(standins) == {PUBLIC: 1, CONFIDENTIAL: 1}
    ends = EffectAttempt.objects.filter(effect__order_key=f"codename:{codename.pk}").values_list("outcome", flat=True)
    assert sorted(ends) == ["later", "sent", "sent", "sent", "started", "started"]


def made(standins: StandIns) -> dict[str, int]:
    """How often a label was made in each repository, by what GitHub has written down."""
    posts = [entry["path"] for entry in standins.journal("github") if entry["method"] == "POST"]
    return {repo: sum(path.endswith(f"/repos/{repo}/labels") for path in posts) for repo in (PUBLIC, CONFIDENTIAL)}


# --- what becomes of labels over there (F36 to F38) -------------------------------------------------------------------
def checked() -> None:
    label_check.ask(by=make_user())
    send_all()


def test_a_label_renamed_over_there_is_found_by_its_id_and_renamed_back_never_made_again(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins))
    send_all()
    standins.as_person(
        "lanternfish-desk", "PATCH", f"/repos/{PUBLIC}/labels/customer-ceres", {"new_name": "customer-other"}
    )
    checked()
    assert codename.parts.get(place="public").state == "renamed"
    assert not StrayLabel.objects.exists()
    codename.retry(by=make_user())
    send_all()
    assert (codename.is_complete, labels(standins)) == (True, [("customer-ceres", "A codename")])
    assert made(standins)[PUBLIC] == 1


def test_a_label_deleted_over_there_is_noticed_and_made_again_when_somebody_says_so(standins: StandIns) -> None:
    codename = assigned(in_both_systems(standins))
    send_all()
    standins.as_person("lanternfish-desk", "DELETE", f"/repos/{CONFIDENTIAL}/labels/customer-ceres")
    checked()
    assert states(codename) == ["standing", "deleted", "standing"]
    codename.retry(by=make_user())
    send_all()
    assert (codename.is_complete, len(labels(standins, CONFIDENTIAL))) == (True, 1)
    checked()
    assert codename.is_complete


def test_once_a_day_the_labels_are_compared_without_anybody_asking(
    standins: StandIns, clock: Callable[[str], object]
) -> None:
    clock("2026-03-02T10:00:00-08:00")
    codename = assigned(in_both_systems(standins))
    send_all()
    github.create_label("confidential", "customer-handmade", "", "ffffff")
    for _ in range(2):
        assert poke("check_labels") == 2
        send_all()
    assert [(label.name, label.place) for label in StrayLabel.objects.all()] == [("customer-handmade", "confidential")]
    assert Effect.objects.filter(kind="github.labels").count() == 2
    assert codename.is_complete
    clock("2026-03-03T10:00:00-08:00")
    poke("check_labels")
    assert Effect.objects.filter(kind="github.labels").count() == 4


def test_without_repositories_nothing_is_asked(settings: Any) -> None:
    settings.GITHUB_PUBLIC_REPO = ""
    assert poke("check_labels") == 0
    assert not Effect.objects.exists()
