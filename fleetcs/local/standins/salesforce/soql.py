"""SOQL as a tree: SELECT fields or COUNT() FROM one object, with WHERE, ORDER BY, LIMIT and OFFSET."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from fleetcs.local.standins.salesforce.records import stamp
from fleetcs.local.standins.salesforce.refusals import Refused

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r"|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))",
    re.S,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Moment:
    """A literal that is a point in time, written as records hold it."""

    text: str


@dataclass(frozen=True)
class Compared:
    """`field sign value`; for IN and NOT IN the value is a list."""

    field: str
    sign: str
    value: Any


@dataclass(frozen=True)
class Joined:
    """Conditions joined by AND or OR, or one turned round by NOT."""

    word: str
    parts: tuple["Condition", ...]


Condition = Compared | Joined


@dataclass(frozen=True)
class Order:
    """One sort key."""

    field: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    """A question; `fields` is empty for COUNT()."""

    fields: tuple[str, ...]
    object: str
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


def parse(text: str) -> Query:
    """The tree of one question; Refused with MALFORMED_QUERY."""
    return _Parser(text).query()


def literal(written: str) -> str:
    """The text that a quoted literal means."""
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), written[1:-1], flags=re.S)


def like(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits a LIKE pattern, as written between its quotes: % and _ stand for others unless escaped."""
    parts = re.findall(r"\\.|.", pattern, re.S)
    wild = {"%": ".*", "_": "."}
    made = "".join(wild.get(part) or re.escape(literal(f"'{part}'")) for part in parts)
    compiled = re.compile(made, re.I | re.S)
    return lambda text: compiled.fullmatch(text) is not None


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens(text)
        self.at = 0

    def query(self) -> Query:
        self._expect("select")
        fields = self._fields()
        self._expect("from")
        object = self._name()
        where = self._condition() if self._taken("where") else None
        order = self._order() if self._taken("order") else ()
        limit = int(self._of("number")) if self._taken("limit") else None
        offset = int(self._of("number")) if self._taken("offset") else 0
        if self._peek() != ("end", ""):
            raise self._unexpected()
        return Query(fields, object, where, order, limit, offset)

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        found, at, text = [], 0, text.rstrip()
        while at < len(text):
            token = TOKEN.match(text, at)
            if token is None or token.lastgroup is None:
                raise Refused("MALFORMED_QUERY", f"unexpected character at {at}: {text[at]!r}")
            found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        return [*found, ("end", "")]

    def _fields(self) -> tuple[str, ...]:
        if self._is("count"):
            self.at += 1
            self._expect("(")
            self._expect(")")
            return ()
        return self._list(self._name)

    def _list[T](self, item: Callable[[], T]) -> tuple[T, ...]:
        found = [item()]
        while self._taken(","):
            found.append(item())
        return tuple(found)

    def _condition(self) -> Condition:
        """AND and OR may not be mixed without brackets, as in Salesforce."""
        parts, word = [self._single()], ""
        while self._is("and") or self._is("or"):
            if word not in ("", self._peek()[1].lower()):
                raise self._unexpected()
            word = self._take()[1].lower()
            parts.append(self._single())
        return Joined(word, tuple(parts)) if word else parts[0]

    def _single(self) -> Condition:
        if self._taken("not"):
            return Joined("not", (self._single(),))
        if self._taken("("):
            inside = self._condition()
            self._expect(")")
            return inside
        return self._comparison()

    def _comparison(self) -> Compared:
        field, sign = self._name(), self._take()[1].lower()
        if sign == "not":
            self._expect("in")
            sign = "not in"
        if sign in {"in", "not in"}:
            self._expect("(")
            values = self._list(self._value)
            self._expect(")")
            return Compared(field, sign, values)
        if sign == "like":
            return Compared(field, sign, self._of("text")[1:-1])
        if sign not in {"=", "!=", "<>", "<", "<=", ">", ">="}:
            raise self._unexpected()
        return Compared(field, "!=" if sign == "<>" else sign, self._value())

    def _value(self) -> Any:
        kind, text = self._take()
        if kind == "word" and text.lower() in WORDS:
            return WORDS[text.lower()]
        if kind not in READ:
            raise self._unexpected()
        try:
            return READ[kind](text)
        except ValueError:
            raise Refused("MALFORMED_QUERY", f"invalid literal: {text}") from None

    def _order(self) -> tuple[Order, ...]:
        self._expect("by")
        return self._list(self._one_order)

    def _one_order(self) -> Order:
        field = self._name()
        descending = self._taken("desc")
        if not descending:
            self._taken("asc")
        nulls_last = False
        if self._taken("nulls"):
            nulls_last = self._taken("last")
            if not nulls_last:
                self._expect("first")
        return Order(field, descending, nulls_last)

    def _name(self) -> str:
        return self._of("word")

    def _of(self, kind: str) -> str:
        found, text = self._take()
        if found != kind:
            raise self._unexpected()
        return text

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def _take(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _is(self, text: str) -> bool:
        kind, found = self._peek()
        return kind in {"word", "sign"} and found.lower() == text

    def _taken(self, text: str) -> bool:
        found = self._is(text)
        self.at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._taken(text):
            raise self._unexpected()

    def _unexpected(self) -> Refused:
        return Refused("MALFORMED_QUERY", f"unexpected token: '{self._peek()[1]}'")


def _moment(text: str) -> Moment:
    return Moment(stamp(datetime.fromisoformat(text).astimezone(UTC)))


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


READ: dict[str, Callable[[str], Any]] = {"text": literal, "number": float, "moment": _moment, "day": _day}
