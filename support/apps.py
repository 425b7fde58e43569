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
        "slack.history": "support.senders.SlackHistory",
        "slack.look_up": "support.senders.SlackLookUp",
        "mail.reply": "support.senders.MailReply",
        "mail.acknowledgement": "support.senders.MailAcknowledgement",
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
    notices: ClassVar[list[str]] = ["support.notices.suggested"]
    recounts: ClassVar[list[str]] = ["support.models.Recount"]
    defaults: ClassVar[list[str]] = ["support.defaults.load_policies"]
