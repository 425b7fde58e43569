"""Accounts in the house's registry."""

from fleetcs.apps import House


class AccountsConfig(House):
    """What this floor offers to floor 0."""

    name = "accounts"
    default = True
