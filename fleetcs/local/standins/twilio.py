"""Twilio's Messages resource: send and list. Like the real one it takes the same text twice."""

import re
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fleetcs.local.standins.wire import Answer, Call, Fact, answer

PREFIX = "/sms/"
PATH = re.compile(PREFIX + r"2010-04-01/Accounts/(?P<account>[^/]+)/Messages\.json")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class Twilio:
    """The texts it has taken, oldest first, made from facts."""

    def __init__(self) -> None:
        self.texts: list[Fact] = []
        self.next_id = 1

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one API call, with the facts it makes true."""
        account, token = call.basic()
        place = PATH.fullmatch(call.path)
        if place is None:
            return self._refusal(20404, 404)
        if account != place["account"] or not token:
            return self._refusal(20003, 401)
        return self._list(call.values) if call.method == "GET" else self._take(call, account, now)

    def word(self, error: str) -> Answer:
        """A refusal by number, as in Twilio's error dictionary ("21610": the number has opted out)."""
        return self._refusal(int(error) if error.isdecimal() else error, 400)

    def failure(self, status: int) -> Answer:
        """An error of their web server."""
        return self._refusal(20429 if status == 429 else 20500, status)

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; facts of other services are none of ours."""
        if fact["kind"] == "text":
            self.texts.append(fact)
            self.next_id += 1

    def _refusal(self, code: int | str, status: int) -> Answer:
        return answer({"code": code, "message": "refused", "status": status}, status)

    def _take(self, call: Call, account: str, now: datetime) -> Answer:
        to, body = str(call.values.get("To", "")), str(call.values.get("Body", ""))
        if not NUMBER.fullmatch(to):
            return self._refusal(21211, 400)
        if not body or len(body) > 1600:
            return self._refusal(21602 if not body else 21617, 400)
        text: Fact = {"kind": "text", "sid": f"SM{self.next_id:032x}", "account_sid": account, "to": to, "body": body}
        text |= {"from": call.values.get("From", ""), "at": now.timestamp(), "date_created": format_datetime(now)}
        return answer(_shown(text), 201, (text,))

    def _list(self, wanted: dict[str, Any]) -> Answer:
        found = [_shown(each) for each in reversed(self.texts) if wanted.get("To", "") in ("", each["to"])]
        return answer({"messages": found, "page": 0, "page_size": 50, "next_page_uri": None})


def _shown(text: Fact) -> dict[str, Any]:
    return {**{key: value for key, value in text.items() if key not in {"kind", "at"}}, "status": "queued"}
