"""Looking into a suspected bug: five ways to get further, each bounded (BUG-13). Pure."""

from typing import Final

from fleetcs.procedures import Evidence, Procedure, Step

LONGEST_BLOCK: Final = 60  # minutes at a time

INVESTIGATION: Final = Procedure(
    "investigation",
    "Investigation",
    (
        Step(
            "logs",
            "Request the logs that apply",
            evidence=(Evidence("which", "Which logs were asked for"),),
            repeats=True,
        ),
        Step(
            "call",
            "Call with the customer to get the steps",
            evidence=(
                Evidence("csm", "CSM it was agreed with", offers="csm"),
                Evidence("when", "When", required=False),
            ),
            repeats=True,
        ),
        Step(
            "time",
            "Block time on the calendar, one hour at a time",
            evidence=(Evidence("minutes", "Minutes", kind="minutes", most=LONGEST_BLOCK),),
            repeats=True,
        ),
        Step(
            "colleagues",
            "Escalate to other CSEs or CSAs",
            evidence=(Evidence("who", "Who was asked", offers="colleagues"),),
            repeats=True,
        ),
        Step(
            "developer",
            "Contact the developer on call",
            evidence=(Evidence("who", "Who was asked", offers="developer"),),
            repeats=True,
        ),
    ),
)
