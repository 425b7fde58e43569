"""Floor 0. What it needs from the floors above comes through the lists on their AppConfigs."""

from typing import Any, ClassVar

from django.apps import AppConfig


class House(AppConfig):
    """An app that lists what it offers to floor 0; every value is a dotted name, looked up at first use."""

    senders: ClassVar[dict[str, str]] = {}  # effect kind -> Sender
    handlers: ClassVar[dict[str, str]] = {}  # delivery source -> function(delivery) -> note
    searches: ClassVar[list[str]] = []  # function(user, query, limit) -> hits
    nav: ClassVar[list[dict[str, Any]]] = []  # entries of the left navigation
    home: ClassVar[list[dict[str, Any]]] = []  # fragments of the home page
    defaults: ClassVar[list[str]] = []  # functions that load what every installation starts with


class FleetcsConfig(House):
    """The firm itself."""

    name = "fleetcs"
    default = True
    verbose_name = "The firm"
    defaults: ClassVar[list[str]] = ["fleetcs.defaults.load_firm"]
