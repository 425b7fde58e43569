"""What comes in and what goes out, as plain values: requests, forms in three spellings, answers, facts."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

Fact = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """One file of a multipart form."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def fields(self) -> list[tuple[str, Any]]:
        """Names and values of query and body, whether form, multipart (files as Upload) or JSON, in order."""
        return [*parse_qsl(self.query, keep_blank_values=True), *self._body_fields()]

    @cached_property
    def values(self) -> dict[str, Any]:
        """The fields by name, the last one of each."""
        return dict(self.fields)

    def all(self, name: str) -> list[Any]:
        """Every value given under one name."""
        return [value for key, value in self.fields if key == name]

    def _body_fields(self) -> list[tuple[str, Any]]:
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/json"):
            return list(_object(self.body).items())
        if kind.startswith("multipart/form-data"):
            return _parts(kind, self.body)
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def basic(self) -> tuple[str, str]:
        """User and password of HTTP basic authentication, empty without."""
        scheme, _, given = self.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return (user, password) if scheme.lower() == "basic" else ("", "")


@dataclass(frozen=True)
class Answer:
    """What goes back, and the facts that came to be by it (none when nothing was changed)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()


def answer(payload: object, status: int = 200, facts: tuple[Fact, ...] = (), **headers: str) -> Answer:
    """An answer in JSON; header names are given with underscores."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Answer(status, json.dumps(payload).encode(), {"Content-Type": "application/json", **named}, facts)


def page(text: str, content_type: str = "text/html; charset=utf-8", status: int = 200) -> Answer:
    """An answer that people read."""
    return Answer(status, text.encode(), {"Content-Type": content_type})


def readable(body: bytes) -> str | dict[str, str]:
    """Bytes as the journal keeps them: text where they are text, else {"b64": ...}."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"b64": b64encode(body).decode()}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _parts(kind: str, body: bytes) -> list[tuple[str, Any]]:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found = []
    for part in message.iter_parts():
        content: Any = part.get_payload(decode=True) or b""
        name = part.get_param("name", header="content-disposition")
        filename = part.get_filename()
        upload = Upload(filename or "", content, part.get_content_type())
        found.append((str(name), content.decode("utf-8", "replace") if filename is None else upload))
    return found
