"""The field "GitHub label" of the account in Salesforce: the third step of a codename (COD-06, SFD-22)."""

from datetime import datetime
from typing import Final

from accounts.models import CodenamePart
from accounts.senders.codename import CodenameSender, part_of
from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import Sent
from fleetcs.models import Effect, MirrorField, MirrorLink

STAMP: Final = "SystemModstamp"


class SalesforceGithubLabel(CodenameSender):
    """Set the field, or empty it; what somebody else has written there is not overwritten."""

    destination = "salesforce"

    def send(self, effect: Effect) -> Sent:
        part = part_of(effect)
        field, record = field_name(), record_of(part)
        row = salesforce.get("Account", record, [field, STAMP])
        there = str(row.get(field) or "")
        label = part.codename.label if part.wanted else ""
        if there != label and is_ours(part, there):
            write(record, {field: label or None}, salesforce.moment(row[STAMP]))
        elif there != label and part.wanted:
            raise Rejected("another_label")
        return Sent(label)


def write(record: str, values: dict[str, str | None], seen: datetime | None) -> None:
    """Set the field, if nobody has changed the record since it was read. Raises Unavailable when somebody has."""
    try:
        salesforce.update("Account", record, values, unmodified_since=seen)
    except Rejected as error:
        if error.code == "precondition":
            raise Unavailable(code="changed_meanwhile") from None
        raise


def field_name() -> str:
    """What the field is called over there, as the table of mirrored fields says."""
    return MirrorField.objects.get(mirror__code="accounts", ours="github_label").theirs


def record_of(part: CodenamePart) -> str:
    """The account's id over there. Raises Rejected while it is not known."""
    link = MirrorLink.objects.live().filter(mirror__code="accounts", record_id=part.codename.account_id).first()
    if link is None or not link.salesforce_id:
        raise Rejected("no_salesforce_id")
    return link.salesforce_id


def is_ours(part: CodenamePart, there: str) -> bool:
    """Whether the value over there may be replaced: it is empty, or a label that this account has had from us."""
    own = part.codename.account.codenames.all()
    return there == "" or there.lower() in {label for codename in own for label in codename.labels}
