"""The ticket system outside, Unthread or Zendesk: changing it changes links, never tickets (INT-04). Pure."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

# Which link of the handbook pack leads to a ticket over there; it holds {id}.
LINKS: Final = {"unthread": "unthread_conversation", "zendesk": "zendesk_ticket"}
NAMES: Final = {"unthread": "Unthread", "zendesk": "Zendesk"}


def system_of(external_system: str, configured: str) -> str:
    """Where a ticket's id belongs: the system it was imported from keeps it, any other id is the present one's."""
    return external_system if external_system in LINKS else configured


def link(external_system: str, external_id: str, configured: str, links: Mapping[str, str]) -> str:
    """The address of a ticket over there, "" when it is not there or the pack has no link for that system."""
    template = links.get(LINKS.get(system_of(external_system, configured), ""), "")
    if not external_id or not template.startswith("https://") or "{id}" not in template:
        return ""
    return template.replace("{id}", quote(external_id, safe=""))
