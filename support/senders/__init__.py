"""How the wing's effects go out: to Slack, by mail, by text message, to GitHub. Each says why a repeat is harmless.

What is sent is made when it is sent, from the rows of that moment; an internal note is refused here once more.
"""

from support.senders.alerts import MailAlert, SlackAlert
from support.senders.customer_notes import SlackNote
from support.senders.customer_requests import KeyDatePost, MailRequestNotice, SlackRequestNotice
from support.senders.feedback import FeedbackClose, FeedbackComment, FeedbackUnassign, RequestLabel
from support.senders.github import PutBack, ReadIssue, ReadLabels, Redeliver, TakeOff
from support.senders.github_bugs import (
    GithubComment,
    GithubFind,
    GithubIssue,
    GithubRelabel,
    GithubSearch,
    GithubTemplate,
)
from support.senders.mail import MailAcknowledgement, MailNotice, MailReply
from support.senders.slack import AfterHoursNotice, SlackNudge, SlackReply
from support.senders.slack_reads import SlackHistory, SlackLookUp
from support.senders.text import EscalationText, RequestedText
from support.senders.zendesk import ZendeskComments, ZendeskPage

__all__ = [
    "AfterHoursNotice",
    "EscalationText",
    "FeedbackClose",
    "FeedbackComment",
    "FeedbackUnassign",
    "GithubComment",
    "GithubFind",
    "GithubIssue",
    "GithubRelabel",
    "GithubSearch",
    "GithubTemplate",
    "KeyDatePost",
    "MailAcknowledgement",
    "MailAlert",
    "MailNotice",
    "MailReply",
    "MailRequestNotice",
    "PutBack",
    "ReadIssue",
    "ReadLabels",
    "Redeliver",
    "RequestLabel",
    "RequestedText",
    "SlackAlert",
    "SlackHistory",
    "SlackLookUp",
    "SlackNote",
    "SlackNudge",
    "SlackReply",
    "SlackRequestNotice",
    "TakeOff",
    "ZendeskComments",
    "ZendeskPage",
]
