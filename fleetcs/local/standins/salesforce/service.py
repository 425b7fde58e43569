"""Salesforce's web interface as far as the product speaks it: who may come in, the quota, what is where."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import unquote

from fleetcs.local.standins.salesforce import asking, rows, signing_in
from fleetcs.local.standins.salesforce.asked import Asked, Org
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.wire import Answer, Call, Fact, answer

PREFIX = "/services/"
DATA = re.compile(r"/services/data/v(?P<version>[0-9]{2,3}\.0)/(?P<rest>.*)")
OBJECT, ID = r"(?P<object>[A-Za-z0-9_]+)", r"(?P<id>[A-Za-z0-9]{15}|[A-Za-z0-9]{18})"
KEY = r"(?P<field>[A-Za-z0-9_]+)/(?P<value>.+)"
JOB = r"jobs/query/(?P<job>[A-Za-z0-9]{15,18})"
WORD_OF_STATUS = {
    401: "INVALID_SESSION_ID",
    403: "REQUEST_LIMIT_EXCEEDED",
    412: "PRECONDITION_FAILED",
    500: "UNKNOWN_EXCEPTION",
    503: "SERVER_UNAVAILABLE",
}


class Salesforce:
    """The company's Salesforce, made from facts, and the sessions of this run."""

    def __init__(self) -> None:
        self.org = Org()

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one call, with the facts it has made true."""
        try:
            if call.path == "/services/oauth2/token":
                return self._sign_in(call, now)
            if call.path.rstrip("/") == "/services/data":
                return answer([{"label": "Stand-in", "url": "/services/data/v66.0", "version": "66.0"}])
            return self._counted(self._authorised(call, now))
        except signing_in.Denied as denial:
            return denial.answer()
        except Refused as refusal:
            said = refusal.answer()
            return said if said.status == 401 else self._with_usage(said)

    def word(self, error: str) -> Answer:
        """An error by its word: of the token endpoint in lower case, else of the interface."""
        if error.islower():
            return signing_in.Denied(error, error.replace("_", " ")).answer()
        return self._with_usage(Refused(error, fields=()).answer())

    def failure(self, status: int) -> Answer:
        """An error of their web server."""
        word = WORD_OF_STATUS.get(status, HTTPStatus(status).name)
        return self._with_usage(Refused(word, status=status).answer())

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; facts of other services are none of ours."""
        self.org.records.apply(fact)
        if fact["kind"] == "salesforce.job":
            self.org.jobs[fact["id"]] = fact
        if fact["kind"] == "salesforce.app":
            self.org.apps[fact["client_id"]] = fact
        if fact["kind"] == "salesforce.rule" and fact not in self.org.rules:
            self.org.rules.append(fact)
        if fact["kind"] == "salesforce.no_rules":
            self.org.rules.clear()

    def _sign_in(self, call: Call, now: datetime) -> Answer:
        user = signing_in.user_of(self.org.records, self.org.apps, call, now)
        token = f"{signing_in.ORG[:15]}!stand.in.{len(self.org.sessions) + 1}.{int(now.timestamp() * 1000)}"
        self.org.sessions[token] = user
        return signing_in.welcome(call, token, user, now)

    def _authorised(self, call: Call, now: datetime) -> Asked:
        place = DATA.fullmatch(call.path)
        if place is None:
            raise Refused("NOT_FOUND")
        user = self._user(call)
        base = f"/services/data/v{place['version']}/"
        return Asked(self.org, call, now, user, base, float(place["version"]), place.groupdict())

    def _user(self, call: Call) -> str:
        org = self.org
        if org.expires_after is not None:
            org.expires_after -= 1
            if org.expires_after < 0:
                org.sessions.clear()
                org.expires_after = None
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in org.sessions:
            raise Refused("INVALID_SESSION_ID")
        return org.sessions[token]

    def _counted(self, asked: Asked) -> Answer:
        if self.org.used >= self.org.limit:
            raise Refused("REQUEST_LIMIT_EXCEEDED")
        if self.org.crowded:
            self.org.crowded -= 1
            raise Refused("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
        self.org.used += 1
        return self._with_usage(_routed(asked))

    def _with_usage(self, given: Answer) -> Answer:
        usage = f"api-usage={self.org.used}/{self.org.limit}"
        typed = {**given.headers}
        if typed.get("Content-Type") == "application/json":
            typed["Content-Type"] = "application/json;charset=UTF-8"
        return replace(given, headers={**typed, "Sforce-Limit-Info": usage})


def _routed(asked: Asked) -> Answer:
    known = False
    for pattern, acts in ROUTES:
        place = re.fullmatch(pattern, asked.place["rest"])
        if place and asked.call.method in acts:
            named = {name: unquote(value) for name, value in place.groupdict().items()}
            return acts[asked.call.method](replace(asked, place=named))
        known = known or place is not None
    raise Refused("METHOD_NOT_ALLOWED", "HTTP Method not allowed.") if known else Refused("NOT_FOUND")


Act = Callable[[Asked], Answer]
ROUTES: list[tuple[str, dict[str, Act]]] = [
    (r"sobjects/?", {"GET": rows.everything}),
    (rf"sobjects/{OBJECT}/?", {"GET": rows.brief, "POST": rows.create}),
    (rf"sobjects/{OBJECT}/describe/?", {"GET": rows.described}),
    (rf"sobjects/{OBJECT}/deleted/?", {"GET": asking.deleted}),
    (rf"sobjects/{OBJECT}/updated/?", {"GET": asking.updated}),
    (rf"sobjects/{OBJECT}/{ID}/?", {"GET": rows.read, "PATCH": rows.change, "DELETE": rows.remove}),
    (rf"sobjects/{OBJECT}/{KEY}", {"GET": rows.read_by_key, "PATCH": rows.upsert}),
    (r"composite/sobjects/?", {"POST": rows.create_many, "PATCH": rows.change_many}),
    (rf"composite/sobjects/{OBJECT}/(?P<field>[A-Za-z0-9_]+)", {"PATCH": rows.upsert_many}),
    (r"(?P<what>query|queryAll)/?", {"GET": asking.query}),
    (r"query(?:All)?/(?P<cursor>[A-Za-z0-9]+)-(?P<start>[0-9]+)", {"GET": asking.more}),
    (r"limits/?", {"GET": asking.limits}),
    (r"limits/recordCount/?", {"GET": asking.counts}),
    (r"jobs/query/?", {"POST": asking.start_job}),
    (JOB, {"GET": asking.look_at_job, "PATCH": asking.abort_job}),
    (rf"{JOB}/results", {"GET": asking.job_results}),
]
