"""People and things for tests, made by plain functions; every field can be overridden."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import (
    Account,
    AccountDomain,
    Channel,
    Contact,
    Contract,
    LicenseKey,
    LicenseRequest,
    MeetingNotes,
    SandboxTrial,
)
from fleetcs import clock
from fleetcs.models import Post, RoleHolding, User
from fleetcs.working_day import today
from opportunities.models import (
    Agreement,
    Country,
    DealClose,
    Lead,
    LegalReview,
    Opportunity,
    Quote,
    Screening,
    Signature,
)
from support.models import Issue, IssueLink, Label, Message, Thread, Ticket

NUMBER = count(1)
ISSUE_URL = "https://github.com/lanternfish/confidential/issues/7"
DRIVE_URL = "https://drive.google.com/file/d/1"
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


def make_opportunity(account: Account | None = None, **overrides: Any) -> Opportunity:
    """An open deal of an account, its history begun."""
    number = next(NUMBER)
    fields = {"name": f"Deal {number} 2026", "stage": "Proposal", "amount": "1200", "close_date": date(2026, 6, 30)}
    opportunity = Opportunity.objects.create(account=account or make_account(), **fields | overrides)
    opportunity.note_stage(by=None)
    return opportunity


def make_quote(opportunity: Opportunity | None = None, **overrides: Any) -> Quote:
    """A draft by the deal's owner, who is made where there is none."""
    deal = opportunity or make_opportunity(owner=make_user("ae"))
    fields = {"product": "Premium", "hosts": 500, "price": "36000", "term": 12} | overrides
    return Quote.objects.add(opportunity=deal, by=fields.pop("by", None) or deal.owner, **fields)


def make_embargo(code: str = "KP") -> Country:
    """A country on the company's list: without one no check can be recorded."""
    said = {"is_embargoed": True, "source_url": "https://lists.example/programmes", "as_of": date(2026, 1, 2)}
    Country.objects.filter(code=code).update(**said)
    return Country.objects.get(code=code)


def make_screening(opportunity: Opportunity, country: str = "SE", **overrides: Any) -> Screening:
    """Somebody has looked, and there was no hit."""
    make_embargo()
    fields = {"party": "Their name", "list_url": "https://lists.example/search", "is_hit": False} | overrides
    by, place = fields.pop("by", None) or make_user("bizops"), Country.objects.get(code=country)
    return Screening.objects.record(opportunity, by=by, country=place, **fields)


def make_agreement(opportunity: Opportunity | None = None, **overrides: Any) -> Agreement:
    deal = opportunity or make_opportunity(owner=make_user("ae"))
    return Agreement.objects.add(opportunity=deal, by=overrides.pop("by", None) or make_user("bizops"), **overrides)


def make_executed(opportunity: Opportunity | None = None, **overrides: Any) -> Agreement:
    """A contract that both have signed: the customer on the 3rd of November 2025, we on the 5th."""
    agreement, by = make_agreement(opportunity, **overrides), make_user("bizops")
    signed = {"party": "customer", "name": "Their buyer", "signed_on": date(2025, 11, 3)}
    Signature.objects.record(agreement, by=by, **signed)
    Signature.objects.record(agreement, by=by, party="company", signer=make_user("ceo"), signed_on=date(2025, 11, 5))
    return agreement


def make_close(account: Account | None = None, **answers: Any) -> DealClose:
    """The close of a deal with a new customer, begun by its AE; the account has its CSM and SC."""
    whose = account or make_account(None, kind="prospect", csm=make_user("csm"), sc=make_user("sc"))
    deal = make_opportunity(whose, owner=make_user("ae"), type="New", close_date=date(2025, 11, 5))
    return DealClose.objects.begin(deal, by=deal.owner, **{"tier": "premium"} | answers)


def make_review(of: Quote | Agreement, **overrides: Any) -> LegalReview:
    """A review that is submitted and open."""
    fields = {"question": "Look at the liability clause.", "issue_url": ISSUE_URL} | overrides
    return LegalReview.objects.ask(of, by=make_user("cro"), **fields)


def make_lead(**overrides: Any) -> Lead:
    number = next(NUMBER)
    fields = {"name": f"Lead {number}", "company": f"Interested {number}", "source": "Web", "status": "Open"}
    return Lead.objects.create(**fields | {"rating": "Warm"} | overrides)


def make_notes(account: Account, **overrides: Any) -> MeetingNotes:
    """The link to the notes of a meeting that took place today."""
    by, on = overrides.pop("by", None) or make_user("csm"), overrides.pop("held_on", today())
    fields = {"title": f"{account.name} {on.isoformat()}", "url": f"{DRIVE_URL}{next(NUMBER)}"} | overrides
    return MeetingNotes.objects.add(account=account, by=by, held_on=on, **fields)


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


def make_label(name: str, repo: str = "public", **overrides: Any) -> Label:
    """A label that stands over there; one that is there already is found."""
    fields = {"github_id": next(NUMBER) + 10_000, "color": "bfd4f2"} | overrides
    return Label.objects.get_or_create(repo=repo, name=name, gone_at=None, defaults=fields)[0]


def make_issue(repo: str = "public", labels: Sequence[str] = ("bug",), **overrides: Any) -> Issue:
    """An open issue as it was last read, with these labels."""
    number = next(NUMBER)
    fields = {"number": number, "github_id": number + 10_000, "title": f"Issue {number}", "author": "rosa"}
    moments = {"created_at": MONDAY_MORNING, "updated_at": MONDAY_MORNING}
    issue = Issue.objects.create(repo=repo, **fields | moments | overrides)
    issue.labels.set([make_label(name, repo) for name in labels])
    return issue


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


def filed(*labels: str, **overrides: Any) -> Issue:
    """An issue of the public repository that customers may wait for: with an address, and these labels."""
    number = next(NUMBER)
    repo = overrides.pop("repo", "public")
    address = f"https://github.example/lanternfish/{repo}/issues/{number}"
    known = {"number": number, "url": address, "title": f"Let hosts be grouped by shelf {number}"}
    return make_issue(repo, labels, **known | overrides)


def relabel(issue: Issue, *labels: str) -> Issue:
    """Let these be the issue's labels and no others."""
    issue.labels.set([make_label(name, issue.repo) for name in labels])
    return issue


def make_issue_link(issue: Issue, account: Account, **overrides: Any) -> IssueLink:
    return IssueLink.objects.create(issue=issue, account=account, **{"kind": "request"} | overrides)
