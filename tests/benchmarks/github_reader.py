"""One process that reads a whole repository, and again when nothing has changed; prints what it took as JSON."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import django
import requests
from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

WRITTEN = """
    SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables
    WHERE relname LIKE 'support_issue%%' OR relname IN ('support_label', 'support_pluslabel')
"""


def main() -> None:
    """As a worker does it, turn after turn."""
    django.setup()
    pages: list[tuple[int, float]] = []
    reading = import_module("support.github.reading")
    take, seen = reading.take, list[Any]()
    reading.take = counting(take, pages, seen)
    read_all(first=True)
    whole = pages[1:-1]  # new labels come with the first page, and the last one may be short
    used, before = quota(), written()
    read_all()
    told = {"quota": quota() - used, "written": written() - before}
    before = written()
    take("public", seen[-1])
    told |= {"again": written() - before, "issues": apps.get_model("support", "Issue").objects.count()}
    counts, seconds = [count for count, _ in whole], [spent for _, spent in whole]
    told |= {"most": max(counts), "least": min(counts), "milliseconds": 1000 * sum(seconds) / len(seconds)}
    sys.stdout.write(json.dumps(told) + "\n")


def counting(take: Callable[..., Any], pages: list[tuple[int, float]], seen: list[Any]) -> Callable[..., Any]:
    """The same, but it notes how many statements a page took and how long."""

    def counted(repo: str, told: Sequence[Any], **more: Any) -> Any:
        number = 0

        def one_more(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
            nonlocal number
            number += not str(sql).startswith(("SAVEPOINT", "RELEASE"))
            return execute(sql, params, many, context)

        begun = time.perf_counter()
        with connection.execute_wrapper(one_more):
            taken = take(repo, told, **more)
        if len(told) == 100:
            pages.append((number, time.perf_counter() - begun))
            seen.append(told)
        return taken

    return counted


def read_all(*, first: bool = False) -> None:
    """Turns until no reading is under way; the last look at what waits belongs to the first."""
    repository = apps.get_model("support", "Repository")
    read = import_string("support.github.duties.read")
    for _ in range(2 if first else 1):
        repository.objects.update(tried_at=None)
        read()
        while repository.objects.exclude(stage="").exists():
            read()
    if trouble := list(repository.objects.exclude(trouble="").values_list("code", "trouble")):
        raise SystemExit(f"It did not come to its end: {trouble}")


def quota() -> int:
    return int(requests.get(os.environ["INDEX_URL"] + "github", timeout=60).json()["used"].get("core", 0))


def written() -> int:
    """Rows written so far, once the server has counted them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT 1")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WRITTEN)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
