"""The three tests of the after-hours automation (AHR-01). Pure: facts of a message come in, a verdict goes out."""

from typing import Literal

Test = Literal["", "author", "hours", "channel"]


def stopped_by(*, colleague: bool, outside: bool, covered: bool) -> Test:
    """The first test that stops a message, or "" when it is to be acted on: not from a colleague, sent outside
    business hours, in a channel that is covered after hours."""
    if colleague:
        return "author"
    if not outside:
        return "hours"
    return "" if covered else "channel"
