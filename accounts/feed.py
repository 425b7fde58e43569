"""The activity feed of an account or of one of its records, as far as the reader may know of it."""

from typing import Any

from django.db.models import Q

from accounts.models import Account
from fleetcs.models import Event, User

LENGTH = 50


def of_account(user: User, account: Account) -> list[dict[str, Any]]:
    """What happened to the account and to all that belongs to it."""
    return entries(Event.objects.of_account(account.pk).filter(_may_know(user, account)))


def of_record(record: Any) -> list[dict[str, Any]]:
    """What happened to one record that the reader may see."""
    return entries(Event.objects.of(record))


def _may_know(user: User, account: Account) -> Q:
    """Contracts, codenames and tickets leave traces only for those who may read them; looks at codenames for nobody."""
    known = Q(subject_type__app_label="accounts")
    if user.may("opportunity.see"):
        known |= Q(subject_type__app_label="opportunities")
    if not account.allows(user, "contract.see"):
        known &= ~Q(subject_type__model="contract")
    if not account.allows(user, "license.see"):
        known &= ~Q(subject_type__model__in=["licensekey", "licenserequest"])
    hidden = Q(verb="codename_looked_up") if account.allows(user, "codename.see") else Q()
    known &= ~(Q(subject_type__model="codename") & hidden)
    return known | ~Q(subject_type__app_label="accounts") if account.allows(user, "ticket.see") else known


def entries(events: Any) -> list[dict[str, Any]]:
    """Events as the timeline shows them: who did what, and to which fields or what kind of record."""
    return [
        {
            "kind": "event",
            "at": event.at,
            "who": event.by.name if event.by else "",
            "label": event.words,
            "text": _about(event),
            "id": f"event-{event.pk}",
        }
        for event in events.newest()[:LENGTH]
    ]


def _about(event: Event) -> str:
    if told := event.facts.get("place") or event.facts.get("why"):
        return str(told)
    after = event.facts.get("after")  # of one field its value, of several a table of them
    changed = event.facts.get("fields") or (sorted(after) if isinstance(after, dict) else ())
    fields = ", ".join(str(field).replace("_", " ") for field in changed)
    return fields or ("" if event.subject_type.name in event.words else event.subject_type.name)
