"""The mirror over the real line: windows, late rows, deletions, merges, quotas, kills, and both sides writing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.models import Account, Contact
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients import salesforce
from fleetcs.mirrors import balance, duties, pull, quota, settling, writing
from fleetcs.models import Automation, Calls, Conflict, Effect, EffectAttempt, Event, Mirror, MirrorField, MirrorLink
from tests.conftest import Clock
from tests.factories import make_account, make_ticket, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _running(line: StandIns) -> Iterator[None]:
    """Both mirrors are started and may act, as after the first week."""
    Automation.objects.get(code="salesforce").switch("act", by=None)
    for mirror in Mirror.objects.filter(code__in=("accounts", "contacts")):
        mirror.start(by=make_user("administrator"))
    yield
    salesforce.line._quota.clear()
    salesforce.spent()


def load(line: StandIns, *rows: dict[str, Any], object: str = "Account", at: str = "2026-03-01T09:00:00Z") -> list[str]:
    ids: list[str] = line.act("load", object=object, rows=list(rows), at=at)
    return ids


def brooks(count: int) -> list[dict[str, Any]]:
    return [{"Name": f"Brook {number:05}", "NumberOfEmployees": number} for number in range(count)]


def poll() -> int:
    """The next poll, whenever it is due."""
    Mirror.objects.update(tried_at=None)
    return duties.poll()


def send_all() -> None:
    for _ in range(6):
        Effect.objects.open().update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
        if not effects.send_rest():
            return


def accounts() -> Mirror:
    return Mirror.objects.get(code="accounts")


def both_write(*fields: str) -> None:
    MirrorField.objects.filter(mirror__code="accounts", ours__in=fields).update(master="both")


def calls(line: StandIns, path: str = "") -> list[str]:
    return [entry["path"] for entry in line.journal("salesforce", "/services/data") if path in entry["path"]]


def record(line: StandIns, id: str, object: str = "Account") -> dict[str, Any]:
    return next(row for row in line.records(object) if row["Id"] == id)


def changed(**changes: Any) -> Account:
    """A colleague changes the only account here."""
    account = Account.objects.get()
    account.change(changes, by=make_user("bizops"))
    return account


# --- reading ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-02")
def test_accounts_and_contacts_arrive_and_the_counts_balance(line: StandIns) -> None:
    [first, _] = load(line, *brooks(2))
    load(line, {"LastName": "Lund", "FirstName": "Vera", "AccountId": first, "Title": "CISO"}, object="Contact")
    poll()
    duties.recount()
    assert Contact.objects.get().name == "Vera Lund"
    assert Contact.objects.get().account.name == "Brook 00000"
    for mirror in Mirror.objects.running():
        assert balance.standing(mirror, product_clock.now()) == balance.Standing("good", "Balanced")


@pytest.mark.ledger("SYS-02")
def test_the_second_run_changes_nothing_and_asks_once(line: StandIns) -> None:
    load(line, *brooks(30))
    poll()
    before, asked = list(Account.objects.order_by("pk").values()), len(calls(line))
    poll()
    assert list(Account.objects.order_by("pk").values()) == before
    assert len(calls(line)) == asked + 2, "one call for each of the two objects"


def test_a_row_that_was_committed_late_is_caught(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(2))
    poll()
    clock.forward(minutes=10)
    poll()
    late = product_clock.now() - timedelta(seconds=90)
    load(line, {"Name": "Late"}, at=late.isoformat())
    poll()
    assert Account.objects.filter(name="Late").exists()


def test_records_of_one_second_are_told_apart_by_their_ids(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends in the middle of a second goes on with the next id of it."""
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(pull, "ROUND", timedelta(0))
    Mirror.objects.filter(code="contacts").update(stopped_at=NOW)
    for taken in (2_000, 4_000, 4_100):
        poll()
        assert Account.objects.count() == taken
    poll()
    assert accounts().loaded_at
    assert Account.objects.values("name").distinct().count() == 4_100


def test_many_come_in_one_bulk_job_and_a_kill_in_its_middle_doubles_nothing(
    line: StandIns, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    load(line, *brooks(4_500))
    monkeypatch.setattr(pull, "BULK_PAGE", 2_000)
    pieces, real = [], writing.apply

    def dies(*args: Any, **kwargs: Any) -> Any:
        pieces.append(1)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(writing, "apply", dies)
    poll()  # has the job begun
    with pytest.raises(KeyboardInterrupt):
        poll()
    assert Account.objects.count() == 2_000
    assert balance.standing(accounts(), product_clock.now()).words == "Loading, 44 %"
    clock.forward(minutes=6)
    poll()
    assert Account.objects.count() == MirrorLink.objects.count() == 4_500
    assert len([path for path in calls(line, "jobs/query") if path.endswith("jobs/query")]) == 1


def test_somebody_who_stops_it_half_way_can_resume_it(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(pull, "ROUND", timedelta(0))
    poll()
    vp = make_user("vp_cs")
    assert accounts().stop(by=vp)
    poll()
    assert Account.objects.count() == 2_000
    assert accounts().start(by=vp)
    poll()
    poll()
    assert Account.objects.count() == 4_100


def test_two_runs_never_hold_one_mirror(line: StandIns) -> None:
    load(line, *brooks(2))
    assert Mirror.objects.claim("accounts", product_clock.now())
    assert poll() == 0


def test_a_field_that_vanished_is_left_out_with_an_alarm_and_comes_back(line: StandIns) -> None:
    load(line, *brooks(1))
    poll()
    line.act("shape", object="Account", without=["Industry"])
    load(line, {"Name": "New"}, at=NOW.isoformat())
    poll()
    assert Account.objects.filter(name="New").exists()
    assert accounts().trouble == ""
    assert balance.missing_fields(accounts()) == ["Industry"]
    assert Event.objects.filter(verb="mirror_field_vanished", facts__field="industry").exists()


def test_a_field_that_is_mirrored_from_today_on_is_read_of_every_record(line: StandIns, clock: Clock) -> None:
    load(line, {"Name": "Brook", "Industry": "Water"})
    row = accounts().fields.get(ours="industry")
    row.delete()
    poll()
    assert Account.objects.get().industry == ""
    accounts().fields.create(ours="industry", theirs="Industry")
    clock.forward(days=1)
    duties.sweep()
    assert Account.objects.get().industry == "Water"


def test_a_renamed_choice_arrives_as_the_text_it_is(line: StandIns) -> None:
    load(line, {"Name": "Brook", "Industry": "Waterworks (old)"})
    poll()
    assert Account.objects.get().industry == "Waterworks (old)"


# --- the quota -------------------------------------------------------------------------------------------------------
def test_reading_stops_while_enough_is_left_for_what_people_do(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(1))
    line.act("quota", used=850, limit=1000)
    poll()
    poll()
    assert accounts().trouble == "quota"
    told = quota.usage()
    assert told
    assert (told.of, told.reserved, told.ours_at_most, told.used) == (1000, 200, 250, accounts().quota_used)
    assert balance.standing(accounts(), product_clock.now()).words == "Partial: it goes on when calls come back"
    line.act("quota", used=10, limit=1000)
    clock.forward(minutes=31)
    poll()
    assert Account.objects.count() == 1


def test_when_the_quota_is_gone_the_cursor_is_kept_and_everybody_waits(
    line: StandIns, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(quota, "SHARE", 2)
    monkeypatch.setattr(quota, "OURS", 2)
    line.act("quota", used=996, limit=999)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("REQUEST_LIMIT_EXCEEDED", 2_000)
    asked = len(calls(line))
    poll()
    assert len(calls(line)) == asked
    line.act("quota", used=0)
    clock.forward(minutes=61)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 4_100)


def test_reading_stops_when_a_quarter_of_the_companys_calls_were_ours(line: StandIns, clock: Clock) -> None:
    """What people do is sent all the same, and reading goes on by itself when calls have come back (traps 19, 20)."""
    [id] = load(line, *brooks(1))
    poll()
    Calls.objects.note("salesforce", 300)
    line.act("quota", used=320, limit=1000)
    poll()
    assert accounts().trouble in ("", "own_quota")
    clock.forward(minutes=1)
    load(line, {"Name": "New"}, at=product_clock.now().isoformat())
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("own_quota", 1)
    changed(github_label="heron")
    clock.forward(minutes=1)
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"
    told = quota.usage()
    assert told
    assert told.ours > 300
    clock.forward(hours=25)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 2)


def test_an_object_that_refuses_to_be_asked_by_time_is_read_whole_every_hour(line: StandIns, clock: Clock) -> None:
    """Trap 29: describe says so, nothing is asked in vain, and what has not changed is not written again."""
    load(line, *brooks(3))
    line.act("shape", object="Account", fields=["SystemModstamp | System Modstamp | datetime | reads unasked"])
    poll()
    assert (accounts().is_whole, accounts().trouble, Account.objects.count()) == (True, "", 3)
    load(line, {"Name": "New"}, at="2020-01-01T00:00:00Z")
    clock.forward(minutes=30)
    duties.poll()
    assert Account.objects.count() == 3
    clock.forward(minutes=31)
    duties.poll()
    assert Account.objects.count() == 4


def test_an_object_that_refuses_bulk_jobs_comes_in_pages(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    load(line, *brooks(30))
    monkeypatch.setattr(pull, "FEW", 10)
    line.turn("salesforce", times=1, only="jobs/query", status_script=["INVALIDENTITY"])
    poll()
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 30)


# --- gone ------------------------------------------------------------------------------------------------------------
def test_a_deleted_record_is_marked_at_the_next_poll(line: StandIns, clock: Clock) -> None:
    [id, _] = load(line, *brooks(2))
    poll()
    clock.forward(minutes=5)
    line.act("delete", object="Account", id=id)
    poll()
    duties.recount()
    assert MirrorLink.objects.get(salesforce_id=id).gone_at
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_a_record_that_vanished_without_a_trace_is_found_at_night(line: StandIns, clock: Clock) -> None:
    [id, *_] = load(line, *brooks(3))
    poll()
    duties.sweep()
    line.act("purge", object="Account", id=id)
    clock.forward(hours=1)
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()).words == "1 record too many"
    clock.forward(days=1)
    poll()
    assert duties.sweep() == 1
    assert MirrorLink.objects.get(salesforce_id=id).gone_at
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_much_vanishing_at_once_is_held_until_a_person_says_so(line: StandIns, clock: Clock) -> None:
    ids = load(line, *brooks(20))
    poll()
    for id in ids[:10]:
        line.act("purge", object="Account", id=id)
    clock.forward(days=1)
    duties.sweep()
    assert (accounts().held, MirrorLink.objects.exclude(gone_at=None).count()) == (10, 0)
    assert balance.standing(accounts(), product_clock.now()).words == "10 records vanished at once"
    assert accounts().release(by=make_user("vp_cs"))
    duties.sweep()
    assert (accounts().held, MirrorLink.objects.exclude(gone_at=None).count()) == (0, 10)


def test_a_row_removed_here_behind_its_back_turns_it_red_and_comes_back(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(3))
    poll()
    duties.sweep()
    Account.objects.filter(name="Brook 00001").delete()
    clock.forward(hours=1)
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()) == balance.Standing("bad", "1 record missing")
    settling.count_now(accounts(), by=make_user("vp_cs"))
    duties.sweep()
    duties.recount()
    assert Account.objects.filter(name="Brook 00001").exists()
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_merged_accounts_leave_their_tickets_to_the_one_that_is_left(line: StandIns, clock: Clock) -> None:
    [loser, winner] = load(line, *brooks(2))
    poll()
    ticket = make_ticket(Account.objects.get(name="Brook 00000"))
    clock.forward(minutes=5)
    line.act("merge", object="Account", master=winner, losers=[loser])
    poll()
    ticket.refresh_from_db()
    assert ticket.account == Account.objects.get(name="Brook 00001")


# --- skipping --------------------------------------------------------------------------------------------------------
def test_a_skipped_record_is_read_again_by_one_click(line: StandIns) -> None:
    [id] = load(line, {"Name": "x" * 200})
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()) == balance.Standing("warn", "1 record skipped")
    line.act("edit", object="Account", id=id, set={"Name": "Short"})
    by = make_user("bizops")
    assert settling.replay(MirrorLink.objects.get(), by=by)
    assert not settling.replay(MirrorLink.objects.get(), by=by), "it is under way"
    send_all()
    assert (Account.objects.get().name, MirrorLink.objects.get().problem) == ("Short", "")


def test_a_company_of_ours_is_joined_with_theirs_by_one_click(line: StandIns) -> None:
    ours = make_account(name="Brook 00000")
    load(line, *brooks(1))
    poll()
    assert settling.adopt(MirrorLink.objects.get(), by=make_user("bizops"))
    send_all()
    assert MirrorLink.objects.get().record_id == ours.pk


def test_a_dry_run_lists_what_would_be_written_and_writes_nothing(line: StandIns) -> None:
    load(line, *brooks(2), {"Name": "x" * 200})
    assert settling.rehearse(accounts(), by=make_user("bizops"))
    send_all()
    told = accounts().rehearsal
    assert (told["read"], told["writes"], Account.objects.count(), MirrorLink.objects.count()) == (3, 3, 0, 0)
    assert [row["does"] for row in told["rows"]] == ["make", "make", "skip"]


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
    [id] = load(line, {"Name": "Brook", "GitHub_label__c": "crane"})
    poll()
    clock.forward(minutes=1)
    line.act("edit", object="Account", id=id, set={"GitHub_label__c": "ibis"})
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
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


def test_theirs_can_stand_as_well(line: StandIns, clock: Clock) -> None:
    [id] = load(line, {"Name": "Brook", "GitHub_label__c": "crane"})
    poll()
    clock.forward(minutes=1)
    line.act("edit", object="Account", id=id, set={"GitHub_label__c": "ibis"})
    clock.forward(minutes=1)
    changed(github_label="heron")
    send_all()
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
