"""How the wing's effects go out: to Slack, by mail, by text message, to GitHub. Each says why a repeat is harmless.

What is sent is made when it is sent, from the rows of that moment; an internal note is refused here once more.
"""

from support.senders.alerts import MailAlert, SlackAlert
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
from support.senders.text import EscalationText

__all__ = [
    "AfterHoursNotice",
    "EscalationText",
    "GithubComment",
    "GithubFind",
    "GithubIssue",
    "GithubRelabel",
    "GithubSearch",
    "GithubTemplate",
    "MailAcknowledgement",
    "MailAlert",
    "MailNotice",
    "MailReply",
    "PutBack",
    "ReadIssue",
    "ReadLabels",
    "Redeliver",
    "SlackAlert",
    "SlackHistory",
    "SlackLookUp",
    "SlackNudge",
    "SlackReply",
    "TakeOff",
]
