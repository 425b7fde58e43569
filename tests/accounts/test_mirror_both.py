"""Both sides write: merges, conflicts, lost answers and refusals, over the real line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.models import Account, Contact
from fleetcs import effects
from fleetcs.mirrors import duties, settling
from fleetcs.models import Automation, Conflict, Effect, EffectAttempt, Event, MirrorLink
from tests.accounts.both_sides import accounts, brooks, calls, changed, load, record
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import poll, started
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _running(line: StandIns) -> Iterator[None]:
    """Both mirrors are started and may act, as after the first week."""
    with started("accounts", "contacts"):
        yield


def clashing(line: StandIns, clock: Clock) -> str:
    """The id of an account whose label was changed from crane to ibis over there, and to heron here."""
    [id] = load(line, {"Name": "Brook", "GitHub_label__c": "crane"})
    poll()
    clock.forward(minutes=1)
    line.act("edit", object="Account", id=id, set={"GitHub_label__c": "ibis"})
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
    return id


# --- writing ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-22")
def test_a_label_set_here_arrives_there_and_the_reverse(line: StandIns, clock: Clock) -> None:
    [id] = load(line, *brooks(1))
    poll()
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"
    clock.forward(minutes=1)
    line.act("edit", object="Account", id=id, set={"GitHub_label__c": "ibis"})
    poll()
    assert Account.objects.get().github_label == "ibis"


def test_only_what_differs_is_sent_and_its_echo_writes_nothing(line: StandIns, clock: Clock) -> None:
    [id] = load(line, *brooks(1))
    poll()
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
    [sent] = [entry for entry in line.journal("salesforce", "/sobjects/Account/") if entry["method"] == "PATCH"]
    assert sent["body"] == '{"GitHub_label__c": "heron"}' or "NumberOfEmployees" not in sent["body"]
    version = Account.objects.get().version
    clock.forward(minutes=1)
    poll()
    assert (Account.objects.get().version, Conflict.objects.count()) == (version, 0)
    assert record(line, id)["Name"] == "Brook 00000"


@pytest.mark.ledger("SFD-25")
def test_conflicting_edits_end_in_the_inbox_and_nothing_is_overwritten(line: StandIns, clock: Clock) -> None:
    id = clashing(line, clock)
    conflict = Conflict.objects.get()
    assert (conflict.base, conflict.ours, conflict.theirs) == ("crane", "heron", "ibis")
    assert (Account.objects.get().github_label, record(line, id)["GitHub_label__c"]) == ("heron", "ibis")
    clock.forward(minutes=1)
    assert settling.settle(conflict, "ours", by=make_user("bizops"))
    assert not settling.settle(conflict, "theirs", by=make_user("bizops"))
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"
    poll()
    assert not Conflict.objects.open().exists()


@pytest.mark.ledger("SFD-25")
def test_whoever_writes_here_what_stands_there_has_answered_the_conflict(line: StandIns, clock: Clock) -> None:
    id = clashing(line, clock)
    assert Conflict.objects.open().exists()
    clock.forward(minutes=1)
    changed(github_label="ibis")
    send_all()
    assert Conflict.objects.get().settled == Conflict.Settled.AGREED
    assert (Account.objects.get().github_label, record(line, id)["GitHub_label__c"]) == ("ibis", "ibis")


def test_theirs_can_stand_as_well(line: StandIns, clock: Clock) -> None:
    id = clashing(line, clock)
    settling.settle(Conflict.objects.get(), "theirs", by=make_user("bizops"))
    assert Account.objects.get().github_label == "ibis"
    send_all()
    assert record(line, id)["GitHub_label__c"] == "ibis"


def test_edits_of_different_fields_merge_by_themselves(line: StandIns, clock: Clock) -> None:
    [id] = load(line, {"Name": "Brook", "GitHub_label__c": "crane"})
    poll()
    clock.forward(minutes=1)
    line.act("edit", object="Account", id=id, set={"NumberOfEmployees": 12})
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
    assert (Account.objects.get().employees, Account.objects.get().github_label) == (12, "heron")
    assert (record(line, id)["NumberOfEmployees"], record(line, id)["GitHub_label__c"]) == (12, "heron")
    assert not Conflict.objects.exists()


def test_a_record_changed_within_the_same_second_is_left_alone_for_a_moment(line: StandIns, clock: Clock) -> None:
    """Salesforce compares whole seconds: sent now, our value could overwrite one that we have not read (F32)."""
    [id] = load(line, {"Name": "Brook", "GitHub_label__c": "crane"})
    poll()
    clock.forward(minutes=1)
    changed(github_label="heron")
    line.act("edit", object="Account", id=id, set={"NumberOfEmployees": 12})
    effects.send_rest()
    assert Effect.objects.get(kind="salesforce.push").error_code == "just_changed"
    assert record(line, id)["GitHub_label__c"] == "crane"
    clock.forward(minutes=1)
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"


@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"status_script": [503]}, {"close_midway": True}])
def test_a_lost_answer_leaves_one_change_and_no_conflict(line: StandIns, clock: Clock, fault: dict[str, Any]) -> None:
    [id] = load(line, *brooks(1))
    poll()
    clock.forward(minutes=1)
    changed(github_label="heron")
    line.turn("salesforce", times=1, only="sobjects/Account/", **fault)
    effects.send_rest()
    clock.forward(minutes=1)
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"
    poll()
    assert not Conflict.objects.exists()


def test_a_new_account_is_made_there_once_even_if_the_answer_is_lost(line: StandIns, clock: Clock) -> None:
    poll()
    Account.objects.add(by=make_user("bizops"), name="Brightforge", kind="customer", employees=12)
    line.turn("salesforce", times=1, only="Fleetcs_id__c", p_lost=1)
    effects.send_rest()
    clock.forward(minutes=1)
    poll()
    send_all()
    [made] = line.records("Account")
    assert (made["Name"], made["NumberOfEmployees"]) == ("Brightforge", 12)
    assert Account.objects.count() == 1
    assert MirrorLink.objects.get().salesforce_id == made["Id"]


def test_a_new_contact_is_made_there_with_the_last_name_that_they_ask_for(line: StandIns, clock: Clock) -> None:
    [id] = load(line, *brooks(1))
    poll()
    poll()
    clock.forward(minutes=1)
    Contact.objects.add(by=make_user("bizops"), account=Account.objects.get(), name="Vera Maria Lund")
    send_all()
    [made] = line.records("Contact")
    assert (made["FirstName"], made["LastName"], made["AccountId"]) == ("Vera Maria", "Lund", id)


def test_a_refusal_of_theirs_is_told_in_the_history_of_the_record(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(1))
    poll()
    clock.forward(minutes=1)
    account = changed(github_label="heron")
    line.turn("salesforce", times=1, only="sobjects/Account/", status_script=["FIELD_CUSTOM_VALIDATION_EXCEPTION"])
    send_all()
    refused = Event.objects.get(verb="refused_by_salesforce")
    assert (refused.account_pk, refused.facts["code"]) == (account.pk, "FIELD_CUSTOM_VALIDATION_EXCEPTION")


@pytest.mark.slow
def test_of_many_that_are_sent_only_those_that_failed_go_again_each_with_its_error(
    line: StandIns, clock: Clock
) -> None:
    """F28: every fourteenth is locked over there for a moment."""
    load(line, *brooks(15))
    poll()
    clock.forward(minutes=1)
    bizops = make_user("bizops")
    for account in Account.objects.all():
        account.change({"github_label": f"heron-{account.pk}"}, by=bizops)
    faults = ["UNABLE_TO_LOCK_ROW" if number % 14 == 0 else 200 for number in range(15)]
    line.turn("salesforce", only="sobjects/Account/", status_script=faults)
    send_all()
    told: dict[int, list[str]] = {}
    for effect, status in EffectAttempt.objects.order_by("pk").values_list("effect", "status"):
        told.setdefault(effect, []).append(status)
    assert sorted(told.values()) == [[""]] * 13 + [["UNABLE_TO_LOCK_ROW", ""]] * 2
    sent = [entry for entry in line.journal("salesforce", "/sobjects/Account/") if entry["method"] == "PATCH"]
    assert len(sent) == 15 + 2
    labels = {row["GitHub_label__c"] for row in line.records("Account")}
    assert labels == {*Account.objects.values_list("github_label", flat=True)}
    assert not Effect.objects.open().exists()


def test_what_was_changed_while_the_mirror_stood_still_is_sent_when_it_goes_on(line: StandIns, clock: Clock) -> None:
    [id] = load(line, *brooks(1))
    poll()
    vp = make_user("vp_cs")
    accounts().stop(by=vp)
    changed(github_label="heron")
    send_all()
    accounts().start(by=vp)
    clock.forward(minutes=1)
    duties.sweep()
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"


def test_a_change_made_while_one_is_on_its_way_is_sent_after_it(line: StandIns, clock: Clock) -> None:
    [id] = load(line, *brooks(1))
    poll()
    clock.forward(minutes=1)
    changed(github_label="heron")
    Effect.objects.filter(kind="salesforce.push").update(state="sending")
    changed(github_label="ibis")
    assert Effect.objects.filter(kind="salesforce.push").count() == 2
    send_all()
    clock.forward(minutes=1)
    send_all()
    assert record(line, id)["GitHub_label__c"] == "ibis"


def test_off_neither_reads_nor_sends(line: StandIns) -> None:
    load(line, *brooks(1))
    Automation.objects.get(code="salesforce").switch("off", by=None)
    poll()
    with transaction.atomic():
        assert Account.objects.count() == 0
    assert calls(line) == []


def test_without_a_line_to_salesforce_nothing_is_due(line: StandIns, settings: Settings) -> None:
    settings.SALESFORCE_CLIENT_ID = ""
    assert poll() == duties.recount() == duties.sweep() == 0
