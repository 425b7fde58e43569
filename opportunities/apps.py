"""Opportunities in the house's registry."""

from fleetcs.apps import House


class OpportunitiesConfig(House):
    """What this floor offers to floor 0."""

    name = "opportunities"
    default = True
