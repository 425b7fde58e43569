"""The token endpoint: JWT bearer, client credentials, and user with password and security token."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from fleetcs.local.standins.salesforce.records import INTEGRATION, Records, numbered
from fleetcs.local.standins.wire import Answer, Call, Fact, answer

ORG = numbered("00D", 1)
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST = timedelta(minutes=5)
Apps = dict[str, Fact]


class Denied(Exception):
    """OAuth's error word, with its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description

    def answer(self) -> Answer:
        return answer({"error": self.error, "error_description": self.description}, 400)


def user_of(records: Records, apps: Apps, call: Call, now: datetime) -> str:
    """The id of the user who may come in. Raises Denied."""
    grant = GRANTS.get(str(call.values.get("grant_type")))
    if call.method != "POST" or grant is None:
        raise Denied("unsupported_grant_type", "grant type not supported")
    return grant(records, apps, call, now)


def welcome(call: Call, token: str, user: str, now: datetime) -> Answer:
    """What a successful sign-in answers."""
    instance = f"https://{call.headers.get('host', '')}"
    said: dict[str, Any] = {
        "access_token": token,
        "scope": "api",
        "instance_url": instance,
        "id": f"{instance}/id/{ORG}/{user}",
        "token_type": "Bearer",
    }
    if not str(call.values.get("grant_type")).endswith("jwt-bearer"):
        said |= {"issued_at": str(int(now.timestamp() * 1000)), "signature": "c3RhbmQtaW4="}
    return answer(said)


def _by_assertion(records: Records, apps: Apps, call: Call, now: datetime) -> str:
    assertion = str(call.values.get("assertion", ""))
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError:
        raise Denied("invalid_grant", "invalid assertion") from None
    app = apps.get(str(issuer))
    if app is None or not app.get("public_key"):
        raise Denied("invalid_client_id", "client identifier invalid")
    claims = _verified(assertion, app["public_key"], call, now)
    return _named(records, str(claims.get("sub")), "user hasn't approved this consumer")


def _verified(assertion: str, key: str, call: Call, now: datetime) -> dict[str, Any]:
    """The claims of an assertion that the app's key has signed, for us and for now (by our clock)."""
    ours = [f"https://{urlsplit('//' + call.headers.get('host', '')).netloc}", *AUDIENCES]
    options: Any = {"verify_exp": False, "require": ["exp", "aud", "sub"]}
    try:
        claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=["RS256"], audience=ours, options=options)
    except jwt.InvalidAudienceError:
        raise Denied("invalid_grant", "audience is invalid") from None
    except jwt.PyJWTError:
        raise Denied("invalid_grant", "invalid assertion") from None
    if not now.timestamp() <= float(claims["exp"]) <= (now + LONGEST).timestamp():
        raise Denied("invalid_grant", "expired authorization code")
    return claims


def _by_secret(records: Records, apps: Apps, call: Call, now: datetime) -> str:
    _check_secret(apps, call)
    return INTEGRATION


def _by_password(records: Records, apps: Apps, call: Call, now: datetime) -> str:
    _check_secret(apps, call)
    given, app = str(call.values.get("password", "")), apps.get(str(call.values.get("client_id")), {})
    if not given or given != app.get("password", given):
        raise Denied("invalid_grant", "authentication failure")
    return _named(records, str(call.values.get("username", "")), "authentication failure")


def _check_secret(apps: Apps, call: Call) -> None:
    """An app that nobody has registered has any secret."""
    client, basic = str(call.values.get("client_id", "")), call.basic()
    client, secret = basic if basic[0] else (client, str(call.values.get("client_secret", "")))
    if not client:
        raise Denied("invalid_client_id", "client identifier invalid")
    if not secret or secret != apps.get(client, {}).get("secret", secret):
        raise Denied("invalid_client", "invalid client credentials")


def _named(records: Records, username: str, otherwise: str) -> str:
    for row in records.rows["User"].values():
        if row["Username"].lower() == username.lower() and row.get("IsActive"):
            return str(row["Id"])
    raise Denied("invalid_grant", otherwise)


GRANTS: dict[str, Callable[[Records, Apps, Call, datetime], str]] = {
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _by_assertion,
    "client_credentials": _by_secret,
    "password": _by_password,
}
