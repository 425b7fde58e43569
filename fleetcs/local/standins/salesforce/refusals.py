"""Salesforce's errors: a JSON array of message, errorCode and, where it names them, fields."""

from typing import Any

from fleetcs.local.standins.wire import Answer, answer

STATUS = {
    "INVALID_SESSION_ID": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "NOT_FOUND": 404,
    "INVALID_TYPE": 404,
    "ENTITY_IS_DELETED": 404,
    "METHOD_NOT_ALLOWED": 405,
    "PRECONDITION_FAILED": 412,
    "UNKNOWN_EXCEPTION": 500,
    "SERVER_UNAVAILABLE": 503,
}
MESSAGES = {
    "INVALID_SESSION_ID": "Session expired or invalid",
    "REQUEST_LIMIT_EXCEEDED": "TotalRequests Limit exceeded.",
    "NOT_FOUND": "The requested resource does not exist",
    "ENTITY_IS_DELETED": "entity is deleted",
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record or 1 records",
    "DUPLICATES_DETECTED": "Use one of these records?",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "The record breaks a validation rule.",
    "PRECONDITION_FAILED": "The record has been modified since the date given.",
    "UNKNOWN_EXCEPTION": "An unexpected error occurred. Please include this ErrorId if you contact support.",
    "SERVER_UNAVAILABLE": "The server is temporarily unavailable.",
}


class Refused(Exception):
    """One error; `more` holds what only some errors have (which record is the duplicate)."""

    def __init__(
        self, code: str, message: str = "", fields: tuple[str, ...] | None = None, status: int = 0, **more: Any
    ) -> None:
        super().__init__(code)
        self.code, self.message = code, message or MESSAGES.get(code, code)
        self.fields, self.more = fields, more
        self.status = status or STATUS.get(code, 400)

    def answer(self) -> Answer:
        """As the answer to a whole call."""
        said: dict[str, Any] = {**self.more, "message": self.message, "errorCode": self.code}
        return answer([said if self.fields is None else {**said, "fields": list(self.fields)}], self.status)

    def in_collection(self, id: str | None = None) -> dict[str, Any]:
        """As one row's result among many."""
        error = {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}
        return {**({"id": id} if id else {}), "success": False, "errors": [{**error, **self.more}]}
