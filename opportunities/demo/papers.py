"""What the made-up firm's business operations have entered: standard terms, and where no business may be done."""

from datetime import date
from decimal import Decimal
from typing import Final

from fleetcs.models import User
from opportunities.models import Country, Outreach, StandardTerm

SOURCE: Final = {"programme": "Made up for the demo", "source_url": "https://lists.example/programmes"}
EMBARGOED: Final = ("CU", "IR", "KP")
# name, standard, maximum adjustment, unit, at least, at most
TERMS: Final = (
    ("Payment", "30 days after the invoice", "Up to 60 days", "days", None, Decimal(60)),
    ("Liability", "The fees of 12 months", "Up to the fees of 24 months", "months", None, Decimal(24)),
    ("Notice of renewal", "30 days", "Between 15 and 60 days", "days", Decimal(15), Decimal(60)),
    ("Governing law", "That of our seat", "That of another state of the same country", "", None, None),
)


def write() -> None:
    """A message to many that waits for the word of the CRO."""
    by = User.objects.holding("ae")[0]
    said = {"audience": "Prospects we met at the spring fair", "reach": 12, "subject": "Your hosts after the fair"}
    Outreach.objects.add(by=by, body="You asked how hosts are grouped: here is a short film about it.", **said)


def enter() -> None:
    """As the people of BizOps have done it on the pages."""
    by = User.objects.holding("bizops")[0]
    for country in Country.objects.filter(code__in=EMBARGOED, is_embargoed=False):
        country.change({"is_embargoed": True, "as_of": date(2026, 1, 2), **SOURCE}, by=by)
    for name, standard, maximum, unit, least, most in TERMS:
        StandardTerm.objects.add(
            by=by, name=name, standard=standard, maximum=maximum, unit=unit, least=least, most=most
        )
