"""Accounts in the house's registry."""

from typing import Any, ClassVar

from fleetcs.apps import House


class AccountsConfig(House):
    """What this floor offers to floor 0."""

    name = "accounts"
    default = True
    mirrors: ClassVar[list[str]] = ["accounts.mirrors.ACCOUNTS", "accounts.mirrors.CONTACTS"]
    senders: ClassVar[dict[str, str]] = {
        "github.label": "accounts.senders.GithubLabel",
        "github.labels": "accounts.senders.GithubLabels",
        "github.watch": "accounts.senders.PublicWatch",
        "slack.leaks": "accounts.senders.LeakAlarm",
        "salesforce.github_label": "accounts.senders.SalesforceGithubLabel",
        "license.code": "accounts.senders.LicenseCode",
        "github.trial_extension": "accounts.senders.TrialIssue",
        "trial.reminder": "accounts.senders.TrialReminder",
    }
    tables: ClassVar[list[str]] = ["accounts.tables.ACCOUNTS", "accounts.tables.CONTACTS"]
    imports: ClassVar[list[str]] = ["accounts.importables.ACCOUNTS", "accounts.importables.CONTACTS"]
    adoptions: ClassVar[dict[str, str]] = {"codenames": "accounts.adopting.Codenames"}
    troubles: ClassVar[list[str]] = ["accounts.watching.trouble"]
    sources: ClassVar[list[str]] = ["accounts.watching.sources"]
    home: ClassVar[list[dict[str, Any]]] = [
        {"title": "Found in public", "url_name": "accounts:part_leaks", "action": "leak.see"},
        {"title": "License keys", "url_name": "accounts:licenses_waiting", "action": "license.see"},
        {"title": "Check-ins", "url_name": "accounts:check_ins_waiting", "action": "meeting.schedule"},
    ]
    lists: ClassVar[list[dict[str, Any]]] = [
        {"label": "Found in public", "url_name": "accounts:leaks", "icon": "eye-exclamation", "action": "leak.see"},
        {"label": "Sandbox trials", "url_name": "accounts:trials", "icon": "hourglass", "action": "trial.see"},
        {"label": "Check-ins", "url_name": "accounts:check_ins", "icon": "repeat", "action": "meeting.schedule"},
    ]
    defaults: ClassVar[list[str]] = ["accounts.mirrors.load_mirrors", "accounts.defaults.load_names"]
    searches: ClassVar[list[str]] = [
        "accounts.search.accounts",
        "accounts.search.contacts",
        "accounts.search.channels",
        "accounts.search.codenames",
    ]
    records: ClassVar[dict[str, tuple[str, str]]] = {
        "accounts:account": ("accounts.starred.accounts", "building"),
        "accounts:contact": ("accounts.starred.contacts", "user"),
        "accounts:contract": ("accounts.starred.contracts", "file-certificate"),
        "accounts:channel": ("accounts.starred.channels", "hash"),
        "accounts:license": ("accounts.starred.licenses", "key"),
    }
    nav: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "Accounts",
            "url_name": "accounts:accounts",
            "icon": "building",
            "action": "account.see",
            "key": "a",
            "group": "Records",
            "order": 3,
        },
        {
            "label": "Contacts",
            "url_name": "accounts:contacts",
            "icon": "users",
            "action": "contact.see",
            "key": "p",
            "group": "Records",
            "order": 1,
        },
        {
            "label": "Codenames",
            "url_name": "accounts:codenames",
            "icon": "planet",
            "action": "codename.see",
            "key": "z",
            "group": "Customers",
            "count": "accounts.counts.codenames_for",
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
        {
            "label": "License keys",
            "url_name": "accounts:licenses",
            "icon": "key",
            "action": "license.see",
            "key": "3",
            "group": "Customers",
            "count": "accounts.counts.licenses_for",
        },
    ]
