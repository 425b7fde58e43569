"""The services with their state, their knobs and one journal; what to do with one call."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, RLock
from typing import Any

from fleetcs import clock
from fleetcs.local.standins import mailgun, slack, twilio
from fleetcs.local.standins.faults import Faults, Knobs
from fleetcs.local.standins.journal import Entry, Journal
from fleetcs.local.standins.salesforce import people
from fleetcs.local.standins.salesforce.service import Salesforce
from fleetcs.local.standins.wire import Answer, Call, Fact

Service = slack.Slack | mailgun.Mailgun | twilio.Twilio | Salesforce
NAMES = ("slack", "mailgun", "sms", "salesforce")


@dataclass(frozen=True)
class Decision:
    """What goes back for a call, and how: `fault` as in Faults.next, `entry` is its line in the journal."""

    answer: Answer
    fault: str
    entry: Entry
    knobs: Knobs
    released: Event


class World:
    """Everything one process stands in for; made again from the journal after a restart."""

    def __init__(self, folder: Path) -> None:
        self.lock = RLock()
        self.journal = Journal(folder / "journal.jsonl")
        self.faults = {name: Faults() for name in NAMES}
        self._replay()

    def decide(self, name: str, call: Call) -> Decision:
        """Write the call down, let its facts be true unless a fault forbids it, and say what goes back."""
        with self.lock:
            now = clock.now()
            faults, entry = self.faults[name], self.journal.received(name, call, now.isoformat())
            fault = faults.next(call.path, now)
            answer = self._answer(name, call, fault, now)
            self._apply(entry, answer.facts)
            if fault == "lost":
                answer = self.services[name].failure(500)
            return Decision(answer, fault, entry, faults.knobs, faults.released)

    def said(self, given: dict[str, Any]) -> Fact:
        """Let a person have written a Slack message; the fact with its ts."""
        with self.lock:
            now = clock.now()
            entry = self.journal.received("people", Call("POST", "/say", "", {}, b""), now.isoformat())
            fact = self.slack.said(given, now)
            self._apply(entry, (fact,))
            return fact

    def acted(self, given: dict[str, Any]) -> Any:
        """Let a person or an administrator have done something in Salesforce itself; what there is to tell."""
        with self.lock:
            now = clock.now()
            entry = self.journal.received("people", Call("POST", "/salesforce", "", {}, b""), now.isoformat())
            facts, told = people.act(self.salesforce.org, given, now)
            self._apply(entry, facts)
            return told

    def reset(self) -> None:
        """As on the first day: no state, no journal, no faults."""
        with self.lock:
            self.journal.clear()
            self._replay()
            for faults in self.faults.values():
                faults.reset()

    def shown(self) -> dict[str, Any]:
        """What has left, for tests and for the index page."""
        with self.lock:
            facts = list(self.journal.facts())
            slack_state = {channel: list(each.values()) for channel, each in self.slack.messages.items()}
        mails, texts = ([fact for fact in facts if fact["kind"] == kind] for kind in ("mail", "text"))
        return {"slack": slack_state, "mails": mails, "texts": texts}

    def _replay(self) -> None:
        self.slack = slack.Slack()
        self.salesforce = Salesforce()
        self.services: dict[str, Service] = {
            "slack": self.slack,
            "mailgun": mailgun.Mailgun(),
            "sms": twilio.Twilio(),
            "salesforce": self.salesforce,
        }
        for fact in self.journal.facts():
            self._let_be(fact)

    def _apply(self, entry: Entry, facts: tuple[Fact, ...]) -> None:
        if facts:
            self.journal.applied(entry, facts)
        for fact in facts:
            self._let_be(fact)

    def _let_be(self, fact: Fact) -> None:
        for service in self.services.values():
            service.apply(fact)

    def _answer(self, name: str, call: Call, fault: str, now: datetime) -> Answer:
        service, (kind, _, value) = self.services[name], fault.partition(":")
        if kind == "word":
            return service.word(value)
        if kind == "status":
            return service.failure(int(value))
        if kind in {"fail", "hang"}:
            return service.failure(500)
        return service.answer(call, now)
