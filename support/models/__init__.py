"""How terms are kept: tickets, their messages, and the clocks that count what was promised."""

from support.models.alert import Alert
from support.models.batch import Batch
from support.models.chat import ChatQuestion
from support.models.clock import Clock
from support.models.doc_question import DocQuestion
from support.models.follow_up import FollowUp
from support.models.github_person import GithubPerson
from support.models.issue import Issue, IssueComment, IssueLink
from support.models.label import Label
from support.models.merge import hold, merge
from support.models.message import Attachment, Draft, Message
from support.models.outside_ticket import OutsideTicket
from support.models.policy import SlaPolicy, SlaRule, rule_for
from support.models.recount import Recount
from support.models.relation import TicketRelation, relate, unrelate
from support.models.repository import Repository
from support.models.sorting import sort_as
from support.models.tally import ResponseTally, SourceTally, StaleDay, Tally
from support.models.thread import Thread
from support.models.ticket import Ticket
from support.models.ticket_import import ImportRow, TicketImport
from support.models.viewing import Viewing
from support.models.waiting import PlusLabel

__all__ = [
    "Alert",
    "Attachment",
    "Batch",
    "ChatQuestion",
    "Clock",
    "DocQuestion",
    "Draft",
    "FollowUp",
    "GithubPerson",
    "ImportRow",
    "Issue",
    "IssueComment",
    "IssueLink",
    "Label",
    "Message",
    "OutsideTicket",
    "PlusLabel",
    "Recount",
    "Repository",
    "ResponseTally",
    "SlaPolicy",
    "SlaRule",
    "SourceTally",
    "StaleDay",
    "Tally",
    "Thread",
    "Ticket",
    "TicketImport",
    "TicketRelation",
    "Viewing",
    "hold",
    "merge",
    "relate",
    "rule_for",
    "sort_as",
    "unrelate",
]
