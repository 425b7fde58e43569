"""The objects of the company's Salesforce: standard fields, and the custom ones that its pages show."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

# One line a field: name, label, type with length, choices (";") or what it refers to, then words: required, restricted,
# external (an id of somebody else's, unique), reads (kept by Salesforce itself), formula (worked out when asked),
# unasked (may not stand in a question's conditions or order).
SYSTEM = """
Id | Record ID | id(18) | reads
IsDeleted | Deleted | boolean | reads
CreatedDate | Created Date | datetime | reads
CreatedById | Created By ID | reference(User) | reads
LastModifiedDate | Last Modified Date | datetime | reads
LastModifiedById | Last Modified By ID | reference(User) | reads
SystemModstamp | System Modstamp | datetime | reads
"""
OURS = "Fleetcs_id__c | Fleetcs id | string(36) | external"
MERGEABLE = "MasterRecordId | Master Record ID | reference({object}) | reads"
INDUSTRIES = "Agriculture;Banking;Biotechnology;Education;Energy;Finance;Government;Healthcare;Insurance;Manufacturing"
STAGES = "Prospecting;Qualification;Proposal;Negotiation;Closed Won;Closed Lost"
TERMS = "Net 15;Net 30;Net 45;Net 60;Net 90"
SHAPES = {
    "Account": f"""
Name | Account Name | string(255) | required
Type | Account Type | picklist(Prospect;Customer;Partner;Other)
ParentId | Parent Account ID | reference(Account)
OwnerId | Owner ID | reference(User)
CSM__c | CSM | reference(User)
Industry | Industry | picklist({INDUSTRIES};Media;Retail;Technology;Telecommunications;Transportation;Other)
NumberOfEmployees | Employees | int
Rating | Account Rating | picklist(Hot;Warm;Cold)
Phone | Account Phone | phone(40)
Website | Website | url(255)
BillingStreet | Billing Street | textarea(255)
BillingCity | Billing City | string(40)
BillingState | Billing State/Province | string(80)
BillingPostalCode | Billing Zip/Postal Code | string(20)
BillingCountry | Billing Country | string(80)
ShippingStreet | Shipping Street | textarea(255)
ShippingCity | Shipping City | string(40)
ShippingState | Shipping State/Province | string(80)
ShippingPostalCode | Shipping Zip/Postal Code | string(20)
ShippingCountry | Shipping Country | string(80)
GitHub_label__c | GitHub label | string(50)
Support_tier__c | Support tier | picklist(Free;Premium;Ultimate) | restricted
Hosting__c | Hosting | picklist(Self-hosted;Managed cloud)
CISO_employees__c | CISO employees (#) | double
LinkedIn_company_URL__c | LinkedIn company URL | url(255)
LinkedIn_sales_navigator_URL__c | LinkedIn sales navigator URL | url(255)
LinkedIn_overlaps__c | My LinkedIn overlaps | string(255)
Press_approval__c | Press approval | picklist(Not asked;Asked;Approved;Declined)
License_key__c | License key | textarea(2000)
Payment_terms__c | Payment terms | picklist({TERMS})
Total_opportunities__c | Total opportunities (#) | double | formula
Deals_won__c | Deals won (#) | double | formula
First_close_date__c | Close date (first deal) | date | formula
Cumulative_revenue__c | Cumulative revenue | currency | formula
""",
    "Contact": """
AccountId | Account ID | reference(Account)
FirstName | First Name | string(40)
LastName | Last Name | string(80) | required
Name | Full Name | string(121) | formula
Title | Title | string(128)
Job_title__c | Job title | string(128)
Department | Department | string(80)
Email | Email | email(80)
Personal_email__c | Personal email | email(80)
MobilePhone | Mobile Phone | phone(40)
ReportsToId | Reports To ID | reference(Contact)
OwnerId | Owner ID | reference(User)
Is_champion__c | Is champion | boolean
LinkedIn_URL__c | LinkedIn URL | url(255)
Orbit_feed__c | Orbit feed | url(255)
Twitter__c | Twitter | string(80)
GitHub__c | GitHub | string(80)
Website__c | Website | url(255)
Description | Contact Description | textarea(32000)
""",
    "Lead": """
FirstName | First Name | string(40)
LastName | Last Name | string(80) | required
Name | Full Name | string(121) | formula
Company | Company | string(255) | required
Title | Title | string(128)
Email | Email | email(80)
Phone | Phone | phone(40)
LeadSource | Lead Source | picklist(Web;Event;Referral;Community;Outbound;Other)
Status | Lead Status | picklist(Open;MQL;Contacted;Qualified;Unqualified) | restricted default
Rating | Rating | picklist(Hot;Warm;Cold)
OwnerId | Owner ID | reference(User)
IsConverted | Converted | boolean | reads
ConvertedDate | Converted Date | date | reads
ConvertedAccountId | Converted Account ID | reference(Account) | reads
ConvertedContactId | Converted Contact ID | reference(Contact) | reads
ConvertedOpportunityId | Converted Opportunity ID | reference(Opportunity) | reads
""",
    "Opportunity": f"""
Name | Name | string(120) | required
AccountId | Account ID | reference(Account)
OwnerId | Owner ID | reference(User)
Type | Opportunity Type | picklist(New;Expansion;Existing Business)
StageName | Stage | picklist({STAGES}) | required restricted
Amount | Amount | currency
Probability | Probability (%) | percent
ExpectedRevenue | Expected Amount | currency | formula
CloseDate | Close Date | date | required
IsClosed | Closed | boolean | formula
IsWon | Won | boolean | formula
NextStep | Next Step | string(255)
Next_step_due__c | Next step's due date | date
LeadSource | Lead Source | picklist(Web;Event;Referral;Community;Outbound;Other)
Max_hosts__c | Up to # of hosts | double
Payment_terms__c | Payment terms | picklist({TERMS})
Billing_process__c | Billing process | string(255)
Term__c | Term (months) | double
Reseller__c | Reseller | string(120)
Effective_date__c | Effective date | date
Subscription_end_date__c | Subscription end date | date
Invoice_sent__c | Invoice sent | date
Payment_received__c | Payment received on | date
Summary_of_terms__c | Summary of terms | textarea(32000)
Renewal_of__c | Renewal of | reference(Opportunity)
""",
    "OpportunityHistory": f"""
OpportunityId | Opportunity ID | reference(Opportunity) | reads
StageName | Stage Name | picklist({STAGES}) | reads
Amount | Amount | currency | reads
ExpectedRevenue | Expected Revenue | currency | reads
Probability | Probability (%) | percent | reads
CloseDate | Close Date | date | reads
PrevAmount | Previous Amount | currency | reads
PrevCloseDate | Previous Close Date | date | reads
""",
    "Task": """
Subject | Subject | string(255)
WhoId | Name ID | reference(Contact;Lead)
WhatId | Related To ID | reference(Account;Opportunity)
OwnerId | Assigned To ID | reference(User)
Status | Status | picklist(Open;In Progress;Completed) | default
Priority | Priority | picklist(Normal;High;Low) | default
AccountId | Account ID | reference(Account) | formula
ActivityDate | Due Date Only | date
CompletedDateTime | Completed Date | datetime | reads
CallDurationInSeconds | Call Duration | int
TaskSubtype | Task Subtype | picklist(Task;Email;Call) | default
Description | Description | textarea(32000)
IsClosed | Closed | boolean | formula
IsArchived | Archived | boolean | reads
""",
    "Event": """
Subject | Subject | string(255)
WhoId | Name ID | reference(Contact;Lead)
WhatId | Related To ID | reference(Account;Opportunity)
OwnerId | Assigned To ID | reference(User)
AccountId | Account ID | reference(Account) | formula
Location | Location | string(255)
IsAllDayEvent | All-Day Event | boolean
ActivityDate | Due Date Only | date
StartDateTime | Start Date Time | datetime | required
EndDateTime | End Date Time | datetime
DurationInMinutes | Duration | int
EventSubtype | Event Subtype | picklist(Event) | reads default
IsArchived | Archived | boolean | reads
Description | Description | textarea(32000)
""",
    "User": """
Username | Username | string(80) | required
FirstName | First Name | string(40)
LastName | Last Name | string(80) | required
Name | Full Name | string(121) | formula
Email | Email | email(128)
Title | Title | string(80)
IsActive | Active | boolean
""",
}
PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "Task": "00T",
    "Event": "00U",
    "User": "005",
}
WITH_OUR_ID = {"Account", "Contact", "Lead", "Opportunity", "Task"}
LACKS = {"User": {"IsDeleted"}, "OpportunityHistory": {"LastModifiedDate", "LastModifiedById"}}  # of SYSTEM
CAN_BE_MERGED = {"Account", "Contact", "Lead"}
PROBABILITY = {
    "Prospecting": 10.0,
    "Qualification": 20.0,
    "Proposal": 60.0,
    "Negotiation": 80.0,
    "Closed Won": 100.0,
    "Closed Lost": 0.0,
}


@dataclass(frozen=True)
class Field:
    """One field; `choices` are (value, whether it is in use)."""

    name: str
    label: str
    type: str
    length: int = 0
    choices: tuple[tuple[str, bool], ...] = ()
    references: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def writable(self) -> bool:
        return not self.words & {"reads", "formula"}

    @property
    def askable(self) -> bool:
        """Whether it may stand in the conditions and the order of a question."""
        return "unasked" not in self.words and not (self.type == "textarea" and self.length > 255)

    @property
    def relationship(self) -> str | None:
        """The name by which SOQL goes from here to the record referred to; None where it refers to none."""
        if not self.references:
            return None
        return f"{self.name.removesuffix('__c')}__r" if self.custom else self.name.removesuffix("Id")


@dataclass
class Shape:
    """One object: its name and its fields by their names in lower case, as Salesforce looks them up."""

    name: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return PREFIXES[self.name]

    @property
    def writable(self) -> bool:
        return self.name != "OpportunityHistory"

    def named(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def keep(self, changed: Field) -> None:
        self.fields[changed.name.lower()] = changed

    def choose(self, name: str, values: dict[str, bool]) -> None:
        """Add values to a picklist, or take them out of use."""
        known = self.fields[name.lower()]
        self.keep(replace(known, choices=tuple((dict(known.choices) | values).items())))


def shapes() -> dict[str, Shape]:
    """Every object as on the first day, by its name in lower case."""
    return {name.lower(): _shape(name, text) for name, text in SHAPES.items()}


def field_of(line: str) -> Field:
    """The field that one line of the tables above describes."""
    name, label, kind, *rest = (part.strip() for part in line.split("|"))
    type_, _, inside = kind.removesuffix(")").partition("(")
    words = frozenset(rest[0].split()) if rest else frozenset()
    made = Field(name, label, type_, words=words)
    if type_ == "picklist":
        return replace(made, length=255, choices=tuple((each, True) for each in inside.split(";")))
    if type_ == "reference":
        return replace(made, length=18, references=tuple(inside.split(";")))
    return replace(made, length=int(inside or 0))


def _shape(name: str, text: str) -> Shape:
    shape = Shape(name)
    for line in _lines(name, text):
        shape.keep(field_of(line))
    return shape


def _lines(name: str, text: str) -> Iterator[str]:
    lacks = LACKS.get(name, set())
    yield from (line for line in SYSTEM.strip().splitlines() if line.split(" | ")[0] not in lacks)
    yield from text.strip().splitlines()
    if name in WITH_OUR_ID:
        yield OURS
    if name in CAN_BE_MERGED:
        yield MERGEABLE.format(object=name)
