"""What Salesforce tells becomes our records, once: unchanged it writes nothing, unfit it is skipped with its reason."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.mirrors import ACCOUNTS
from accounts.models import Account, Channel, Contact
from fleetcs.mirrors.awaiting import come
from fleetcs.mirrors.deciding import Page
from fleetcs.mirrors.reading import Reading
from fleetcs.mirrors.writing import apply
from fleetcs.models import Automation, Conflict, Effect, Event, Mirror, MirrorLink
from tests.factories import make_account, make_channel, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db(transaction=True)

US = "005000000000US1AAA"


def sf(number: int, kind: str = "001") -> str:
    """An id of theirs."""
    return f"{kind}{number:012}AAA"


def brook(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A company as Salesforce tells it."""
    told = {"Id": sf(number), "SystemModstamp": "2026-01-05T10:00:00.000+0000", "IsDeleted": False}
    return {**told, "Name": f"Brook {number}", "Type": "Customer - Direct", "NumberOfEmployees": 120, **fields}


def ada(number: int = 1, account: int = 1, **fields: Any) -> dict[str, Any]:
    """A person as Salesforce tells it."""
    told = {"Id": sf(number, "003"), "SystemModstamp": "2026-01-05T10:00:00.000+0000", "IsDeleted": False}
    return {**told, "Name": f"Ada {number}", "AccountId": sf(account), "Email": f"ada{number}@brook.example", **fields}


def mirror(code: str = "accounts") -> Mirror:
    found = Mirror.objects.get(code=code)
    found.start(by=make_user("administrator"))
    found.refresh_from_db()
    return found


def take(*rows: dict[str, Any], code: str = "accounts", again: bool = False) -> Counter[str]:
    """Apply what was told, as one page of a run does it."""
    reading = Reading(Mirror.objects.get(code=code), us=US)
    with transaction.atomic():
        return apply(reading, reading.told(rows), again=again)


def link(number: int = 1, kind: str = "001") -> MirrorLink:
    return MirrorLink.objects.get(salesforce_id=sf(number, kind))


def both_write(*fields: str) -> None:
    Mirror.objects.get(code="accounts").fields.filter(ours__in=fields).update(master="both")


# --- taking over -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-02", "SFD-04")
def test_a_company_over_there_is_an_account_here() -> None:
    take(brook(BillingStreet="1 Mill Lane", BillingCity="Brookton", BillingCountry=None, Industry=" Water "))
    account = Account.objects.get()
    assert (account.name, account.kind, account.employees, account.industry) == ("Brook 1", "customer", 120, "Water")
    assert account.billing_address == "1 Mill Lane\nBrookton"
    assert link().record_id == account.pk


@pytest.mark.ledger("SYS-02")
def test_the_second_run_writes_nothing() -> None:
    rows = [brook(number) for number in range(1, 30)]
    take(*rows)
    take(*rows, again=True)
    versions, history = Account.objects.values_list("version", flat=True), Event.objects.count()
    with CaptureQueriesContext(connection) as asked:
        assert take(*rows) == Counter()
    assert not [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE", "CREATE"))]
    assert set(versions) == {1}
    assert Event.objects.count() == history


def test_what_changed_there_changes_here_and_is_noted_without_its_value() -> None:
    take(brook())
    assert take(brook(Name="Brook & Sons", SystemModstamp="2026-01-06T10:00:00.000+0000"))["written"] == 1
    account = Account.objects.get()
    assert (account.name, account.version) == ("Brook & Sons", 2)
    event = Event.objects.get(verb="changed_in_salesforce")
    assert (event.facts, event.account_pk) == ({"fields": ["name"]}, account.pk)


def test_parents_and_managers_are_found_in_whatever_order_they_come() -> None:
    take(brook(1, ParentId=sf(2)), brook(2))
    take(ada(1, ReportsToId=sf(2, "003")), ada(2), code="contacts")
    assert Account.objects.get(name="Brook 1").parent == Account.objects.get(name="Brook 2")
    assert Contact.objects.get(name="Ada 1").reports_to == Contact.objects.get(name="Ada 2")


def test_a_parent_that_comes_later_is_set_then() -> None:
    take(brook(1, ParentId=sf(2)))
    assert link(1).awaits == {"parent": sf(2)}
    take(brook(2))
    reading = Reading(Mirror.objects.get(code="accounts"))
    with transaction.atomic():
        apply(reading, reading.remembered([link(1)]), again=True)
    assert Account.objects.get(name="Brook 1").parent == Account.objects.get(name="Brook 2")
    assert link(1).awaits == {}


def test_a_word_that_no_list_knows_any_more_is_kept_as_it_is() -> None:
    take(brook(Industry="Waterworks (old)"))
    assert Account.objects.get().industry == "Waterworks (old)"


def test_signs_that_no_text_can_hold_are_left_out() -> None:
    take(brook(Industry="a\0b \ud800"))
    assert Account.objects.get().industry == "ab ?"


# --- skipping --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "problem", "name"),
    [
        ({"Name": " "}, "empty", "name"),
        ({"Name": "x" * 121}, "too_long", "name"),
        ({"LinkedIn_company_URL__c": "https://elsewhere.example/brook"}, "not_valid", "linkedin_company_url"),
        ({"NumberOfEmployees": -3}, "not_valid", "employees"),
        ({"Name": "LANTERN"}, "taken", "name"),
    ],
)
def test_what_cannot_be_here_is_skipped_with_its_reason_and_holds_up_nobody(
    fields: dict[str, Any], problem: str, name: str
) -> None:
    make_account(name="Lantern")
    assert take(brook(1, **fields), brook(2)) == Counter(new=1, written=1, skipped=1)
    skipped = link(1)
    assert (skipped.problem, skipped.problem_field, skipped.record_id) == (problem, name, None)
    assert skipped.reason
    assert link(2).record_id


def test_a_row_that_was_mended_over_there_is_taken() -> None:
    take(brook(Name=""))
    take(brook(Name="Brook"))
    assert (link().problem, Account.objects.get().name) == ("", "Brook")


def test_two_of_one_name_over_there_are_one_here_and_a_reason() -> None:
    take(brook(1, Name="Brook"), brook(2, Name="BROOK"))
    assert Account.objects.count() == 1
    assert link(2).problem == "taken"


def test_a_contact_whose_account_is_not_here_waits_for_it() -> None:
    take(ada(account=7), code="contacts")
    assert (link(1, "003").problem, link(1, "003").problem_field) == ("unknown", "account")
    take(brook(7))
    reading = Reading(Mirror.objects.get(code="contacts"))
    with transaction.atomic():
        apply(reading, reading.remembered([link(1, "003")]), again=True)
    assert Contact.objects.get().account.name == "Brook 7"


def test_two_contacts_of_one_address_are_one_and_a_reason() -> None:
    take(brook())
    take(ada(1, Email="a@brook.example"), ada(2, Email="A@Brook.example"), code="contacts")
    assert link(2, "003").problem == "taken"


def test_a_company_that_was_here_before_becomes_theirs_when_a_person_says_so() -> None:
    ours = make_account(name="Brook 1", industry="Water")
    take(brook(Industry=None))
    assert link().rival_id == ours.pk
    assert link().adopt(by=make_user("bizops"))
    assert not link().adopt(by=make_user("bizops"))
    take(brook(Industry=None))
    ours.refresh_from_db()
    assert (link().record_id, ours.employees) == (ours.pk, 120)
    assert ours.industry == "Water", "a first meeting wipes out nothing"


def test_what_only_the_database_refuses_holds_up_nobody() -> None:
    """A colleague has taken the name between our look and our writing."""
    make_account(name="Brook 2")
    reading = Reading(Mirror.objects.get(code="accounts"))
    reading.declared = replace(ACCOUNTS, unique=())
    with transaction.atomic():
        done = apply(reading, reading.told([brook(number) for number in range(1, 6)]))
    assert (done["new"], done["skipped"], link(2).problem) == (4, 1, "refused")


# --- both sides ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-25")
def test_a_field_changed_on_both_sides_waits_for_a_person_with_both_values() -> None:
    both_write("industry")
    take(brook(Industry="Water"))
    Account.objects.update(industry="Ice")
    take(brook(Industry="Steam", SystemModstamp="2026-01-06T10:00:00.000+0000"))
    conflict = Conflict.objects.get()
    assert (conflict.base, conflict.ours, conflict.theirs) == ("Water", "Ice", "Steam")
    assert Account.objects.get().industry == "Ice"


def test_a_conflict_that_has_gone_is_closed_by_itself() -> None:
    test_a_field_changed_on_both_sides_waits_for_a_person_with_both_values()
    take(brook(Industry="Ice", SystemModstamp="2026-01-07T10:00:00.000+0000"))
    assert Conflict.objects.get().settled == "agreed"


def test_our_own_words_that_come_back_are_no_change() -> None:
    both_write("industry")
    take(brook(Industry="Water"))
    MirrorLink.objects.update(sent={"industry": "Ice"})
    Account.objects.update(industry="Steam")
    take(brook(Industry="Ice", LastModifiedById=US, SystemModstamp="2026-01-06T10:00:00.000+0000"))
    assert (Conflict.objects.count(), Account.objects.get().industry) == (0, "Steam")


# --- gone ------------------------------------------------------------------------------------------------------------
def test_a_deleted_record_is_marked_and_stays_here() -> None:
    take(brook())
    take(brook(IsDeleted=True))
    assert link().gone_at
    assert Account.objects.count() == 1


def test_a_record_that_comes_back_is_live_again() -> None:
    test_a_deleted_record_is_marked_and_stays_here()
    take(brook())
    assert link().gone_at is None
    assert Account.objects.count() == 1


def test_what_hung_on_a_merged_account_hangs_on_the_one_that_is_left() -> None:
    take(brook(1), brook(2))
    loser, winner = Account.objects.get(name="Brook 1"), Account.objects.get(name="Brook 2")
    ticket, contact, channel = make_ticket(loser), make_contact(loser), make_channel(loser)
    Account.objects.filter(pk=winner.pk).update(parent=loser)
    take(brook(1, IsDeleted=True, MasterRecordId=sf(2)))
    for record in (ticket, contact, channel):
        record.refresh_from_db()
        assert record.account_id == winner.pk
    winner.refresh_from_db()
    assert winner.parent_id == loser.pk
    assert (link(1).merged_into, link(1).record_id) == (link(2), loser.pk)
    assert Event.objects.get(verb="merged_in_salesforce").facts["left"] == []
    assert Channel.objects.get().account == winner


def test_a_contact_that_still_names_the_merged_account_goes_to_the_one_that_is_left() -> None:
    take(brook(1), brook(2))
    take(brook(1, IsDeleted=True, MasterRecordId=sf(2)))
    take(ada(account=1), code="contacts")
    assert Contact.objects.get().account.name == "Brook 2"


def test_a_merge_into_a_record_that_comes_later_is_followed_then() -> None:
    take(brook(1))
    take(brook(1, IsDeleted=True, MasterRecordId=sf(2)))
    assert link(1).merged_into is None
    take(brook(2))
    take(brook(2, IsDeleted=False, Name="Left"), brook(1, IsDeleted=True, MasterRecordId=sf(2)), again=True)
    assert link(1).merged_into == link(2)


def test_contracts_that_cannot_both_stand_stay_and_are_named() -> None:
    take(brook(1), brook(2))
    for account in Account.objects.all():
        from_factory = make_account(name=f"Of {account.name}")
        from_factory.contracts.update(account=account)
    take(brook(1, IsDeleted=True, MasterRecordId=sf(2)))
    assert Event.objects.get(verb="merged_in_salesforce").facts["left"] == ["contract"]


# --- going there -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-22")
def test_a_verb_has_the_record_sent_once_however_often_it_is_changed() -> None:
    Automation.objects.get(code="salesforce").switch("act", by=None)
    mirror()
    take(brook())
    account, bo = Account.objects.get(), make_user("bizops")
    account.change({"github_label": "heron"}, by=bo)
    account.change({"github_label": "ibis"}, by=bo)
    effect = Effect.objects.get(kind="salesforce.push")
    assert (effect.args, effect.by, effect.state) == ({"link": link().pk}, bo, "waiting")


def test_what_is_only_watched_names_the_fields_and_not_what_they_hold() -> None:
    mirror()
    take(brook())
    Account.objects.get().change({"github_label": "heron"}, by=make_user("bizops"))
    effect = Effect.objects.get(kind="salesforce.push")
    assert (effect.state, effect.preview) == ("watched", "Would set in Salesforce: GitHub label.")


def test_what_is_not_mirrored_is_not_sent() -> None:
    mirror()
    take(brook())
    Account.objects.get().change({"running_version": "4.2"}, by=make_user("bizops"))
    assert not Effect.objects.filter(kind="salesforce.push").exists()


def test_a_stopped_mirror_is_told_nothing() -> None:
    take(brook())
    Account.objects.get().change({"github_label": "heron"}, by=make_user("bizops"))
    assert not Effect.objects.filter(kind="salesforce.push").exists()


# --- fields that come and go -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [[{"is_on": False}, {"is_on": True}], [{"theirs": "Label_2__c"}]])
def test_a_field_that_is_another_one_from_now_on_wipes_out_nothing_here(steps: list[dict[str, Any]]) -> None:
    """What both sides had agreed on was agreed on in the field as it was."""
    both_write("github_label")
    take(brook(GitHub_label__c="heron"))
    row = Mirror.objects.get(code="accounts").fields.get(ours="github_label")
    for changes in steps:
        row.change(by=make_user("bizops"), **changes)
    take(brook(GitHub_label__c=None, Label_2__c=None))
    assert Account.objects.get().github_label == "heron"


def test_what_was_read_of_a_field_before_it_was_switched_off_makes_no_record() -> None:
    take(ada(Title="CISO"), code="contacts")
    Mirror.objects.get(code="contacts").fields.filter(ours="title").update(is_on=False)
    take(brook())
    reading = Reading(Mirror.objects.get(code="contacts"))
    with transaction.atomic():
        apply(reading, reading.remembered([link(kind="003")]), again=True)
    assert (Contact.objects.get().name, Contact.objects.get().title) == ("Ada 1", "")


def test_a_record_that_is_being_looked_at_is_looked_at_by_nobody_else() -> None:
    take(brook())
    reading = Reading(Mirror.objects.get(code="accounts"))

    def free() -> list[int]:
        try:
            with transaction.atomic():
                return list(MirrorLink.objects.select_for_update(skip_locked=True).values_list("pk", flat=True))
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        Page(reading, reading.told([brook()]), again=True)
        assert other.submit(free).result(timeout=10) == []


def test_thousands_that_wait_in_vain_are_not_read_every_time() -> None:
    take(*(ada(number, account=9) for number in range(1, 51)), code="contacts")
    reading = Reading(Mirror.objects.get(code="contacts"))
    rows: list[int] = []

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        told = execute(sql, params, many, context)
        rows.append(context["cursor"].rowcount)
        return told

    assert reading.fields, "the table of fields is read before"
    with connection.execute_wrapper(counting):
        assert come(reading) == []
    assert sum(rows) == 0
    take(brook(9))
    assert len(come(reading)) == 50
