"""Useful links: searches for an account's papers, each where the company keeps them (SFD-05). Pure."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

DRIVE: Final = "https://drive.google.com/drive/search?q={account}"  # where nothing else is said
# entry of the handbook, what people call it, what is searched for in the drive
SEARCHES: Final = (
    ("search_purchase_orders", "Purchase orders (POs)", "purchase order"),
    ("search_subscription_agreements", "Signed subscription agreements", "subscription agreement"),
    ("search_invoices", "Invoices sent", "invoice"),
    ("search_meeting_notes", "Meeting notes", "meeting notes"),
    ("search_ndas", "Signed NDA", "NDA"),
)


def links(account: str, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, address) of the five searches, in the order of the handbook, each with the account's name in it.

    `known` holds the handbook's addresses, in which `{account}` stands for the name.
    """
    return [(name, filled(known.get(code) or f"{DRIVE}%20{quote(words)}", account)) for code, name, words in SEARCHES]


def filled(address: str, account: str) -> str:
    """The address with the name in its place; one that has no place for it gets the name at its end."""
    place = "{account}"
    return (address if place in address else f"{address}{place}").replace(place, quote(account, safe=""))
