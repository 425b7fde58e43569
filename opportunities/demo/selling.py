"""What the made-up firm has in Salesforce: its users, accounts and contacts as they are here, and what it sells."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from accounts.models import Account, Contact
from fleetcs import clock
from fleetcs.models import Mirror, MirrorLink, User
from opportunities import stages
from opportunities.prospecting import ROUTES

SELLERS: Final = ("ae", "csm", "sc", "sdr", "cro", "vp_cs", "bizops")
PROBABILITY: Final = {"Prospecting": 10.0, "Qualification": 20.0, "Proposal": 60.0, "Negotiation": 80.0}
COMING: Final = (
    *("Marlowe Glassworks", "Pinecrest Dental", "Sorrel Airlines", "Tamarind Software", "Larkspur Motors"),
    *("Wayfarer Hostels", "Bluebell Foundry", "Osprey Couriers", "Hazelmere Museum", "Cobalt Carpets"),
    *("Juniper Opera", "Starling Bakeries", "Foxglove Pharma", "Quarry Bank", "Ferryman Shipping"),
)
FIRST: Final = ("Una", "Ivo", "Maren", "Tobias", "Selma", "Anselm", "Greta", "Ruben")
LAST: Final = ("Berg", "Falk", "Lind", "Moreau", "Okafor", "Sand", "Thorne", "Vale")
STEPS: Final = ("Send the quote", "Meet their CISO", "Wait for legal", "Show the new reports", "Agree on hosts")
OVERLAPS: Final = ("Nobody", "One former colleague", "Three from the same university")
SUBJECTS: Final = (("Call", "Talked about hosts"), ("Email", "Sent the quote"), ("Task", "Prepare the demo"))

type Rows = list[dict[str, Any]]
type Load = Callable[[str, Rows], list[str]]  # (object, rows) -> their ids over there


class Selling:
    """Tells the stand-in everything, what others refer to first."""

    def __init__(self, load: Load, chance: Random) -> None:
        self.load, self.chance, self.now = load, chance, clock.now()
        self.users: dict[int, str] = {}

    def tell(self) -> None:
        self.tell_users()
        accounts = self.tell_ours("accounts", "Account", list(Account.objects.order_by("pk")), self._account)
        contacts = self.tell_ours("contacts", "Contact", self._people(accounts), lambda one: _contact(one, accounts))
        self.tell_leads()
        deals = self.tell_deals(accounts)
        self.tell_activities(accounts, contacts, deals)

    def tell_users(self) -> None:
        people = [someone for post in SELLERS for someone in User.objects.holding(post)]
        for someone, id in zip(people, self.load("User", [_user(one) for one in people]), strict=True):
            self.users[someone.pk] = id

    def tell_ours(
        self, code: str, object: str, records: list[Any], row_of: Callable[[Any], dict[str, Any]]
    ) -> dict[int, str]:
        """Records that both sides know: each carries our id over there. Their ids by our keys."""
        mirror = Mirror.objects.get(code=code)
        links = MirrorLink.objects.bulk_create([MirrorLink(mirror=mirror, record_id=one.pk) for one in records])
        rows = [{**row_of(one), "Fleetcs_id__c": str(link.key)} for one, link in zip(records, links, strict=True)]
        return dict(zip([one.pk for one in records], self.load(object, rows), strict=True))

    def _account(self, account: Account) -> dict[str, Any]:
        team = {"OwnerId": self.users.get(account.ae_id or 0), "CSM__c": self.users.get(account.csm_id or 0)}
        size = {"NumberOfEmployees": account.employees, "CISO_employees__c": account.ciso_employees}
        place = {"BillingStreet": account.billing_address, "LinkedIn_company_URL__c": account.linkedin_company_url}
        label = {"GitHub_label__c": account.github_label or None, "Industry": account.industry}
        what = {"Name": account.name, "Type": account.get_kind_display()}
        return {**what, **team, **size, **place, **label, **self._more(account)}

    def _more(self, account: Account) -> dict[str, Any]:
        """Additional information and accounting (SFD-07, SFD-08)."""
        navigator = f"https://www.linkedin.com/sales/company/{account.pk}"
        linked = {"LinkedIn_sales_navigator_URL__c": navigator, "LinkedIn_overlaps__c": self.chance.choice(OVERLAPS)}
        terms = {
            "Press_approval__c": self.chance.choice(("Not asked", "Asked", "Approved")),
            "Payment_terms__c": "Net 30",
        }
        return {**linked, **terms, "Rating": self.chance.choice(("Hot", "Warm", "Cold"))}

    def _people(self, accounts: dict[int, str]) -> list[Contact]:
        return list(Contact.objects.filter(account__in=accounts).order_by("pk"))

    # --- what is only over there -------------------------------------------------------------------------------------
    def tell_leads(self) -> None:
        self.load("Lead", [self._lead(company) for company in COMING])

    def _lead(self, company: str) -> dict[str, Any]:
        first, last = self.chance.choice(FIRST), self.chance.choice(LAST)
        address = f"{first}.{last}@{company.split()[0]}.example".lower()
        who = {"FirstName": first, "LastName": last, "Company": company, "Email": address, "Title": "Head of IT"}
        status = {
            "Status": self.chance.choice(("Open", "MQL", "MQL", "Contacted", "Qualified")),
            "OwnerId": self._seller(),
        }
        source = {"LeadSource": self.chance.choice((*ROUTES, "Event", "Referral"))}
        source["CreatedDate"] = _moment(self._lately())
        return {**who, **status, **source, "Rating": self.chance.choice(("Hot", "Warm", "Cold"))}

    def tell_deals(self, accounts: dict[int, str]) -> list[tuple[str, str]]:
        """Every account's deals with their stage histories; (id, account's id) of each."""
        paths = [(there, path) for pk, there in accounts.items() for path in self._paths(pk)]
        rows = [self._deal(there, path, number) for number, (there, path) in enumerate(paths)]
        ids = self.load("Opportunity", rows)
        told = zip(ids, rows, paths, strict=True)
        self.load("OpportunityHistory", [step for id, row, (_, path) in told for step in self._history(id, row, path)])
        return [(id, there) for id, (there, _) in zip(ids, paths, strict=True)]

    def _paths(self, account: int) -> list[list[str]]:
        """The stages of an account's deals: a customer has won one, everybody has an open one, some have lost one."""
        is_customer = Account.objects.customers().filter(pk=account).exists()
        won = [[*stages.OPEN, stages.WON]] if is_customer else []
        lost = [[*stages.OPEN[:2], stages.LOST]] if self.chance.random() < 0.2 else []
        return [*won, *lost, list(stages.OPEN[: self.chance.randint(1, 4)])]

    def _deal(self, account: str, path: list[str], number: int) -> dict[str, Any]:
        stage, ended = path[-1], stages.is_closed(path[-1])
        closes = self.now + timedelta(days=-self.chance.randint(20, 300) if ended else self.chance.randint(5, 120))
        name = f"{self.chance.choice(('Premium', 'Ultimate'))} {closes:%Y} #{number}"
        next_step = {} if ended else {"NextStep": self.chance.choice(STEPS), "Next_step_due__c": _day(closes)}
        terms = {"Payment_terms__c": "Net 30", "Term__c": 12.0, "Max_hosts__c": 100.0 * self.chance.randint(1, 90)}
        kind = "New" if stage == stages.WON else self.chance.choice(("New", "Expansion", "Existing Business"))
        what = {"Name": name, "AccountId": account, "OwnerId": self._seller(), "Type": kind, "StageName": stage}
        worth = {"Amount": 500.0 * self.chance.randint(4, 300), "Probability": _probability(stage)}
        return {**what, **worth, **terms, **next_step, "CloseDate": _day(closes)}

    def _history(self, id: str, row: dict[str, Any], path: list[str]) -> Iterator[dict[str, Any]]:
        ended = datetime.fromisoformat(f"{row['CloseDate']}T17:00:00+00:00") if stages.is_closed(path[-1]) else self.now
        at = min(ended, self.now) - timedelta(days=14 * len(path))
        for stage in path:
            at += timedelta(days=self.chance.randint(2, 13), minutes=self.chance.randint(1, 300))
            told = {"OpportunityId": id, "StageName": stage, "Probability": _probability(stage)}
            made = {"CreatedDate": _moment(at), "SystemModstamp": _moment(at), "CreatedById": row["OwnerId"]}
            yield {**told, **made, "Amount": row["Amount"], "CloseDate": row["CloseDate"]}

    def tell_activities(self, accounts: dict[int, str], contacts: dict[int, str], deals: list[tuple[str, str]]) -> None:
        whom = dict(Contact.objects.values_list("account", "pk"))
        who = {accounts[pk]: contacts[contact] for pk, contact in whom.items() if pk in accounts}
        self.load("Task", [self._task(deal, who.get(account)) for deal, account in deals])
        met = [deal for deal in deals if self.chance.random() < 0.4]
        self.load("Event", [self._meeting(deal, who.get(account)) for deal, account in met])

    def _task(self, deal: str, contact: str | None) -> dict[str, Any]:
        subtype, subject = self.chance.choice(SUBJECTS)
        done = _moment(self._lately())
        about = {"Subject": subject, "WhatId": deal, "WhoId": contact, "OwnerId": self._seller()}
        state = {"Status": "Completed", "CompletedDateTime": done, "ActivityDate": done[:10], "TaskSubtype": subtype}
        return {
            **about,
            **state,
            "CallDurationInSeconds": 60 * self.chance.randint(3, 40) if subtype == "Call" else None,
        }

    def _meeting(self, deal: str, contact: str | None) -> dict[str, Any]:
        about = {"Subject": "Meeting", "WhatId": deal, "WhoId": contact, "OwnerId": self._seller()}
        begins = self._lately()
        when = {"StartDateTime": _moment(begins), "EndDateTime": _moment(begins + timedelta(minutes=30))}
        return {**about, **when, "DurationInMinutes": 30, "EventSubtype": "Event"}

    def _lately(self) -> datetime:
        return self.now - timedelta(days=self.chance.randint(1, 60), minutes=self.chance.randint(0, 500))

    def _seller(self) -> str:
        return self.chance.choice(list(self.users.values()))


def _user(someone: User) -> dict[str, Any]:
    first, _, last = someone.name.rpartition(" ")
    return {"FirstName": first, "LastName": last, "Email": someone.email, "Username": someone.email, "IsActive": True}


def _contact(contact: Contact, accounts: dict[int, str]) -> dict[str, Any]:
    first, _, last = contact.name.rpartition(" ")
    who = {"FirstName": first, "LastName": last, "Email": contact.email or None, "MobilePhone": contact.mobile}
    what = {"Job_title__c": contact.job_title, "Department": contact.department, "Is_champion__c": contact.is_champion}
    return {**who, **what, "AccountId": accounts[contact.account_id]}


def _probability(stage: str) -> float:
    return PROBABILITY.get(stage, 100.0 if stages.is_won(stage) else 0.0)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000+0000"
