"""Reading from Salesforce: whole and page by page, in bulk, with what was deleted, merged and converted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetcs import clock as product_clock
from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce import moment, quoted
from fleetcs.local.standins.salesforce.soql import literal, parse
from tests.fleetcs.salesforce_records import KEY, NOW, account, asked, opportunity, rows
from tests.standins import StandIns

MovableClock = Callable[[datetime], datetime]


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
