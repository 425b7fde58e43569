"""Bulk 2.0: a question whose answer is prepared in the background and fetched as CSV, for the first load of many.

Under about 2,000 records `query` is cheaper; 10,000 such jobs a day are a limit too.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from threading import Event
from time import monotonic
from typing import Any

import requests
from simple_salesforce.api import Salesforce

from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce.line import Conversation, call, conversation
from fleetcs.clients.salesforce.values import id_of

AT_ONCE = 50_000  # records a page
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between two looks at a job
RUNNING = {"UploadComplete", "InProgress"}


@dataclass(frozen=True)
class BulkPage:
    """Records as texts ("" where a field is empty), and the place of the next page: "" after the last."""

    rows: list[dict[str, str]]
    locator: str


def bulk_query(
    soql: str, *, wait: timedelta, include_deleted: bool = False, at_once: int = AT_ONCE
) -> Iterator[list[dict[str, str]]]:
    """The records page by page; Unavailable("bulk_running") when the job is not done after `wait`.

    To stop halfway and go on later keep the job's id: `bulk_start`, `bulk_done`, `bulk_pages`.
    """
    job = bulk_start(soql, include_deleted=include_deleted)
    _wait_for(job, monotonic() + wait.total_seconds())
    for page in bulk_pages(job, at_once=at_once):
        yield page.rows


def bulk_start(soql: str, *, include_deleted: bool = False) -> str:
    """Have the question prepared; the id of the job."""
    asked = {"operation": "queryAll" if include_deleted else "query", "query": soql}
    said = call(lambda library: library.restful("jobs/query", method="POST", json=asked))
    return id_of(str(_job(said).get("id") or ""))


def bulk_done(job: str) -> bool:
    """Whether the answer can be fetched; Rejected with Salesforce's word when there will be none."""
    said = _job(call(lambda library: library.restful(f"jobs/query/{id_of(job)}")))
    if said.get("state") in RUNNING:
        return False
    if said.get("state") != "JobComplete":
        word = str(said.get("errorMessage") or "").partition(":")[0].strip()
        raise Rejected(word if http.CODE.fullmatch(word) else "bulk_failed")
    return True


def bulk_pages(job: str, locator: str = "", *, at_once: int = AT_ONCE) -> Iterator[BulkPage]:
    """The pages of a job that is done, from `locator` on."""
    with conversation() as talk:
        while True:
            page = _page(talk, id_of(job), locator, at_once)
            yield page
            locator = page.locator
            if not locator:
                return


def _wait_for(job: str, until: float) -> None:
    pause = FIRST_PAUSE
    while not bulk_done(job):
        if monotonic() + pause > until:
            raise Unavailable(code="bulk_running")
        Event().wait(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _job(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Unavailable(code="not_understood", ambiguous=True)
    return said


def _page(talk: Conversation, job: str, locator: str, at_once: int) -> BulkPage:
    asked: dict[str, str | int] = {"maxRecords": at_once, **({"locator": locator} if locator else {})}
    answer = talk.call(lambda library: _results(library, job, asked))
    following = answer.headers.get("Sforce-Locator") or ""
    text = answer.content.decode("utf-8", "replace").replace("\0", "")
    try:
        rows = list(csv.DictReader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise Unavailable(code="not_understood") from None
    if str(len(rows)) != answer.headers.get("Sforce-NumberOfRecords"):
        raise Unavailable(code="not_understood")
    return BulkPage(rows, "" if following == "null" else following)


def _results(library: Salesforce, job: str, asked: dict[str, str | int]) -> requests.Response:
    headers = {**library.headers, "Accept": "text/csv"}
    return library.session.get(f"{library.bulk2_url}query/{job}/results", params=asked, headers=headers)
