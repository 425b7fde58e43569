"""Addresses of questions: SOQL with pages, what was deleted or changed, limits and counts, Bulk 2.0 query jobs."""

import csv
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from fleetcs.local.standins.salesforce.answering import Found, Path, at, found, path, shown
from fleetcs.local.standins.salesforce.asked import Asked, Cursor
from fleetcs.local.standins.salesforce.records import Record, numbered, stamp
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.wire import Answer, Fact, answer

PAGE, SMALLEST_PAGE = 2_000, 200
LOG = timedelta(days=15)
JOB_CALLS_A_DAY = 10_000
DAILY = {"DailyAsyncApexExecutions": 250_000, "DailyBulkApiBatches": 15_000, "HourlyTimeBasedWorkflow": 1_000}


def query(asked: Asked) -> Answer:
    """The first page; further ones are asked for by the address it names."""
    every = asked.place["what"] == "queryAll"
    asking, shape, rows = found(asked.org.records, str(asked.call.values.get("q", "")), deleted=every)
    if not asking.fields:
        return answer({"totalSize": len(rows), "done": True, "records": []})
    wanted = re.search(r"batchsize=(\d+)", asked.call.headers.get("sforce-query-options", ""), re.I)
    batch = min(max(int(wanted[1]), SMALLEST_PAGE), PAGE) if wanted else PAGE
    id = numbered("01g", len(asked.org.cursors) + 1)
    asked.org.cursors[id] = Cursor(asking, shape, rows, batch)
    return _page(asked, id, 0)


def more(asked: Asked) -> Answer:
    """A further page."""
    if asked.place["cursor"] not in asked.org.cursors:
        raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(asked, asked.place["cursor"], int(asked.place["start"]))


def deleted(asked: Asked) -> Answer:
    """Ids and moments of what went into the bin and has not been purged."""
    start, end = _window(asked)
    rows = asked.org.records.rows[asked.shape().name].values()
    gone = [row for row in rows if row["IsDeleted"] and start <= datetime.fromisoformat(row["SystemModstamp"]) < end]
    told = {
        "deletedRecords": [{"deletedDate": row["SystemModstamp"], "id": row["Id"]} for row in gone],
        "earliestDateAvailable": stamp(_minute(asked.now - LOG)),
        "latestDateCovered": stamp(min(end, _minute(asked.now))),
    }
    return answer(told)


def updated(asked: Asked) -> Answer:
    """Ids of what was made or changed."""
    start, end = _window(asked)
    rows = asked.org.records.rows[asked.shape().name].values()
    ids = [row["Id"] for row in rows if start <= datetime.fromisoformat(row["SystemModstamp"]) < end]
    return answer({"ids": ids, "latestDateCovered": stamp(min(end, _minute(asked.now)))})


def limits(asked: Asked) -> Answer:
    """What may be used a day and what is left."""
    jobs = JOB_CALLS_A_DAY - len(asked.org.jobs)
    calls = {"Max": asked.org.limit, "Remaining": max(asked.org.limit - asked.org.used, 0)}
    others = {name: {"Max": most, "Remaining": most} for name, most in DAILY.items()}
    return answer(
        {**others, "DailyApiRequests": calls, "DailyBulkV2QueryJobs": {"Max": JOB_CALLS_A_DAY, "Remaining": jobs}}
    )


def counts(asked: Asked) -> Answer:
    """How many records each named object has, all without a name."""
    wanted = [name for name in str(asked.call.values.get("sObjects") or "").split(",") if name]
    every = asked.org.records.shapes.values()
    shapes = [shape for shape in every if not wanted or shape.name.lower() in {name.lower() for name in wanted}]
    told = [{"count": len(asked.org.records.rows[shape.name]), "name": shape.name} for shape in shapes]
    return answer({"sObjects": told})


def start_job(asked: Asked) -> Answer:
    """A bulk query is taken; it is looked at before, as there."""
    said = asked.record()
    operation, text = str(said.get("operation")), str(said.get("query") or "")
    if operation not in {"query", "queryAll"} or not text:
        raise Refused("INVALIDJOB", "operation and query are required")
    try:
        asking, shape, _ = found(asked.org.records, text, deleted=True)
    except Refused as refusal:
        raise Refused("API_ERROR", refusal.message) from None
    if not asking.fields:
        raise Refused("API_ERROR", "Aggregate functions are not supported in Bulk Query")
    fact: Fact = {"kind": "salesforce.job", "id": numbered("750", len(asked.org.jobs) + 1), "operation": operation}
    fact |= {"object": shape.name, "query": text, "by": asked.user, "at": stamp(asked.now)}
    fact |= {"fails_with": asked.org.job_fails_with, "state": ""}
    return answer(_job(asked, fact), 200, (fact,))


def look_at_job(asked: Asked) -> Answer:
    """Its state: in progress at the first look, done at the second."""
    job = _known_job(asked)
    asked.org.looks[job["id"]] = asked.org.looks.get(job["id"], 0) + 1
    rows = len(_prepared(asked, job)[2]) if _state(asked, job) == "JobComplete" else 0
    more = {"jobType": "V2Query", "numberRecordsProcessed": rows, "retries": 0, "totalProcessingTime": 1}
    failed = {"errorMessage": job["fails_with"]} if _state(asked, job) == "Failed" else {}
    return answer({**_job(asked, job), **more, **failed})


def abort_job(asked: Asked) -> Answer:
    """No answer is wanted any more."""
    job = {**_known_job(asked), "state": "Aborted"}
    return answer(_job(asked, job), 200, (job,))


def job_results(asked: Asked) -> Answer:
    """A page of records as CSV, the names on top of each page."""
    job = _known_job(asked)
    if _state(asked, job) != "JobComplete":
        raise Refused("INVALIDJOBSTATE", "The job has no results yet")
    prepared, start = _prepared(asked, job), _start(asked)
    end, count = start + max(int(asked.call.values.get("maxRecords") or 50_000), 1), len(prepared[2])
    following = urlsafe_b64encode(str(end).encode()).decode() if end < count else "null"
    headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(max(min(end, count) - start, 0))}
    text = _csv(asked, prepared, start, end)
    return Answer(200, text.encode(), {"Content-Type": "text/csv; charset=UTF-8", **headers})


def _page(asked: Asked, id: str, start: int) -> Answer:
    cursor, records = asked.org.cursors[id], asked.org.records
    rows = cursor.rows[start : start + cursor.batch]
    told: dict[str, Any] = {"totalSize": len(cursor.rows), "done": start + cursor.batch >= len(cursor.rows)}
    if not told["done"]:
        told["nextRecordsUrl"] = f"{asked.base}query/{id}-{start + cursor.batch}"
    told["records"] = [shown(records, cursor.query, cursor.shape, row, asked.base) for row in rows]
    return answer(told)


def _window(asked: Asked) -> tuple[datetime, datetime]:
    """Start and end without their seconds. Refused when the log does not reach back so far."""
    try:
        ends = [_minute(datetime.fromisoformat(str(asked.call.values.get(name)))) for name in ("start", "end")]
    except ValueError:
        raise Refused("MALFORMED_QUERY", "start and end must be dates") from None
    if ends[0] < _minute(asked.now - LOG):
        raise Refused("INVALID_REPLICATION_DATE", "startDate is older than the log of deletions")
    if ends[1] < ends[0] + timedelta(minutes=1):
        raise Refused("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than the startDate")
    return ends[0], ends[1]


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _known_job(asked: Asked) -> Fact:
    job = asked.org.jobs.get(asked.place["job"])
    if job is None:
        raise Refused("NOTFOUND", "Unable to find job", status=404)
    return job


def _state(asked: Asked, job: Fact) -> str:
    looks = asked.org.looks.get(job["id"], 0)
    done = "Failed" if job["fails_with"] else "JobComplete"
    return str(job["state"]) or ("UploadComplete", "InProgress", done)[min(looks, 2)]


def _job(asked: Asked, job: Fact) -> dict[str, Any]:
    return {
        "id": job["id"],
        "operation": job["operation"],
        "object": job["object"],
        "createdById": job["by"],
        "createdDate": job["at"],
        "systemModstamp": job["at"],
        "state": _state(asked, job),
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": asked.version,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def _prepared(asked: Asked, job: Fact) -> Found:
    """The job's answer as it was when it was first looked at."""
    known, every = asked.org.results, job["operation"] == "queryAll"
    if job["id"] not in known:
        known[job["id"]] = found(asked.org.records, job["query"], deleted=every)
    return known[job["id"]]


def _start(asked: Asked) -> int:
    try:
        return int(urlsafe_b64decode(str(asked.call.values.get("locator") or "MA==")))
    except ValueError:
        raise Refused("INVALID_LOCATOR", "the locator is none of this job's") from None


def _csv(asked: Asked, prepared: Found, start: int, end: int) -> str:
    asking, shape, rows = prepared
    ways = [path(asked.org.records, shape, name) for name in asking.fields]
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(asking.fields)
    writer.writerows(_cells(asked, row, ways) for row in rows[start:end])
    return text.getvalue()


def _cells(asked: Asked, row: Record, ways: list[Path]) -> Iterator[str]:
    for way in ways:
        value = at(asked.org.records, row, way)
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield text.replace("+0000", "Z") if way[2].type == "datetime" else text
