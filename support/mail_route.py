"""Where a mail may go, given what is known about its sender (T06, T07, T08, T11). Pure."""

UNKNOWN_SENDER = "the sender is unknown"
UNKNOWN_ADDRESS = "an unknown address has answered"
CLAIMS_COLLEAGUE = "the sender claims to be a colleague"
FAILED_DMARC = "the sender's domain says it did not send this (DMARC)"
NO_ADDRESS = "the mail names no sender"
TOO_MANY = "too many mails from one address"
BOUNCED = "an answer could not be delivered"
TOO_LARGE = "too_large"  # the event of a delivery of which only the head was stored
LEFT_OUT = "This mail was larger than 25 MB: only its head was kept. Ask the sender for another way to send the files."


def doubt(*, colleague: bool, dmarc: str | None, address: str) -> str:
    """Why a sender cannot be believed, or "". Such a mail joins no ticket and is linked to nobody."""
    if colleague:
        return CLAIMS_COLLEAGUE
    if dmarc == "fail":
        return FAILED_DMARC
    return "" if address else NO_ADDRESS


def may_join(*, doubted: bool, has_part: bool, other_account: bool, resolved: bool, flood: bool) -> bool:
    """Whether a mail is added to the ticket it names, rather than opening one of its own.

    Whoever has a part in the ticket may add to it and reopen it, within the brake; a stranger with a valid address
    may add a remark to an open one, marked as unverified; a customer of ours does not land in another's ticket.
    """
    if doubted or other_account:
        return False
    if resolved:
        return has_part and not flood
    return has_part or not flood
