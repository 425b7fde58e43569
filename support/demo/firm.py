"""The customers of the demo: accounts, contracts, contacts, channels."""

import re
from datetime import date, timedelta
from random import Random

from accounts.models import Account, AccountDomain, Channel, Contact, Contract
from fleetcs.models import HandbookEntry, User
from fleetcs.working_day import today
from support.demo.words import COMPANIES, FIRST, INDUSTRIES, LAST, TITLES

TEAM = "T0LANTERN"


def make_accounts(chance: Random) -> list[Account]:
    """Every invented company with its team, its contract in force and its people."""
    return [_account(chance, number, *company) for number, company in enumerate(COMPANIES)]


def _account(chance: Random, number: int, name: str, tier: str | None, hosting: str) -> Account:
    slug = re.sub(r"[^a-z]+", "", name.lower())
    team = {post: _one_of(chance, post) for post in ("csm", "ae", "sc")}
    account = Account.objects.create(
        name=name,
        kind="customer" if tier else "prospect",
        hosting=hosting,
        **team,
        industry=chance.choice(INDUSTRIES),
        employees=chance.randint(80, 40_000),
        ciso_employees=chance.randint(1, 60),
        zone=chance.choice(ZONES),
        billing_address=f"{chance.randint(1, 250)} Harbour Road, {name.split()[0]} Town",
        linkedin_company_url=f"https://www.linkedin.com/company/{slug}",
        running_version=f"4.{chance.randint(60, 78)}.{chance.randint(0, 2)}",
    )
    AccountDomain.objects.create(account=account, domain=f"{slug}.example")
    if tier and tier != "free":
        _contract(account, tier, number)
        _channel(account, slug, number)
    for _ in range(chance.randint(1, 3)):
        _contact(chance, account, slug)
    return account


ZONES = ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Europe/London", "Asia/Tokyo", "America/Chicago")


def _one_of(chance: Random, post: str) -> User:
    people: list[User] = list(User.objects.holding(post))
    return chance.choice(people)


def _contract(account: Account, tier: str, number: int) -> None:
    begun = today() - timedelta(days=200 + 7 * number)
    Contract.objects.create(
        account=account,
        tier=tier,
        in_force_from=begun,
        in_force_to=date(begun.year + 2, begun.month, 1),
        support_email="support@lanternfish.example",
        emergency_phone=f"+1 555 02{number:02}",
        emergency_email="emergency@lanternfish.example",
    )


def _channel(account: Account, slug: str, number: int) -> None:
    channel = Channel.objects.create(
        team=TEAM, slack_id=f"C{number:04}CUST", name=f"fleet-at-{slug}", kind=Channel.Kind.CUSTOMER, account=account
    )
    if number % 4:  # every fourth channel still waits for somebody to ask for cover
        channel.request_after_hours(by=account.csm or _one_of(Random(number), "csm"))
        if number % 3:
            channel.approve_after_hours(by=User.objects.holding("zapier_administrator")[0])


def _contact(chance: Random, account: Account, slug: str) -> None:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    address = f"{first}.{last}@{slug}.example".lower()
    if not Contact.objects.filter(email=address).exists():
        Contact.objects.create(
            account=account,
            name=f"{first} {last}",
            email=address,
            job_title=chance.choice(TITLES),
            zone=account.zone,
            slack_id=f"U{account.pk:04}{Contact.objects.count():05}",
            department="IT",
            mobile=f"+1 555 03{chance.randint(10, 99)}",
            is_champion=chance.random() < 0.4,
        )


def make_common_channels() -> None:
    """The channels the handbook names: community, prospects and our own."""
    kinds = {HandbookEntry.objects.value("aliases", "prospects"): Channel.Kind.PROSPECTS}
    for number, (name, purpose) in enumerate(HandbookEntry.objects.section("channels").items()):
        Channel.objects.create(
            team=TEAM,
            slack_id=f"C{number:04}OWN",
            name=name,
            purpose=purpose,
            thread_only=name in kinds,
            kind=kinds.get(name, Channel.Kind.INTERNAL),
        )
    Channel.objects.create(
        team="T0COMMUNITY",
        slack_id="C0000PUB",
        name="community",
        kind=Channel.Kind.COMMUNITY,
        purpose="Where everybody may ask",
    )
