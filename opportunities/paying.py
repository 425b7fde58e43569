"""How customers pay, as far as the handbook says something about it. Pure."""

from typing import Final

HUNDREDS: Final = 100  # hosts; "hundreds or more" (PAY-02)
BY_TRANSFER: Final = "For hundreds of hosts or more, wire transfer or electronic debit (ACH, SWIFT) is accepted."


def note(hosts: int | None) -> str:
    """What to know about payment for a customer with so many hosts; "" for none."""
    return BY_TRANSFER if hosts is not None and hosts >= HUNDREDS else ""
