"""Opportunities in the house's registry."""

from typing import ClassVar

from fleetcs.apps import House


class OpportunitiesConfig(House):
    """What this floor offers to floor 0."""

    name = "opportunities"
    default = True
    mirrors: ClassVar[list[str]] = [
        "opportunities.mirrors.LEADS",
        "opportunities.mirrors.OPPORTUNITIES",
        "opportunities.mirrors.STAGES",
        "opportunities.mirrors.TASKS",
        "opportunities.mirrors.EVENTS",
    ]
    defaults: ClassVar[list[str]] = ["opportunities.mirrors.load_mirrors"]
