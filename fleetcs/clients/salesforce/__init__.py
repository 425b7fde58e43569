"""Salesforce: read what changed, write by our own ids, and know what it has cost.

Everything raises only `Unavailable` or `Rejected`. Codes worth knowing: "REQUEST_LIMIT_EXCEEDED" (Unavailable: save the
cursor, end partially), "UNABLE_TO_LOCK_ROW" (Unavailable: repeat after a wait of one's own), "INVALID_FIELD" (Rejected:
describe again; `fields` names the one), "precondition" and "DUPLICATES_DETECTED" (Rejected: for a person).
"""

from fleetcs.clients.salesforce.bulk import BulkPage, bulk_done, bulk_pages, bulk_query, bulk_start
from fleetcs.clients.salesforce.line import LIMIT, LOCKED, Quota, quota, spent
from fleetcs.clients.salesforce.queries import Deleted, Page, count, deleted, query, record_counts
from fleetcs.clients.salesforce.rows import RowResult, Upserted, get, update, upsert, upsert_many
from fleetcs.clients.salesforce.shape import Choice, Field, Limit, describe, limits, objects, user_id
from fleetcs.clients.salesforce.values import moment, quoted

__all__ = [
    "LIMIT",
    "LOCKED",
    "BulkPage",
    "Choice",
    "Deleted",
    "Field",
    "Limit",
    "Page",
    "Quota",
    "RowResult",
    "Upserted",
    "bulk_done",
    "bulk_pages",
    "bulk_query",
    "bulk_start",
    "count",
    "deleted",
    "describe",
    "get",
    "limits",
    "moment",
    "objects",
    "query",
    "quota",
    "quoted",
    "record_counts",
    "spent",
    "update",
    "upsert",
    "upsert_many",
    "user_id",
]
