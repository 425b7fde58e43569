"""Closing a deal with a new customer: every step from the first check to the standing check-in (DCL-00 to DCL-28).

Which steps apply follows from three answers: whether the customer brings a contract of their own, whether they sign by
envelope, whether their deployment is known from the proof of concept. A gate that is open stops what it blocks; before
the others it is only warned (R7), unless the company has made warnings hard. Pure, but that an issue's link has to lead
to the confidential repository, which the company's settings name.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from fleetcs.procedures import Evidence, Procedure, Rule, Step, hardened
from opportunities import links

CHECKLIST: Final = "close"
BRANCHES: Final = ("own_contract", "docusign", "poc_details_done")
HANDOFF_MINUTES: Final = 30  # DCL-17
FARTHEST: Final = date(9000, 1, 1)  # from here on no subscription's days are reckoned: the calendar ends in 9999

SELL, OPERATE, SIGN, CONSULT, ONBOARD = (
    *("close.sell", "agreement.file", "agreement.sign"),
    *("close.consult", "close.onboard"),
)
CHIEF: Final = "quote.approve"  # the CRO's
HOLDERS: Final[Mapping[str, str]] = {
    SELL: "AE",
    OPERATE: "BizOps",
    SIGN: "CEO",
    CHIEF: "CRO",
    CONSULT: "Solutions consultant",
    ONBOARD: "CSM",
}
OPERATIONS: Final = "BIZ"  # the group whose backup the CRO is (DCL-07)

START, ORDER, SIGNED, ISSUE, SUCCESS = "Start", "Order form", "Signed", "Sale issue", "Customer success"
STAGES: Final = (START, ORDER, SIGNED, ISSUE, SUCCESS)

HANDOFF: Final = (  # DCL-18
    ("deal", "Details of the deal"),
    ("contact", "Primary contact and their role"),
    ("use_cases", "Desired use cases and outcomes"),
    ("reasons", "Reasons for the purchase"),
    ("used_free", "Previously using the free version?"),
    ("tier", "Support tier"),
    ("competitors", "Competitive solutions in place"),
    ("technologies", "Other relevant technologies in place"),
    ("poc_notes", "Relevant notes of the proof of concept"),
    ("timeline", "Expectations for the timeline"),
    ("deployment", "Server deployment type"),
)


def so(name: str) -> Rule:
    """A fact that is so."""
    return lambda facts: bool(facts.get(name))


def not_so(name: str) -> Rule:
    return lambda facts: not facts.get(name)


def _document(code: str, of_what: str) -> tuple[Evidence]:
    """What the handbook keeps in the drive is shown by its link there (SYS-10)."""
    return (Evidence(code, f"Link of {of_what} in Google Drive", kind="link", leads=links.to_document),)


def _plan(code: str, text: str, role: str) -> Step:
    link = _document("plan", "the account plan")
    return Step(code, text, role, evidence=link, warns=("DCL-16",), waived=True, stage=ISSUE)


_START: Final = (
    Step(
        "DCL-00",
        "Open the Sale issue, or leave it to the win",
        SELL,
        evidence=(
            Evidence(
                "issue",
                "Link of the confidential issue, if there is one already",
                kind="link",
                required=False,
                leads=links.to_issue,
            ),
        ),
        stage=START,
        waived=True,
    ),
    Step(
        "DCL-01", "Export and sanctions check", SELL, checked=so("screened"), blocks=("DCL-03", "DCL-04"), stage=START
    ),
    Step(
        "QUO-02",
        "The quote is approved before it goes out",
        CHIEF,
        applies=so("quoted"),
        checked=so("quote_approved"),
        stage=START,
    ),
    Step(
        "CON-07",
        "Exceptions beyond the maximum are approved",
        SIGN,
        applies=so("exceptions"),
        checked=so("exceptions_approved"),
        blocks=("DCL-05c", "DCL-08"),
        stage=START,
    ),
)

_ORDER: Final = (
    Step(
        "DCL-02",
        "Review of the customer's own contract",
        OPERATE,
        applies=so("own_contract"),
        checked=so("reviewed"),
        blocks=("DCL-03", "DCL-04"),
        backs=OPERATIONS,
        stage=ORDER,
    ),
    Step(
        "DCL-03",
        "Send the order form by envelope, with copies to yourself and BizOps",
        SELL,
        applies=so("docusign"),
        checked=so("sent_by_envelope"),
        blocks=("DCL-08",),
        stage=ORDER,
    ),
    Step(
        "DCL-04",
        "Send the order form directly to the customer",
        SELL,
        applies=not_so("docusign"),
        checked=so("sent_directly"),
        blocks=("DCL-05a",),
        stage=ORDER,
    ),
    Step(
        "DCL-05a",
        "Send the signed paper copy to BizOps",
        SELL,
        applies=not_so("docusign"),
        evidence=_document("scan", "the signed copy"),
        blocks=("DCL-05b",),
        stage=ORDER,
    ),
    Step(
        "DCL-05b",
        "Review the signed paper copy",
        OPERATE,
        applies=not_so("docusign"),
        evidence=(Evidence("found", "What the review found"),),
        blocks=("DCL-05c", "DCL-08"),
        backs=OPERATIONS,
        stage=ORDER,
    ),
    Step(
        "DCL-06",
        "Copy the AE, and stay copied, when the final copy goes to the CEO",
        OPERATE,
        applies=not_so("docusign"),
        evidence=(Evidence("copied", "Addresses on the copy list"),),
        warns=("DCL-05c",),
        backs=OPERATIONS,
        stage=ORDER,
    ),
    Step(
        "DCL-05c",
        "Execute the paper copy",
        SIGN,
        applies=not_so("docusign"),
        checked=so("executed_by_us"),
        blocks=("DCL-08",),
        stage=ORDER,
    ),
)

_AFTER_SIGNING: Final = ("DCL-12b", "DCL-13", "DCL-14", "DCL-15", "DCL-16", "DCL-17", "DCL-18")
_SIGNED: Final = (
    Step(
        "DCL-08",
        "Both parties sign the order form",
        SELL,
        checked=so("signed"),
        blocks=("DCL-09a", "DCL-10", "DCL-11"),
        warns=_AFTER_SIGNING,
        stage=SIGNED,
    ),
    Step(
        "DCL-09a",
        "Put the executed contract on the opportunity",
        SELL,
        checked=so("attached"),
        blocks=("DCL-09b",),
        stage=SIGNED,
    ),
    Step(
        "DCL-09b",
        "Mark it Closed Won, with its closing date",
        SELL,
        checked=so("won"),
        blocks=("DCL-12a", "DCL-20"),
        warns=_AFTER_SIGNING,
        stage=SIGNED,
    ),
    Step(
        "DCL-10",
        "File the executed contract in the subscriptions folder",
        OPERATE,
        checked=so("filed"),
        backs=OPERATIONS,
        stage=SIGNED,
    ),
    Step("DCL-11", "Help BizOps to secure a purchase order", SELL, checked=so("ordered"), stage=SIGNED),
)

_ISSUE: Final = (
    Step("DCL-12a", "The New Sale issue exists", SELL, checked=so("issue"), blocks=("DCL-12b",), stage=ISSUE),
    Step("DCL-12b", "Complete the AE's tasks at the top of the issue", SELL, blocks=("DCL-13",), stage=ISSUE),
    Step(
        "DCL-13",
        "Assign the issue to BizOps and the Head of Customer Success",
        SELL,
        evidence=(
            Evidence("bizops", "Of BizOps", offers="bizops"),
            Evidence("vp_cs", "Head of Customer Success", offers="vp_cs"),
        ),
        blocks=("DCL-19",),
        stage=ISSUE,
    ),
    _plan("DCL-14", "Business objectives in the account plan", SELL),
    _plan("DCL-15", "Technical objectives in the account plan", CONSULT),
    Step(
        "DCL-16",
        "Move the account's folder to the account plans",
        SELL,
        evidence=_document("folder", "the folder where it is now"),
        waived=True,
        stage=ISSUE,
    ),
    Step(
        "DCL-17",
        "Schedule the handoff call: 30 minutes, with customer success",
        SELL,
        checked=so("handoff_call"),
        warns=("DCL-19",),
        waived=True,
        stage=ISSUE,
    ),
    Step("DCL-18", "Fill in the handoff sheet", SELL, checked=so("handed_over"), waived=True, stage=ISSUE),
)

_ONBOARDING: Final = (
    *("DCL-20", "DCL-21a", "DCL-21b", "DCL-22", "DCL-23", "DCL-24", "DCL-25", "DCL-26", "DCL-27", "DCL-28"),
)
_SUCCESS: Final = (
    Step("DCL-19", "Take over: kick off customer success", ONBOARD, blocks=_ONBOARDING, stage=SUCCESS),
    Step("DCL-20", "The renewal opportunity exists", ONBOARD, checked=so("renewal"), stage=SUCCESS),
    Step(
        "DCL-21a",
        "Send the welcome mail",
        ONBOARD,
        evidence=(Evidence("to", "Sent to", kind="email"),),
        waived=True,
        stage=SUCCESS,
    ),
    Step(
        "DCL-21b",
        "Send the deployment checklist",
        ONBOARD,
        evidence=_document("copy", "the customer's copy"),
        waived=True,
        stage=SUCCESS,
    ),
    Step(
        "COD-04",
        "The codename's label is the customer's, and complete",
        ONBOARD,
        applies=so("codename"),
        checked=so("label_complete"),
        waived=True,
        stage=SUCCESS,
    ),
    Step("DCL-22", "Create the customer's Slack channel", ONBOARD, checked=so("channel"), waived=True, stage=SUCCESS),
    Step("DCL-23", "Generate the license key", ONBOARD, checked=so("key"), blocks=("DCL-24",), stage=SUCCESS),
    Step("DCL-24", "Share the license key by a link of seven days", ONBOARD, checked=so("key_shared"), stage=SUCCESS),
    Step("DCL-25", "Schedule the kickoff call", ONBOARD, checked=so("kickoff"), waived=True, stage=SUCCESS),
    Step(
        "DCL-26",
        "Collect the deployment details",
        ONBOARD,
        applies=not_so("poc_details_done"),
        evidence=(Evidence("details", "Details"),),
        waived=True,
        stage=SUCCESS,
    ),
    Step(
        "DCL-27",
        "Schedule the recurring check-in",
        ONBOARD,
        checked=so("check_in"),
        blocks=("DCL-28",),
        waived=True,
        stage=SUCCESS,
    ),
    Step("DCL-28", "Run the check-ins: notes and follow-up", ONBOARD, stands=True, stage=SUCCESS),
)

CLOSE: Final = Procedure(CHECKLIST, "Deal close", (*_START, *_ORDER, *_SIGNED, *_ISSUE, *_SUCCESS))
STRICT: Final = hardened(CLOSE)
WIN: Final = "DCL-09b"
EXECUTED: Final = "DCL-05c"
BY_BOTH: Final = "DCL-08"
BEFORE_THE_WIN: Final = (START, ORDER, SIGNED)
TEXTS: Final[Mapping[str, str]] = {"DCL-21a": "welcome_email", "DCL-21b": "deployment_checklist"}  # TPL-07
OF_THE_COPY: Final = ("DCL-05a", "DCL-05b", "DCL-06")  # ticked of one contract: of another they say nothing
ANOTHER_COPY: Final = "Another subscription agreement is to be signed: what was checked is not what will be."


def procedure(*, strict: bool) -> Procedure:
    """The checklist; `strict`: its warnings stop like gates."""
    return STRICT if strict else CLOSE


def empty_items(sheet: Mapping[str, Any]) -> list[str]:
    """Labels of the handoff items that nobody has filled in."""
    return [label for name, label in HANDOFF if not str(sheet.get(name) or "").strip()]


def last_day(begins: date, months: int) -> date:
    """The last day of a subscription of so many months; `FARTHEST` where that is too far to reckon."""
    index = begins.month - 1 + months
    year, month = begins.year + index // 12, index % 12 + 1
    if year >= FARTHEST.year:
        return FARTHEST
    return date(year, month, min(begins.day, monthrange(year, month)[1])) - timedelta(days=1)
