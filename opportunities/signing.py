"""Signing: the five steps of a request for the company's signature, the copy list, the day a contract closed.

Pure, but that an issue's link has to lead to the confidential repository, which the company's settings name.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final

from fleetcs.procedures import Evidence, Procedure, Step
from opportunities import links

CUSTOMER, COMPANY = "customer", "company"
PARTIES: Final = (CUSTOMER, COMPANY)

# What the three dates of a contract mean (CON-02 to CON-04).
EFFECTIVE_DATE: Final = "The day the subscription service starts."
CLOSE_DATE: Final = "The day the last party to the contract signed it: worked out from the signatures."
INVOICE_DATE: Final = "The day the invoice was sent to the customer: entered with the invoice, never worked out."

# On paper no service tells who signed: our signature is entered by whoever gave it (DCL-05, CON-11).
ENTERED_BY_CEO: Final = "On paper the CEO signs for us, and enters it: nobody else does."
SIGNED_FOR_US: Final = (
    "Our signature on the paper copy was entered by somebody else than the CEO, before the close: "
    "add a new contract, or have BizOps take the deal over."
)

AT_THE_REQUEST: Final = "Our signature was asked for: the CEO signs at the request, which tells whoever asked."

SIGNED_ON: Final = "signed_on"  # what is said with the last step; the name of the field of a signature too
NOT_BEFORE: Final = "Our signature was asked for on {asked_on}: it is not older than that."
ISSUE_LINK: Final = "Link of the issue in the confidential repository"
TOLD, ISSUE, REVIEW, READY, SIGN = "told", "issue", "review", "ready", "sign"
NOTIFYING: Final = {READY: "is ready for signature", SIGN: "has been signed"}  # the requestor hears of these

REQUEST: Final = Procedure(  # CON-10
    "signature",
    "Signature of the CEO",
    (
        Step(TOLD, "Tell them that the CEO signs, and the address to send it to", "agreement.keep", blocks=(ISSUE,)),
        Step(
            ISSUE,
            "Open the issue once their request has come",
            "agreement.sign",
            evidence=(Evidence("link", ISSUE_LINK, kind="link", leads=links.to_issue),),
            blocks=(REVIEW,),
        ),
        Step(REVIEW, "Forward it to business operations for review", "agreement.sign", blocks=(READY,)),
        Step(READY, "Say that it is ready for signature", "agreement.file", blocks=(SIGN,)),
        Step(
            SIGN,
            "Sign it and close the issue",
            "agreement.sign",
            evidence=(Evidence(SIGNED_ON, "Signed on", kind="day"),),
        ),
    ),
)


def closed_on(signed: Mapping[str, date]) -> date | None:
    """The close date: the day of the last signature, once every party has signed (CON-03)."""
    return max(signed.values()) if set(PARTIES) <= set(signed) else None


def lacking(copied: Collection[str], *, seller: str, operations: Iterable[str]) -> list[str]:
    """Who has to get a copy of an order form and would not: the seller, and business operations (DCL-03, DCL-06)."""
    addresses = {address.lower() for address in copied}
    told = {"the AE": {seller.lower()}, "BizOps": {each.lower() for each in operations}}
    return [who for who, any_of in told.items() if not any_of & addresses]
