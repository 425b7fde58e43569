"""Mailgun's messages and events API. What it takes is accepted at once and can be searched."""

import re
from base64 import b64encode
from datetime import datetime
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from fleetcs.local.standins.wire import Answer, Call, Fact, Upload, answer

PREFIX = "/mailgun/v3/"
PATH = re.compile(PREFIX + r"(?P<domain>[^/]+)/(?P<what>messages|events)")


class Mailgun:
    """The mails it has taken, oldest first, made from facts."""

    def __init__(self) -> None:
        self.mails: list[Fact] = []
        self.next_id = 1

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one API call, with the facts it makes true."""
        user, key = call.basic()
        place = PATH.fullmatch(call.path)
        if user != "api" or not key:
            return answer("Forbidden", 401)
        if place is None:
            return answer({"message": "not found"}, 404)
        if place["what"] == "events":
            return self._events(call)
        return self._take(call, unquote(place["domain"]), now)

    def word(self, error: str) -> Answer:
        """A refusal with a text."""
        return answer({"message": error}, 400)

    def failure(self, status: int) -> Answer:
        """An error of their web server."""
        return answer({"message": "Internal Server Error"}, status)

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; facts of other services are none of ours."""
        if fact["kind"] == "mail":
            self.mails.append(fact)
            self.next_id += 1

    def _take(self, call: Call, domain: str, now: datetime) -> Answer:
        missing = next((name for name in ("from", "to") if not call.values.get(name)), "")
        if missing:
            return self.word(f"{missing} parameter is missing")
        if not (call.values.get("text") or call.values.get("html")):
            return self.word("Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified")
        if bad := [each for each in call.all("to") if "@" not in parseaddr(each)[1]]:
            return self.word(f"to parameter is not a valid address: {len(bad)}")
        mail = self._mail(call, domain, now)
        return answer({"id": mail["id"], "message": "Queued. Thank you."}, facts=(mail,))

    def _mail(self, call: Call, domain: str, now: datetime) -> Fact:
        headers = {name[2:].lower(): value for name, value in call.fields if name.lower().startswith("h:")}
        message_id = headers.get("message-id") or f"<{now:%Y%m%d%H%M%S}.{self.next_id}@{domain}>"
        mail: Fact = {"kind": "mail", "id": message_id, "domain": domain, "at": now.timestamp(), "headers": headers}
        mail |= {name: call.all(name) for name in ("to", "cc", "bcc")}
        mail |= {name: call.values.get(name, "") for name in ("from", "subject", "text", "html")}
        files = [each for name, each in call.fields if name in {"attachment", "inline"} and isinstance(each, Upload)]
        return mail | {"attachments": [_kept(file) for file in files]}

    def _events(self, call: Call) -> Answer:
        wanted = call.values
        found = [each for each in self.mails if self._fits(each, wanted)]
        limit = int(wanted.get("limit") or 100)
        events = [self._event(mail) for mail in found[:limit]]
        return answer({"items": events, "paging": {}})

    def _fits(self, mail: Fact, wanted: dict[str, Any]) -> bool:
        same = wanted.get("message-id", "") in ("", mail["id"].strip("<>"))
        return same and wanted.get("event", "accepted") == "accepted" and _since(wanted.get("begin", "")) <= mail["at"]

    def _event(self, mail: Fact) -> dict[str, Any]:
        headers = {"message-id": mail["id"].strip("<>"), "from": mail["from"], "subject": mail["subject"]}
        recipient = parseaddr(mail["to"][0])[1]
        message = {"headers": {**headers, "to": ", ".join(mail["to"])}}
        return {"event": "accepted", "timestamp": mail["at"], "recipient": recipient, "message": message}


def _kept(file: Upload) -> dict[str, str]:
    return {"name": file.name, "type": file.content_type, "b64": b64encode(file.content).decode()}


def _since(begin: str) -> float:
    try:
        return float(begin or 0)
    except ValueError:
        return parsedate_to_datetime(begin).timestamp()
