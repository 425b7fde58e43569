"""The firm itself: people, hours, history, handbook, and the rows behind every line to the outside."""

from fleetcs.models.delivery import Delivery
from fleetcs.models.effect import Effect, EffectAttempt
from fleetcs.models.event import Event
from fleetcs.models.handbook import HandbookChange, HandbookEntry, MessageText
from fleetcs.models.hours import Holiday, OpeningHours
from fleetcs.models.line import Automation, Gate, Heartbeat
from fleetcs.models.person import Post, RoleHolding, User
from fleetcs.models.saved import SavedView
from fleetcs.models.submission import Submission

__all__ = [
    "Automation",
    "Delivery",
    "Effect",
    "EffectAttempt",
    "Event",
    "Gate",
    "HandbookChange",
    "HandbookEntry",
    "Heartbeat",
    "Holiday",
    "MessageText",
    "OpeningHours",
    "Post",
    "RoleHolding",
    "SavedView",
    "Submission",
    "User",
]
