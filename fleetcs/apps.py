"""Floor 0. What it needs from the floors above comes through the lists on their AppConfigs."""

from typing import Any, ClassVar

from django.apps import AppConfig


class House(AppConfig):
    """An app that lists what it offers to floor 0; every value is a dotted name, looked up at first use."""

    senders: ClassVar[dict[str, str]] = {}  # effect kind -> Sender
    handlers: ClassVar[dict[str, str]] = {}  # delivery source -> function(delivery) -> note
    searches: ClassVar[list[str]] = []  # function(user, query, limit) -> hits
    nav: ClassVar[list[dict[str, Any]]] = []  # entries of the left navigation
    lists: ClassVar[list[dict[str, Any]]] = []  # lists without an entry of the navigation that may be a favourite
    tables: ClassVar[list[str]] = []  # lists of records whose columns are chosen and whose cells are changed: Tables
    imports: ClassVar[list[str]] = []  # what CSV files can be imported into: an Importable each
    records: ClassVar[dict[str, tuple[str, str]]] = {}  # page of a record -> function(user) -> rows with `called`, icon
    home: ClassVar[list[dict[str, Any]]] = []  # fragments of the home page
    mirrors: ClassVar[list[str]] = []  # what is mirrored of Salesforce: a Mapping each, what others refer to first
    notices: ClassVar[list[str]] = []  # function({(tier, policy code)}) -> response-time notice for each
    recounts: ClassVar[list[str]] = []  # what counts with the hours: .affected(correction), .order(correction, by=user)
    handovers: ClassVar[list[str]] = []  # function(person, by=user): what waited for them goes to whoever has it now
    procedures: ClassVar[dict[str, str]] = {}  # checklist -> Procedure
    troubles: ClassVar[list[str]] = []  # function() -> (count, noun, words, url) of what waits for a person
    sources: ClassVar[list[str]] = []  # function(now) -> operations.Source for each thing that is read over there
    issues: ClassVar[list[str]] = []  # function(address) -> names at GitHub an issue is given to; None: not known
    outside: ClassVar[list[str]] = []  # for the demo: function(labels there) -> rows of GitHub's stand-in
    adoptions: ClassVar[dict[str, str]] = {}  # what `manage.py adopt` takes over -> Adoption
    defaults: ClassVar[list[str]] = []  # functions that load what every installation starts with


class FleetcsConfig(House):
    """The firm itself."""

    name = "fleetcs"
    default = True
    verbose_name = "The firm"
    mirrors: ClassVar[list[str]] = ["fleetcs.mirrors.users.USERS"]
    senders: ClassVar[dict[str, str]] = {
        "salesforce.push": "fleetcs.mirrors.sending.Push",
        "salesforce.look": "fleetcs.mirrors.sending.Look",
        "salesforce.rehearsal": "fleetcs.mirrors.sending.Rehearsal",
    }
    nav: ClassVar[list[dict[str, Any]]] = [
        {
            "label": "People",
            "url_name": "people",
            "icon": "users-group",
            "action": "people.see",
            "key": "e",
            "group": "Firm",
        },
        {
            "label": "Hours",
            "url_name": "hours",
            "icon": "calendar-time",
            "action": "policy.see",
            "key": "l",
            "group": "Firm",
        },
        {
            "label": "Handbook",
            "url_name": "handbook",
            "icon": "book",
            "action": "text.see",
            "key": "k",
            "group": "Firm",
        },
        {
            "label": "History",
            "url_name": "history",
            "icon": "history",
            "action": "history.see",
            "key": "y",
            "group": "Firm",
        },
        {
            "label": "Operations",
            "url_name": "operations",
            "icon": "activity",
            "action": "operations.see",
            "key": "o",
            "group": "Firm",
            "count": "fleetcs.operations.waiting",
        },
        {
            "label": "Salesforce",
            "url_name": "mirrors",
            "icon": "cloud-check",
            "action": "mirror.see",
            "key": "s",
            "group": "Firm",
        },
        {
            "label": "Conflicts",
            "url_name": "conflicts",
            "icon": "git-compare",
            "action": "conflict.settle",
            "key": "x",
            "group": "Firm",
            "count": "fleetcs.mirrors.balance.open_conflicts",
        },
    ]
    lists: ClassVar[list[dict[str, Any]]] = [
        {"label": "Posts", "url_name": "posts", "icon": "id-badge-2", "action": "people.see"},
        {"label": "Files taken away", "url_name": "exports", "icon": "file-export", "action": "history.see"},
        {"label": "What goes out", "url_name": "operations_effects", "icon": "send", "action": "operations.see"},
        {"label": "What comes in", "url_name": "operations_deliveries", "icon": "inbox", "action": "operations.see"},
    ]
    records: ClassVar[dict[str, tuple[str, str]]] = {
        "person": ("fleetcs.starred.people", "user"),
        "operations_effect": ("fleetcs.starred.effects", "send"),
        "operations_delivery": ("fleetcs.starred.deliveries", "inbox"),
    }
    defaults: ClassVar[list[str]] = ["fleetcs.defaults.load_firm", "fleetcs.mirrors.users.load_mirrors"]
