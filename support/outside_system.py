"""The ticket systems outside, behind one adapter: changing which is in use changes links, never tickets (INT-04).

What each of them tells is read by a module of `support.desks`. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from django.core.exceptions import ValidationError

from support.desks import unthread, zendesk
from support.desks.conversation import Conversation
from support.desks.files import Row
from support.kinds import Source


@dataclass(frozen=True)
class Desk:
    """One ticket system: what it is called, which link of the handbook pack (it holds {id}) leads to a ticket there,
    how its files are read, and whether it can be asked by an API."""

    code: str
    name: str
    link: str
    rows: Callable[[bytes], list[Row]]
    conversation: Callable[[Mapping[str, Any], datetime], Conversation]
    has_api: bool = False

    def check_reply(self, source: str) -> None:
        """Raises ValidationError for what cannot be replied to through this system (INT-11, SYS-06)."""
        if source == Source.CONTACT_FORM:
            words = f"A contact form cannot be replied to here, nor in {self.name}: send a mail and log it."
            raise ValidationError(words, code="contact_form")


DESKS: Final = {
    "unthread": Desk("unthread", "Unthread", "unthread_conversation", unthread.rows, unthread.conversation),
    "zendesk": Desk("zendesk", "Zendesk", "zendesk_ticket", zendesk.rows, zendesk.conversation, has_api=True),
}
LINKS: Final = {code: desk.link for code, desk in DESKS.items()}
NAMES: Final = {code: desk.name for code, desk in DESKS.items()}


def system_of(external_system: str, configured: str) -> str:
    """Where a ticket's id belongs: the system it was imported from keeps it, any other id is the present one's."""
    return external_system if external_system in LINKS else configured


def desk_of(external_system: str, configured: str) -> Desk:
    """The system that a ticket is answered through; the default one where the setting names none that is known."""
    return DESKS.get(system_of(external_system, configured), DESKS["unthread"])


def link(external_system: str, external_id: str, configured: str, links: Mapping[str, str]) -> str:
    """The address of a ticket over there, "" when it is not there or the pack has no link for that system."""
    template = links.get(LINKS.get(system_of(external_system, configured), ""), "")
    if not external_id or not template.startswith("https://") or "{id}" not in template:
        return ""
    return template.replace("{id}", quote(external_id, safe=""))
