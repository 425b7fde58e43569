"""Every text and every entry the product asks the handbook for: what is missing can be listed, unknown keys refused.

The wording itself is the company's and comes with its pack (R14). Pure.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Text:
    """A text the product uses: its variables, and what goes with sending it."""

    code: str
    name: str
    use: str = "reply"
    required: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    cc_post: str = ""
    follow_up: str = ""


TEXTS: Final = (
    Text("after_hours_notice", "After-hours notice", "automation", ("username", "opens", "closes")),  # TPL-05, AHR-04
    Text("emergency_text", "Emergency text message", "automation", ("account", "tier", "priority", "link")),  # AHR-09
    Text("mail_acknowledgement", "Acknowledgement of mail", "automation"),
    Text("purchase_error", "Error while buying a license", required=("company_name",)),  # TPL-01
    Text("sandbox_error", "Error in the sandbox", follow_up="bug_task"),  # TPL-02
    Text("job_application", "Applying for open position", required=("position_title",), cc_post="head_of_people"),
    Text("issue_link", "Link to an issue", required=("link",)),  # TPL-06
    Text("welcome_email", "Welcome mail"),  # TPL-07
    Text("deployment_checklist", "Deployment checklist"),  # TPL-07
    Text("community_answer", "Community support", tiers=("free",)),  # INT-18
)

# section: the entries the product looks up there. Channels and aliases may hold more than these.
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
    ),
    "aliases": ("on_call", "infrastructure_on_call"),
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
PERSON_KEYS: Final = frozenset({"name", "email", "posts", "slack_id", "github", "phone", "zone", "history"})
TEXT_KEYS: Final = frozenset({"name", "use", "subject", "body", "required", "tiers", "cc_post", "follow_up", "link"})
TOP_KEYS: Final = frozenset({"people", "texts", "automations", *ENTRIES})
