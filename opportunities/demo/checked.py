"""The made-up firm's data checkup of this month: what the rules found, and what its people did about it so far."""

from typing import Final

from fleetcs.models import User
from opportunities.checkup import check_due
from opportunities.models import Checkup, Finding

SEEN: Final = (
    ("SFD-02", "pass", ""),
    ("SFD-03", "flag", "It opens with recently viewed accounts"),
    ("SFD-10", "pass", ""),
    ("SFD-11", "pass", "The next step is below the owner"),
    ("SFD-20", "pass", ""),
)


def look_through() -> None:
    """The run itself, a first look at Salesforce, one finding accepted and one noted."""
    by = User.objects.holding("bizops")[0]
    check_due()
    newest = Checkup.objects.all()[0]
    for code, verdict, note in SEEN:
        newest.look(code, verdict=verdict, note=note, by=by)
    for accepted in Finding.objects.open().filter(rule="contract")[:1]:
        accepted.accept("Signed on paper before the folder was there", by=by)
    for noted in Finding.objects.open().filter(rule="contract")[:1]:
        noted.change({"note": "Asked their buyer for a copy"}, by=by)
    newest.ask(by=by)
    check_due()
