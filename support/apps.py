"""Support in the house's registry."""

from typing import ClassVar

from fleetcs.apps import House


class SupportConfig(House):
    """What the support wing offers to floor 0."""

    name = "support"
    default = True
    senders: ClassVar[dict[str, str]] = {
        "slack.reply": "support.senders.SlackReply",
        "slack.notice": "support.senders.AfterHoursNotice",
        "slack.message": "support.senders.SlackNudge",
        "mail.reply": "support.senders.MailReply",
        "mail.notice": "support.senders.MailNotice",
        "sms.escalation": "support.senders.EscalationText",
    }
    handlers: ClassVar[dict[str, str]] = {
        "email": "support.handlers.mail_arrived",
        "slack": "support.handlers.slack_event",
        "slack_click": "support.handlers.slack_click",
        "contact": "support.handlers.contact_form",
    }
    searches: ClassVar[list[str]] = ["support.search.tickets"]
    defaults: ClassVar[list[str]] = ["support.defaults.load_policies"]
