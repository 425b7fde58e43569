"""Accounts and contacts of Salesforce, and which of their fields are which here (SYS-02, SFD-04,
SFD-07, SFD-08, SFD-16 to SFD-18).

Names that end in __c are those of the company's own fields: an admin sets them on the field table.
"""

from typing import Any

from fleetcs.defaults import load_mirror
from fleetcs.merging import Master
from fleetcs.mirrors.mapping import Kind, Mapped, Mapping

BILLING = "BillingStreet, BillingCity, BillingState, BillingPostalCode, BillingCountry"
SHIPPING = BILLING.replace("Billing", "Shipping")


def kind_of(type_: str) -> str:
    """Every type that begins with "Customer" is one; whatever else they are called, they are not yet."""
    return "customer" if type_.lower().startswith("customer") else "prospect"


def names_of(row: dict[str, Any]) -> dict[str, Any]:
    """First and last name out of the one that we keep: Salesforce takes no contact without a last name."""
    first, _, last = str(row["name"]).rpartition(" ")
    return {"LastName": last, **({"FirstName": first} if first else {})}


ACCOUNTS = Mapping(
    code="accounts",
    name="Accounts",
    object="Account",
    model_name="accounts.Account",
    unique=("name",),
    merges=True,
    account="id",
    fields=(
        Mapped("name", "Name"),
        # a win makes a customer here, before anybody has said so over there (DCL-09b)
        Mapped("kind", "Type", Kind.CHOICE, master=Master.BOTH, choose=kind_of),
        Mapped("ae", "OwnerId", Kind.REFERENCE, of="users"),
        Mapped("csm", "CSM__c", Kind.REFERENCE, of="users"),
        Mapped("billing_address", BILLING, Kind.LINES),
        Mapped("parent", "ParentId", Kind.REFERENCE, of="accounts"),
        Mapped("linkedin_company_url", "LinkedIn_company_URL__c"),
        Mapped("ciso_employees", "CISO_employees__c", Kind.WHOLE),
        Mapped("employees", "NumberOfEmployees", Kind.WHOLE),
        Mapped("industry", "Industry"),
        Mapped("rating", "Rating"),
        Mapped("linkedin_sales_navigator_url", "LinkedIn_sales_navigator_URL__c"),
        Mapped("linkedin_overlaps", "LinkedIn_overlaps__c"),
        Mapped("press_approval", "Press_approval__c"),
        Mapped("payment_terms", "Payment_terms__c"),
        Mapped("shipping_address", SHIPPING, Kind.LINES),
        Mapped("github_label", "GitHub_label__c", master=Master.BOTH, see="codename.see"),
    ),
)

CONTACTS = Mapping(
    code="contacts",
    name="Contacts",
    object="Contact",
    model_name="accounts.Contact",
    unique=("email",),
    merges=True,
    born=names_of,
    fields=(
        Mapped("account", "AccountId", Kind.REFERENCE, of="accounts"),
        Mapped("name", "Name"),
        Mapped("title", "Title"),
        Mapped("job_title", "Job_title__c"),
        Mapped("department", "Department"),
        Mapped("email", "Email"),
        Mapped("personal_email", "Personal_email__c"),
        Mapped("mobile", "MobilePhone"),
        Mapped("linkedin_url", "LinkedIn_URL__c"),
        Mapped("orbit_feed", "Orbit_feed__c"),
        Mapped("twitter", "Twitter__c"),
        Mapped("github", "GitHub__c"),
        Mapped("website", "Website__c"),
        Mapped("description", "Description"),
        Mapped("is_champion", "Is_champion__c", Kind.FLAG),
        Mapped("reports_to", "ReportsToId", Kind.REFERENCE, of="contacts"),
    ),
)


def load_mirrors(apps: Any) -> None:
    """A place for both of them and their field tables; contacts are read after the accounts they belong to."""
    load_mirror(apps, 10, ACCOUNTS)
    load_mirror(apps, 20, CONTACTS)
