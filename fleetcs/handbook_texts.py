"""Every text and every entry the product asks the handbook for: what is missing can be listed, unknown keys refused.

The wording itself is the company's and comes with its pack (R14). Pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fleetcs import posts
from fleetcs.texts import is_broken


@dataclass(frozen=True)
class Text:
    """A text the product uses: variables it must hold and others that are filled, and what goes with sending it."""

    code: str
    name: str
    use: str = "reply"
    required: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    cc_post: str = ""
    follow_up: str = ""
    first: tuple[str, ...] = ()  # tasks that it says are done: they are, before it may be sent (LIC-07)


TEXTS: Final = (
    Text(
        "after_hours_notice",
        "After-hours notice",
        "automation",
        ("username", "opens", "closes"),  # TPL-05, AHR-04
        ("zone", "hours"),
    ),
    Text("emergency_text", "Emergency text message", "automation", ("account", "tier", "priority", "link")),  # AHR-09
    Text("mail_acknowledgement", "Acknowledgement of mail", "automation", (), ("contact_name", "ticket", "hours")),
    Text(
        "purchase_error",
        "Error while buying a license",
        required=("company_name",),  # TPL-01
        first=("refund", "more_hosts"),
    ),
    Text("sandbox_error", "Error in the sandbox", follow_up="bug_task"),  # TPL-02
    Text("card_change", "Changing a credit card", required=("customer_dashboard",)),  # PAY-01
    Text("job_application", "Applying for open position", required=("position_title",), cc_post="head_of_people"),
    Text("issue_link", "Link to an issue", required=("link",)),  # TPL-06
    Text(
        "release_note", "Note to a customer about a release", "automation", ("link",)
    ),  # made into a draft a person edits
    Text("feedback_meets", "Comment: it meets the customer's needs", "automation", ("designer",)),  # REQ-09
    Text("feedback_missing", "Comment: something is missing", "automation", ("designer",), ("evidence",)),  # REQ-10
    Text("welcome_email", "Welcome mail"),  # TPL-07
    Text("deployment_checklist", "Deployment checklist"),  # TPL-07
    Text("community_answer", "Community support", tiers=("free",)),  # INT-18
)

FIRST: Final = {text.code: text.first for text in TEXTS}

# What an answer template may name beside the handbook's links: filled from the ticket, or typed by whoever sends it.
VARIABLES: Final = frozenset(
    {
        "company_name",
        "contact_name",
        "customer_name",
        "first_name",
        "username",
        "my_name",
        "agent_name",
        "ticket_number",
        "subject",
        "opens",
        "closes",
        "hours",
        "position_title",
        "link",
    }
)

# section: the entries the product looks up there. The open sections may hold more than these.
ENTRIES: Final[dict[str, tuple[str, ...]]] = {
    "links": (
        "response_templates",
        "department_request",
        "department_board",
        "expectations",
        "community_chat",
        "community_issues",
        "unthread_conversation",
        "zendesk_ticket",
        "deployment_checklist",
        "welcome_email",
        # where license keys are made (LIC-01 to LIC-03), and how customers pay (PAY-01, PAY-03, PAY-04)
        "license_key_creator",
        "license_dispenser",
        "opportunity_issue",
        "customer_dashboard",
        "remittance_information",
        "w9",
        "subscription_agreement",  # CON-01
        "quote_deck",  # the template of slides (QUO-05)
        "sanctions_list",  # the official list that people look at (SYS-17)
        # where an account's papers are searched for; {account} stands for its name (SFD-05)
        "search_purchase_orders",
        "search_subscription_agreements",
        "search_invoices",
        "search_meeting_notes",
        "search_ndas",
        "one_pager",  # materials for outreach (OUT-03)
        "intro_deck",
        "intro_video",
        "legal_review",  # where an issue for a review or a signature is opened (CON-09)
    ),
    "aliases": (
        "on_call",
        "infrastructure_on_call",
        # channels by what they are for, so that nothing but the handbook knows their names (DIR-04)
        "ask_customer_success",
        "ask_consultants",
        "ask_engineering",
        "ask_product",
        "prospects",
        "bug_template",  # the path of the template for bugs in the public repository (BUG-07)
        "urgent_leads",  # where the daily review of outreach takes what is urgent (LEA-04)
        "sale_issue_labels",  # of the issue about a new customer (DCL-00)
        "sale_issue_template",  # the file of its template in the confidential repository
        "ask_business_operations",  # where a license for Outreach is asked for (OUT-02)
        "leak_alarm",  # is told when something confidential stands in the public repository
    ),
    "phones": ("support",),
    "channels": (),
    "dris": (),
    "escalations": ("sla", "alarms"),
    "missions": ("sales", "customer_success"),
    "pages": (
        "definition_p0",
        "definition_p1",
        "definition_p2",
        "definition_p3",
        "p0_flow_premium",
        "p0_flow_ultimate",
    ),
}
OPEN_SECTIONS: Final = frozenset({"channels", "aliases", "dris", "phones"})
EMPTY_OF: Final[dict[str, Any]] = {"escalations": [], "missions": {}}  # all other sections hold plain text
PERSON_KEYS: Final = frozenset({"name", "email", "posts", "slack_id", "github", "phone", "zone", "history"})
TEXT_KEYS: Final = frozenset({"name", "use", "subject", "body", "required", "tiers", "cc_post", "follow_up", "link"})
TOP_KEYS: Final = frozenset({"people", "texts", "automations", *ENTRIES})

LONGEST_VALUE: Final = 20_000
POSTS: Final = frozenset(code for code, _, _ in posts.POSTS)
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,900}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_VARIABLE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def known_variables(code: str, use: str, links: Iterable[str]) -> frozenset[str]:
    """What can be filled in a text beside the variables it requires; an automatic message gets its own few."""
    if use == "automation":
        return frozenset(name for text in TEXTS if text.code == code for name in (*text.required, *text.offered))
    return VARIABLES | {code for code in links if _VARIABLE.fullmatch(code)}


def is_code(name: object) -> bool:
    """Whether a name can stand in an address."""
    return isinstance(name, str) and _CODE.fullmatch(name) is not None


def trouble(section: str, value: Any) -> str:
    """Why a value cannot stand in a section, or ""; what is empty is missing, not wrong."""
    if value in (None, "", [], {}):
        return ""
    match section:
        case "escalations":
            return "" if isinstance(value, list) and all(map(_is_step, value)) else STEPS_WANTED
        case "missions":
            return "" if _is_mission(value) else "Give a year and a text: “year: 2024”, “text: …”."
    return _trouble_of_text(section, value)


STEPS_WANTED: Final = "Give a list of posts, or of steps such as “- {threshold: missed, post: cse}”."


def _trouble_of_text(section: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\0" in value:
        return "Give a text."
    if is_broken(value):
        return "The text holds broken characters."
    if section == "links" and not _ADDRESS.fullmatch(value):
        return "Give a web address that begins with https://."
    if section == "dris" and value not in POSTS:
        return "Give the code of a post."
    return ""


def _is_step(step: object) -> bool:
    if not isinstance(step, Mapping):
        return isinstance(step, str) and step in POSTS
    post = step.get("post")
    right = isinstance(post, str) and post in POSTS
    return right and set(step) == {"threshold", "post"} and type(step["threshold"]) in {str, int}


def _is_mission(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"year", "text"}:
        return False
    return type(value["year"]) is int and not _trouble_of_text("pages", value["text"])
