"""What a bug report has to say before it may be filed, field by field (BUG-03, BUG-04, BUG-14). Pure."""

from collections.abc import Mapping

from support import details


def missing(
    given: Mapping[str, str], *, title: str, reproduced: bool, steps: str, customer_steps: str
) -> dict[str, str]:
    """Each field that is not filled, with a message of its own; a bare "n/a" says nothing, one with a reason does."""
    faults = {
        code: f"{label}: fill it in, or say why not, as in “n/a: they use the API only”."
        for code, label in details.REQUIRED.items()
        if not details.is_filled(given.get(code, ""))
    }
    if not title.strip():
        faults["title"] = "Give it a title."
    if reproduced and not steps.strip():
        faults["steps"] = "Say how to reproduce it, or that we could not."
    if not reproduced and not customer_steps.strip():
        faults["customer_steps"] = "Say what the customer did when it happened."
    return faults
