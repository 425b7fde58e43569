"""Thirteen weeks of requests, played through the product's own verbs with the clock at each moment."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from accounts.models import Account, Contact
from fleetcs import clock
from fleetcs.models import Effect, OpeningHours, User
from support.demo.words import NOTES, REPLIES, REQUESTS, THANKS
from support.models import Clock, Message, Thread, Ticket

WEEKS = timedelta(weeks=13)
CAUSES = ("seen_late", "nobody_on_shift", "handed_over", "too_much")


@dataclass
class Quarter:
    """What is still to happen, by moment."""

    chance: Random
    until: datetime
    accounts: list[Account]
    agents: list[User]
    ahead: list[tuple[datetime, int, Callable[[], Any]]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)

    def play(self, tickets: int) -> None:
        """Let `tickets` requests arrive and whatever follows from them happen, up to the end."""
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

    def _arrival(self) -> datetime:
        """Mostly inside hours, more of them lately."""
        ago = WEEKS * self.chance.random() ** 1.3
        moment = self.until - ago
        calendar = OpeningHours.objects.calendar(moment)
        return moment if self.chance.random() < 0.3 else calendar.after(moment, timedelta(0))

    def arrive(self) -> None:
        priority, subject, text = self.chance.choices(REQUESTS, weights=[1, 1, 2, 2, *[5] * 8])[0]
        account = self.chance.choice(self.accounts)
        contact = account.contacts.order_by("?").first() if account.contacts.exists() else None
        now = clock.now()
        thread = self._thread(account, now)
        ticket = Ticket.objects.receive(
            subject=subject, source="slack_after_hours" if thread else "email", received_at=now, account=account,
            contact=contact, sender=contact.email if contact else "", channel=thread.channel if thread else None,
        )
        if thread:
            Thread.objects.filter(pk=thread.pk).update(ticket=ticket)
        ticket.hear(self._customer_says(ticket, contact, text, thread))
        self.at(now + self._minutes(5, 40), lambda: self.confirm(ticket.pk, priority))
        if self.chance.random() < 0.96:
            self.at(self._answer_at(ticket, priority), lambda: self.answer(ticket.pk))

    def _thread(self, account: Account, now: datetime) -> Thread | None:
        channel = account.channels.filter(after_hours="on").first()
        if channel is None or OpeningHours.objects.calendar(now).is_open(now):
            return None
        return Thread.objects.create(team=channel.team, channel=channel, thread_ts=f"{now.timestamp():.6f}", last_at=now,
                                     permalink=f"https://lanternfish.slack.example/archives/{channel.slack_id}")

    def _customer_says(self, ticket: Ticket, contact: Contact | None, text: str, thread: Thread | None) -> Message:
        return Message.objects.create(
            ticket=ticket, thread=thread, kind="slack" if thread else "mail", by="customer", public=True, text=text,
            shown=text, contact=contact, at=clock.now(), author_address=contact.email if contact else "",
        )

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self.chance.randint(least, most), seconds=self.chance.randint(0, 59))

    def _answer_at(self, ticket: Ticket, priority: str) -> datetime:
        """Within the promise mostly, a little late now and then."""
        calendar = OpeningHours.objects.calendar(ticket.received_at)
        share = self.chance.choices([0.1, 0.3, 0.6, 0.9, 1.15, 1.6], weights=[30, 30, 20, 12, 5, 3])[0]
        allowed = {"P0": 1, "P1": 3, "P2": 7, "P3": 9}[priority]
        wait = timedelta(hours=allowed * share) + self._minutes(1, 20)
        return ticket.received_at + wait if priority in {"P0", "P1"} else calendar.after(ticket.received_at, wait)

    def confirm(self, pk: int, priority: str) -> None:
        if self.chance.random() < 0.95:
            ticket = Ticket.objects.get(pk=pk)
            ticket.set_priority(priority, by=self.chance.choice(self.agents), reason="Read the message")

    def answer(self, pk: int) -> None:
        ticket, agent = Ticket.objects.get(pk=pk), self.chance.choice(self.agents)
        if self.chance.random() < 0.2:
            ticket.note(self.chance.choice(NOTES), by=agent)
        ticket.answer(self.chance.choice(REPLIES), by=ticket.assignee or agent)
        self._explain_misses(ticket, agent)
        if self.chance.random() < 0.6:
            self.at(clock.now() + self._minutes(20, 900), lambda: self.thank(pk))
        else:
            self.at(clock.now() + self._minutes(60, 4000), lambda: self.resolve(pk))

    def _explain_misses(self, ticket: Ticket, agent: User) -> None:
        for missed in ticket.clocks.filter(missed=True, cause="", kind=Clock.Kind.RESPONSE):
            if self.chance.random() < 0.7:
                missed.explain_miss(self.chance.choice(CAUSES), "", by=agent)

    def thank(self, pk: int) -> None:
        ticket = Ticket.objects.get(pk=pk)
        if ticket.resolved_at:
            return
        text = self.chance.choice(THANKS)
        ticket.hear(self._customer_says(ticket, ticket.contact, text, getattr(ticket, "thread", None)))
        if "still" in text or self.chance.random() < 0.3:
            self.at(clock.now() + self._minutes(10, 200), lambda: self.answer(pk))
        else:
            self.at(clock.now() + self._minutes(10, 600), lambda: self.resolve(pk))

    def resolve(self, pk: int) -> None:
        ticket = Ticket.objects.get(pk=pk)
        if not ticket.resolved_at:
            outcome = self.chance.choice(["faq_updated", "new_article", "not_possible"])
            ticket.resolve(by=ticket.assignee or self.agents[0], outcome=outcome, note="Too particular to this customer")


def settle_the_past(until: datetime) -> None:
    """What was answered in those weeks has been delivered: nothing of it leaves when the sender starts."""
    Effect.objects.open().update(state=Effect.State.DONE, done_at=until)
    Message.objects.filter(by="colleague", public=True, sent_at=None).update(sent_at=until)
