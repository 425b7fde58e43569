"""Records as Salesforce's REST interface tells them, for measuring."""

from collections.abc import Sequence
from typing import Any, Final

US: Final = "005000000000US1AAA"

type Rows = list[dict[str, Any]]


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}{number:012}AAA"


def told(sizes: Sequence[int], version: int) -> dict[str, Rows]:
    """Records as REST tells them; another version has another value in one field of each."""
    accounts, contacts, opportunities = sizes
    return {
        "accounts": [account(number, version) for number in range(accounts)],
        "contacts": [contact(number, accounts, version) for number in range(contacts)],
        "opportunities": [opportunity(number, accounts, version) for number in range(opportunities)],
    }


def system(prefix: str, number: int, version: int) -> dict[str, Any]:
    stamp = f"2026-01-0{version}T10:{number // 60 % 60:02}:{number % 60:02}.000+0000"
    changed = {"SystemModstamp": stamp, "LastModifiedById": id_of("005", 7), "IsDeleted": False}
    return {"Id": id_of(prefix, number), **changed, "MasterRecordId": None, "OwnerId": id_of("005", number % 20)}


def account(number: int, version: int) -> dict[str, Any]:
    place = {"BillingStreet": f"{number} Harbour Road", "BillingCity": "Seatown", "BillingCountry": "USA"}
    parent = {"ParentId": id_of("001", number - number % 10) if number % 10 else None}
    own = {"Name": f"Brook {number} Works", "Type": "Customer", "Industry": "Water", **place, **parent}
    return {**system("001", number, version), **own, "NumberOfEmployees": 100 * number + version}


def contact(number: int, accounts: int, version: int) -> dict[str, Any]:
    who = {"Name": f"Ada Lund {number}", "Email": f"ada{number}@brook.example", "Title": "CISO", "Department": "IT"}
    where = {"AccountId": id_of("001", number % accounts), "MobilePhone": f"+1 555 {version}{number:06}"}
    return {**system("003", number, version), **who, **where, "Is_champion__c": number % 5 == 0}


def opportunity(number: int, accounts: int, version: int) -> dict[str, Any]:
    deal = {"Name": f"Brook {number} 2026", "Type": "New", "StageName": "Proposal", "Amount": 1000.0 * version + number}
    terms = {"Probability": 60.0, "CloseDate": "2026-06-30", "NextStep": "Send the quote", "Payment_terms__c": "Net 30"}
    return {**system("006", number, version), **deal, **terms, "AccountId": id_of("001", number % accounts)}
