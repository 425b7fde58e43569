"""People and things for tests, made by plain functions; every field can be overridden."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import Account, AccountDomain, Channel, Contact, Contract, LicenseKey, LicenseRequest, SandboxTrial
from fleetcs import clock
from fleetcs.models import Post, RoleHolding, User
from fleetcs.working_day import today
from support.models import Message, Thread, Ticket

NUMBER = count(1)
MONDAY_MORNING = datetime(2026, 1, 12, 18, 0, tzinfo=UTC)  # Monday 10:00 in the company's zone


def make_user(post: str | None = "cse", **overrides: Any) -> User:
    """A colleague who has held `post` for years; None: an employee without a post."""
    number = next(NUMBER)
    fields = {"email": f"person{number}@lanternfish.example", "name": f"Person {number}"} | overrides
    password = fields.pop("password", None)
    user = User.objects.create_user(**fields, password=password)
    if post:
        RoleHolding.objects.create(user=user, post=Post.objects.get(code=post), from_on=date(2020, 1, 1))
    return user


def make_account(tier: str | None = "premium", domain: str = "", **overrides: Any) -> Account:
    """A customer with a contract of `tier` in force since 2020; None: without a contract."""
    number = next(NUMBER)
    account = Account.objects.create(**{"name": f"Company {number}", "kind": "customer"} | overrides)
    if tier:
        make_contract(account, tier)
    AccountDomain.objects.create(account=account, domain=domain or f"company{number}.example")
    return account


def make_contract(account: Account, tier: str = "premium", **overrides: Any) -> Contract:
    fields = {
        "in_force_from": date(2020, 1, 1),
        "support_email": "help@lanternfish.example",
        "emergency_phone": "+1 555 0100",
        "emergency_email": "emergency@lanternfish.example",
    } | overrides
    return Contract.objects.create(account=account, tier=tier, **fields)


def make_contact(account: Account, **overrides: Any) -> Contact:
    number = next(NUMBER)
    domain = account.domains.first()
    fields = {"name": f"Contact {number}", "email": f"contact{number}@{domain.domain if domain else 'x.example'}"}
    return Contact.objects.create(account=account, **fields | overrides)


def make_channel(account: Account | None = None, *, after_hours: bool = False, **overrides: Any) -> Channel:
    number = next(NUMBER)
    fields = {"team": "T1", "slack_id": f"C{number:06}", "name": f"fleet-at-company{number}", "kind": "customer"}
    channel = Channel.objects.create(account=account, **fields | overrides)
    if after_hours:
        channel.request_after_hours(by=make_user("csm"))
        channel.approve_after_hours(by=make_user("zapier_administrator"))
    return channel


def make_thread(channel: Channel, **overrides: Any) -> Thread:
    number = next(NUMBER)
    fields = {"team": channel.team, "thread_ts": f"17000{number:05}.000100", "last_at": MONDAY_MORNING}
    return Thread.objects.create(channel=channel, **fields | overrides)


def make_ticket(account: Account | None = None, *, text: str = "It does not work.", **overrides: Any) -> Ticket:
    """A support ticket received by mail, with its customer's first message heard and its clocks running."""
    fields: dict[str, Any] = {
        "subject": "Hosts are offline",
        "source": "email",
        "received_at": MONDAY_MORNING,
        "account": account,
        "sender": "someone@company.example",
    } | overrides
    ticket = Ticket.objects.receive(**fields)
    ticket.hear(make_message(ticket, text=text, at=ticket.received_at))
    return ticket


def make_message(ticket: Ticket, **overrides: Any) -> Message:
    """A customer's mail on a ticket; give `by`, `public` and `kind` for other messages."""
    fields = {"kind": "mail", "by": "customer", "public": True, "text": "Hello", "at": MONDAY_MORNING} | overrides
    return Message.objects.create(ticket=ticket, **{"shown": fields["text"]} | fields)


def make_license(account: Account, *, value: str = "", **overrides: Any) -> LicenseKey:
    """A key that works for another year, written down by somebody responsible."""
    fields: dict[str, Any] = {"kind": "subscription", "hosts": 250, "expires_on": today() + timedelta(days=365)}
    value = value or f"eyJ-made-up-license-key-{next(NUMBER):06}"
    by = overrides.pop("by", None) or make_user("vp_cs")
    return LicenseKey.objects.add(account=account, value=value, by=by, **fields | overrides)


def make_license_request(account: Account, **overrides: Any) -> LicenseRequest:
    fields: dict[str, Any] = {"kind": "renewal", "hosts": 50, "expires_on": today() + timedelta(days=365)}
    by = overrides.pop("by", None) or make_user("csm")
    return LicenseRequest.objects.add(account=account, by=by, **fields | overrides)


def make_trial(**overrides: Any) -> SandboxTrial:
    """A sandbox that was begun an hour ago."""
    fields = {"email": f"tries{next(NUMBER)}@company.example", "started_at": clock.now() - timedelta(hours=1)}
    by = overrides.pop("by", None) or make_user("cse")
    return SandboxTrial.objects.add(by=by, **fields | overrides)
