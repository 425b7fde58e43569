"""Who we are to Salesforce: one sign-in a process, renewed once when it has ended, however many threads notice."""

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

import jwt
from django.conf import settings

from fleetcs import clock
from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIVES = timedelta(minutes=3)  # Salesforce takes none that lives longer


@dataclass(frozen=True)
class Session:
    """What a sign-in gave: the token, where the company's data are, and the id of the user we act as."""

    token: str = field(repr=False)
    instance_url: str
    user_id: str


_lock = Lock()
_sessions: dict[str, Session] = {}


def current() -> Session:
    """The session of this process, signed in on first use; raises Rejected("not_configured") without settings."""
    with _lock:
        return _sessions.get(_who()) or _signed_in()


def renewed(ended: Session) -> Session:
    """The session after `ended`: another thread's, if one has been faster, else a new one."""
    with _lock:
        known = _sessions.get(_who())
        return known if known and known != ended else _signed_in()


def _who() -> str:
    return "\n".join((settings.SALESFORCE_LOGIN_URL, settings.SALESFORCE_CLIENT_ID, settings.SALESFORCE_USERNAME))


def _signed_in() -> Session:
    form = _form()
    try:
        answer = _asked(form)
    except Unavailable as away:  # whatever was to be done has not been sent yet
        raise Unavailable(away.after, away.code) from None
    session = Session(*(str(answer.get(name) or "") for name in ("access_token", "instance_url", "id")))
    if not session.token or http.origin(session.instance_url)[0] != "https":
        raise Unavailable(code="not_understood")
    found = Session(session.token, session.instance_url, session.user_id.rpartition("/")[2])
    _sessions[_who()] = found
    return found


def _asked(form: dict[str, str]) -> dict[str, object]:
    with http.session() as outside:
        return http.json_of(outside.post(f"{settings.SALESFORCE_LOGIN_URL.rstrip('/')}/services/oauth2/token", form))


def _form() -> dict[str, str]:
    client_id = http.configured(settings.SALESFORCE_CLIENT_ID)
    if settings.SALESFORCE_PRIVATE_KEY:
        return {"grant_type": JWT_BEARER, "assertion": _assertion(client_id)}
    form = {"client_id": client_id, "client_secret": http.configured(settings.SALESFORCE_CLIENT_SECRET)}
    if not settings.SALESFORCE_PASSWORD:
        return {"grant_type": "client_credentials", **form}
    password = settings.SALESFORCE_PASSWORD + settings.SALESFORCE_SECURITY_TOKEN
    username = http.configured(settings.SALESFORCE_USERNAME)
    return {"grant_type": "password", **form, "username": username, "password": password}


def _assertion(client_id: str) -> str:
    username = http.configured(settings.SALESFORCE_USERNAME)
    claims = {"iss": client_id, "sub": username, "aud": settings.SALESFORCE_LOGIN_URL.rstrip("/")}
    expires = int((clock.now() + ASSERTION_LIVES).timestamp())
    try:
        return jwt.encode({**claims, "exp": expires}, settings.SALESFORCE_PRIVATE_KEY, "RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Rejected("private_key") from None
