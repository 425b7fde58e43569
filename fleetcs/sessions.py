"""Sessions in the database as Django keeps them, found by a statement that is written once: every request asks it."""

from typing import Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField
from django.db.models.functions import Now

from fleetcs.models.written import Written

KEPT: Final = Written(
    lambda key: Session.objects.filter(session_key=key, expire_date__gt=Now()), key=CharField(max_length=40)
)


class SessionStore(db.SessionStore):
    """Django's, but for how one is found."""

    def _get_session_from_db(self) -> Session | None:
        found = KEPT(key=self.session_key)
        if found:
            session: Session = found[0]
            return session
        self._session_key = None
        return None
