"""Support in the house's registry."""

from typing import Any, ClassVar

from fleetcs.apps import House


class SupportConfig(House):
    """What the support wing offers to floor 0."""

    name = "support"
    default = True
    senders: ClassVar[dict[str, str]] = {
        "slack.reply": "support.senders.SlackReply",
        "slack.notice": "support.senders.AfterHoursNotice",
        "slack.message": "support.senders.SlackNudge",
        "slack.alert": "support.senders.SlackAlert",
        "slack.history": "support.senders.SlackHistory",
        "slack.look_up": "support.senders.SlackLookUp",
        "mail.reply": "support.senders.MailReply",
        "mail.acknowledgement": "support.senders.MailAcknowledgement",
        "mail.alert": "support.senders.MailAlert",
        "mail.notice": "support.senders.MailNotice",
        "sms.escalation": "support.senders.EscalationText",
        # customer requests
        "slack.key_date": "support.senders.KeyDatePost",
        "slack.note": "support.senders.SlackNote",
        "slack.request": "support.senders.SlackRequestNotice",
        "mail.request": "support.senders.MailRequestNotice",
        "github.feedback": "support.senders.FeedbackComment",
        "github.feedback_close": "support.senders.FeedbackClose",
        "github.feedback_unassign": "support.senders.FeedbackUnassign",
        "github.request_label": "support.senders.RequestLabel",
        "sms.requested": "support.senders.RequestedText",
        "zendesk.page": "support.senders.ZendeskPage",
        "zendesk.comments": "support.senders.ZendeskComments",
        "github.issue": "support.senders.GithubIssue",
        "github.find": "support.senders.GithubFind",
        "github.relabel": "support.senders.GithubRelabel",
        "github.comment": "support.senders.GithubComment",
        "github.search": "support.senders.GithubSearch",
        "github.template": "support.senders.GithubTemplate",
        "github.read_issue": "support.senders.ReadIssue",
        "github.read_labels": "support.senders.ReadLabels",
        "github.take_off": "support.senders.TakeOff",
        "github.put_back": "support.senders.PutBack",
        "github.redeliver": "support.senders.Redeliver",
    }
    handlers: ClassVar[dict[str, str]] = {
        "email": "support.handlers.mail_arrived",
        "slack": "support.handlers.slack_event",
        "slack_click": "support.handlers.slack_click",
        "contact": "support.handlers.contact_form",
        "github": "support.handlers.github_event",
        "unthread": "support.handlers.unthread_event",
        "zapier_after_hours": "support.handlers.after_hours",
        "zapier_question": "support.handlers.question",
        "zapier_sms": "support.handlers.text_message",
    }
    searches: ClassVar[list[str]] = ["support.search.tickets", "support.issue_filter.found"]
    notices: ClassVar[list[str]] = ["support.notices.suggested"]
    recounts: ClassVar[list[str]] = ["support.models.Recount"]
    adoptions: ClassVar[dict[str, str]] = {"bugs": "support.adopting.Bugs"}
    issues: ClassVar[list[str]] = ["support.assigned.assigned"]
    outside: ClassVar[list[str]] = ["support.demo.outside.facts"]
    handovers: ClassVar[list[str]] = ["support.handovers.pass_on"]
    defaults: ClassVar[list[str]] = ["support.defaults.load_policies"]
    procedures: ClassVar[dict[str, str]] = {"investigation": "support.investigating.INVESTIGATION"}
    nav: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Queue",
            "url_name": "support:queue",
            "icon": "inbox",
            "action": "ticket.see",
            "key": "q",
            "count": "support.counts.queue",
        },
        {
            "label": "Unanswered",
            "url_name": "support:unanswered",
            "icon": "message-question",
            "action": "ticket.see",
            "key": "u",
            "count": "support.counts.unanswered",
        },
        {"label": "Morning", "url_name": "support:morning", "icon": "sunrise", "action": "ticket.see", "key": "m"},
        {
            "label": "Triage",
            "url_name": "support:triage",
            "icon": "arrows-split",
            "action": "ticket.triage",
            "key": "t",
            "count": "support.counts.triage",
        },
        {
            "label": "Stand-up",
            "url_name": "support:stand_up",
            "icon": "bug",
            "action": "issue.see",
            "key": "j",
            "count": "support.counts.stand_up",
        },
        {"label": "Board", "url_name": "support:board", "icon": "layout-kanban", "action": "board.see", "key": "b"},
        {
            "label": "Requests",
            "url_name": "support:requests",
            "icon": "checklist",
            "action": "request.make",
            "key": "r",
            "count": "support.counts.requests",
        },
        {
            "label": "Customer requests",
            "url_name": "support:customer_requests",
            "icon": "bulb",
            "action": "issue.see",
            "key": "h",
            "count": "support.counts.feedback",
        },
        {"label": "Impact", "url_name": "support:impact", "icon": "target-arrow", "action": "issue.see"},
        {"label": "Issues", "url_name": "support:issues", "icon": "brand-github", "action": "issue.see", "key": "v"},
        {"label": "Web chat", "url_name": "support:chats", "icon": "messages", "action": "chat.work", "key": "w"},
        {"label": "Questions", "url_name": "support:questions", "icon": "help", "action": "question.see"},
        {"label": "Imports", "url_name": "support:imports", "icon": "database-import", "action": "import.run"},
        {"label": "Figures", "url_name": "support:figures", "icon": "chart-bar", "action": "figures.see", "key": "f"},
        {
            "label": "Policies",
            "url_name": "support:policies",
            "icon": "file-certificate",
            "action": "policy.see",
            "key": "i",
        },
        {
            "label": "SLA calculator",
            "url_name": "support:calculator",
            "icon": "calculator",
            "action": "policy.see",
            "key": "d",
        },
    ]
    tables: ClassVar[list[str]] = ["support.views.columns.QUEUE"]
    lists: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Tickets of a figure",
            "url_name": "support:figure_tickets",
            "icon": "chart-bar",
            "action": "ticket.see",
        },
        {
            "label": "Before the product meeting",
            "url_name": "support:request_meeting",
            "icon": "checklist",
            "action": "issue.see",
        },
        {"label": "Customers not told", "url_name": "support:untold", "icon": "speakerphone", "action": "issue.share"},
        {"label": "GitHub labels", "url_name": "support:labels", "icon": "tags", "action": "issue.see"},
    ]
    records: ClassVar[dict[str, tuple[str, str]]] = {
        "support:ticket": ("support.starred.tickets", "ticket"),
        "support:chat": ("support.starred.chats", "message"),
        "support:customer_request": ("support.starred.customer_requests", "bulb"),
        "support:issue": ("support.starred.issues", "brand-github"),
        "support:policy": ("support.starred.policies", "file-certificate"),
    }
    home: ClassVar[list[dict[str, Any]]] = [
        {"title": "My tickets, next due", "url_name": "support:part_mine", "action": "ticket.work"},
        {"title": "Priority to be confirmed", "url_name": "support:part_unconfirmed", "action": "ticket.work"},
        {"title": "Unanswered in Slack", "url_name": "support:part_unanswered", "action": "ticket.see"},
        {"title": "Overnight", "url_name": "support:part_overnight", "action": "ticket.see"},
        {"title": "Alerts", "url_name": "support:part_alerts", "action": "ticket.see"},
    ]
