"""The only way out: emit, claim, send, settle.

A verb emits an effect inside its own transaction. Any number of processes send what is due: each claims rows
for a lease, takes hold of each again just before its call, and marks how it ended only while it still holds it.
How a repeat is made harmless is the sender's protocol. What remains: a process frozen for longer than the lease
between taking hold and the first byte, at a destination that has neither key nor probe.
"""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string

from fleetcs import clock
from fleetcs.boundary import contain, insist
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.models.delivery import Delivery
from fleetcs.models.effect import Effect, EffectAttempt
from fleetcs.models.event import Event
from fleetcs.models.line import Automation, Gate
from fleetcs.models.once import insert_once
from fleetcs.models.person import User
from fleetcs.pace import Pace

Outcome = EffectAttempt.Outcome
State = Effect.State

BATCH = 10  # rows claimed at once
ROUND = timedelta(seconds=10)  # after which no further row is begun
LIMIT = 12  # attempts of what is no page
POISON = 3  # unexplained failures: exceptions of ours, or processes that never came back
LONGEST = {"page": timedelta(minutes=5), "rest": timedelta(hours=1)}  # between two attempts
KEPT = timedelta(days=30)
KEPT_FOR_GOOD = ("email",)  # sources whose raw deliveries are never deleted

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sent:
    """What the destination said of a thing sent: its id over there, and facts for `settle`."""

    external_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Sender:
    """How one kind of effect goes out. Subclass it and name the class in `senders` of the AppConfig.

    `protocol` says why a repeat is harmless: "natural" (sending twice is sending once), "key" (`effect.key` is passed
    and merged over there), "probe" (`probe` looks before anything is sent again) or "manual" (a person decides).
    """

    destination: str  # gates are shut by destination
    lane: Literal["page", "rest"] = "rest"  # a page never waits behind the rest and is never given up while wanted
    protocol: Literal["natural", "key", "probe", "manual"]
    pace: Pace | None = None  # of what writes where writes have to be apart; the destination's, not the kind's
    patience: timedelta = timedelta()  # how long the destination may take to show a probe what it has taken

    def wanted(self, effect: Effect) -> str | None:
        """Why it should not be sent any more, as a code, or None; asked right before every attempt."""
        return None

    def send(self, effect: Effect) -> Sent:
        """Make the call, outside any transaction. Raises Unavailable or Rejected."""
        raise NotImplementedError

    def probe(self, effect: Effect) -> Sent | None:
        """What an earlier attempt has sent, if it has. Raises Unavailable or Rejected."""
        raise NotImplementedError

    def settle(self, effect: Effect, sent: Sent) -> None:
        """Write what follows for the business, in the transaction that marks it done."""

    def refused(self, effect: Effect, code: str) -> None:
        """Write what follows for the business, in the transaction that gives it up."""

    def preview(self, effect: Effect) -> str:
        """What it would do, for an automation that is only watched; the row has no pk yet."""
        return f"{effect.kind} for {effect.key}"


def emit(
    kind: str,
    *,
    key: str,
    args: dict[str, Any],
    order: str = "",
    by: User | None = None,
    cause: Delivery | None = None,
    automation: str | None = None,
    at: datetime | None = None,
) -> Effect | None:
    """Have one act done to the outside once this transaction commits; None when its automation is off.

    `key` names the reason: what was emitted under it before, in whatever state, is returned instead.
    `order`: effects that share it go out one after the other. Raises LookupError for an unknown kind.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An effect is emitted in the transaction of its reason.")
    sender, position = sender_of(kind), Automation.objects.position(automation) if automation else "act"
    if position == "off":
        log.info("automation_off", automation=automation, key=key)
        return None
    effect = Effect(kind=kind, key=key, args=args, order_key=order, by=by, cause=cause, automation=automation or "")
    effect.destination, effect.lane, effect.next_at = sender.destination, sender.lane, at or clock.now()
    if position == "watch":
        effect.state, effect.done_at, effect.preview = State.WATCHED, clock.now(), _preview(sender, effect)
    return effect if insert_once(effect) else Effect.objects.get(key=key)


def _preview(sender: Sender, effect: Effect) -> str:
    try:
        return sender.preview(effect)
    except Rejected as error:
        return f"Cannot be sent: {error.code}"


def sender_of(kind: str) -> Sender:
    """The sender that an app has listed for a kind of effect. Raises LookupError when none has."""
    for app in apps.get_app_configs():
        if path := getattr(app, "senders", {}).get(kind):
            found = import_string(path)
            return found() if isinstance(found, type) else found  # type: ignore[no-any-return]
    raise LookupError(f"No app lists a sender for {kind!r}.")


def send_page() -> int:
    """Send the pages that are due; says how many rows were taken up."""
    return _send_due("page")


def send_rest() -> int:
    """Send everything else that is due; says how many rows were taken up."""
    return _send_due("rest")


def _send_due(lane: str) -> int:
    over, taken = clock.now() + ROUND, 0
    while clock.now() < over and (batch := _claim(lane)):
        for effect in batch:
            if clock.now() < over:
                send(effect)
            else:
                effect.mark(state=State.WAITING, next_at=clock.now())
        taken += len(batch)
    return taken


def _claim(lane: str) -> list[Effect]:
    now = clock.now()
    with transaction.atomic(durable=True):
        return Effect.objects.claim(lane, now=now, until=now + lease(), size=BATCH, paced=list(paces()))


def lease() -> timedelta:
    """How long a claim holds without being renewed: at least three times what one call may take."""
    return timedelta(seconds=settings.EFFECT_LEASE_SECONDS)


def paces() -> dict[str, Pace]:
    """The pace of each kind of effect that has one."""
    listed = ((kind, import_string(path)) for app in apps.get_app_configs() for kind, path in senders_of(app).items())
    return {kind: sender.pace for kind, sender in listed if sender.pace}


def senders_of(app: Any) -> dict[str, str]:
    return getattr(app, "senders", {})


def send(effect: Effect) -> None:
    """Try one claimed effect, unless its gate has shut or somebody else has taken it over since."""
    if gate := Gate.objects.closed(clock.now()).filter(pk=effect.destination).first():
        effect.mark(state=State.WAITING, next_at=gate.not_before)
    elif pace := paces().get(effect.kind):
        _send_in_turn(effect, pace)
    else:
        _try(effect)


def _send_in_turn(effect: Effect, pace: Pace) -> None:
    """While another process has the turn it waits, behind the gate like all of its destination."""
    now, until = clock.now(), clock.now() + lease()
    if not Gate.objects.take_turn(effect.destination, pace, now=now, until=until):
        effect.mark(state=State.WAITING, next_at=now)
        return
    try:
        _try(effect)
    finally:
        Gate.objects.give_turn_back(effect.destination, pace, now=clock.now(), until=until)


def _try(effect: Effect) -> None:
    if attempt := _take_hold(effect):
        one = Try(effect, attempt)
        if failure := contain(one.make, row=str(effect)):
            one.stumble(failure)


def _take_hold(effect: Effect) -> EffectAttempt | None:
    """Renew the lease and write down that a try begins; `durable` makes sure that nothing is sent in a transaction."""
    now = clock.now()
    with transaction.atomic(durable=True):
        if not effect.mark(attempts=effect.attempts + 1, next_at=now + lease()):
            return None
        return effect.tries_made.create(n=effect.attempts, at=now)


@dataclass
class Try:
    """One attempt at one effect, from the row that says it begins to the row that says how it ended."""

    effect: Effect
    attempt: EffectAttempt
    sender: Sender | None = None
    arrived: Outcome | None = None
    began: float = field(default_factory=time.monotonic)

    def make(self) -> None:
        """Send it, unless something speaks against it."""
        self.sender = sender_of(self.effect.kind)
        if self.unexplained(Outcome.STARTED) >= POISON:
            self.give_up(Outcome.NOT_SENT, "crashed")
        elif self.manual and self.unexplained(Outcome.STARTED):
            self.end(Outcome.NOT_SENT, "perhaps_sent", state=State.UNKNOWN)
        elif until := self.too_early(self.sender):
            self.put_back(until)
        else:
            self.call(self.sender)

    def call(self, sender: Sender) -> None:
        """Ask whether it is still wanted, find it over there or send it, and act on the answer."""
        try:
            reason = sender.wanted(self.effect)
            sent = Sent() if reason else self.find_or_send(sender)
        except Unavailable as error:
            self.later(error)
        except Rejected as error:
            self.refuse(error)
        else:
            if reason:
                self.end(Outcome.NOT_SENT, reason, state=State.CANCELLED, done_at=clock.now())
            elif sent is None:
                self.end(Outcome.NOT_SENT, "taken_over")
            else:
                insist(lambda: self.finish(sender, sent))

    def find_or_send(self, sender: Sender) -> Sent | None:
        """What an earlier attempt has sent, else what is sent now; None if looking took so long that it was lost."""
        if sender.protocol == "probe" and self.effect.attempts > 1:
            if found := sender.probe(self.effect):
                self.arrived = Outcome.FOUND
                return found
            if not self.effect.mark(next_at=clock.now() + lease()):
                return None
        sent = sender.send(self.effect)
        self.arrived = Outcome.SENT
        return sent

    def finish(self, sender: Sender, sent: Sent) -> None:
        """Mark it done, and let the business know in the same transaction."""
        there = sent.external_id[:255]
        with transaction.atomic(durable=True):
            if self.end(self.arrived or Outcome.SENT, state=State.DONE, done_at=clock.now(), external_id=there):
                sender.settle(self.effect, sent)

    def later(self, error: Unavailable) -> None:
        """Shut the gate when they say for how long; else try again, unless nobody knows whether it was sent."""
        if error.after is not None:
            until = clock.now() + error.after
            Gate.objects.close(self.effect.destination, until=until, reason=error.code)
        if error.ambiguous and self.manual:
            self.end(Outcome.LATER, error.code, state=State.UNKNOWN)
        elif error.after is None and self.effect.tries >= LIMIT and not self.is_page:
            self.give_up(Outcome.LATER, error.code)
        else:
            self.end(Outcome.LATER, error.code, state=State.WAITING, next_at=self.next_at(error.after))

    def refuse(self, error: Rejected) -> None:
        """Give it up; a page is tried again for as long as it is wanted."""
        if self.is_page:
            self.end(Outcome.REFUSED, error.code, state=State.WAITING, next_at=self.next_at())
        else:
            self.give_up(Outcome.REFUSED, error.code)

    def stumble(self, code: str) -> None:
        """Our own code failed. After the third time it is given up; a page is not, since others can still pass it."""
        if self.manual:
            self.end(Outcome.FAILED, code, state=State.UNKNOWN)
        elif self.unexplained(Outcome.STARTED, Outcome.FAILED) + 1 >= POISON and not self.is_page:
            self.give_up(Outcome.FAILED, code)
        else:
            self.end(Outcome.FAILED, code, state=State.WAITING, next_at=self.next_at())

    def give_up(self, outcome: Outcome, code: str) -> None:
        """A person has to look at it now; that the business cannot be told does not keep it in the queue."""
        with transaction.atomic(durable=True):
            if self.end(outcome, code, state=State.DEAD, done_at=clock.now()):
                contain(lambda: insist(lambda: self.tell(code)), row=f"{self.effect}, given up")

    def tell(self, code: str) -> None:
        """Let the business know that it was given up."""
        with transaction.atomic():
            if self.sender is not None:
                self.sender.refused(self.effect, code)

    def end(self, outcome: Outcome, code: str = "", **changes: object) -> bool:
        """Write how the try ended and, while the effect is still ours, what becomes of it; says whether it was."""
        took = int((time.monotonic() - self.began) * 1000)
        with transaction.atomic():
            mine = EffectAttempt.objects.filter(pk=self.attempt.pk)
            mine.update(outcome=outcome, status=code[:80], milliseconds=took)
            return self.effect.mark(error_code=code[:80], **changes)

    def put_back(self, until: datetime) -> None:
        """As if it had not been claimed."""
        with transaction.atomic(durable=True):
            self.attempt.delete()
            self.effect.mark(state=State.WAITING, attempts=self.effect.attempts - 1, next_at=until)

    def too_early(self, sender: Sender) -> datetime | None:
        """When a probe can be believed, if that is still to come."""
        if sender.protocol != "probe" or not sender.patience or self.effect.attempts == 1:
            return None
        last = self.effect.tries_made.filter(n__lt=self.effect.attempts).latest("n")
        until = last.at + sender.patience
        return until if until > clock.now() else None

    def next_at(self, after: timedelta | None = None) -> datetime:
        """When to try again: as they asked, else twice as late each time with a dice against stampedes."""
        longest = LONGEST[self.effect.lane]
        wait = min(longest, timedelta(seconds=2 ** min(self.effect.tries, LIMIT))) * random.uniform(0.5, 1)  # noqa: S311
        return clock.now() + (wait if after is None else after)

    def unexplained(self, *outcomes: Outcome) -> int:
        """Earlier attempts, since a person last said "again", that ended like this."""
        counted = {"n__gt": self.effect.forgiven, "n__lt": self.effect.attempts}
        return self.effect.tries_made.filter(outcome__in=outcomes, **counted).count()

    @property
    def manual(self) -> bool:
        """Whether a person decides about what was perhaps sent. A page rather comes twice than never."""
        asks = self.sender is not None and self.sender.protocol == "manual"
        return asks and (self.arrived is not None or not self.is_page)

    @property
    def is_page(self) -> bool:
        return self.effect.lane == "page"


@transaction.atomic
def settle_unknown(effect: Effect, *, sent: bool, by: User) -> bool:
    """A person has looked whether it arrived: done, or sent again. False when the question no longer stands."""
    asked = Effect.objects.select_for_update().filter(pk=effect.pk, state=State.UNKNOWN).first()
    if asked is None:
        return False
    if not sent:
        return asked.retry(by=by)
    asked.state, asked.done_at, asked.error_code = State.DONE, clock.now(), ""
    asked.save(update_fields=["state", "done_at", "error_code"])
    sender_of(asked.kind).settle(asked, Sent())
    Event.log(asked, "settled_as_sent", by=by)
    return True


def forget_old() -> int:
    """Delete what has been settled for a month, in small transactions. Mail and whatever became something stay."""
    before = clock.now() - KEPT
    settled = Effect.objects.filter(state__in=[State.DONE, State.CANCELLED, State.WATCHED], done_at__lt=before)
    ignored = Delivery.objects.filter(state=Delivery.State.IGNORED, handled_at__lt=before)
    return _delete(settled) + _delete(ignored.exclude(source__in=KEPT_FOR_GOOD))


def _delete(rows: models.QuerySet[Any], size: int = 1000) -> int:
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        rows.model._default_manager.filter(pk__in=batch).delete()
        deleted += len(batch)
    return deleted
