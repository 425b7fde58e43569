"""The services with their state, their knobs and one journal; what to do with one call."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any

from fleetcs import clock
from fleetcs.local.standins import github, mailgun, outgoing, slack, twilio, zendesk
from fleetcs.local.standins.faults import Faults, Knobs
from fleetcs.local.standins.journal import Entry, Journal
from fleetcs.local.standins.salesforce import people
from fleetcs.local.standins.salesforce.service import Salesforce
from fleetcs.local.standins.wire import Answer, Call, Fact

Service = slack.Slack | mailgun.Mailgun | twilio.Twilio | github.GitHub | Salesforce | zendesk.Zendesk
NAMES = ("slack", "mailgun", "sms", "github", "salesforce", "zendesk")


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
            fault = faults.next(f"{call.method} {call.path}", now)
            answer = self._answer(name, call, fault, now)
            self._apply(entry, answer.facts)
            self._tell(answer.facts)
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

    def let_be(self, given: list[Fact]) -> None:
        """Let GitHub's rows have these values, as people there would by hand; `kind` and `key` say which row."""
        with self.lock:
            entry = self.journal.received("people", Call("POST", "/github", "", {}, b""), clock.now().isoformat())
            self._apply(entry, tuple(self.github.state.merged(fact) for fact in given))

    def at_zendesk(self, given: dict[str, Any]) -> None:
        """Let Zendesk have these rows."""
        with self.lock:
            facts = tuple(zendesk.rows(given))
            entry = self.journal.received("people", Call("POST", "/zendesk", "", {}, b""), clock.now().isoformat())
            self._apply(entry, facts)

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
        return {"slack": slack_state, "mails": mails, "texts": texts, "github": self.github.shown()}

    def _replay(self) -> None:
        self.slack = slack.Slack()
        self.salesforce = Salesforce()
        self.github = github.GitHub()
        self.services: dict[str, Service] = {
            "slack": self.slack,
            "mailgun": mailgun.Mailgun(),
            "sms": twilio.Twilio(),
            "salesforce": self.salesforce,
            "github": self.github,
            "zendesk": zendesk.Zendesk(),
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

    def _tell(self, facts: tuple[Fact, ...]) -> None:
        """Let GitHub's hooks be told, each in its own time, as GitHub does."""
        for event in facts:
            for hook in self.github.state.hooks_for(event) if event["kind"] == "github.event" else ():
                Thread(target=self._deliver, args=(self.github, hook, event), daemon=True).start()

    def _deliver(self, sender: github.GitHub, hook: Fact, event: Fact) -> None:
        call, tried = outgoing.hook(hook, event)
        with self.lock:
            if sender is self.github:  # else everything was forgotten meanwhile
                entry = self.journal.received("hooks", call, clock.now().isoformat())
                self._apply(entry, (self.github.state.delivered(tried),))

    def _answer(self, name: str, call: Call, fault: str, now: datetime) -> Answer:
        service, (kind, _, value) = self.services[name], fault.partition(":")
        if kind == "word":
            return service.word(value)
        if kind == "status":
            return service.failure(int(value))
        if kind in {"fail", "hang"}:
            return service.failure(500)
        return service.answer(call, now)
