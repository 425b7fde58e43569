"""Accounts in the house's registry."""

from typing import Any, ClassVar

from fleetcs.apps import House


class AccountsConfig(House):
    """What this floor offers to floor 0."""

    name = "accounts"
    default = True
    mirrors: ClassVar[list[str]] = ["accounts.mirrors.ACCOUNTS", "accounts.mirrors.CONTACTS"]
    defaults: ClassVar[list[str]] = ["accounts.mirrors.load_mirrors"]
    searches: ClassVar[list[str]] = ["accounts.search.accounts", "accounts.search.contacts", "accounts.search.channels"]
    records: ClassVar[dict[str, tuple[str, str]]] = {
        "accounts:account": ("accounts.starred.accounts", "building"),
        "accounts:contact": ("accounts.starred.contacts", "user"),
        "accounts:contract": ("accounts.starred.contracts", "file-certificate"),
        "accounts:channel": ("accounts.starred.channels", "hash"),
    }
    nav: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Accounts",
            "url_name": "accounts:accounts",
            "icon": "building",
            "action": "account.see",
            "key": "a",
            "group": "Customers",
        },
        {
            "label": "Contacts",
            "url_name": "accounts:contacts",
            "icon": "users",
            "action": "contact.see",
            "key": "p",
            "group": "Customers",
        },
        {
            "label": "Channels",
            "url_name": "accounts:channels",
            "icon": "hash",
            "action": "channel.see",
            "key": "n",
            "group": "Customers",
            "count": "accounts.counts.channels_for",
        },
    ]
