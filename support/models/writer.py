"""Who wrote a message that came in: a colleague, a customer we know, a stranger or a machine (AHR-11, R5)."""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import CharField, QuerySet

from accounts.models import Account, Contact
from fleetcs.models import User
from fleetcs.models.written import Written
from support.models.message import Message

Author = Message.Author


@dataclass(frozen=True)
class Writer:
    """The author of one message; `account` is known by the contact first, then by the domain of the address."""

    by: str
    address: str
    name: str = ""
    user: User | None = None
    contact: Contact | None = None
    account: Account | None = None

    @classmethod
    def in_slack(cls, slack_id: str, *, bot: bool = False, ours: bool = False) -> Self:
        """By the id in Slack: the directory first, then contacts. `ours`: their workspace is ours although the channel
        is shared with another, so they are a colleague whom the directory does not know."""
        if bot:
            return cls(Author.BOT, slack_id)
        if user := COLLEAGUE.first(slack_id=slack_id):
            return cls(Author.COLLEAGUE, slack_id, user.name, user=user)
        if contact := CUSTOMER.first(slack_id=slack_id):
            return cls(Author.CUSTOMER, slack_id, contact.name, contact=contact, account=contact.account)
        return cls(Author.COLLEAGUE if ours else Author.CUSTOMER, slack_id, name_heard(slack_id))

    @classmethod
    def by_mail(cls, address: str, name: str = "") -> Self:
        """By the address: nobody can act as a colleague by mail, so everyone here is a customer (T06)."""
        contact = Contact.objects.anybody_of_address(address)
        account = contact.account if contact else Account.objects.all().of_address(address)
        return cls(Author.CUSTOMER, address, name, contact=contact, account=account)

    @property
    def is_colleague(self) -> bool:
        return self.by == Author.COLLEAGUE

    @property
    def is_customer(self) -> bool:
        return self.by == Author.CUSTOMER

    def fields(self) -> dict[str, Any]:
        """The columns of a message that say who wrote it."""
        return {
            "by": self.by,
            "author": self.user,
            "contact": self.contact,
            "author_name": self.name[:160],
            "author_address": self.address[:320],
        }


def name_heard(slack_id: str) -> str:
    """The name that Slack gave for somebody when it was last asked, or ""."""
    told = TOLD.first(slack_id=slack_id)
    return told.author_name if told else ""


def _told(slack_id: Any) -> QuerySet[Message]:
    told = Message.objects.from_customers().filter(author_address=slack_id).exclude(author_name="")
    return told.only("author_name").order_by("-at")[:1]


# What is asked of every message.
COLLEAGUE = Written(
    lambda slack_id: User.objects.active().filter(slack_id=slack_id).exclude(slack_id="").order_by("pk")[:1],
    slack_id=CharField(),
)
CUSTOMER = Written(
    lambda slack_id: Contact.objects.filter(slack_id=slack_id).exclude(slack_id="").select_related("account")[:1],
    slack_id=CharField(),
)
TOLD = Written(_told, slack_id=CharField())
