"""Writing to Salesforce: once, row by row, not over what others have written."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import Settings

from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce import moment
from tests.fleetcs.salesforce_records import KEY, NOW, account, asked, impatiently, opportunity
from tests.standins import StandIns

MovableClock = Callable[[datetime], datetime]


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
def test_an_upsert_whose_answer_was_lost_makes_no_second_record(line: StandIns, fault: dict[str, Any]) -> None:
    """F27, trap 24: 5xx, half an answer or none at all after the deed."""
    salesforce.count("Account")
    line.turn("salesforce", **fault, times=1)
    with impatiently(), pytest.raises(Unavailable) as lost:
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
    read_at = moment(salesforce.get("Account", id, ["LastModifiedDate"])["LastModifiedDate"])
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


def test_moments_days_and_amounts_are_written_as_they_are_meant(line: StandIns) -> None:
    deal: dict[str, Any] = {"Name": "D 2026", "StageName": "Proposal", "CloseDate": date(2026, 6, 30)}
    id = salesforce.upsert("Opportunity", KEY, "d-1", {**deal, "Amount": Decimal("1000.10")}).id
    assert salesforce.get("Opportunity", id, ["CloseDate", "Amount"]) == {"CloseDate": "2026-06-30", "Amount": 1000.1}
    call = {"Subject": "Call", "StartDateTime": datetime(2026, 6, 30, 9, tzinfo=ZoneInfo("America/Los_Angeles"))}
    [event] = line.act("load", object="Event", rows=[{"Subject": "x", "StartDateTime": "2026-01-01T00:00:00.000+0000"}])
    salesforce.update("Event", event, call)
    assert salesforce.get("Event", event, ["StartDateTime"]) == {"StartDateTime": "2026-06-30T16:00:00.000+0000"}
    with pytest.raises(Rejected, match=r"^unquotable$"):
        salesforce.update("Event", event, {"StartDateTime": datetime(2026, 6, 30, 9)})  # noqa: DTZ001 - the mistake
