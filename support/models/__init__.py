"""How terms are kept: tickets, their messages, and the clocks that count what was promised."""

from support.models.alert import Alert
from support.models.batch import Batch
from support.models.bug import BugReport
from support.models.bug_search import BugSearch, NotDuplicate
from support.models.chat import ChatQuestion
from support.models.clock import Clock
from support.models.customer_note import CustomerNote
from support.models.customer_request import CustomerRequest
from support.models.doc_question import DocQuestion
from support.models.feedback import Feedback
from support.models.follow_up import FollowUp
from support.models.following import follow
from support.models.github_person import GithubPerson
from support.models.investigation import Investigation
from support.models.issue import Issue, IssueComment, IssueLink
from support.models.issue_template import IssueTemplate
from support.models.label import Label
from support.models.merge import hold, merge
from support.models.message import Attachment, Draft, Message
from support.models.outside_ticket import OutsideTicket
from support.models.policy import SlaPolicy, SlaRule, rule_for
from support.models.recount import Recount
from support.models.relation import TicketRelation, relate, unrelate
from support.models.remark import Remark
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
    "BugReport",
    "BugSearch",
    "ChatQuestion",
    "Clock",
    "CustomerNote",
    "CustomerRequest",
    "DocQuestion",
    "Draft",
    "Feedback",
    "FollowUp",
    "GithubPerson",
    "ImportRow",
    "Investigation",
    "Issue",
    "IssueComment",
    "IssueLink",
    "IssueTemplate",
    "Label",
    "Message",
    "NotDuplicate",
    "OutsideTicket",
    "PlusLabel",
    "Recount",
    "Remark",
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
    "follow",
    "hold",
    "merge",
    "relate",
    "rule_for",
    "sort_as",
    "unrelate",
]
