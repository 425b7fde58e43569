"""What has to be so in our copy of Salesforce's records; each rule finds those records of which it is not (SFD-01).

A rule is a value: in words, for which kind of record, as a set that one statement reads, and whose it is to mend.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from accounts import links
from accounts.models import Account, Codename, Contact
from opportunities import pipelines
from opportunities.models import Agreement, Lead, Opportunity, StageChange
from opportunities.stages import WON

LINKEDIN: Final = f"^{links.LINKEDIN.pattern}"

OF_DEAL: Final = ("owner", "account__ae", "account__csm")
OF_EXPANSION: Final = ("account__csm", *OF_DEAL)
OF_ACCOUNT: Final = ("csm", "ae")
OF_CONTACT: Final = ("account__csm", "account__ae")

type Rows = QuerySet[Any]


@dataclass(frozen=True)
class Rule:
    """`text` says what should be so, `broken` finds the records of which it is not on a day of the company's.

    `owners` leads from a record to who mends it, the first who may see findings; nobody means business operations.
    """

    code: str
    section: str
    text: str
    model: type[Model]
    broken: Callable[[date], Rows]
    owners: tuple[str, ...] = ()


# --- accounts and contacts --------------------------------------------------------------------------------------------
def not_on_linkedin(rows: Rows, field: str) -> Rows:
    """Those with an address that is none of LinkedIn's; none at all is no fault."""
    return rows.exclude(**{field: ""}).exclude(**{f"{field}__iregex": LINKEDIN})


def of_another_label(day: date) -> Rows:
    """Accounts whose GitHub label is not that of their codename (SFD-22, COD-06)."""
    named = Codename.objects.active().alias(whole=Concat("prefix", Value("-"), "word"))
    return Account.objects.filter(Exists(named.filter(account=OuterRef("pk")).exclude(whole=OuterRef("github_label"))))


def led_by_strangers(day: date) -> Rows:
    """Contacts whose manager is of neither their account, nor its parent, nor one of its children (SFD-17)."""
    family = Q(account=OuterRef("account")) | Q(account=OuterRef("account__parent"))
    kin = Contact.objects.filter(family | Q(account__parent=OuterRef("account")), pk=OuterRef("reports_to"))
    return Contact.objects.exclude(reports_to=None).exclude(Exists(kin))


def led_by_themselves(day: date) -> Rows:
    """Contacts who report to themselves, however far up (SFD-17)."""
    led: Rows = Contact.objects.exclude(reports_to=None).order_by().values_list("pk", "reports_to")
    return Contact.objects.filter(pk__in=looping(dict(led)))


def looping(managers: Mapping[int, int]) -> set[int]:
    """Who comes back to themselves on the way up."""
    seen: set[int] = set()
    found: set[int] = set()
    for here in managers:
        path = []
        while here in managers and here not in seen:
            seen.add(here)
            path.append(here)
            here = managers[here]
        if here in path:
            found.update(path[path.index(here) :])
    return found


# --- opportunities and their contracts --------------------------------------------------------------------------------
def neglected(day: date) -> Rows:
    """Open expansions without a next step, or whose next step was due before this day (OPP-06)."""
    return Opportunity.objects.lacking_step(day).of_pipeline("expansion")


def won() -> Rows:
    return Opportunity.objects.filter(stage=WON)


def signed() -> Rows:
    """The executed subscription agreements of an opportunity in an outer query, each with its `last` signature."""
    rows = Agreement.objects.executed().filter(opportunity=OuterRef("pk"), kind=Agreement.Kind.SUBSCRIPTION)
    return rows.alias(last=Max("signatures__signed_on"))


def won_without_contract(day: date) -> Rows:
    """Won, and no executed contract is on the opportunity (OPP-09, DCL-09a)."""
    return won().filter(self_service=False).exclude(Exists(signed().exclude(executed_url="")))


def won_on_another_day(day: date) -> Rows:
    """Won, and closed on another day than that of the last signature (CON-03, DCL-09b)."""
    dated = won().exclude(close_date=None)
    return dated.filter(Exists(signed())).exclude(Exists(signed().filter(last=OuterRef("close_date"))))


def won_without_renewal(day: date) -> Rows:
    """Won, the subscription runs, and nothing is there to renew it (OPP-08, SFD-23)."""
    renewals = Opportunity.objects.filter(renewal_of=OuterRef("pk"))
    return won().exclude(type=pipelines.EXPANSION).filter(subscription_end__gte=day).exclude(Exists(renewals))


def of_another_stage(day: date) -> Rows:
    """Opportunities of whose stage the newest row of the history says something else, or that have none (SFD-14)."""
    newest = StageChange.objects.filter(opportunity=OuterRef("pk")).order_by("-at", "-pk").values("stage")[:1]
    told = Opportunity.objects.alias(told=Subquery(newest))
    return told.filter(Q(told=None) | ~Q(told=F("stage")))


# --- leads ------------------------------------------------------------------------------------------------------------
def half_known(day: date) -> Rows:
    """Leads that may still become something, without source, status or rating (SFD-21, LEA-01)."""
    return Lead.objects.open().filter(Q(source="") | Q(status="") | Q(rating=""))


RULES: Final = (
    Rule(
        "linkedin-of-account",  # SFD-07, SYS-14
        "Accounts",
        "The LinkedIn company URL of an account is one of LinkedIn's.",
        Account,
        lambda day: not_on_linkedin(Account.objects.all(), "linkedin_company_url"),
        OF_ACCOUNT,
    ),
    Rule(
        "github-label",
        "Accounts",
        "The GitHub label of an account is that of its codename.",
        Account,
        of_another_label,
        OF_ACCOUNT,
    ),
    Rule(
        "year-in-name",  # OPP-01, SFD-12
        "Opportunities",
        "The name of an opportunity has the year on it.",
        Opportunity,
        lambda day: Opportunity.objects.without_year(),
        OF_DEAL,
    ),
    Rule(
        "owner",  # OPP-10
        "Opportunities",
        "An opportunity has an owner.",
        Opportunity,
        lambda day: Opportunity.objects.filter(owner=None),
        OF_DEAL,
    ),
    Rule(
        "next-step",
        "Opportunities",
        "An open expansion has a next step, and its day is still to come.",
        Opportunity,
        neglected,
        OF_EXPANSION,
    ),
    Rule(
        "term",  # SFD-13
        "Opportunities",
        "A subscription does not end before it begins.",
        Opportunity,
        lambda day: Opportunity.objects.filter(subscription_end__lt=F("effective_date")),
        OF_DEAL,
    ),
    Rule(
        "stage-history",
        "Opportunities",
        "The stage of an opportunity is that of the newest row of its history.",
        Opportunity,
        of_another_stage,
        OF_DEAL,
    ),
    Rule(
        "close-date",  # OPP-09
        "Opportunities",
        "A won opportunity has a close date.",
        Opportunity,
        lambda day: won().filter(close_date=None),
        OF_DEAL,
    ),
    Rule(
        "contract",
        "Opportunities",
        "A won opportunity has its executed contract on it.",
        Opportunity,
        won_without_contract,
        OF_DEAL,
    ),
    Rule(
        "day-of-signature",
        "Opportunities",
        "A won opportunity closed on the day of the last signature.",
        Opportunity,
        won_on_another_day,
        OF_DEAL,
    ),
    Rule(
        "renewal",
        "Opportunities",
        "A subscription that runs has an opportunity to renew it.",
        Opportunity,
        won_without_renewal,
        OF_EXPANSION,
    ),
    Rule(
        "copies",  # CON-13
        "Contracts",
        "An executed contract is on its opportunity and in the subscriptions folder.",
        Agreement,
        lambda day: Agreement.objects.unfiled(),
    ),
    Rule(
        "linkedin-of-contact",  # SFD-17, SYS-14
        "Contacts",
        "The LinkedIn URL of a contact is one of LinkedIn's.",
        Contact,
        lambda day: not_on_linkedin(Contact.objects.all(), "linkedin_url"),
        OF_CONTACT,
    ),
    Rule(
        "manager",
        "Contacts",
        "The manager of a contact is of the same account family.",
        Contact,
        led_by_strangers,
        OF_CONTACT,
    ),
    Rule("manager-loop", "Contacts", "Nobody reports to themselves.", Contact, led_by_themselves, OF_CONTACT),
    Rule("lead-fields", "Leads", "A lead has a source, a status and a rating.", Lead, half_known, ("owner",)),
)
