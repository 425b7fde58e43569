"""How a ticket's turn and priority look wherever they stand: colour, and words or icon."""

from typing import Final

TURNS: Final = {
    "first": ("bad", "Needs first response"),
    "next": ("warn", "Needs next response"),
    "customer": ("idle", "Waiting for customer"),
    "paused": ("wait", "Waiting"),
    "done": ("good", "Done"),
}
PRIORITIES: Final = {
    "P0": ("bad", "flame"),
    "P1": ("warn", "arrow-up"),
    "P2": ("idle", "equal"),
    "P3": ("idle", "arrow-down"),
}
