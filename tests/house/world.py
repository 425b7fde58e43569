"""A made-up firm in which every permission group has a person, with records of their own and records of strangers."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from accounts.models import Account, BlockedName, Codename, KeyShare, Leak, Meeting, MinorPlanet, StrayLabel
from accounts.models.planet import fitting
from fleetcs import clock
from fleetcs.csv_text import read
from fleetcs.models import (
    Automation,
    BulkEdit,
    Conflict,
    CsvImport,
    Delivery,
    Effect,
    Heartbeat,
    Holiday,
    Mirror,
    MirrorField,
    MirrorLink,
    OpeningHours,
    RoleHolding,
    Run,
    SalesforceUser,
    SavedView,
    User,
)
from fleetcs.working_day import today
from opportunities.models import (
    Checkup,
    Country,
    DealClose,
    Finding,
    Invoice,
    LeadSource,
    LegalReview,
    Opportunity,
    Outreach,
    OutreachReview,
    SignatureRequest,
    StandardTerm,
    TermDeviation,
)
from support import store
from support.models import (
    Attachment,
    Batch,
    BugReport,
    ChatQuestion,
    CustomerNote,
    CustomerRequest,
    Feedback,
    FollowUp,
    GithubPerson,
    Recount,
    SlaPolicy,
    TicketImport,
)
from tests.factories import (
    filed,
    make_account,
    make_agreement,
    make_channel,
    make_contact,
    make_contract,
    make_issue,
    make_issue_link,
    make_label,
    make_lead,
    make_license,
    make_license_request,
    make_message,
    make_notes,
    make_opportunity,
    make_quote,
    make_screening,
    make_thread,
    make_ticket,
    make_trial,
    make_user,
)

# permission group -> a post that names it; an employee holds none
POSTS: Final[Mapping[str, str | None]] = {
    "RO": None,
    "AE": "ae",
    "SC": "sc",
    "DSC": "director_sc",
    "SDR": "sdr",
    "CSM": "csm",
    "CSA": "csa",
    "CSE": "cse",
    "MGR": "manager_cse_csa",
    "VP": "vp_cs",
    "ONC": "on_call_24_7",
    "PD": "pd",
    "BIZ": "bizops",
    "CRO": "cro",
    "CEO": "ceo",
    "ADM": "zapier_administrator",
}
GROUPS: Final = tuple(POSTS)
SOME: Final = ("RO", "AE", "BIZ", "VP")  # who see little and much, own and all
TEAM: Final = {"AE": "ae", "SC": "sc", "DSC": "sc"}  # who looks after an account as what; the others as its CSM
NOBODYS: Final = 10**9  # a key that no record has
STORED: Final = "0" * 31 + "a"

type Words = dict[str, Any]


def firm(groups: Iterable[str] = GROUPS) -> "World":
    """Everybody of these groups and everything, made in the caller's transaction."""
    store.keep(STORED, b"a file")
    Heartbeat.objects.create(name="send_page", at=clock.now() + timedelta(hours=1))
    stranger = make_user("csm")
    people = {group: make_user(POSTS[group]) for group in groups}
    world = World(people, foreign=records(stranger, "csm"), common=common())
    world.own = {group: records(user, TEAM.get(group, "csm")) for group, user in people.items()}
    return world


class World:
    """Who is there, and what an address needs to name a record of theirs, of a stranger's, of nobody's."""

    def __init__(self, people: dict[str, User], foreign: Words, common: Words) -> None:
        self.people, self.foreign, self.common = people, foreign, common
        self.own: dict[str, Words] = {}

    def words(self, kind: str, whose: str) -> Words:
        """What stands in an address for a record of `kind`: of a group's own, "foreign" or "absent"."""
        if whose == "absent":
            return ABSENT.get(kind, {"pk": NOBODYS})
        mine = self.foreign if whose == "foreign" else self.own.get(whose, {})
        return mine.get(kind) or self.common[kind]

    def is_owned(self, kind: str) -> bool:
        """Whether records of this kind are somebody's own."""
        return kind in self.foreign


ABSENT: Final[Mapping[str, Words]] = {
    "text": {"code": "nothing"},
    "entry": {"section": "links", "code": "nothing"},
    "automation": {"code": "nothing"},
    "list": {"code": "nothing"},
    "cell": {"code": "accounts", "pk": NOBODYS, "key": "hosting"},
    "mirror": {"code": "nothing"},
    "table": {"table": "nothing"},
    "version": {"table": "ticket", "pk": NOBODYS},
    "tier": {"tier": "nothing"},
    "provider": {"provider_id": "nothing"},
    "link": {"uidb36": "0", "key": "nothing"},
    "shared": {"token": "nothing"},
}


def records(user: User, role: str) -> Words:
    """One record of each kind that belongs to `user`: of an account they look after, or assigned to them, or begun."""
    account = make_account(**{role: user})
    contract = make_contract(account, in_force_from="2019-01-01", in_force_to="2019-12-31")
    channel = make_channel(account)
    ticket = make_ticket(account, assignee=user)
    missed = ticket.clocks.get(kind="response")
    ticket.clocks.filter(pk=missed.pk).update(missed=True)
    message = ticket.messages.get()
    BugReport.objects.suspect(ticket, by=user)
    file = Attachment.objects.create(message=message, name="log.txt", size=6, stored_as=STORED)
    license_key = make_license(account)
    [(share, _)] = KeyShare.objects.share(license_key, [make_contact(account)], by=user)
    deal = make_opportunity(account, owner=user)
    made = papers(deal) | {
        "account": account,
        "license": license_key,
        "share": share,
        "license request": make_license_request(account, kind="poc"),
        "contract": contract,
        "codename": make_codename(account, user),
        "channel": channel,
        "ticket": ticket,
        "message": message,
        "contact": make_contact(account, is_champion=True),
        "opportunity": deal,
        "lead": make_lead(owner=user),
        "meeting notes": make_notes(account, by=user),
        "finding": Finding.objects.create(rule="owner", record=deal.pk, owner=user),
        "clock": missed,
        "attachment": file,
        "follow_up": FollowUp.objects.create(ticket=ticket, kind="documentation"),
        "thread": waiting_thread(channel),
        "batch": Batch.objects.create(by=user, act="assign", left=[], effects=[], change={"person": None}),
        "bulk edit": BulkEdit.objects.choose("accounts", "hosting", [account.pk], by=user),
        "csv import": brought_file(user),
        "view": SavedView.objects.create(owner=user, page="support:queue", name="Mine", shared=True),
    }
    made |= waited_for(account, ticket)
    made |= {"close": begun_close(account, user), "meeting": a_meeting(account, user)}
    made["rep"] = user
    cell = {"code": "accounts", "pk": account.pk, "key": "hosting"}
    return {kind: {"pk": record.pk} for kind, record in made.items()} | {"cell": cell}


def brought_file(user: User) -> CsvImport:
    """A file whose rows have been looked at."""
    raw = b"Account\nReef\n"
    job = CsvImport.objects.take("accounts", "account.import", read(raw), raw=raw, name="reef.csv", by=user)
    job.rehearse(["name"], "name", "fill")
    CsvImport.objects.filter(pk=job.pk).update(checked_at=clock.now())
    return job


def begun_close(account: Account, user: User) -> DealClose:
    """A close that has just begun, of another deal of the same people."""
    deal = make_opportunity(account, owner=user)
    close = DealClose.objects.create(opportunity=deal, tier="premium", begun_by=user)
    Run.objects.begin(close, "close", by=user)
    return close


def a_meeting(account: Account, user: User) -> Meeting:
    when = {"kind": "ad_hoc", "starts_at": clock.now() + timedelta(days=1)}
    return Meeting.objects.schedule(account, by=user, attendees=[user], **when)


def make_link() -> str:
    """The token of a link to a license key."""
    account = make_account()
    [(_, token)] = KeyShare.objects.share(make_license(account), [make_contact(account)], by=make_user("csm"))
    return token


def papers(deal: Opportunity) -> dict[str, Any]:
    """One of each kind of paper of a deal, all by the same CRO."""
    by, standing = make_user("cro"), {"term": None, "value": "More", "form": "redline"}
    quote = make_quote(deal, by=by)
    agreement = make_agreement(deal, by=by)
    return {
        "quote": quote,
        "review": LegalReview.objects.ask(quote, by=by, question="May we?"),
        "screening": make_screening(deal, by=by, is_hit=True),
        "agreement": agreement,
        "deviation": TermDeviation.objects.note(agreement, by=by, **standing),
        "signature": SignatureRequest.objects.begin(make_agreement(deal, by=by), by=by),
        "invoice": Invoice.objects.add(opportunity=deal, by=by, amount="900"),
    }


def waited_for(account: Any, ticket: Any) -> dict[str, Any]:
    """An issue that the account waits for, with all that becomes of it."""
    issue = filed("customer request")
    request = CustomerRequest.objects.create(issue=issue, key_on="2027-03-12")
    return {
        "issue": issue,
        "issue_link": make_issue_link(issue, account, ticket=ticket),
        "customer request": request,
        "feedback": Feedback.objects.create(request=request, account=account),
        "customer note": CustomerNote.objects.create(issue=issue, account=account, about="release", text="It is out."),
    }


def make_codename(account: Any, by: User) -> Codename:
    """A codename of its own for each account."""
    [planet] = fitting(MinorPlanet.objects.free(), 1)
    return Codename.objects.assign(account, planet.name, by=by)


def deleted_label() -> Any:
    """A label that was deleted over there and made anew, and an issue that had it (F37)."""
    issue = make_issue(labels=["customer-vesta"])
    label = issue.labels.get()
    label.__class__.objects.filter(pk=label.pk).update(gone_at=clock.now())
    make_label("customer-vesta")
    return label


def waiting_thread(channel: Any) -> Any:
    """A thread in which the customer waits (R2)."""
    thread = make_thread(channel)
    ticket = make_ticket(channel.account)
    message = make_message(ticket, kind="slack")
    message.__class__.objects.filter(pk=message.pk).update(ticket=None, thread=thread, waiting_since=message.at)
    return thread


def common() -> Words:
    """What belongs to nobody in particular."""
    someone = make_user("qa")
    OutreachReview.objects.begin(today())
    skipped = MirrorLink.objects.create(
        mirror=Mirror.objects.get(code="accounts"), salesforce_id="001000000000001AAA", problem="empty"
    )
    rows: dict[str, Any] = {
        "mirror link": skipped,
        "mirror field": MirrorField.objects.filter(mirror=skipped.mirror).first(),
        "conflict": Conflict.objects.create(link=skipped, field="industry", ours="a", theirs="b"),
        "salesforce user": SalesforceUser.objects.create(name="Somebody", email=someone.email, colleague=someone),
        "effect": Effect.objects.create(key="reply:1", kind="slack.reply", destination="slack", state="dead"),
        "delivery": Delivery.objects.create(source="slack", delivery_id="Ev1", raw=b"{}", state="dead"),
        "chat": ChatQuestion.objects.create(question="What does it cost?", asked_by=someone),
        "recount": Recount.objects.create(cause="policy", what="A correction", finished_at=clock.now()),
        "import": TicketImport.objects.create(system="unthread", rehearsal=True, finished_at=clock.now()),
        "person": someone,
        "holding": RoleHolding.objects.get(user=someone),
        "hours": OpeningHours.objects.first(),
        "blocked": BlockedName.objects.first(),
        "leak": Leak.objects.create(where="body", external_id="1", number=1, kinds="account", fingerprint="1"),
        "stray": StrayLabel.objects.create(place="public", external_id="1", name="customer-x", kind="unknown"),
        "holiday": Holiday.objects.in_force().first(),
        "label": deleted_label(),
        "github_person": GithubPerson.objects.create(login="rosa"),
        "policy": SlaPolicy.objects.in_force(clock.now()),
        "trial": make_trial(),
        "lead source": LeadSource.objects.first(),
        "checkup": Checkup.objects.open_for(today()),
        "country": Country.objects.get(code="SE"),
        "term": StandardTerm.objects.add(by=someone, name="Payment", standard="30 days", maximum="60 days"),
        "outreach": Outreach.objects.add(by=someone, audience="All", reach=2, subject="News", body="We have news."),
        "suspected bug": make_issue(labels=("bug", "~investigate")),
    }
    said = {
        "text": {"code": "purchase_error"},
        "entry": {"section": "links", "code": "department_request"},
        "automation": {"code": Automation.objects.values_list("code", flat=True)[0]},
        "mirror": {"code": "accounts"},
        "table": {"table": "ticket"},
        "list": {"code": "accounts"},
        "version": {"table": "account", "pk": Account.objects.values_list("pk", flat=True)[0]},
        "tier": {"tier": "premium"},
        "provider": {"provider_id": "company"},
        "link": {"uidb36": "1", "key": "no-key"},
        "shared": {"token": make_link()},
    }
    return {kind: {"pk": row.pk} for kind, row in rows.items()} | said
