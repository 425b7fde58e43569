"""Who is behind a change, told to the field-level history (T04) at the price of the statements that it keeps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, Final

import pghistory
from django.apps import apps
from django.db import connection
from pghistory.models import Event as HistoryEvent

type Execute = Callable[..., Any]

WRITTEN: Final = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
BETWEEN: Final = re.compile(r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE)


@contextmanager
def behind(**facts: Any) -> Iterator[None]:
    """Whatever is changed inside the block was changed by these: user, url."""
    with pghistory.context(**facts):
        connection.execute_wrappers.append(_only_kept(connection.execute_wrappers.pop()))
        yield


def _only_kept(tell: Execute) -> Execute:
    """The package tells its facts before every statement that is no SELECT, which doubles them all."""

    def wrapper(execute: Execute, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if is_kept(str(sql)):
            return tell(execute, sql, params, many, context)
        return execute(sql, params, many, context)

    return wrapper


@lru_cache(maxsize=1_000)
def is_kept(sql: str) -> bool:
    """Whether a statement may change a table with a history; what cannot be told counts as one that does."""
    if BETWEEN.match(sql):
        return False
    written = {table.lower() for table in WRITTEN.findall(sql)}
    return not written or not written.isdisjoint(kept_tables())


@cache
def kept_tables() -> frozenset[str]:
    """The tables whose rows have a history."""
    histories: Iterator[Any] = (model for model in apps.get_models() if issubclass(model, HistoryEvent))
    tracked = (model.pgh_tracked_model for model in histories)
    return frozenset(model._meta.db_table for model in tracked if model)
