"""The firm itself: people, hours, history, handbook, and the rows behind every line to the outside."""

from fleetcs.models.bulk_edit import BulkEdit, BulkRow
from fleetcs.models.csv_import import CsvImport, CsvRow
from fleetcs.models.delivery import Delivery
from fleetcs.models.effect import Effect, EffectAttempt
from fleetcs.models.event import Event
from fleetcs.models.export import Export
from fleetcs.models.handbook import HandbookChange, HandbookEntry, MessageText
from fleetcs.models.hours import Holiday, OpeningHours
from fleetcs.models.line import Automation, Calls, Gate, Heartbeat
from fleetcs.models.mirror import Mirror, MirrorField
from fleetcs.models.mirror_link import Conflict, MirrorLink
from fleetcs.models.person import Post, RoleHolding, User
from fleetcs.models.procedure import Run, Tick
from fleetcs.models.salesforce_user import SalesforceUser
from fleetcs.models.saved import ChosenColumns, SavedView
from fleetcs.models.submission import Submission

__all__ = [
    "Automation",
    "BulkEdit",
    "BulkRow",
    "Calls",
    "ChosenColumns",
    "Conflict",
    "CsvImport",
    "CsvRow",
    "Delivery",
    "Effect",
    "EffectAttempt",
    "Event",
    "Export",
    "Gate",
    "HandbookChange",
    "HandbookEntry",
    "Heartbeat",
    "Holiday",
    "MessageText",
    "Mirror",
    "MirrorField",
    "MirrorLink",
    "OpeningHours",
    "Post",
    "RoleHolding",
    "Run",
    "SalesforceUser",
    "SavedView",
    "Submission",
    "Tick",
    "User",
]
