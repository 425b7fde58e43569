"""What becomes of everything that came in: one function for each source, called with the stored delivery.

Each runs in one transaction with the mark that the delivery is done, and may be run again: it looks first whether the
message is here already. Nothing here speaks to the outside; what is to be said or asked is emitted.
"""

from support.handlers.clicks import slack_click
from support.handlers.contact import contact_form
from support.handlers.github import github_event
from support.handlers.mail import mail_arrived
from support.handlers.slack import slack_event
from support.handlers.unthread import unthread_event
from support.handlers.zapier import after_hours, question, text_message

__all__ = [
    "after_hours",
    "contact_form",
    "github_event",
    "mail_arrived",
    "question",
    "slack_click",
    "slack_event",
    "text_message",
    "unthread_event",
]
