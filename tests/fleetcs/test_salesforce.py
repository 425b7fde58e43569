"""The Salesforce line: simple-salesforce as it is, over real HTTPS, against records that change and refuse."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from fleetcs import clock as product_clock
from fleetcs.clients import http, salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce import moment, quoted
from fleetcs.local.standins.salesforce.soql import literal, parse
from tests.standins import StandIns

MovableClock = Callable[[datetime], datetime]
NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)
KEY = "Fleetcs_id__c"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time-outs, shorter."""
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))


def account(line: StandIns, **values: object) -> str:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge", **values}])
    return str(id)


def opportunity(line: StandIns, **values: object) -> str:
    deal = {"Name": "Brightforge 2026", "StageName": "Proposal", "CloseDate": "2026-06-30", "Amount": 1000.0}
    return salesforce.upsert("Opportunity", KEY, "deal-1", {**deal, **values}).id


def rows(soql: str, **how: bool) -> list[dict[str, Any]]:
    return [row for page in salesforce.query(soql, **how) for row in page.rows]


def asked(line: StandIns, path: str = "/services/data") -> list[dict[str, Any]]:
    return line.journal("salesforce", path)


# --- signing in -------------------------------------------------------------------------------------------------------


def pem(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return pem(rsa.generate_private_key(65537, 2048))


def grant(line: StandIns) -> str:
    [call] = asked(line, "oauth2/token")
    return str(call["body"])


def test_an_app_with_a_secret_signs_in_by_itself(line: StandIns) -> None:
    assert salesforce.count("Account") == 0
    assert "grant_type=client_credentials" in grant(line)


def test_a_user_with_password_and_security_token_signs_in(line: StandIns, settings: Settings) -> None:
    settings.SALESFORCE_USERNAME = "integration@lanternfish.example"
    settings.SALESFORCE_PASSWORD, settings.SALESFORCE_SECURITY_TOKEN = "pass word", "T0ken"
    line.act("app", client_id="fleetcs", secret="salesforce-test", password="pass wordT0ken")
    assert salesforce.count("Account") == 0
    assert "grant_type=password" in grant(line)


def test_a_user_signs_in_by_an_assertion_that_a_key_has_signed(
    line: StandIns, settings: Settings, keys: tuple[str, str]
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act("app", client_id="fleetcs", public_key=keys[1])
    assert salesforce.count("Account") == 0
    assert "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in grant(line)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SALESFORCE_PRIVATE_KEY": "other"}, "invalid_grant"),
        ({"SALESFORCE_USERNAME": "nobody@lanternfish.example"}, "invalid_grant"),
        ({"SALESFORCE_CLIENT_ID": "unknown"}, "invalid_client_id"),
        ({"SALESFORCE_PRIVATE_KEY": "no key at all"}, "private_key"),
        ({"SALESFORCE_PRIVATE_KEY": "", "SALESFORCE_CLIENT_SECRET": "wrong"}, "invalid_client"),
        ({"SALESFORCE_PRIVATE_KEY": "", "SALESFORCE_PASSWORD": "wrong"}, "invalid_grant"),
        ({"SALESFORCE_CLIENT_ID": ""}, "not_configured"),
    ],
)
def test_whoever_may_not_come_in_is_told_so_once(
    line: StandIns, settings: Settings, keys: tuple[str, str], changed: dict[str, str], code: str
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act("app", client_id="fleetcs", public_key=keys[1], secret="salesforce-test", password="right")
    for name, value in changed.items():
        other = pem(rsa.generate_private_key(65537, 2048))[0] if value == "other" else value
        setattr(settings, name, other)
    with pytest.raises(Rejected, match=f"^{code}$"):
        salesforce.count("Account")
    assert len(asked(line, "oauth2/token")) == (code not in {"private_key", "not_configured"})
    assert asked(line) == []


def test_an_old_assertion_lets_nobody_in(
    line: StandIns, settings: Settings, keys: tuple[str, str], clock: MovableClock, tmp_path: Any
) -> None:
    settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY = "integration@lanternfish.example", keys[0]
    line.act("app", client_id="fleetcs", public_key=keys[1])
    settings.CLOCK_FILE = str(tmp_path / "another clock")
    clock(NOW - timedelta(hours=1))
    with pytest.raises(Rejected, match=r"^invalid_grant$"):
        salesforce.count("Account")


def test_we_know_as_whom_we_act(line: StandIns) -> None:
    id = opportunity(line)
    assert salesforce.get("Opportunity", id, ["LastModifiedById"]) == {"LastModifiedById": salesforce.user_id()}


def test_only_the_instance_that_the_sign_in_named_is_called(line: StandIns, settings: Settings) -> None:
    salesforce.count("Account")
    settings.SALESFORCE_LOGIN_URL = settings.SALESFORCE_LOGIN_URL.replace("127.0.0.1", "localhost")
    salesforce.count("Account")
    assert {call["headers"]["host"].partition(":")[0] for call in asked(line)} == {"127.0.0.1", "localhost"}
    settings.SALESFORCE_LOGIN_URL = settings.SLACK_API_URL = settings.MAILGUN_API_URL = settings.SMS_API_URL = ""
    with http.session() as outside, pytest.raises(Rejected, match=r"^host$"):
        outside.get(f"{line.urls['salesforce_login_url']}/services/data")


# --- a session that ends ----------------------------------------------------------------------------------------------


def test_a_session_that_has_ended_is_renewed_and_the_call_repeated(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    assert salesforce.count("Account") == 0
    assert [call["status"] for call in asked(line)] == [200, 401, 200]


def test_a_precondition_survives_the_renewal_of_the_session(line: StandIns, clock: MovableClock) -> None:
    """Trap 23: the library's own renewal repeats the call without its headers, and would overwrite."""
    id = account(line)
    read_at = product_clock.now()
    clock(NOW + timedelta(minutes=5))
    line.act("edit", object="Account", id=id, set={"Industry": "Energy"})
    salesforce.count("Account")
    line.act("expire")
    with pytest.raises(Rejected, match=r"^precondition$"):
        salesforce.update("Account", id, {"Industry": "Banking"}, unmodified_since=read_at)
    first, second = asked(line, f"/sobjects/Account/{id}")
    assert [first["status"], second["status"]] == [401, 412]
    assert first["headers"]["if-unmodified-since"] == second["headers"]["if-unmodified-since"]
    assert salesforce.get("Account", id, ["Industry"]) == {"Industry": "Energy"}


def test_eight_threads_whose_session_ends_sign_in_once(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    barrier = Barrier(8)

    def one(number: int) -> bool:
        barrier.wait()
        return salesforce.upsert("Account", KEY, f"a-{number}", {"Name": f"Company {number}"}).created

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [True] * 8
    assert len(asked(line, "oauth2/token")) == 2, "the first one and one renewal"
    assert salesforce.count("Account") == 8


def test_a_session_that_ends_between_two_batches_costs_one_sign_in_and_no_row(line: StandIns) -> None:
    """F29."""
    salesforce.count("Account")
    line.act("expire", after=1)
    results = salesforce.upsert_many("Account", KEY, [{KEY: f"a-{n}", "Name": f"Company {n}"} for n in range(450)])
    assert all(each.success and each.created for each in results)
    assert len(asked(line, "oauth2/token")) == 2
    assert salesforce.count("Account") == 450
    assert [call["status"] for call in asked(line, "composite/")] == [200, 401, 200, 200]


def test_a_session_that_cannot_be_renewed_is_no_doubt_about_what_was_done(line: StandIns) -> None:
    salesforce.count("Account")
    line.act("expire")
    line.turn("salesforce", status_script=[503], only="oauth2/token")
    with pytest.raises(Unavailable) as away:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert not away.value.ambiguous
    assert line.records("Account") == []


# --- reading ----------------------------------------------------------------------------------------------------------


def test_an_object_is_described_as_it_is_now(line: StandIns) -> None:
    """Traps 16 to 18: fields come and go and picklist values go out of use while we run."""
    fields = {field.name: field for field in salesforce.describe("Opportunity")}
    assert fields["StageName"].restricted
    assert fields["ExpectedRevenue"].updateable is False
    assert (fields[KEY].external_id, fields[KEY].unique, fields[KEY].length) == (True, True, 36)
    assert (fields["AccountId"].references, fields["AccountId"].relationship) == (("Account",), "Account")
    line.act("shape", object="Opportunity", fields=["Region__c | Region | string(20)"], without=["NextStep"])
    line.act("shape", object="Opportunity", choices={"StageName": {"Proposal": False, "Pilot": True}})
    later = {field.name: field for field in salesforce.describe("Opportunity")}
    assert (later.keys() - fields.keys(), fields.keys() - later.keys()) == ({"Region__c"}, {"NextStep"})
    stages = {choice.value: choice.active for choice in later["StageName"].choices}
    assert (stages["Proposal"], stages["Pilot"]) == (False, True)


def test_a_field_that_works_itself_out_is_marked_since_no_stamp_tells_of_its_change(line: StandIns) -> None:
    """Trap 8."""
    id = account(line)
    before = salesforce.get("Account", id, ["SystemModstamp", "Deals_won__c"])
    opportunity(line, AccountId=id, StageName="Closed Won")
    after = salesforce.get("Account", id, ["SystemModstamp", "Deals_won__c"])
    assert (before["Deals_won__c"], after["Deals_won__c"]) == (0.0, 1.0)
    assert before["SystemModstamp"] == after["SystemModstamp"]
    assert [f.calculated for f in salesforce.describe("Account") if f.name == "Deals_won__c"] == [True]


def test_every_page_of_a_long_answer_is_read_with_salesforces_own_clock(line: StandIns, clock: MovableClock) -> None:
    """Traps 4 and 22: page two is on the same host, and the moment is the Date header's."""
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n:04}"} for n in range(4_100)])
    clock(NOW + timedelta(days=1))
    pages = list(salesforce.query("SELECT Id, LastName FROM Contact ORDER BY LastName"))
    assert [len(page.rows) for page in pages] == [2_000, 2_000, 100]
    assert [page.rows[0]["LastName"] for page in pages] == ["Person 0000", "Person 2000", "Person 4000"]
    assert all(abs(page.server_now - (NOW + timedelta(days=1))) < timedelta(seconds=30) for page in pages)
    assert {page.total for page in pages} == {4_100}
    assert all("attributes" not in row for page in pages for row in page.rows)


def test_a_page_is_asked_for_when_it_is_taken(line: StandIns) -> None:
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n}"} for n in range(2_100)])
    pages = salesforce.query("SELECT Id FROM Contact")
    next(pages)
    assert len(asked(line, "/query")) == 1
    pages.close()  # type: ignore[attr-defined]
    assert len(asked(line, "/query")) == 1


def test_a_session_may_end_between_two_pages(line: StandIns) -> None:
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n}"} for n in range(2_100)])
    salesforce.count("Contact")
    line.act("expire", after=1)
    assert len(rows("SELECT Id FROM Contact")) == 2_100


def test_parents_come_as_records_without_their_addresses(line: StandIns) -> None:
    id = account(line)
    opportunity(line, AccountId=id)
    [row] = rows("SELECT Name, Account.Name, Account.Owner.Name, Owner.Name FROM Opportunity")
    assert row["Account"] == {"Name": "Brightforge", "Owner": {"Name": "Sales Person"}}
    [orphan] = rows("SELECT Account.Name FROM Contact") or [{"Account": None}]
    assert orphan["Account"] is None


def test_records_of_one_second_are_read_on_by_stamp_and_id(line: StandIns) -> None:
    """Trap 1: many rows carry one stamp, so the cursor is the pair."""
    line.act("load", object="Account", rows=[{"Name": f"Company {n}"} for n in range(5)])
    everything = rows("SELECT Id, SystemModstamp FROM Account ORDER BY SystemModstamp, Id")
    assert len({row["SystemModstamp"] for row in everything}) == 1
    last = everything[2]
    at, id = moment(last["SystemModstamp"]), quoted(last["Id"])
    further = rows(
        f"SELECT Id FROM Account WHERE (SystemModstamp = {quoted(at)} AND Id > {id}) OR SystemModstamp > {quoted(at)} "
        "ORDER BY SystemModstamp, Id"
    )
    assert [row["Id"] for row in further] == [row["Id"] for row in everything[3:]]


def test_a_row_committed_late_lies_before_the_end_of_the_last_window(line: StandIns, clock: MovableClock) -> None:
    """F33: only a window that overlaps the one before sees it."""
    id = account(line)
    [page] = salesforce.query("SELECT Id FROM Account")
    clock(NOW + timedelta(minutes=1))
    line.act("edit", object="Account", id=id, set={"Industry": "Energy"}, at=(NOW - timedelta(seconds=50)).isoformat())
    since = page.server_now
    assert rows(f"SELECT Id FROM Account WHERE SystemModstamp >= {quoted(since)}") == []
    overlapping = quoted(since - timedelta(minutes=2))
    assert rows(f"SELECT Id FROM Account WHERE SystemModstamp >= {overlapping}") == [{"Id": id}]


def test_deleted_rows_are_seen_only_by_those_who_ask_for_them(line: StandIns) -> None:
    """Trap 9."""
    kept, gone = account(line, Name="Kept"), account(line, Name="Gone")
    line.act("delete", object="Account", id=gone)
    soql = "SELECT Id, IsDeleted FROM Account ORDER BY Name"
    assert rows(soql) == [{"Id": kept, "IsDeleted": False}]
    everything = rows(soql, include_deleted=True)
    assert [row["IsDeleted"] for row in everything] == [True, False]
    assert salesforce.count("Account") == 1


def test_the_log_of_deletions_says_up_to_when_it_is_complete(line: StandIns, clock: MovableClock) -> None:
    """Trap 10: it cuts seconds off, so `latest_date_covered` is the start of the next question."""
    gone = account(line)
    line.act("delete", object="Account", id=gone)
    clock(NOW + timedelta(minutes=2))
    found = salesforce.deleted("Account", NOW - timedelta(hours=1), product_clock.now())
    assert found.ids == (gone,)
    assert found.latest_date_covered == datetime(2026, 3, 2, 15, 32, tzinfo=UTC)
    with pytest.raises(Rejected, match=r"^INVALID_REPLICATION_DATE$"):
        salesforce.deleted("Account", NOW - timedelta(days=16), NOW)


def test_what_is_purged_is_in_no_list_at_all(line: StandIns) -> None:
    """Trap 11: only a comparison of all ids finds it missing."""
    gone = account(line)
    line.act("delete", object="Account", id=gone)
    line.act("purge", object="Account", id=gone)
    assert rows("SELECT Id FROM Account", include_deleted=True) == []
    assert salesforce.deleted("Account", NOW - timedelta(hours=1), NOW + timedelta(minutes=5)).ids == ()


def test_a_merged_record_names_its_master_and_its_contacts_have_moved(line: StandIns) -> None:
    """Trap 12."""
    master, loser = account(line, Name="Brightforge"), account(line, Name="Bright Forge")
    [contact] = line.act("load", object="Contact", rows=[{"LastName": "Duarte", "AccountId": loser}])
    line.act("merge", object="Account", master=master, losers=[loser])
    [gone] = rows("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", include_deleted=True)
    assert gone == {"Id": loser, "MasterRecordId": master}
    assert salesforce.get("Contact", contact, ["AccountId"]) == {"AccountId": master}


def test_a_converted_lead_says_what_it_has_become(line: StandIns) -> None:
    """Trap 14."""
    [lead] = line.act("load", object="Lead", rows=[{"LastName": "Duarte", "Company": "Brightforge", "Status": "Open"}])
    ids = line.act("convert", id=lead, opportunity="Brightforge 2026")
    said = salesforce.get("Lead", lead, ["IsConverted", *ids])
    assert said == {"IsConverted": True, **ids}
    assert salesforce.get("Account", ids["ConvertedAccountId"], ["Name"]) == {"Name": "Brightforge"}
    with pytest.raises(Rejected, match=r"^CANNOT_UPDATE_CONVERTED_LEAD$"):
        salesforce.update("Lead", lead, {"Rating": "Hot"})


def test_each_change_of_stage_amount_or_date_leaves_a_row_of_history(line: StandIns) -> None:
    """Trap 15."""
    id = opportunity(line)
    salesforce.update("Opportunity", id, {"NextStep": "Call"})
    salesforce.update("Opportunity", id, {"StageName": "Closed Won", "Amount": 1200})
    history = rows(
        f"SELECT StageName, Amount, Probability, PrevAmount FROM OpportunityHistory WHERE OpportunityId = {quoted(id)} "
        "ORDER BY Id"
    )
    assert [tuple(row.values()) for row in history] == [
        ("Proposal", 1000.0, 60.0, None),
        ("Closed Won", 1200.0, 100.0, 1000.0),
    ]


def test_a_field_that_is_gone_is_named_by_the_refusal(line: StandIns) -> None:
    """Trap 17."""
    line.act("shape", object="Account", without=["Rating"])
    questions: list[Callable[[], object]] = [
        lambda: rows("SELECT Id, Rating FROM Account"),
        lambda: salesforce.bulk_start("SELECT Id, Rating FROM Account"),
        lambda: salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge", "Rating": "Hot"}),
    ]
    for ask in questions:
        with pytest.raises(Rejected, match=r"^INVALID_FIELD$") as refused:
            ask()
        assert refused.value.fields == ("Rating",)


def test_counts_are_told_for_a_balance(line: StandIns) -> None:
    account(line, Industry="Energy")
    account(line, Industry="Banking")
    assert salesforce.count("Account", f"Industry = {quoted('Energy')}") == 1
    assert salesforce.record_counts(["Account", "Contact"]) == {"Account": 2, "Contact": 0}
    assert {"Account", "OpportunityHistory", "Task"} <= set(salesforce.objects())


# --- writing ----------------------------------------------------------------------------------------------------------


def test_an_upsert_makes_a_record_once_and_changes_it_afterwards(line: StandIns) -> None:
    made = salesforce.upsert("Account", KEY, "0b6c/1 ü", {"Name": "Brightforge"})
    again = salesforce.upsert("Account", KEY, "0b6c/1 ü", {"Name": "Brightforge Ltd", KEY: "0b6c/1 ü"})
    assert (made.created, again.created, made.id) == (True, False, again.id)
    assert salesforce.get("Account", made.id, ["Name", KEY]) == {"Name": "Brightforge Ltd", KEY: "0b6c/1 ü"}


def test_old_versions_do_not_say_which_record_it_was_and_are_asked(line: StandIns, settings: Settings) -> None:
    settings.SALESFORCE_API_VERSION = "45.0"
    made = salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    again = salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert (again.id, again.created) == (made.id, False)
    assert [call["status"] for call in asked(line)] == [201, 204, 200]


def test_two_records_with_one_id_of_ours_are_for_a_person(line: StandIns) -> None:
    account(line, **{KEY: "a-1"})
    account(line, **{KEY: "a-1"})
    with pytest.raises(Rejected, match=r"^more_than_one$") as refused:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert refused.value.status == 300


@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"applied_then_hold": True}])
def test_an_upsert_whose_answer_was_lost_makes_no_second_record(
    line: StandIns, impatient: None, fault: dict[str, Any]
) -> None:
    """F27, trap 24: 5xx, half an answer or none at all after the deed."""
    salesforce.count("Account")
    line.turn("salesforce", **fault, times=1)
    with pytest.raises(Unavailable) as lost:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert lost.value.ambiguous
    line.release()
    assert salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"}).created is False
    assert len(line.records("Account")) == 1


def test_a_server_that_is_down_is_tried_later(line: StandIns) -> None:
    salesforce.count("Account")
    line.turn("salesforce", status_script=[503], retry_after=120)
    with pytest.raises(Unavailable, match=r"^SERVER_UNAVAILABLE$") as away:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert (away.value.after, away.value.ambiguous) == (timedelta(seconds=120), False)


def test_each_row_of_many_has_its_own_result(line: StandIns) -> None:
    """F28, trap 25: a call that succeeds as a whole may have failed for some, and only those are to be repeated."""
    records = [{KEY: f"a-{n}", "Name": f"Company {n}"} for n in range(400)]
    line.act("script", rows=["UNABLE_TO_LOCK_ROW" if n % 14 == 0 else "" for n in range(400)])
    results = salesforce.upsert_many("Account", KEY, records)
    failed = [number for number, each in enumerate(results) if not each.success]
    assert failed == [n for n in range(400) if n % 14 == 0]
    assert all(isinstance(results[n].error, Unavailable) for n in failed)
    again = salesforce.upsert_many("Account", KEY, [records[n] for n in failed])
    assert all(each.success and each.created for each in again)
    assert salesforce.count("Account") == 400
    assert len(asked(line, "composite/")) == 3


def test_a_refused_row_says_which_field_and_stops_no_other(line: StandIns) -> None:
    deal = {"Name": "D 2026", "StageName": "Proposal", "CloseDate": "2026-06-30"}
    first, second, third, fourth = salesforce.upsert_many(
        "Opportunity",
        KEY,
        [
            {KEY: "1", **deal},
            {KEY: "2", **deal, "StageName": "Proposed"},
            {KEY: "", **deal},
            {KEY: "4", "Name": "E", "StageName": "Proposal"},
        ],
    )
    assert first.success
    assert [getattr(each.error, "code", "") for each in (second, third, fourth)] == [
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "MISSING_ARGUMENT",
        "REQUIRED_FIELD_MISSING",
    ]
    assert [getattr(each.error, "fields", ()) for each in (second, fourth)] == [("StageName",), ("CloseDate",)]


def test_when_salesforce_goes_away_between_batches_later_rows_are_not_sent(line: StandIns) -> None:
    line.turn("salesforce", status_script=[200, 500], only="composite/")
    results = salesforce.upsert_many("Account", KEY, [{KEY: f"a-{n}", "Name": f"C {n}"} for n in range(500)])
    assert [each.success for each in results] == [True] * 200 + [False] * 300
    assert [getattr(results[n].error, "ambiguous", None) for n in (200, 450)] == [True, False]
    assert len(asked(line, "composite/")) == 2


def test_a_record_changed_by_somebody_else_is_not_overwritten(line: StandIns, clock: MovableClock) -> None:
    """Trap 28."""
    id = account(line)
    read_at = moment(salesforce.get("Account", id, ["LastModifiedDate"])["LastModifiedDate"])
    salesforce.update("Account", id, {"Rating": "Warm"}, unmodified_since=read_at)
    clock(NOW + timedelta(seconds=90))
    line.act("edit", object="Account", id=id, set={"Industry": "Energy"})
    with pytest.raises(Rejected, match=r"^precondition$") as refused:
        salesforce.update("Account", id, {"Rating": "Hot"}, unmodified_since=read_at)
    assert refused.value.status == 412
    assert salesforce.get("Account", id, ["Rating", "Industry"]) == {"Rating": "Warm", "Industry": "Energy"}


def test_a_row_that_somebody_writes_is_tried_a_little_later(line: StandIns) -> None:
    """F31."""
    id = account(line)
    line.act("lock", id=id, times=1)
    with pytest.raises(Unavailable, match=f"^{salesforce.LOCKED}$") as locked:
        salesforce.update("Account", id, {"Rating": "Hot"})
    assert not locked.value.ambiguous
    salesforce.update("Account", id, {"Rating": "Hot"})


def test_rules_of_the_company_refuse_with_the_field(line: StandIns) -> None:
    """F31: a validation rule and a duplicate rule are for a person."""
    line.act("rule", rule="validation", object="Opportunity", field="Amount", above=9_000, message="Ask the CFO")
    line.act("rule", rule="duplicate", object="Contact", field="Email", allow_save=True)
    with pytest.raises(Rejected, match=r"^FIELD_CUSTOM_VALIDATION_EXCEPTION$") as refused:
        opportunity(line, Amount=10_000)
    assert refused.value.fields == ("Amount",)
    person = {"LastName": "Duarte", "Email": "ana@brightforge.example"}
    salesforce.upsert("Contact", KEY, "c-1", person)
    with pytest.raises(Rejected, match=r"^DUPLICATES_DETECTED$"):
        salesforce.upsert("Contact", KEY, "c-2", {**person, "Email": "ANA@brightforge.example"})
    assert salesforce.count("Contact") == 1


@pytest.mark.parametrize(
    ("values", "code", "fields"),
    [
        ({"StageName": "Proposed"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("StageName",)),
        ({"Colour__c": "red"}, "INVALID_FIELD", ("Colour__c",)),
        ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ("CreatedDate",)),
        ({"ExpectedRevenue": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", ("ExpectedRevenue",)),
        ({"Name": ""}, "REQUIRED_FIELD_MISSING", ("Name",)),
        ({"NextStep": "x" * 256}, "STRING_TOO_LONG", ("NextStep",)),
        ({"AccountId": "001000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY", ("AccountId",)),
        ({"Amount": "a lot"}, "JSON_PARSER_ERROR", ()),
    ],
)
def test_what_a_field_does_not_take_is_refused_with_its_name(
    line: StandIns, values: dict[str, Any], code: str, fields: tuple[str, ...]
) -> None:
    id = opportunity(line)
    with pytest.raises(Rejected, match=f"^{code}$") as refused:
        salesforce.update("Opportunity", id, values)
    assert (refused.value.status, refused.value.fields) == (400, fields)


def test_a_deleted_record_is_not_written(line: StandIns) -> None:
    id = account(line)
    line.act("delete", object="Account", id=id)
    with pytest.raises(Rejected, match=r"^ENTITY_IS_DELETED$"):
        salesforce.update("Account", id, {"Rating": "Hot"})
    with pytest.raises(Rejected, match=r"^NOT_FOUND$") as refused:
        salesforce.get("Account", id, ["Name"])
    assert refused.value.status == 404


@pytest.mark.parametrize("wrong", ["", "..", "../Contact", "001/x", "a b"])
def test_an_id_cannot_name_something_else(line: StandIns, wrong: str) -> None:
    for ask in (
        lambda: salesforce.get("Account", wrong, ["Name"]),
        lambda: salesforce.update("Account", wrong, {"Rating": "Hot"}),
        lambda: salesforce.get(wrong, "001000000000000AAA", ["Name"]),
        lambda: salesforce.count(wrong),
        lambda: salesforce.bulk_done(wrong),
    ):
        with pytest.raises(Rejected):
            ask()
    assert asked(line) == []


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_an_empty_id_of_ours_names_nothing(line: StandIns, wrong: str) -> None:
    with pytest.raises(Rejected, match=r"^MALFORMED_ID$"):
        salesforce.upsert("Account", KEY, wrong, {"Name": "Brightforge"})
    assert asked(line) == []


# --- the quota --------------------------------------------------------------------------------------------------------


def test_every_answer_tells_what_is_left_of_the_quota(line: StandIns) -> None:
    """Trap 19."""
    line.act("quota", used=24, limit=100_000)
    salesforce.count("Account")
    told = salesforce.quota()
    assert told is not None
    assert (told.used, told.limit) == (25, 100_000)
    assert abs(told.at - product_clock.now()) < timedelta(seconds=30)
    assert salesforce.limits()["DailyApiRequests"] == salesforce.Limit(100_000, 99_974)


def test_a_spent_quota_is_not_slept_through(line: StandIns) -> None:
    """F30, trap 20: no header says when, and waiting is not a worker's business."""
    line.act("quota", used=100_000, limit=100_000)
    with pytest.raises(Unavailable, match=f"^{salesforce.LIMIT}$") as spent:
        salesforce.upsert("Account", KEY, "a-1", {"Name": "Brightforge"})
    assert (spent.value.after, spent.value.ambiguous) == (timedelta(hours=1), False)
    told = salesforce.quota()
    assert told is not None
    assert told.used == told.limit
    assert line.records("Account") == []


# --- bulk -------------------------------------------------------------------------------------------------------------


def test_a_first_load_comes_in_bulk_page_by_page(line: StandIns) -> None:
    """Trap 21: one job for all of it."""
    named = [{"LastName": f'Person "{n}", Jr.\nII', "Is_champion__c": n == 0} for n in range(25)]
    line.act("load", object="Contact", rows=named)
    soql = "SELECT Id, LastName, Email, Is_champion__c, SystemModstamp, Account.Name FROM Contact ORDER BY Id"
    pages = list(salesforce.bulk_query(soql, wait=timedelta(seconds=20), at_once=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    first = pages[0][0]
    assert (first["LastName"], first["Email"], first["Is_champion__c"]) == ('Person "0", Jr.\nII', "", "true")
    assert first["Account.Name"] == ""
    assert moment(first["SystemModstamp"]) == NOW.replace(microsecond=0) or first["SystemModstamp"].endswith("Z")
    assert len([call for call in asked(line, "jobs/query") if call["method"] == "POST"]) == 1


def test_a_job_that_was_left_halfway_goes_on_where_it_stood(line: StandIns) -> None:
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n}"} for n in range(30)])
    job = salesforce.bulk_start("SELECT Id FROM Contact ORDER BY Id")
    assert [salesforce.bulk_done(job) for _ in range(2)] == [False, True]
    first = next(salesforce.bulk_pages(job, at_once=10))
    rest = list(salesforce.bulk_pages(job, first.locator, at_once=10))
    ids = [row["Id"] for page in (first, *rest) for row in page.rows]
    assert ids == [row["Id"] for row in line.records("Contact")]


def test_nobody_waits_longer_for_a_job_than_he_said(line: StandIns) -> None:
    with pytest.raises(Unavailable, match=r"^bulk_running$"):
        list(salesforce.bulk_query("SELECT Id FROM Contact", wait=timedelta()))


def test_a_job_that_fails_says_why(line: StandIns) -> None:
    line.act("job_fails", message="INVALID_QUERY_LOCATOR: the query took too long")
    job = salesforce.bulk_start("SELECT Id FROM Contact")
    assert salesforce.bulk_done(job) is False
    with pytest.raises(Rejected, match=r"^INVALID_QUERY_LOCATOR$"):
        salesforce.bulk_done(job)


def test_deleted_rows_come_in_bulk_when_asked_for(line: StandIns) -> None:
    """Trap 13: bulk and page-by-page give the same."""
    gone = account(line)
    line.act("delete", object="Account", id=gone)
    for deleted in (False, True):
        in_bulk = salesforce.bulk_query("SELECT Id FROM Account", wait=timedelta(seconds=20), include_deleted=deleted)
        assert [row for page in in_bulk for row in page] == rows("SELECT Id FROM Account", include_deleted=deleted)


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-02T03:04:05.000+0000",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05Z",
        "2026-01-02T04:04:05+01:00",
        1767323045000,
        "1767323045000",
        "Fri, 02 Jan 2026 03:04:05 GMT",
    ],
)
def test_a_moment_is_the_same_in_every_spelling(written: object) -> None:
    """Trap 30."""
    found = moment(written)
    assert found == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found is not None
    assert found.utcoffset() == timedelta()


def test_no_moment_is_none_and_nonsense_is_not_understood() -> None:
    assert moment("") is moment(None) is None
    for nonsense in ("soon", "2026-13-01T00:00:00Z", [1]):
        with pytest.raises(Unavailable, match=r"^not_understood$"):
            moment(nonsense)


@given(text=st.text())
def test_no_text_breaks_out_of_its_literal(text: str) -> None:
    query = parse(f"SELECT Id FROM Account WHERE Name = {quoted(text)} LIMIT 1")
    assert query.limit == 1
    assert literal(quoted(text)) == text


def test_values_are_written_as_soql_wants_them() -> None:
    at = datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)
    written = [quoted(value) for value in (None, True, 5, 1.5, at, at.date(), ["a", "b'"])]
    assert written == ["null", "true", "5", "1.5", "2026-01-02T04:04:05Z", "2026-01-02", "('a','b\\'')"]
    for wrong in (at.replace(tzinfo=None), object()):
        with pytest.raises(Rejected, match=r"^unquotable$"):
            quoted(wrong)


def test_a_name_with_a_quote_finds_its_account_and_nothing_else(line: StandIns) -> None:
    account(line, Name="Brightforge")
    account(line, Name="O'Neil \\ Sons")
    assert salesforce.count("Account", f"Name = {quoted('o' + chr(39) + 'neil ' + chr(92) + ' sons')}") == 1
    assert salesforce.count("Account", f"Name = {quoted(chr(39) + ' OR Name != ' + chr(39))}") == 0


# --- what an answer means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"status_script": [500]}, {"status_script": [400]}, {"close_midway": True}])
def test_no_error_tells_a_token_a_name_or_an_address(
    line: StandIns, fault: dict[str, Any], impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    salesforce.count("Account")
    caplog.set_level("DEBUG", "fleetcs")
    line.turn("salesforce", **fault)
    with pytest.raises((Unavailable, Rejected)) as failed:
        salesforce.upsert("Account", KEY, "canary-key", {"Name": "Brightforge"})
    told = f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"
    assert not [canary for canary in ("salesforce-test", "canary", "Brightforge", "127.0.0.1", "!") if canary in told]


def test_an_answer_that_never_comes_is_in_doubt(line: StandIns, impatient: None) -> None:
    salesforce.count("Account")
    line.turn("salesforce", hang=True, times=1)
    with pytest.raises(Unavailable, match=r"^no_answer$") as lost:
        salesforce.update("Account", "001000000000000AAA", {"Rating": "Hot"})
    assert lost.value.ambiguous
    line.release()


def test_a_redirect_is_not_followed(line: StandIns) -> None:
    salesforce.count("Account")
    line.turn("salesforce", status_script=[302])
    with pytest.raises(Rejected):
        salesforce.count("Account")
    assert len(asked(line)) == 2


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(line: StandIns, settings: Settings) -> None:
    settings.OUTSIDE_CA_FILE = ""
    with pytest.raises(Unavailable) as distrusted:
        salesforce.count("Account")
    assert not distrusted.value.ambiguous
    assert line.journal("salesforce") == []
