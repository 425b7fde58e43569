"""Logs: JSON, one line an event, without secrets and mail addresses (T27, T28)."""

import logging
import re
import sys
from typing import Final

import structlog
from django.conf import settings
from structlog.typing import EventDict, Processor, WrappedLogger

from fleetcs.boundary import trace

HIDDEN: Final = "[hidden]"
SECRET_NAMES: Final = re.compile(
    r"pass(word)?|secret|token|authori[sz]ation|cookie|api_?key|signature|credential", re.IGNORECASE
)
SECRETS: Final = (
    (re.compile(r"(\w+://[^\s/:@]{0,100}):[^\s/@]{1,200}@"), r"\1:[hidden]@"),
    (re.compile(r"\b(?:xox[a-z]|xapp|gh[pousr]|github_pat|sk|key|whsec)[-_][\w-]{8,}"), HIDDEN),
    (re.compile(r"(/password/reset/)[\w-]+/[\w-]+"), r"\1[hidden]"),
    (re.compile(r"(/shared/)[\w-]+"), r"\1[hidden]"),
    (re.compile(r"\b(Bearer|Basic|token|password|secret|signature)([=:\s]{1,3})\S{6,}", re.I), r"\1\2[hidden]"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[mail]"),
)
LONGEST: Final = 10_000

BEFORE: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def formatter() -> logging.Formatter:
    """The formatter of every handler; naming it in LOGGING also tells structlog where to write."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *BEFORE,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    after: list[Processor] = [remove, exceptions, scrub, structlog.processors.JSONRenderer(ensure_ascii=True)]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=BEFORE, processors=after)


def exceptions(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Where an exception came from; what it says stays out (it may hold a customer's words), but in development."""
    told = event.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else sys.exception() if told is True else told
    if isinstance(error, BaseException):
        event["trace"] = trace(error)
        if settings.MODE == "development":
            event["message"] = str(error)
    return event


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The event without secrets; control characters are escaped by the JSON that follows."""
    return {name: scrubbed(value, name) for name, value in event.items()}


def scrubbed(value: object, name: str = "") -> object:
    """A value, however deep, with secrets and mail addresses taken out."""
    if isinstance(value, dict):
        return {str(key): scrubbed(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [scrubbed(inner, name) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if name == "request":  # the path alone: what people search for is a customer's name (safety 4.7)
        value = str(value).partition("?")[0]
    return HIDDEN if SECRET_NAMES.search(name) else without_secrets(str(value))


def without_secrets(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text[:LONGEST])
    return text
