"""Where an unforeseen exception stops: a mistake in the code of one row must not hold up the others.

This is the only module that may catch `Exception`. What it catches is counted on the row by those who call it
and goes to the log as a trace without its message, which may hold a customer's words (T27).
"""

from collections.abc import Callable
from traceback import TracebackException

import structlog
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

CONFLICTS = (DeadlockDetected, SerializationFailure, LockNotAvailable)
TRIES = 3

log = structlog.get_logger(__name__)


def contain(work: Callable[[], object], *, row: str) -> str:
    """Do `work`; "" when it came through, else the name of the type of exception that it raised."""
    try:
        work()
    except Exception as error:  # the one boundary
        log.error("row_failed", row=row, error=type(error).__name__, trace=trace(error))
        _drop_broken_connection()
        return type(error).__name__
    return ""


def _drop_broken_connection() -> None:
    """What failed may have been the database: the next query then opens a new connection (F03)."""
    if connection.errors_occurred and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


def insist[Result](work: Callable[[], Result]) -> Result:
    """Do `work`, a whole transaction, again when the database has ended it in favour of another one (F04, F05)."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, CONFLICTS):
                raise
    return work()


def trace(error: BaseException) -> str:
    """Types and places of an exception and of what caused it; never its message."""
    parts = []
    told: TracebackException | None = TracebackException.from_exception(error)
    while told is not None:
        parts.append("".join([*told.stack.format(), told.exc_type_str]))
        told = told.__cause__ or told.__context__
    return "\n".join(reversed(parts))
