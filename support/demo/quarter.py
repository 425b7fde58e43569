"""Thirteen weeks of requests, played through the product's own verbs with the clock at each moment."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final

from django.db.models import F

from accounts.models import Account, Channel, Contact
from fleetcs import clock
from fleetcs.models import Effect, OpeningHours, User
from support.applications import CC_POST, TITLE
from support.demo.words import ANSWERS_TO_COLLEAGUES, ERRANDS, FORMS, NOTES, POSITIONS, REPLIES, REQUESTS, THANKS
from support.models import Clock, Message, Thread, Ticket

WEEKS: Final = timedelta(weeks=13)
CAUSES: Final = ("seen_late", "nobody_on_shift", "handed_over", "too_much")
# how many hours until the answer, by priority and as a share that is mostly well within the promise
ALLOWED: Final = {"P0": 1, "P1": 3, "P2": 7, "P3": 9}
SHARES: Final = ([0.1, 0.3, 0.6, 0.9, 1.15, 1.6], [30, 30, 20, 12, 5, 3])
ANY_REQUEST: Final = [1, 1, 2, 2, *[5] * 8]


@dataclass
class Quarter:
    """What is still to happen, by moment. Tickets are held rather than read again: nobody else changes them."""

    chance: Random
    until: datetime
    accounts: list[Account]
    agents: list[User]
    ahead: list[tuple[datetime, int, Callable[[], Any]]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.calendar = OpeningHours.objects.calendar(self.until)
        self.people: dict[int, list[Contact]] = {}
        for contact in Contact.objects.order_by("pk"):
            self.people.setdefault(contact.account_id, []).append(contact)
        channels = Channel.objects.filter(kind=Channel.Kind.CUSTOMER).order_by("pk")
        self.channels = {channel.account_id: channel for channel in channels}
        self.askers = list(User.objects.holding("csm"))
        self.head_of_people = User.objects.holding(CC_POST).first()

    def play(self, tickets: int) -> None:
        """Let `tickets` more requests arrive and whatever follows from all of them happen, up to the end."""
        for _ in range(tickets):
            self.at(self._arrival(), self.arrive)
        while self.ahead:
            moment, _, act = heapq.heappop(self.ahead)
            clock.set_to(moment)
            act()

    def at(self, moment: datetime, act: Callable[[], Any]) -> None:
        """Plan an act; what would happen after the end never does."""
        if moment < self.until:
            heapq.heappush(self.ahead, (moment, next(self.number), act))

    def later(self, least: int, most: int, act: Callable[[], Any]) -> None:
        """Plan an act so many minutes from now."""
        self.at(clock.now() + self.minutes(least, most), act)

    def minutes(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self.chance.randint(least, most), seconds=self.chance.randint(0, 59))

    def agent(self) -> User:
        return self.chance.choice(self.agents)

    def _arrival(self) -> datetime:
        """Mostly inside hours, more of them lately; the last hours belong to what is laid out for today."""
        ago = timedelta(hours=6) + WEEKS * self.chance.random() ** 1.3
        moment = self.until - ago
        inside = self.calendar.after(moment, timedelta(0))
        return moment if self.chance.random() < 0.3 or inside > self.until else inside

    # --- what arrives -------------------------------------------------------------------------------------------------
    def arrive(self) -> None:
        """Nearly always a customer's request; a colleague's, an applicant's or a form now and then."""
        ways = (self.request, self.flag, self.call, self.errand, self.apply, self.form)
        self.chance.choices(ways, weights=[82, 5, 4, 4, 2, 3])[0]()

    def request(self) -> None:
        """By mail; or after hours in the account's channel, if that is covered."""
        account, (priority, subject, text) = self.chance.choice(self.accounts), self.any_request()
        channel = self.channels.get(account.pk)
        if channel and channel.after_hours == Channel.AfterHours.ON and not self.calendar.is_open(clock.now()):
            ticket = self.thread(channel, text, "slack_after_hours", self.contact(account)).ticket
        else:
            ticket = self.mail(account, subject, text)
        self.work_on(ticket, priority)

    def any_request(self) -> tuple[str, str, str]:
        return self.chance.choices(REQUESTS, weights=ANY_REQUEST)[0]

    def contact(self, account: Account) -> Contact | None:
        people = self.people.get(account.pk)
        return self.chance.choice(people) if people else None

    def mail(self, account: Account | None, subject: str, text: str, **fields: Any) -> Ticket:
        """One mail that opens a ticket."""
        contact = self.contact(account) if account else None
        sender = contact.email if contact else self.office(account)
        given = {"source": "email", "sender": sender, "contact": contact} | fields
        ticket = Ticket.objects.receive(subject=subject, received_at=clock.now(), account=account, **given)
        self.hear(ticket, text)
        return ticket

    def office(self, account: Account | None) -> str:
        """The address of a company of whose people we know none yet."""
        domain = account.domains.first() if account else None
        return f"it@{domain.domain}" if domain else ""

    def hear(self, ticket: Ticket, text: str) -> None:
        """The customer writes, where the ticket lives."""
        thread, contact = getattr(ticket, "thread", None), ticket.contact
        kind = "slack" if thread else "form" if ticket.source == "contact_form" else "mail"
        ticket.hear(
            Message.objects.create(
                ticket=ticket,
                thread=thread,
                kind=kind,
                by="customer",
                public=True,
                text=text,
                shown=text,
                contact=contact,
                at=clock.now(),
                author_address=contact.email if contact else ticket.sender,
                author_name=contact.name if contact else "",
            )
        )

    def thread(self, channel: Channel, text: str, source: str = "", contact: Contact | None = None) -> Thread:
        """A message in a channel, which waits there; with `source` it becomes a ticket."""
        now = clock.now()
        stamp = f"{now.timestamp():.6f}"
        thread = Thread.objects.create(channel=channel, thread_ts=stamp, **Thread.beginning(channel, stamp, now))
        message = Message.objects.create(
            thread=thread,
            kind="slack",
            by="customer",
            public=True,
            text=text,
            shown=text,
            at=now,
            contact=contact,
            author_name=contact.name if contact else "",
            author_address=contact.slack_id if contact else "U0STRANGER",
            slack_ts=stamp,
            slack_channel=channel.slack_id,
        )
        thread.hear(message)
        if source:
            thread.become_ticket(source, by=self.agent() if source == "staff_flag" else None)
        return thread

    def flag(self) -> None:
        """A colleague makes a ticket of a thread."""
        account = self.chance.choice([account for account in self.accounts if account.pk in self.channels])
        priority, _, text = self.any_request()
        self.work_on(self.thread(self.channels[account.pk], text, "staff_flag", self.contact(account)).ticket, priority)

    def call(self) -> None:
        """Somebody rings up: a colleague enters it, with its priority."""
        account, (priority, subject, text) = self.chance.choice(self.accounts), self.any_request()
        ticket = self.mail(account, subject, text, source="manual", priority=priority, by=self.agent())
        self.work_on(ticket, priority)

    def errand(self) -> Ticket:
        """A colleague asks the department for something (INT-12)."""
        asker, (subject, text) = self.chance.choice(self.askers), self.chance.choice(ERRANDS)
        ticket = Ticket.objects.receive(
            subject=subject,
            source="manual",
            kind="department_request",
            received_at=clock.now(),
            requester=asker,
            sender=asker.email,
            by=asker,
        )
        said: dict[str, Any] = {"kind": "form", "by": "customer", "public": True, "text": text, "shown": text}
        said |= {"author": asker, "author_address": asker.email, "at": clock.now()}
        ticket.hear(Message.objects.create(ticket=ticket, **said))
        self.later(20, 400, lambda: self.answer_colleague(ticket))
        self.later(500, 1500, lambda: self.resolve(ticket))
        return ticket

    def answer_colleague(self, ticket: Ticket) -> None:
        """By telephone, as colleagues do."""
        said = self.chance.choice(ANSWERS_TO_COLLEAGUES)
        ticket.log_reply("call", said, at=clock.now(), by=self.agent())

    def apply(self) -> Ticket:
        """Somebody applies for a position by the web site's form (INT-10)."""
        position = self.chance.choice(POSITIONS)
        ticket = self.mail(
            None,
            f"Application: {position}",
            f"I should like to work with you as {position}.",
            source="contact_form",
            kind="job_application",
            sender="applicant@mailbox.example",
            details={TITLE: position},
        )
        self.later(30, 220, lambda: self.answer_applicant(ticket))
        return ticket

    def answer_applicant(self, ticket: Ticket) -> None:
        copies = [self.head_of_people.email] if self.head_of_people else []
        ticket.log_reply(
            "logged_mail",
            "Thank you for your application; our people team writes next.",
            at=clock.now(),
            by=self.agent(),
            recipients=[ticket.sender, *copies],
        )
        self.later(5, 60, lambda: self.resolve(ticket))

    def form(self) -> Ticket:
        """Somebody whom nobody knows fills in the contact form (INT-11)."""
        subject, text = self.chance.choice(FORMS)
        ticket = self.mail(
            None, subject, text, source="contact_form", kind="contact_form", sender="visitor@mailbox.example"
        )
        self.later(20, 300, lambda: self.reply(ticket, self.agent()))
        self.later(400, 900, lambda: self.resolve(ticket))
        return ticket

    # --- what becomes of it -------------------------------------------------------------------------------------------
    def work_on(self, ticket: Ticket | None, priority: str) -> None:
        """Its priority is confirmed soon, and it is answered; in time mostly, a little late now and then."""
        if ticket is None:
            return
        if ticket.confirmed_at is None:
            self.later(5, 40, lambda: self.confirm(ticket, priority))
        self.at(self._answer_at(clock.now(), priority), lambda: self.answer(ticket))

    def _answer_at(self, now: datetime, priority: str) -> datetime:
        """Urgent things at any hour; others in working time, though at night somebody mostly acknowledges them."""
        wait = timedelta(hours=ALLOWED[priority] * self.chance.choices(*SHARES)[0]) + self.minutes(1, 20)
        if priority in {"P0", "P1"}:
            return now + wait
        awake = not self.calendar.is_open(now) and self.chance.random() < 0.85
        return now + self.minutes(15, 230) if awake else self.calendar.after(now, wait)

    def confirm(self, ticket: Ticket, priority: str) -> None:
        ticket.set_priority(priority, by=self.agent(), reason="Read the message")

    def answer(self, ticket: Ticket, more: bool = True) -> None:
        """A colleague answers; then the customer comes back, or it is resolved."""
        agent = ticket.assignee or self.agent()
        if self.chance.random() < 0.2:
            ticket.note(self.chance.choice(NOTES), by=agent)
        self.reply(ticket, agent)
        self.explain_misses(ticket, agent)
        if more and self.chance.random() < 0.45:
            self.later(20, 900, lambda: self.thank(ticket))
        else:
            self.later(60, 4000, lambda: self.resolve(ticket))

    def reply(self, ticket: Ticket, agent: User) -> None:
        """From here, or by a mail that is logged where nothing can be sent from here (INT-11)."""
        text = self.chance.choice(REPLIES)
        if ticket.can_be_replied_to:
            ticket.answer(text, by=agent)
        else:
            ticket.log_reply("logged_mail", text, at=clock.now(), by=agent, recipients=[ticket.sender])

    def explain_misses(self, ticket: Ticket, agent: User) -> None:
        for missed in ticket.clocks.filter(missed=True, cause="", kind=Clock.Kind.RESPONSE):
            if self.chance.random() < 0.7:
                missed.explain_miss(self.chance.choice(CAUSES), "", by=agent)

    def thank(self, ticket: Ticket) -> None:
        """The customer writes again: it may go on, and a resolved one is open again."""
        if ticket.resolved_at and self.chance.random() < 0.5:
            return
        text = self.chance.choice(THANKS)
        self.hear(ticket, text)
        if "still" in text or self.chance.random() < 0.3:
            self.later(10, 200, lambda: self.answer(ticket, more=False))
        else:
            self.later(10, 600, lambda: self.resolve(ticket))

    def resolve(self, ticket: Ticket, outcome: str = "") -> None:
        """Done; the documentation's outcome is one of three where there is one."""
        if ticket.resolved_at:
            return
        documented = ticket.kind in {"support", "contact_form"}
        chosen = outcome or self.chance.choice(list(Ticket.Outcome.values))
        ticket.resolve(
            by=ticket.assignee or self.agent(),
            outcome=chosen if documented else "",
            note="Too particular to this customer" if documented else "",
        )
        if documented and self.chance.random() < 0.1:
            self.later(200, 3000, lambda: self.thank(ticket))


def settle_the_past(until: datetime) -> None:
    """What was said in those weeks has been delivered: nothing of it leaves when the sender starts."""
    Effect.objects.open().update(state=Effect.State.DONE, done_at=until)
    Message.objects.filter(by="colleague", public=True, sent_at=None).update(sent_at=F("at"))
