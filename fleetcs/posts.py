"""Posts, the permission group each of them names, and what a group may do: the one table (DIR-05, R13).

People change, posts stay: nobody is granted anything by name. A person without a post is an employee and
may read what every colleague may read. `ALL` covers every record, `OWN` the records of accounts whose team
the person belongs to, and tickets assigned to them.
"""

from enum import StrEnum
from typing import Final


class Group(StrEnum):
    """A permission group; the codes are those of the permission matrix in the tests."""

    EMPLOYEE = "RO", "Employee"
    AE = "AE", "Account executive"
    SC = "SC", "Solutions consultant"
    DIR_SC = "DSC", "Director of solutions consulting"
    SDR = "SDR", "Sales development"
    CSM = "CSM", "Customer success manager"
    CSA = "CSA", "Solutions architect"
    CSE = "CSE", "Support engineer"
    MANAGER = "MGR", "Manager of support"
    VP_CS = "VP", "VP of customer success"
    ON_CALL = "ONC", "On-call engineer"
    PRODUCT = "PD", "Product"
    BIZOPS = "BIZ", "Business operations"
    CRO = "CRO", "Chief revenue officer"
    CEO = "CEO", "Chief executive"
    ADMIN = "ADM", "Administrator"

    label: str

    def __new__(cls, value: str, label: str) -> "Group":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


ALL: Final = "all"
OWN: Final = "own"

# code, name, group. The order is the order of the directory page.
POSTS: Final[tuple[tuple[str, str, Group], ...]] = (
    ("ceo", "CEO", Group.CEO),
    ("cro", "CRO", Group.CRO),
    ("vp_cs", "VP of Customer Success", Group.VP_CS),
    ("manager_cse_csa", "Manager of support and solutions architecture", Group.MANAGER),
    ("cse", "Customer support engineer (CSE)", Group.CSE),
    ("csa", "Customer solutions architect (CSA)", Group.CSA),
    ("csm", "Customer success manager (CSM)", Group.CSM),
    ("ae", "Account executive (AE)", Group.AE),
    ("head_public_sector", "Head of Public Sector", Group.AE),
    ("sc", "Solutions consultant (SC)", Group.SC),
    ("director_sc", "Director of Solutions Consulting", Group.DIR_SC),
    ("sdr", "Sales development representative (SDR)", Group.SDR),
    ("bizops", "Business operations (BizOps)", Group.BIZOPS),
    ("infrastructure_engineer", "Infrastructure engineer", Group.ON_CALL),
    ("developer_on_call", "Developer on-call", Group.ON_CALL),
    ("on_call_24_7", "24/7 on-call", Group.ON_CALL),
    ("first_responder", "First responder", Group.ON_CALL),
    ("l2", "L2 on-call technician", Group.ON_CALL),
    ("l3", "L3 on-call technician", Group.ON_CALL),
    ("pd", "Product designer (PD)", Group.PRODUCT),
    ("head_product_design", "Head of Product Design", Group.PRODUCT),
    ("qa", "Quality assurance (QA)", Group.PRODUCT),
    ("technical_evangelist", "Technical evangelist", Group.EMPLOYEE),
    ("head_of_people", "Interim Head of People", Group.EMPLOYEE),
    ("zapier_administrator", "Zapier administrator", Group.ADMIN),
    ("administrator", "Administrator of fleetcs", Group.ADMIN),
)

EVERYONE: Final = "RO AE SC DSC SDR CSM CSA CSE MGR VP ONC PD BIZ CRO CEO ADM"
COLLEAGUES: Final = EVERYONE.removesuffix(" ADM")  # the administrator runs the house and reads no customer's papers
SUPPORT: Final = "CSE ONC MGR VP"

# action: (groups that may on every record, groups that may on their own)
_TABLE: Final[dict[str, tuple[str, str]]] = {
    "account.see": (COLLEAGUES, ""),
    "account.edit": ("BIZ CRO VP MGR", "AE CSM CSA"),
    "account.create": ("BIZ CRO VP MGR AE CSM", ""),
    "account.export": ("BIZ CRO VP MGR", ""),  # LEA-03: as far as they may edit all of them
    "contact.see": (COLLEAGUES, ""),
    "contact.phone": (COLLEAGUES.removeprefix("RO "), ""),
    "contact.edit": ("CSE BIZ CRO VP MGR", "AE CSM CSA"),
    "contact.export": ("BIZ CRO VP", ""),  # LEA-03
    # files come in where they may leave: rows of them make and change every record
    "account.import": ("BIZ CRO VP", ""),
    "contact.import": ("BIZ CRO VP", ""),
    "lead.import": ("BIZ CRO", ""),
    "opportunity.import": ("BIZ CRO", ""),
    "notes.link": ("CSE BIZ CRO VP MGR", "AE CSM CSA SC DSC"),  # SFD-06: whoever meets customers
    "contract.see": ("CSE CSA ONC MGR VP BIZ CRO CEO", "AE CSM SC DSC"),
    "contract.edit": ("BIZ CRO VP", ""),
    "lead.see": (COLLEAGUES, ""),  # SFD-02, SFD-24: everybody has leads and opportunities in detail
    "lead.edit": ("SDR BIZ CRO", "AE"),  # LEA-01
    "lead.convert": ("SDR BIZ CRO", "AE"),
    "lead.review": ("SDR AE BIZ CRO", ""),  # LEA-02, LEA-04
    "lead.source": ("BIZ CRO ADM", ""),  # LEA-05: extendable by an admin
    "lead.export": ("BIZ CRO", ""),  # LEA-03
    "opportunity.see": (COLLEAGUES, ""),
    "opportunity.edit": ("BIZ CRO VP", "AE CSM"),  # OPP-02, OPP-06, OPP-07, OPP-10
    "opportunity.export": ("BIZ CRO VP", ""),  # LEA-03
    "opportunity.reopen": ("BIZ CRO", ""),  # what was won has made a contract
    "opportunity.hand": ("BIZ CRO VP", "AE CSM"),  # OPP-02, OPP-10
    "opportunity.assign": ("CRO", ""),  # OPP-02: an account executive to a large expansion
    "opportunity.expand": ("BIZ CRO VP", "AE CSM"),  # OPP-02 to OPP-05: own are those of one's accounts
    "opportunity.evaluate": ("BIZ CRO VP DSC", "AE CSM SC"),  # OPP-11, SCR-03
    "rep.see": ("CRO CEO VP MGR", "AE SDR SC DSC CSM"),  # REP-01: own is one's own report
    "rep.coach": ("CRO VP MGR", ""),  # REP-03
    "outreach.see": (COLLEAGUES, ""),  # OUT-02, OUT-03
    "outreach.write": ("AE SDR SC DSC CSM VP MGR CRO CEO", ""),
    "outreach.confirm": ("CRO CEO", ""),  # OUT-01
    # papers of a deal: quotes, reviews, checks, contracts, invoices. Own: owned deals, and those of one's accounts
    "paper.see": ("BIZ CRO CEO VP MGR", "AE CSM SC DSC"),
    "paper.decide": ("BIZ CRO CEO", ""),  # whoever approves, reviews, signs or files: the inbox
    "quote.prepare": ("CRO VP", "AE CSM"),  # QUO-04: the deal's owner, not its account's team, or a manager
    "quote.approve": ("CRO", ""),  # QUO-02
    "quote.approve_cro": ("CEO", ""),  # what the CRO wrote, where that is so set
    "quote.cast": ("BIZ CRO VP", "AE CSM"),  # QUO-01
    "review.ask": ("BIZ CRO", "AE CSM"),  # QUO-03, CON-08, CON-09
    "review.close": ("BIZ CRO", ""),  # DCL-02, DCL-07
    "screening.record": ("BIZ CRO VP", "AE CSM"),  # DCL-01
    "screening.clear": ("BIZ CRO", ""),  # R12
    "country.see": (COLLEAGUES, ""),
    "country.edit": ("BIZ CRO", ""),
    "term.see": ("BIZ CRO CEO VP MGR AE CSM SC DSC", ""),
    "term.edit": ("BIZ CRO", ""),  # CON-06
    "agreement.keep": ("BIZ CRO", "AE CSM"),  # DCL-03, DCL-09a, DCL-11
    "agreement.file": ("BIZ CRO", ""),  # DCL-10, CON-10
    "agreement.sign": ("CEO", ""),  # CON-10, CON-11
    "exception.decide": ("CEO", ""),  # CON-07
    "invoice.enter": ("BIZ CRO", ""),  # CON-04
    # DCL-00 to DCL-29: steps of a close by whose they are; those of BizOps and the CEO are the papers' above
    "close.see": ("BIZ CRO CEO VP MGR", "AE CSM SC DSC"),
    "close.sell": ("", "AE"),
    "close.consult": ("", "SC DSC"),
    "close.onboard": ("VP", "CSM"),
    "close.handoff": ("VP", "AE CSM"),  # DCL-18
    "close.adopt": ("BIZ CRO", ""),  # whoever operates closes takes over those that were in flight
    "onboarding.see": ("VP MGR CRO CSM", ""),
    "meeting.schedule": ("VP MGR CRO", "AE SC DSC CSM CSA"),
    # SFD-01, SFD-24: the data checkup. Own: findings that are theirs to mend
    "checkup.see": ("BIZ CRO CEO VP MGR", "AE CSM SDR"),
    "checkup.note": ("BIZ CRO VP MGR", "AE CSM SDR"),
    "checkup.settle": ("BIZ CRO VP MGR", ""),
    # R11, COD-02: whoever works on an account, or files an issue for it; the others have no need to know
    "codename.see": ("CSE ONC MGR VP CRO CEO", "AE SC DSC CSM CSA"),
    "codename.assign": ("CSE ONC MGR VP CRO", "AE SC DSC CSM CSA"),
    "codename.retire": ("MGR VP CRO", "CSM"),
    # LIC-03, LIC-04, DCL-23, DCL-24: who makes and shares keys, and who is responsible for them in each phase
    "license.see": ("CSE ONC MGR VP DSC BIZ CRO CEO", "AE SC CSM CSA"),
    "license.ask": ("CSE MGR VP DSC", "AE SC CSM CSA"),
    "license.handle": ("VP DSC", "SC CSM"),
    "trial.see": ("CSE AE SDR SC DSC CSM CSA MGR VP CRO CEO", ""),
    "trial.extend": ("CSE AE MGR VP", ""),  # LIC-05
    "codename.adopt": ("MGR VP CRO", ""),  # shows every mapping at once
    "leak.see": ("CSE ONC MGR VP CRO CEO", ""),  # those who may see every codename
    "leak.settle": ("CSE ONC MGR VP CRO", ""),
    "issue.see": ("CSE ONC MGR VP CSM CSA PD CRO CEO", "AE SC DSC"),
    "issue.link": (SUPPORT + " CSM CSA PD", "AE SC DSC"),
    "issue.tend": (SUPPORT + " CSM", ""),  # who is outside, labels that are put back
    "bug.file": (SUPPORT, "CSM CSA"),
    "bug.decide": ("CSE MGR VP", ""),  # BUG-10 to BUG-12: the stand-up
    "bug.acknowledge": ("MGR VP", ""),  # BUG-09: the manager of CSE and CSA
    "request.track": ("CSE MGR VP PD", "CSM"),  # REQ-01, REQ-04, REQ-05, REQ-07: CSM, CSE, product designer
    "request.settle": ("MGR VP", "CSM"),  # REQ-09, REQ-10: the CSM who was asked
    "issue.share": ("CSE MGR VP", "CSM"),  # BUG-06, REQ-06: CSE, CSM
    "channel.see": (EVERYONE, ""),
    "channel.edit": ("CSM CSE MGR VP ADM", ""),
    "channel.request": ("CSM CSE CSA MGR VP", ""),
    "channel.approve": ("ADM", ""),
    "board.see": (EVERYONE, ""),
    "ticket.see": ("CSM CSA CSE ONC MGR VP BIZ CRO CEO", "AE SC DSC"),
    "ticket.create": ("CSM CSA CSE ONC MGR VP AE SC DSC", ""),
    "ticket.flag": (EVERYONE, ""),  # INT-03: any member of staff
    "ticket.answer": (SUPPORT, "CSM CSA"),
    "ticket.note": (SUPPORT + " CRO", "AE SC DSC CSM CSA"),
    "ticket.work": (SUPPORT, "CSM CSA"),
    "ticket.triage": (SUPPORT + " CSM CSA", ""),
    "request.make": (EVERYONE, ""),
    "chat.work": (COLLEAGUES, ""),
    "figures.see": ("RO SDR CSM CSA CSE ONC MGR VP PD BIZ CRO CEO", "AE SC DSC"),
    "policy.see": (EVERYONE, ""),
    "policy.edit": ("BIZ VP ADM", ""),
    "hours.edit": ("BIZ MGR VP ADM", ""),  # SLA-13, SLA-14: managers
    "people.see": (EVERYONE, ""),
    "people.edit": ("ADM", ""),
    "text.see": (EVERYONE, ""),
    "text.edit": ("MGR VP ADM", ""),
    "view.share": ("MGR VP CSE CSM", ""),
    "history.see": ("CRO CEO VP MGR", ""),
    "operations.see": ("CSE ONC MGR VP BIZ CRO ADM", ""),
    "operations.act": ("ONC MGR VP ADM", ""),
    "import.run": ("MGR VP", ""),  # SYS-05: managers
    "question.see": (COLLEAGUES, ""),  # DOC-01, DOC-02: whoever mends the documentation
    "question.keep": (SUPPORT + " CSM CSA", ""),
    "mirror.see": ("CSE ONC MGR VP BIZ CRO ADM", ""),
    "mirror.run": ("MGR VP BIZ ADM", ""),
    "mirror.map": ("VP BIZ ADM", ""),
    "conflict.settle": ("BIZ CRO VP MGR", ""),  # those who may edit every account
    "automation.switch": ("VP ADM", ""),
}

MAY: Final[dict[str, dict[str, str]]] = {
    action: dict.fromkeys(own.split(), OWN) | dict.fromkeys(every.split(), ALL)
    for action, (every, own) in _TABLE.items()
}


def scope(action: str, groups: frozenset[str]) -> str | None:
    """How far people of `groups` may go with `action`: ALL, OWN or None. Raises KeyError for an unknown action."""
    scopes = {MAY[action].get(group) for group in groups}
    return ALL if ALL in scopes else OWN if OWN in scopes else None
