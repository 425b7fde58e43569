"""How the desk stands right now: something in every state, whatever day of the week and hour the demo starts at."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from accounts.models import Account
from fleetcs import clock
from fleetcs.models import Event, MessageText
from support import sla
from support.demo.quarter import Quarter
from support.demo.words import CHAT_QUESTIONS, REPLIES, REQUESTS, THANKS
from support.mail_route import UNKNOWN_SENDER
from support.models import ChatQuestion, FollowUp, SlaPolicy, Ticket
from support.models.sweep import remind_of_unconfirmed, sweep

# tier, priority, how it stands; none of them has been answered
UNANSWERED: Final = (
    ("premium", "P0", "late"),
    ("ultimate", "P1", "late"),
    ("premium", "P2", "late"),
    ("ultimate", "P0", "at_risk"),
    ("premium", "P1", "at_risk"),
    ("premium", "P3", "at_risk"),
    ("ultimate", "P2", "running"),
    ("premium", "P2", "running"),
    ("premium", "P3", "running"),
    ("free", "P3", "none"),
)
STEP, FURTHEST = timedelta(minutes=7), timedelta(days=9)
COUNT: Final = 31  # tickets


def lay_out(quarter: Quarter) -> None:
    """Plan what happens in the last days, so that the present shows every state."""
    today = Today(quarter)
    for tier, priority, state in UNANSWERED:
        today.leave_unanswered(tier, priority, state)
    today.leave_unconfirmed()
    today.leave_unsorted()
    today.leave_in_slack()
    today.ask_the_department()
    today.miss_and_keep()
    today.finish_in_every_way()
    today.leave_follow_ups()


class Today:
    """Acts of the last days, each planned at a moment from which the present follows."""

    def __init__(self, quarter: Quarter) -> None:
        self.quarter, self.now, self.calendar = quarter, quarter.until, quarter.calendar
        rules = SlaPolicy.objects.in_force(self.now).rules.all()
        self.rules = {(rule.tier, rule.priority): rule.as_rule() for rule in rules}
        self.of_tier: dict[str, list[Account]] = {}
        for account in dict.fromkeys(quarter.accounts):
            self.of_tier.setdefault(account.tier_at(self.now).value, []).append(account)

    def ago(self, act: Callable[[], object], **time: float) -> None:
        self.quarter.at(self.now - timedelta(**time), act)

    def account(self, tier: str) -> Account:
        return self.quarter.chance.choice(self.of_tier[tier])

    def moment(self, tier: str, priority: str, state: str) -> datetime:
        """The latest moment of receipt, in steps of minutes, from which a promise stands like this by now."""
        rule, at = self.rules.get((tier, priority)), self.now - timedelta(minutes=2)
        while rule and at > self.now - FURTHEST:
            promise = sla.promise(rule, at, self.calendar)
            if sla.verdict(promise.due_at, None, self.now, promise.at_risk_at()) == state:
                return at
            at -= STEP
        return self.now - timedelta(hours=2)

    def ask(self, tier: str, priority: str) -> Ticket:
        """A mail of an account of that tier, about something of that priority."""
        _, subject, text = self.quarter.chance.choice([one for one in REQUESTS if one[0] == priority])
        return self.quarter.mail(self.account(tier), subject, text)

    # --- open ---------------------------------------------------------------------------------------------------------
    def leave_unanswered(self, tier: str, priority: str, state: str) -> None:
        """Confirmed and noted on, and nobody has answered yet."""

        def arrive() -> None:
            ticket = self.ask(tier, priority)
            self.quarter.confirm(ticket, priority)
            if priority in {"P0", "P2"}:
                agent = self.quarter.agent()
                ticket.assign(agent, by=agent)
                ticket.note("Reproduced it here; the answer is on its way.", by=agent)

        self.quarter.at(self.moment(tier, priority, state), arrive)

    def leave_unconfirmed(self) -> None:
        """Nobody has confirmed their priority: they stand on top of the queue (R1)."""
        for tier, minutes in [("ultimate", 9), ("premium", 31), ("free", 55)]:
            self.ago(partial(self.ask, tier, "P2"), minutes=minutes)

    def leave_unsorted(self) -> None:
        """Senders and forms that nobody knows: in triage, never nowhere."""
        for number, hours in [(1, 1), (2, 20)]:
            stranger = {"sender": f"newcomer{number}@unheard-of.example", "triage_reason": UNKNOWN_SENDER}
            words = ("Hosts do not enrol", "We bought a licence last week. Who may I ask?")
            self.ago(partial(self.quarter.mail, None, *words, **stranger), hours=hours)
        self.ago(self.quarter.form, minutes=18)
        self.ago(self.quarter.form, hours=3)
        self.ago(self.quarter.apply, minutes=25)

    def leave_in_slack(self) -> None:
        """Messages inside hours that wait in customers' channels, and questions from the web chat."""
        open_now = self.calendar.is_open(self.now)
        last = self.now if open_now else self.calendar.closing_before(self.now) or self.now
        for channel, minutes in zip(self.quarter.channels.values(), (8, 26, 44, 95), strict=False):
            text, people = self.quarter.chance.choice(REQUESTS)[2], self.quarter.people.get(channel.account_id or 0)
            write = partial(self.quarter.thread, channel, text, contact=people[0] if people else None)
            self.quarter.at(last - timedelta(minutes=minutes), write)
        for number, question in enumerate(CHAT_QUESTIONS):
            self.ago(partial(self.ask_in_chat, question, number), hours=2 + number)

    def ask_in_chat(self, question: str, steps: int) -> None:
        agent = self.quarter.agent()
        asked = ChatQuestion.objects.create(question=question, asked_by=agent, asked_at=clock.now())
        Event.log(asked, "chat_question_asked", by=agent)
        for stage in ("consultant", "unavailable")[:steps]:
            asked.move(stage, by=agent)

    def ask_the_department(self) -> None:
        for minutes in (12, 15 * 60):
            self.ago(self.quarter.errand, minutes=minutes)

    # --- answered -----------------------------------------------------------------------------------------------------
    def miss_and_keep(self) -> None:
        """Two promises were missed in the last days, one of them with its cause; one waits for the customer."""
        for cause, hours in [("handed_over", 60), ("", 40)]:
            self.ago(partial(self.answer_after, cause, hours=6), hours=hours)
        self.ago(partial(self.answer_after, "", hours=0.5, wait_for="For the customer's logs"), hours=30)

    def answer_after(self, cause: str, *, hours: float, wait_for: str = "") -> None:
        ticket, agent = self.ask("premium", "P0"), self.quarter.agent()
        self.quarter.confirm(ticket, "P0")

        def answer() -> None:
            ticket.answer(REPLIES[0], by=agent, wait_for=wait_for)
            for missed in ticket.clocks.filter(missed=True, kind="response") if cause else ():
                missed.explain_miss(cause, "The morning shift did not see it", by=agent)

        self.quarter.at(clock.now() + timedelta(hours=hours), answer)

    def finish_in_every_way(self) -> None:
        """Resolved with each outcome; two of them have been taken up again by the customer."""
        for number, outcome in enumerate([*Ticket.Outcome.values, *Ticket.Outcome.values[:2]]):
            back = timedelta(hours=1 + 4 * number) if number >= 3 else None
            self.ago(partial(self.finish, outcome, back), hours=70 + 5 * number)

    def finish(self, outcome: str, back: timedelta | None) -> None:
        ticket, agent = self.ask("premium", "P3"), self.quarter.agent()
        self.quarter.confirm(ticket, "P3")
        begun = clock.now()
        self.quarter.at(begun + timedelta(minutes=40), lambda: ticket.answer(REPLIES[3], by=agent))
        self.quarter.at(begun + timedelta(hours=5), lambda: self.quarter.resolve(ticket, outcome))
        if back:
            self.quarter.at(self.now - back, lambda: self.quarter.hear(ticket, THANKS[-1]))

    def leave_follow_ups(self) -> None:
        """Answered, and something beside the answer is still to be done."""
        self.ago(partial(self.follow_up, from_dm=True), hours=26)
        self.ago(partial(self.follow_up, template="sandbox_error"), hours=22)
        self.ago(partial(self.follow_up, kind=FollowUp.Kind.EMERGENCY, priority="P0"), hours=9)

    def follow_up(self, *, from_dm: bool = False, template: str = "", kind: str = "", priority: str = "P2") -> None:
        _, subject, text = next(one for one in REQUESTS if one[0] == priority)
        ticket = self.quarter.mail(self.account("ultimate"), subject, text, from_dm=from_dm)
        self.quarter.confirm(ticket, priority)
        used = MessageText.objects.filter(pk=template).first() if template else None
        if kind:
            ticket.follow_ups.create(kind=kind)
        self.quarter.later(
            10, 40, lambda: ticket.answer(used.body if used else REPLIES[1], by=self.quarter.agent(), template=used)
        )


def ring() -> None:
    """What has fallen due has been told by now, and so is not told when the demo starts."""
    while sweep():
        pass
    remind_of_unconfirmed()
