"""A word to whoever holds the ball of a close that has not moved for days; an automation, and it names no customer."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sent, emit
from fleetcs.models import Effect, User
from fleetcs.own_mail import OwnMail
from fleetcs.working_day import day_of
from opportunities import advancing, closing
from opportunities.models import DealClose
from opportunities.models.close_states import states

AUTOMATION: Final = "close_nudge"
QUIET: Final = timedelta(days=2)  # how long a close may stand still before anybody is told


def nudge() -> int:
    """Tell everybody whose turn it is in a close that stands still, once for each time it does; says how many."""
    now = clock.now()
    told = [
        _tell(state.close, person, state.moved_at, now)
        for state in states(DealClose.objects.unfinished())
        if now - state.moved_at >= QUIET
        for person in people_of(state.close, state.progress)
    ]
    return sum(told)


def people_of(close: DealClose, progress: advancing.Progress) -> set[User]:
    """Whose turn it is, as people: a post's holder, or who looks after the deal and its account."""
    return {person for turn in progress.next for person in _holder(close, turn.action)}


def _holder(close: DealClose, action: str) -> Iterator[User]:
    deal = close.opportunity
    whose = {
        closing.SELL: deal.owner or deal.account.ae,
        closing.CONSULT: deal.account.sc,
        closing.ONBOARD: deal.account.csm or User.objects.holding("vp_cs").first(),
    }
    posts = {closing.OPERATE: "bizops", closing.SIGN: "ceo", closing.CHIEF: "cro"}
    person = whose[action] if action in whose else User.objects.holding(posts[action]).first()
    if person:
        yield person


@transaction.atomic
def _tell(close: DealClose, person: User, since: datetime, now: datetime) -> bool:
    """Once for each standstill and two days: whoever was told is told again only when nothing has moved for longer."""
    times = (now - since) // QUIET
    key = f"close-nudge:{close.pk}:{person.pk}:{day_of(since):%Y%m%d}:{times}"
    if Effect.objects.filter(key=key).exists():
        return False
    args = {"close": close.pk, "user": person.pk}
    return emit("mail.close_nudge", key=key, args=args, automation=AUTOMATION) is not None


class NudgeMail(OwnMail):
    """The word; `args`: close and user, keys both. It names steps, never the customer."""

    def wanted(self, effect: Effect) -> str | None:
        """Nothing is said to who has left, or whose turn it is no more."""
        person = User.objects.active().filter(pk=effect.args["user"]).first()
        close = _close_of(effect)
        return None if person and close and steps_of(close, person) else "not_their_turn"

    def send(self, effect: Effect) -> Sent:
        person = User.objects.get(pk=effect.args["user"])
        subject = f"Deal close {effect.args['close']} waits for you"
        return self.mailed(effect, person.email, subject, self.preview(effect))

    def preview(self, effect: Effect) -> str:
        close, person = _close_of(effect), User.objects.filter(pk=effect.args["user"]).first()
        if close is None or person is None:
            raise Rejected("close_gone")
        steps = "\n".join(f"- {text}" for text in steps_of(close, person))
        return f"Your next steps:\n{steps}\n\n{absolute_url(close.get_absolute_url())}\n"


def steps_of(close: DealClose, person: User) -> list[str]:
    """What waits for this person by now."""
    [state] = states([close])
    return [turn.step.text for turn in state.progress.next if person in _holder(close, turn.action)]


def _close_of(effect: Effect) -> DealClose | None:
    return DealClose.objects.unfinished().whole().filter(pk=effect.args["close"]).first()
