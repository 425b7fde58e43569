"""The Salesforce stand-in: it speaks to the library as it comes, keeps its forms, forgets nothing, has a page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_django.fixtures import Settings
from simple_salesforce import Salesforce, SalesforceMalformedRequest, SalesforceMoreThanOneRecord

from fleetcs import clock as product_clock
from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.salesforce.soql import literal, parse
from tests.standins import StandIns

DATA = "/services/data/v66.0/"
DEAL = {"Name": "Brightforge 2026", "StageName": "Proposal", "CloseDate": "2026-06-30", "Amount": 1000.5}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")


@pytest.fixture
def plain(line: StandIns) -> Iterator[requests.Session]:
    """A bare session with a token of the stand-in's: nothing of ours between the bytes and the test."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify, url = line.urls["ca_file"], line.urls["salesforce_login_url"]
        form = {"grant_type": "client_credentials", "client_id": "fleetcs", "client_secret": "x"}
        said = session.post(f"{url}/services/oauth2/token", form, timeout=10).json()
        session.headers["Authorization"] = f"Bearer {said['access_token']}"
        assert said["token_type"] == "Bearer"
        assert said["id"].startswith(f"{said['instance_url']}/id/00D")
        yield session


@pytest.fixture
def library(line: StandIns, plain: requests.Session) -> Salesforce:
    """simple-salesforce as it comes."""
    token = str(plain.headers["Authorization"]).removeprefix("Bearer ")
    return Salesforce(session_id=token, instance_url=line.urls["salesforce_login_url"], version="66.0", session=plain)


def ask(line: StandIns, plain: requests.Session, method: str, path: str, **how: Any) -> requests.Response:
    return plain.request(method, line.urls["salesforce_login_url"] + DATA + path, timeout=10, **how)


# --- the library as it comes ------------------------------------------------------------------------------------------


def test_the_library_as_it_comes_reads_and_writes_records(library: Salesforce) -> None:
    made = library.Account.create({"Name": "Brightforge", "GitHub_label__c": "customer-juno"})
    assert (made["success"], made["errors"], made["id"][:3]) == (True, [], "001")
    assert library.Account.update(made["id"], {"Industry": "Energy"}) == 204
    assert library.Account.get(made["id"])["Industry"] == "Energy"
    assert library.Account.upsert("Fleetcs_id__c/a-1", {"Name": "Lumenworks"}) == 201
    assert library.Account.upsert("Fleetcs_id__c/a-1", {"Name": "Lumenworks Ltd"}) == 200
    assert library.Account.get_by_custom_id("Fleetcs_id__c", "a-1")["Name"] == "Lumenworks Ltd"
    assert library.Account.delete(made["id"]) == 204
    assert [row["Name"] for row in library.query_all("SELECT Name FROM Account")["records"]] == ["Lumenworks Ltd"]
    assert library.query_all("SELECT Id FROM Account", include_deleted=True)["totalSize"] == 2


def test_whatever_hangs_on_a_deleted_account_goes_into_the_bin_with_it(line: StandIns) -> None:
    [account] = line.act("load", object="Account", rows=[{"Name": "Brightforge"}])
    [deal] = line.act("load", object="Opportunity", rows=[{**DEAL, "AccountId": account}])
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Negotiation"})
    line.act("delete", object="Account", id=account)
    assert [row["IsDeleted"] for row in line.records("OpportunityHistory")] == [True]


def test_the_library_as_it_comes_reads_every_page_and_its_usage(line: StandIns, library: Salesforce) -> None:
    """Trap 22: it asks for page two at the host, without the port's instance being wrong."""
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n}"} for n in range(4_500)])
    assert library.query_all("SELECT Id FROM Contact")["totalSize"] == 4_500
    assert library.api_usage["api-usage"] == (3, 100_000)


def test_the_library_as_it_comes_runs_bulk_queries_and_asks_for_deletions(line: StandIns, library: Salesforce) -> None:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge"}])
    pages = list(library.bulk2.Account.query("SELECT Id, Name FROM Account", wait=0))
    assert pages == [f'"Id","Name"\n"{id}","Brightforge"\n']
    assert library.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
    now = product_clock.now()
    assert library.Account.updated(now - timedelta(hours=1), now + timedelta(minutes=5))["ids"] == [id]
    line.act("delete", object="Account", id=id)
    gone = library.Account.deleted(now - timedelta(hours=1), now + timedelta(minutes=5))
    assert [row["id"] for row in gone["deletedRecords"]] == [id]


def test_the_library_as_it_comes_understands_the_refusals(line: StandIns, library: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        library.query("SELECT Id, Colour FROM Account")
    [said] = refused.value.content
    assert said["errorCode"] == "INVALID_FIELD"
    assert "ERROR at Row:1:Column:12\nNo such column 'Colour' on entity 'Account'." in said["message"]
    line.act("load", object="Account", rows=[{"Name": name, "Fleetcs_id__c": "a-1"} for name in "xy"])
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        library.Account.upsert("Fleetcs_id__c/a-1", {"Name": "z"})
    assert [url.rpartition("/")[0] for url in several.value.content] == [f"{DATA}sobjects/Account"] * 2


# --- forms ------------------------------------------------------------------------------------------------------------


def test_errors_are_an_array_of_message_code_and_fields(line: StandIns, plain: requests.Session) -> None:
    refused = ask(line, plain, "POST", "sobjects/Opportunity", json={**DEAL, "StageName": "Proposed"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/json;charset=UTF-8")
    assert refused.json() == [
        {
            "message": "Stage: bad value for restricted picklist field: Proposed",
            "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "fields": ["StageName"],
        }
    ]
    line.act("expire")
    ended = ask(line, plain, "GET", "limits")
    assert (ended.status_code, "Sforce-Limit-Info" in ended.headers) == (401, False)
    assert ended.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_duplicate_names_the_record_in_the_interfaces_own_spelling(line: StandIns, plain: requests.Session) -> None:
    line.act("rule", rule="duplicate", object="Contact", field="Email", allow_save=True)
    person = {"LastName": "Duarte", "Email": "ana@brightforge.example"}
    first = ask(line, plain, "POST", "sobjects/Contact/", json=person).json()["id"]
    [said] = ask(line, plain, "POST", "sobjects/Contact/", json=person).json()
    [match] = said["duplicateResut"]["matchResults"]
    assert [each["record"]["Id"] for each in match["matchRecords"]] == [first]
    allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert ask(line, plain, "POST", "sobjects/Contact/", json=person, headers=allowed).status_code == 201


def test_records_carry_attributes_and_moments_with_an_offset(line: StandIns, plain: requests.Session) -> None:
    made = ask(line, plain, "POST", "sobjects/Opportunity/", json=DEAL)
    id = made.json()["id"]
    assert (made.status_code, made.headers["Location"]) == (201, f"{DATA}sobjects/Opportunity/{id}")
    row = ask(line, plain, "GET", f"sobjects/Opportunity/{id}").json()
    assert row["attributes"] == {"type": "Opportunity", "url": f"{DATA}sobjects/Opportunity/{id}"}
    assert all(MOMENT.fullmatch(row[name]) for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"))
    assert (row["Amount"], row["Probability"], row["ExpectedRevenue"]) == (1000.5, 60.0, 600.3)
    assert (row["IsClosed"], row["IsWon"], row["CloseDate"]) == (False, False, "2026-06-30")
    short = ask(line, plain, "GET", f"sobjects/Opportunity/{id[:15]}", params={"fields": "Id"}).json()
    assert short["Id"] == id


def test_an_object_says_who_refers_to_it_and_what_its_fields_take(line: StandIns, plain: requests.Session) -> None:
    said = ask(line, plain, "GET", "sobjects/account/describe").json()
    assert (said["name"], said["keyPrefix"], said["urls"]["sobject"]) == ("Account", "001", f"{DATA}sobjects/Account")
    children = {(each["childSObject"], each["field"]): each["relationshipName"] for each in said["childRelationships"]}
    assert (children["Contact", "AccountId"], children["Opportunity", "AccountId"]) == ("Contacts", "Opportunities")
    fields = {each["name"]: each for each in said["fields"]}
    label = fields["GitHub_label__c"]
    assert (label["type"], label["length"], label["custom"], label["updateable"]) == ("string", 50, True, True)
    assert fields["Deals_won__c"]["calculated"]
    assert fields["Support_tier__c"]["picklistValues"][1] == {
        "active": True,
        "defaultValue": False,
        "label": "Premium",
        "validFor": None,
        "value": "Premium",
    }


def test_a_collection_answers_row_by_row(line: StandIns, plain: requests.Session) -> None:
    def send(*rows: dict[str, Any]) -> requests.Response:
        records = [{"attributes": {"type": "Account"}, **row} for row in rows]
        path = "composite/sobjects/Account/Fleetcs_id__c"
        return ask(line, plain, "PATCH", path, json={"allOrNone": False, "records": records})

    good, bad, again = send({"Fleetcs_id__c": "1", "Name": "A"}, {"Fleetcs_id__c": "2"}, {"Fleetcs_id__c": "1"}).json()
    assert (good["success"], good["created"], again["created"], again["id"]) == (True, True, False, good["id"])
    told = {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [Name]",
        "fields": ["Name"],
    }
    assert bad == {"success": False, "errors": [told]}
    too_many = send(*[{"Fleetcs_id__c": str(n), "Name": "A"} for n in range(201)])
    assert (too_many.status_code, too_many.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")


def test_collections_make_and_change_records_by_their_ids_too(line: StandIns, plain: requests.Session) -> None:
    kind = {"attributes": {"type": "Account"}}
    made = ask(
        line, plain, "POST", "composite/sobjects", json={"records": [{**kind, "Name": "A"}, {"Name": "B"}]}
    ).json()
    assert [each["success"] for each in made] == [True, False]
    changes = [{**kind, "id": made[0]["id"], "Rating": "Hot"}, {**kind, "id": "001000000000000AAA", "Rating": "Hot"}]
    changed = ask(line, plain, "PATCH", "composite/sobjects", json={"records": changes}).json()
    assert [each["success"] for each in changed] == [True, False]
    assert [row["Rating"] for row in line.records("Account")] == ["Hot"]


def test_smaller_pages_are_given_when_asked_for(line: StandIns, plain: requests.Session) -> None:
    line.act("load", object="Contact", rows=[{"LastName": f"Person {n}"} for n in range(450)])
    asked = {"params": {"q": "SELECT Id FROM Contact"}, "headers": {"Sforce-Query-Options": "batchSize=200"}}
    page = ask(line, plain, "GET", "query", **asked).json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (450, False, 200)
    assert re.fullmatch(rf"{DATA}query/01g\w{{15}}-200", page["nextRecordsUrl"])
    lost = ask(line, plain, "GET", "query/01g000000000000AAA-200").json()
    assert lost == [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]


def test_a_job_can_be_called_off(line: StandIns, plain: requests.Session) -> None:
    asked = {"operation": "query", "query": "SELECT Id FROM Contact"}
    job = ask(line, plain, "POST", "jobs/query", json=asked).json()
    assert (job["state"], job["contentType"], job["apiVersion"], job["object"]) == (
        "UploadComplete",
        "CSV",
        66.0,
        "Contact",
    )
    early = ask(line, plain, "GET", f"jobs/query/{job['id']}/results").json()
    assert early[0]["errorCode"] == "INVALIDJOBSTATE"
    off = ask(line, plain, "PATCH", f"jobs/query/{job['id']}", json={"state": "Aborted"}).json()
    assert off["state"] == ask(line, plain, "GET", f"jobs/query/{job['id']}").json()["state"] == "Aborted"


def test_conditions_hold_reads_and_writes_back(line: StandIns, plain: requests.Session) -> None:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge"}])
    path = f"sobjects/Account/{id}"
    known = ask(line, plain, "GET", path)
    later, earlier = "Tue, 03 Mar 2026 00:00:00 GMT", "Sun, 01 Mar 2026 00:00:00 GMT"
    answers = [
        ask(line, plain, "GET", path, headers={"If-Modified-Since": later}),
        ask(line, plain, "GET", path, headers={"If-None-Match": known.headers["ETag"]}),
        ask(line, plain, "PATCH", path, json={"Rating": "Hot"}, headers={"If-Unmodified-Since": earlier}),
        ask(line, plain, "PATCH", path, json={"Rating": "Hot"}, headers={"If-Match": '"another"'}),
        ask(line, plain, "PATCH", path, json={"Rating": "Hot"}, headers={"If-Unmodified-Since": "soon"}),
        ask(line, plain, "PATCH", path, json={"Rating": "Hot"}, headers={"If-Match": known.headers["ETag"]}),
        ask(line, plain, "PATCH", path, json={"Rating": "Cold"}, headers={"If-Match": known.headers["ETag"]}),
    ]
    assert [each.status_code for each in answers] == [304, 304, 412, 412, 400, 204, 412]


def test_nothing_is_where_nothing_should_be(line: StandIns, plain: requests.Session) -> None:
    wrong = [("GET", "sobjects/Colour/describe"), ("GET", "nowhere"), ("DELETE", "limits"), ("GET", "jobs/query/750x")]
    answers = [ask(line, plain, method, path) for method, path in wrong]
    assert [each.status_code for each in answers] == [404, 404, 405, 404]
    assert ask(line, plain, "PATCH", "sobjects/Account/Name/x", json={"Name": "y"}).status_code == 404
    assert ask(line, plain, "POST", "sobjects/Account", data=b"{").json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_deleted_account_takes_its_contacts_and_deals_along(line: StandIns) -> None:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge"}])
    line.act("load", object="Contact", rows=[{"LastName": "Duarte", "AccountId": id}])
    line.act("delete", object="Account", id=id)
    assert [row["IsDeleted"] for row in line.records("Contact")] == [True]
    line.act("undelete", object="Account", id=id)
    assert [row["IsDeleted"] for row in line.records("Account")] == [False]


# --- SOQL -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ALFA'", "Alfa"),
        ("Name != 'Alfa'", "Bravo Charlie"),
        ("NumberOfEmployees > 10", "Bravo"),
        ("NumberOfEmployees <= 10.5", "Alfa"),
        ("NumberOfEmployees = null", "Charlie"),
        ("NumberOfEmployees != 10", "Bravo Charlie"),
        ("Name IN ('alfa', 'Charlie')", "Alfa Charlie"),
        ("Name NOT IN ('alfa', 'Charlie')", "Bravo"),
        ("Name LIKE '%R%'", "Bravo Charlie"),
        ("Name LIKE '_lfa'", "Alfa"),
        (r"Name LIKE 'Alf\_'", ""),
        ("NOT Name LIKE '%a'", "Bravo Charlie"),
        ("(Name = 'Alfa' OR Name = 'Bravo') AND NumberOfEmployees > 10", "Bravo"),
        ("Industry = 'Energy' AND Owner.Name = 'sales person'", "Alfa"),
        ("CreatedDate >= 2026-03-02T15:30:00Z AND CreatedDate < 2026-03-02T08:31:00.000-08:00", "Alfa Bravo Charlie"),
        ("CreatedDate > 2026-03-02T16:31:00+00:00", ""),
        ("IsDeleted = false", "Alfa Bravo Charlie"),
        ("ParentId = null", "Alfa Bravo Charlie"),
    ],
)
def test_a_question_finds_what_it_asks_for(line: StandIns, plain: requests.Session, where: str, names: str) -> None:
    alfa = {"Name": "Alfa", "NumberOfEmployees": 10, "Industry": "Energy"}
    line.act("load", object="Account", rows=[{"Name": "Bravo", "NumberOfEmployees": 500}, {"Name": "Charlie"}, alfa])
    asked = {"q": f"select name from account where {where} order by name"}
    found = ask(line, plain, "GET", "query/", params=asked).json()
    assert " ".join(row["Name"] for row in found["records"]) == names
    assert found["totalSize"] == len(found["records"])


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("NumberOfEmployees", "Charlie Alfa Bravo"),
        ("NumberOfEmployees NULLS LAST", "Alfa Bravo Charlie"),
        ("NumberOfEmployees DESC NULLS LAST, Name", "Bravo Alfa Charlie"),
        ("Name DESC LIMIT 2", "Charlie Bravo"),
        ("Name LIMIT 1 OFFSET 1", "Bravo"),
    ],
)
def test_an_answer_has_the_order_it_was_asked_for(
    line: StandIns, plain: requests.Session, order: str, names: str
) -> None:
    alfa = {"Name": "Alfa", "NumberOfEmployees": 10}
    line.act("load", object="Account", rows=[{"Name": "Bravo", "NumberOfEmployees": 500}, {"Name": "Charlie"}, alfa])
    asked = {"q": f"SELECT Name FROM Account ORDER BY {order}"}
    found = ask(line, plain, "GET", "query", params=asked).json()
    assert " ".join(row["Name"] for row in found["records"]) == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT FROM Account",
        "SELECT Id Account",
        "SELECT Id FROM Account WHERE",
        "SELECT Id FROM Account WHERE Name",
        "SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
        "SELECT Id FROM Account WHERE Name = 'it's'",
        "SELECT Id FROM Account LIMIT x",
        "SELECT Id FROM Account; DELETE",
        "SELECT Id FROM Account WHERE CloseDate = 2026-13-40",
        "SELECT Id FROM Account ORDER Name",
    ],
)
def test_a_question_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"^MALFORMED_QUERY$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT Id FROM Colour", "INVALID_TYPE"),
        ("SELECT Colour.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = 'ten'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Summary_of_terms__c = 'x'", "INVALID_FIELD"),
    ],
)
def test_a_question_about_what_is_not_there_is_refused(
    line: StandIns, plain: requests.Session, text: str, code: str
) -> None:
    refused = ask(line, plain, "GET", "query", params={"q": text})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_escapes_of_a_literal_mean_what_salesforce_says() -> None:
    assert literal(r"'a\'b\\c\n\"d'") == "a'b\\c\n\"d"


# --- memory and page --------------------------------------------------------------------------------------------------


def test_a_killed_stand_in_knows_its_records_rules_and_jobs_again(
    line: StandIns, settings: Settings, tmp_path: Path
) -> None:
    own = StandIns(tmp_path / "own")
    for name, value in own.environment.items():
        setattr(settings, name, value)
    id = salesforce.upsert("Opportunity", "Fleetcs_id__c", "d-1", DEAL).id
    own.act("rule", rule="validation", object="Opportunity", field="Amount", above=5_000, message="Too much")
    own.act("shape", object="Opportunity", without=["NextStep"])
    job = salesforce.bulk_start("SELECT Id FROM Opportunity")
    own.kill()
    own.restart()
    try:
        assert salesforce.upsert("Opportunity", "Fleetcs_id__c", "d-1", {"Amount": 2000}).id == id
        with pytest.raises(Rejected, match=r"^FIELD_CUSTOM_VALIDATION_EXCEPTION$"):
            salesforce.update("Opportunity", id, {"Amount": 6000})
        assert "NextStep" not in {field.name for field in salesforce.describe("Opportunity")}
        assert salesforce.bulk_done(job) is False
        assert len(own.records("OpportunityHistory")) == 2
    finally:
        own.stop()


def test_a_person_changes_a_field_on_the_page_and_the_product_can_tell_who(line: StandIns) -> None:
    [id] = line.act("load", object="Account", rows=[{"Name": "<b>Brightforge</b>"}])
    site = line.urls["index_url"]
    listed = requests.get(f"{site}salesforce", timeout=10).text
    assert "&lt;b&gt;Brightforge&lt;/b&gt;" in listed
    assert "<b>Bright" not in listed
    form = {"object": "Account", "id": id, "field": "GitHub_label__c", "value": "customer-juno"}
    answer = requests.post(f"{site}salesforce/edit", form, timeout=10)
    assert "GitHub label is changed." in answer.text
    row = salesforce.get("Account", id, ["GitHub_label__c", "LastModifiedById"])
    assert row["GitHub_label__c"] == "customer-juno"
    assert row["LastModifiedById"] != salesforce.user_id()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("NumberOfEmployees", "many", "Refused: no such field or value"),
        ("Colour__c", "red", "Refused: no such field or value"),
        ("Support_tier__c", "Gold", "Refused: Support tier: bad value for restricted picklist field: Gold"),
        ("NumberOfEmployees", "12", "Employees is changed."),
    ],
)
def test_the_page_says_what_became_of_a_change(line: StandIns, field: str, value: str, told: str) -> None:
    [id] = line.act("load", object="Account", rows=[{"Name": "Brightforge"}])
    form = {"object": "Account", "id": id, "field": field, "value": value}
    answer = requests.post(f"{line.urls['index_url']}salesforce/edit", form, timeout=10, allow_redirects=False)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["told"] == [told]


def test_a_foreign_page_cannot_change_a_record(line: StandIns) -> None:
    form = {"object": "Account", "id": "x", "field": "Name", "value": "y"}
    foreign = {"Origin": "https://evil.example"}
    for path in ("salesforce/edit", "salesforce"):
        answer = requests.post(line.urls["index_url"] + path, form, headers=foreign, timeout=10)
        assert answer.status_code == 421
    plain_form = requests.post(f"{line.urls['index_url']}salesforce", {"act": "expire"}, timeout=10)
    assert plain_form.status_code == 422


def test_what_nobody_can_do_in_salesforce_is_said(line: StandIns) -> None:
    said = requests.post(f"{line.urls['index_url']}salesforce", json={"act": "fly"}, timeout=10)
    assert (said.status_code, said.json()) == (422, {"error": "no such act: fly"})


def test_salesforce_lives_by_the_products_clock(line: StandIns) -> None:
    product_clock.set_to(datetime(2027, 1, 1, 12, tzinfo=UTC))
    id = salesforce.upsert("Account", "Fleetcs_id__c", "a-1", {"Name": "Brightforge"}).id
    made = salesforce.moment(salesforce.get("Account", id, ["CreatedDate"])["CreatedDate"])
    assert made is not None
    assert abs(made - product_clock.now()) < timedelta(seconds=30)
