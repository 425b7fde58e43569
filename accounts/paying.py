"""How customers pay, as the company's handbook has it: texts and links, never data of a payment (PAY-01 to PAY-04).

What is asked of Stripe is asked there; no card is ever stored here (SYS-11).
"""

from dataclasses import dataclass
from typing import Final

from accounts.models import LicenseKey
from fleetcs.models import HandbookEntry

HUNDREDS: Final = 100  # hosts from which on wire transfer and debit are offered (PAY-02)
LINKS: Final = (
    ("customer_dashboard", "Customer dashboard", "Where customers change their own card"),
    ("remittance_information", "Remittance information", "Export it as a PDF when a customer asks for it"),
    ("w9", "Signed W-9", "Confidential: for colleagues"),
)


@dataclass(frozen=True)
class Paying:
    """What the account's page says about it."""

    hosts: int
    links: tuple[tuple[str, str, str], ...]

    @property
    def by_wire(self) -> bool:
        return self.hosts >= HUNDREDS


def of_customer(key: LicenseKey | None) -> Paying:
    """For colleagues only; with the account's key where the reader may know of it, as its hosts are told."""
    known = HandbookEntry.objects.section("links")
    links = tuple((name, known[code], hint) for code, name, hint in LINKS if known.get(code))
    return Paying(key.hosts if key else 0, links)
