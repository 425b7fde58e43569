"""Codenames that the company had before: what is matched, what is left to a person, and taking over without a write."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import adoption
from accounts.adoption import Books, There
from accounts.models import Account, BlockedName, Codename, StrayLabel, adopting, label_check
from fleetcs.local.standins.github import CONFIDENTIAL, DESK, PUBLIC
from fleetcs.models import Event, Gate
from tests.accounts.test_codename_senders import in_both_systems, states
from tests.factories import make_account, make_user
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


@pytest.fixture
def stands(standins: StandIns) -> Any:
    """Makes a label as somebody did by hand long ago, in one repository or both; `whose` is the confidential one's."""

    def made(name: str, whose: str | None = None, *, public: bool = True, says: str = "A customer") -> None:
        for repo, text in ((PUBLIC, says if public else None), (CONFIDENTIAL, whose)):
            if text is not None:
                body = {"name": name, "description": text, "color": "bfd4f2"}
                standins.as_person(DESK, "POST", f"/repos/{repo}/labels", body)

    return made


class Terminal(StringIO):
    """What a person sits before."""

    def isatty(self) -> bool:
        return True


def adopt(*options: str, by: Any = None, out: StringIO | None = None) -> str:
    said = out or StringIO()
    call_command("adopt", "codenames", *options, *(("--by", by.email) if by else ()), stdout=said)
    return said.getvalue()


def row_of(label: str) -> adopting.Row:
    label_check.ask(by=make_user())
    send_all()
    return next(row for row in adopting.rows() if row.there.name == label)


def labelled(label: str = "", **fields: Any) -> Account:
    """An account with what Salesforce has as its label."""
    return make_account(github_label=label, **fields)


# --- whose it is ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-05", "COD-06")
@pytest.mark.parametrize(
    "description",
    [
        "Brightforge Metal GmbH",
        "brightforge metal gmbh",
        "Brightforge Metal, Inc.",
        "Bríghtforge  Metal",
        "Customer: Brightforge Metal (EU)",
        "codename of brightforge.example",
        "ask ops@brightforge.example",
    ],
)
def test_an_account_is_found_by_its_name_without_its_form_by_its_domain_or_inside_a_description(
    stands: Any, description: str
) -> None:
    account = labelled("customer-ceres", name="Brightforge Metal GmbH", domain="brightforge.example")
    make_account(name="Brightwater Foods")
    stands("customer-ceres", description)
    row = row_of("customer-ceres")
    assert (row.account and row.account.pk, row.state) == (account.pk, "fits")


def test_the_longest_name_decides_and_names_that_tell_nothing_apart_are_shown_never_guessed(stands: Any) -> None:
    make_account(name="Brightforge Metal")
    longer = make_account(name="Brightforge Metal Europe")
    for name in ("Nordlicht AG", "Nordlicht GmbH"):
        make_account(name=name)
    stands("customer-ceres", "For Brightforge Metal Europe")
    stands("customer-juno", "Nordlicht")
    assert row_of("customer-ceres").account.pk == longer.pk  # type: ignore[union-attr]
    several = row_of("customer-juno")
    assert (several.account, len(several.several), several.blocks) == (None, 2, ("several",))


# --- what fits, and what does not -------------------------------------------------------------------------------------
def test_what_does_not_fit_is_shown_with_its_reason(stands: Any) -> None:
    for number, label in enumerate(["", "customer-juno", "customer-elsewhere", "", "", "", "", ""]):
        labelled(label, name=f"Company {'abcdefgh'[number]} Works")
    BlockedName.block("Iris", "other", by=make_user())
    Codename.objects.assign(Account.objects.get(name="Company d Works"), "Flora", by=make_user())
    stands("customer-ceres", "Nobody we know")
    stands("customer-juno")
    stands("customer-pallas", "Company c Works")
    stands("customer-hygiea", "Company d Works")
    stands("customer-iris", "Company e Works")
    stands("customer-thisisnoplanet", "Company f Works", public=False)
    stands("customer-metis", "Company g Works")
    stands("customer-thetis", "Company g Works")
    stands("customer-lutetia", "Company h Works", says="For Company h Works")
    told = {row.there.name: ({*row.blocks}, {*row.asks}) for row in [row_of("customer-ceres"), *adopting.rows()]}
    assert told["customer-ceres"] == ({"nobody"}, set())
    assert told["customer-juno"] == (set(), {"only_public"})
    assert told["customer-pallas"] == ({"field_differs"}, set())
    assert told["customer-hygiea"] == ({"has_one"}, {"no_field"})
    assert told["customer-iris"] == (set(), {"blocked", "no_field"})
    assert told["customer-thisisnoplanet"] == (set(), {"only_confidential", "not_listed", "no_field"})
    assert told["customer-metis"][0] == told["customer-thetis"][0] == {"two_labels"}
    assert told["customer-lutetia"] == ({"holds_name"}, {"no_field"})


def test_two_labels_of_one_name_and_a_label_that_salesforce_has_elsewhere_are_left_alone(stands: Any) -> None:
    labelled(name="Brightforge Metal")
    labelled("customer-juno", name="Nordlicht Energy")
    stands("customer-ceres", "Brightforge Metal")
    stands("prospect-ceres", public=True)
    stands("customer-juno", "Brightforge Metal")
    assert "twice" in row_of("customer-ceres").blocks
    assert "field_elsewhere" in row_of("customer-juno").blocks


def test_a_label_that_salesforce_has_at_two_accounts_is_nobodys_before_somebody_has_settled_it(stands: Any) -> None:
    two = {labelled("customer-ceres", name=name).pk for name in ("Brightforge Metal", "Nordlicht Energy")}
    stands("customer-ceres")
    row = row_of("customer-ceres")
    assert (row.account, {each.pk for each in row.several}, row.blocks) == (None, two, ("several",))
    for whose in ("Brightforge Metal", "Nordlicht Energy"):
        [described] = adoption.plan([], [There(1, "1", "customer-ceres", whose)], [*adopting.known()], Books())
        assert described.blocks == ("field_elsewhere",)


def test_a_label_with_signs_that_labels_here_never_have_is_not_taken_for_another_name(stands: Any) -> None:
    labelled("customer-c3res", name="Brightforge Metal")
    labelled("customer-jún'o", name="Nordlicht Energy")
    stands("customer-c3res", "Brightforge Metal")
    stands("customer-jún'o", "Nordlicht Energy")
    assert (row_of("customer-c3res").word, row_of("customer-c3res").blocks) == ("cres", ("no_label",))
    assert (row_of("customer-jún'o").blocks, row_of("customer-jún'o").asks) == ((), ("spelt",))


def test_an_account_whose_name_no_description_can_carry_is_shown_as_such_and_not_passed_over(stands: Any) -> None:
    labelled("customer-ceres", name="Brightforge \U0001f525 Metal")
    stands("customer-ceres", "Brightforge Metal")
    assert row_of("customer-ceres").blocks == ("real_name",)


def test_a_label_that_somebody_said_is_meant_to_be_there_is_no_codename(stands: Any) -> None:
    stands("customer-success")
    row_of("customer-success")
    StrayLabel.objects.get().accept(by=make_user("vp_cs"))
    assert adopting.rows() == []


# --- taking over ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-04", "COD-07")
def test_where_all_agrees_nothing_is_written_to_github_and_what_the_labels_say_stays(
    stands: Any, standins: StandIns
) -> None:
    account, person = labelled("customer-ceres", name="Brightforge Metal"), make_user("vp_cs")
    stands("customer-ceres", "Customer: Brightforge Metal", says="Ask #support")
    before = len(writes(standins))
    assert "1 taken over" in adopt(by=person)
    send_all()
    codename = account.codenames.get()
    assert (codename.name, codename.word, codename.chosen_by) == ("Ceres", "ceres", person)
    assert (states(codename), codename.is_complete) == (["standing"] * 3, True)
    ids = {row["name"]: str(row["id"]) for row in standins.github(CONFIDENTIAL)["labels"]}
    assert codename.parts.get(place="confidential").external_id == ids["customer-ceres"]
    assert len(writes(standins)) == before
    assert Event.objects.of(codename).filter(verb="codename_adopted", by=person).exists()
    label_check.ask(by=person)
    send_all()
    assert (codename.is_complete, StrayLabel.objects.exists()) == (True, False)
    assert "0 taken over" in adopt(by=person)


def writes(standins: StandIns) -> list[str]:
    return [entry["path"] for entry in standins.journal("github") if entry["method"] != "GET"]


def test_a_dry_run_takes_nothing_over_and_names_neither_labels_nor_accounts(stands: Any) -> None:
    labelled("customer-ceres", name="Brightforge Metal")
    stands("customer-ceres", "Brightforge Metal")
    stands("customer-juno", "Who is that?")
    said = adopt("--dry-run")
    assert "2 rows: 1 fits, 0 asks, 1 blocked." in said
    assert "Its description names nobody whom we know" in said
    assert not any(word in said.lower() for word in ("ceres", "juno", "brightforge", "customer-"))
    assert not Codename.objects.exists()


def test_a_row_that_asks_for_a_look_is_taken_over_when_it_is_chosen_and_what_is_missing_is_made(
    stands: Any, standins: StandIns
) -> None:
    account, person = in_both_systems(standins, "Brightforge Metal"), make_user("cro")
    stands("customer-ceres", "Brightforge Metal", public=False)
    number = row_of("customer-ceres").number
    assert "0 taken over" in adopt(by=person)
    assert "1 taken over" in adopt("--only", str(number), by=person)
    send_all()
    assert account.codenames.get().is_complete
    [made] = [row for row in standins.github(PUBLIC)["labels"] if row["name"] == "customer-ceres"]
    assert made["description"] == "A codename"
    [record] = standins.records("Account")
    assert record["GitHub_label__c"] == "customer-ceres"


def test_a_label_that_is_spelt_otherwise_is_renamed_by_its_id_and_never_made_again(
    stands: Any, standins: StandIns
) -> None:
    labelled("customer-ceres", name="Brightforge Metal")
    stands("Customer-Ceres", "Brightforge Metal")
    before = {repo: [row["id"] for row in standins.github(repo)["labels"]] for repo in (PUBLIC, CONFIDENTIAL)}
    adopt("--only", str(row_of("Customer-Ceres").number), by=make_user("cro"))
    send_all()
    assert Codename.objects.get().is_complete
    assert before == {repo: [row["id"] for row in standins.github(repo)["labels"]] for repo in before}
    assert "customer-ceres" in {row["name"] for row in standins.github(PUBLIC)["labels"]}


def test_a_retired_one_stays_retired_keeps_its_words_and_leaves_room_for_the_next(
    stands: Any, standins: StandIns
) -> None:
    account = labelled("customer-juno", name="Brightforge Metal")
    stands("Customer-Ceres", "Retired: Brightforge Metal", public=False)
    stands("customer-juno", "Brightforge Metal")
    assert row_of("Customer-Ceres").state == "fits", "it is not renamed any more"
    before = len(writes(standins))
    adopt(by=make_user("vp_cs"))
    send_all()
    told = {codename.word: codename.retired_at is not None for codename in account.codenames.all()}
    assert told == {"ceres": True, "juno": False}
    assert len(writes(standins)) == before


# --- who may, and what is written down --------------------------------------------------------------------------------
def test_only_who_may_know_every_mapping_decides_and_is_told_on_a_terminal_which_is_written_down(stands: Any) -> None:
    labelled("customer-ceres", name="Brightforge Metal")
    stands("customer-ceres", "Brightforge Metal")
    person = make_user("vp_cs")
    with pytest.raises(CommandError, match="--by"):
        adopt()
    with pytest.raises(CommandError, match="--by"):
        adopt("--dry-run", "--reveal", by=make_user("cse"))
    with pytest.raises(CommandError, match="terminal"):
        adopt("--dry-run", "--reveal", by=person)
    assert "customer-ceres: Brightforge Metal" in adopt("--dry-run", "--reveal", by=person, out=Terminal())
    assert Event.objects.of(person).filter(verb="adoption_revealed").count() == 1


def test_a_gate_that_is_shut_is_not_knocked_at_and_a_new_limit_shuts_it(standins: StandIns) -> None:
    standins.turn("github", status_script=["secondary"], only="/labels")
    with pytest.raises(CommandError, match="rate_limit"):
        adopt("--dry-run")
    asked = len(standins.journal("github"))
    with pytest.raises(CommandError, match="rate_limit"):
        adopt("--dry-run")
    assert (len(standins.journal("github")), Gate.objects.get().destination) == (asked, "github")


def test_the_page_tells_every_mapping_only_when_asked_writes_it_down_and_takes_over_what_was_chosen(
    stands: Any,
) -> None:
    labelled("customer-ceres", name="Brightforge Metal")
    stands("customer-ceres", "Brightforge Metal")
    stands("customer-juno", "Who is that?")
    row, person, client, page = (
        row_of("customer-ceres"),
        make_user("cro"),
        Client(),
        reverse("accounts:codenames_adopt"),
    )
    client.force_login(person)
    assert "customer-ceres" not in client.get(page).content.decode()
    assert not Event.objects.filter(verb="codenames_looked_through").exists()
    shown = client.post(page).content.decode()
    assert "customer-ceres" in shown
    assert "Brightforge Metal" in shown
    assert Event.objects.of(person).filter(verb="codenames_looked_through").count() == 1
    blocked = row_of("customer-juno").number
    assert client.post(page, {"confirmed": "1", "rows": [str(blocked)]}).status_code == 422
    assert client.post(page, {"confirmed": "1", "rows": [str(row.number)]}).status_code == 302
    assert Codename.objects.get().word == "ceres"


def test_a_choice_that_is_refused_says_why_and_the_look_at_the_rows_stays_written_down(stands: Any) -> None:
    labelled("customer-ceres", name="Brightforge Metal")
    stands("customer-ceres", "Brightforge Metal")
    number, person, client = row_of("customer-ceres").number, make_user("cro"), Client()
    page, sent = reverse("accounts:codenames_adopt"), {"confirmed": "1", "form_token": "a" * 20}
    client.force_login(person)
    for rows, reason, looks in (([], "Choose at least one row", 1), ([number + 1], "does not fit any more", 2)):
        answer = client.post(page, sent | {"rows": rows})
        shown = answer.content.decode()
        assert (answer.status_code, "Brightforge Metal" in shown, reason in shown) == (422, True, True)
        assert Event.objects.of(person).filter(verb="codenames_looked_through").count() == looks
    assert client.post(page, sent | {"rows": [number]}).status_code == 302
    assert Event.objects.of(person).filter(verb="codenames_looked_through").count() == 2


def test_a_colleague_who_may_not_know_every_mapping_finds_no_such_page() -> None:
    for post in ("cse", "csm", "bizops", None):
        client = Client()
        client.force_login(make_user(post))
        assert client.get(reverse("accounts:codenames_adopt")).status_code == 404
        assert client.post(reverse("accounts:codenames_adopt")).status_code == 404
