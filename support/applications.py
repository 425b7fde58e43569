"""What an answer to a job application must have before it counts as done: the position and the right copy (INT-10)."""

from collections.abc import Iterable, Mapping
from typing import Final

TEMPLATE: Final = "job_application"
TITLE: Final = "position_title"
CC_POST: Final = "head_of_people"


def missing(details: Mapping[str, str], sent_to: Iterable[Iterable[str]], cc: str) -> list[str]:
    """What still stands in the way, one sentence each. `sent_to` are the recipients of each mail that went out."""
    went_out = [{address.lower() for address in recipients} for recipients in sent_to]
    found = []
    if not details.get(TITLE, "").strip():
        found.append("The title of the position is missing.")
    if not went_out:
        found.append("No mail to the applicant is logged yet.")
    elif not cc or not any(cc.lower() in recipients for recipients in went_out):
        found.append("The Head of People is not in copy of any mail that is logged.")
    return found
