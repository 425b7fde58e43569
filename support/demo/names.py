"""The codenames of the demo: most stand in all three places, and one of each that needs a hand."""

from datetime import timedelta
from typing import Final

from accounts import codenames
from accounts.models import Account, Codename, CodenamePart, MinorPlanet
from fleetcs import clock

# account, minor planet, what is not as it should be
GIVEN: Final = (
    ("Brightwater Credit Union", "Adorea", ""),
    ("Halcyon Orbital", "Beatrix", ""),
    ("Norrland Rail", "Camilla", ""),
    ("Pellucid Health", "Dejanira", ""),
    ("Quillfeather Press", "Egeria", ""),
    ("Sablecrest Mining", "Felicitas", ""),
    ("Amberline Logistics", "Galatea", ""),
    ("Kestrel Airfreight", "Hestia", ""),
    ("Foxglove Pharmacy", "Ianthe", ""),
    ("Gorsebank Capital", "Klytia", ""),
    ("Bellwether Foods", "Lachesis", "prospect"),  # has become a customer since
    ("Cinderford Games", "Melete", "retired"),
    ("Dovecote Insurance", "Nemausa", "incomplete"),
    ("Elmsworth Schools", "Oenone", "drifted"),
)
FIRST_LABEL: Final = 5_000  # ids at the stand-in
PLACES: Final = tuple(CodenamePart.Place)


def make_codenames() -> list[Codename]:
    """What was given in the last months, as it stands today."""
    accounts = {account.name: account for account in Account.objects.all()}
    return [_codename(number, accounts[name], planet, how) for number, (name, planet, how) in enumerate(GIVEN)]


def _codename(number: int, account: Account, name: str, how: str) -> Codename:
    at, word = clock.now() - timedelta(days=120 - 5 * number), codenames.letters(name)
    prospect = how == "prospect" or account.kind == Account.Kind.PROSPECT
    retired = clock.now() - timedelta(days=9) if how == "retired" else None
    made = Codename.objects.create(
        account=account,
        planet=MinorPlanet.objects.named(name),
        name=name,
        word=word,
        prefix="prospect" if prospect else "customer",
        real_name=account.name,
        chosen_by=account.csm,
        chosen_at=at,
        retired_at=retired,
        retired_by=account.csm if retired else None,
    )
    made.log("codename_chosen", by=account.csm)
    first = number * len(PLACES)
    CodenamePart.objects.bulk_create([_part(made, place, first + nth, how) for nth, place in enumerate(PLACES)])
    if how != "incomplete":
        Account.objects.filter(pk=account.pk).update(github_label=made.label)
    return made


def _part(codename: Codename, place: str, number: int, how: str) -> CodenamePart:
    part = CodenamePart(codename=codename, place=place, ours=True)
    if how == "incomplete" and place == CodenamePart.Place.SALESFORCE:
        part.refused = "no_salesforce_id"
        return part
    part.settled, part.settled_at = 1, codename.chosen_at
    part.external_id = codename.label if place == CodenamePart.Place.SALESFORCE else str(FIRST_LABEL + number)
    if how == "drifted" and place == CodenamePart.Place.CONFIDENTIAL:
        part.drift, part.drift_at = CodenamePart.Drift.DESCRIBED, clock.now() - timedelta(hours=20)
    return part
