"""A word to whoever holds the ball of a close that has not moved for days; an automation, and it names no customer."""

from collections.abc import Mapping
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
from opportunities import closing
from opportunities.models import DealClose
from opportunities.models.close_states import State, incomplete, states
from opportunities.models.paperwork import seller_of

AUTOMATION: Final = "close_nudge"
QUIET: Final = timedelta(days=2)  # how long a close may stand still before anybody is told
POSTS: Final = {closing.OPERATE: "bizops", closing.SIGN: "ceo", closing.CHIEF: "cro", closing.ONBOARD: "vp_cs"}

type Holders = Mapping[str, User | None]


def nudge() -> int:
    """Tell everybody whose turn it is in a close that stands still, once for each time it does; says how many."""
    now, office = clock.now(), holders()
    told = [
        _tell(state.close, person, state.moved_at, now)
        for state in incomplete(DealClose.objects.unfinished())
        if now - state.moved_at >= QUIET
        for person in people_of(state, office)
    ]
    return sum(told)


def holders() -> Holders:
    """Who holds the posts that have steps in a close, by the action that is theirs; asked once for many closes."""
    return {action: User.objects.holding(post).first() for action, post in POSTS.items()}


def people_of(state: State, office: Holders) -> set[User]:
    """Whose turn it is, as people: a post's holder, or who looks after the deal and its account."""
    found = (_holder(state.close, turn.action, office) for turn in state.progress.next)
    return {person for person in found if person}


def _holder(close: DealClose, action: str, office: Holders) -> User | None:
    deal = close.opportunity
    match action:
        case closing.SELL:
            return seller_of(deal)
        case closing.CONSULT:
            return deal.account.sc
        case closing.ONBOARD:
            return deal.account.csm or office[action]
    return office[action]


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
        state = _state_of(effect)
        return None if person and state and steps_of(state, person) else "not_their_turn"

    def send(self, effect: Effect) -> Sent:
        person = User.objects.get(pk=effect.args["user"])
        subject = f"Deal close {effect.args['close']} waits for you"
        return self.mailed(effect, person.email, subject, self.preview(effect))

    def preview(self, effect: Effect) -> str:
        state, person = _state_of(effect), User.objects.filter(pk=effect.args["user"]).first()
        if state is None or person is None:
            raise Rejected("close_gone")
        steps = "\n".join(f"- {text}" for text in steps_of(state, person))
        return f"Your next steps:\n{steps}\n\n{absolute_url(state.close.get_absolute_url())}\n"


def steps_of(state: State, person: User) -> list[str]:
    """What waits for this person by now."""
    office = holders()
    return [turn.step.text for turn in state.progress.next if person == _holder(state.close, turn.action, office)]


def _state_of(effect: Effect) -> State | None:
    """How the close stands by now; None of one that was lost."""
    return next(iter(states(DealClose.objects.unfinished().filter(pk=effect.args["close"]))), None)
