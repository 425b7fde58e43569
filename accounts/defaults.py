"""What every installation starts with on this floor: names for codenames, and names that nobody shall choose."""

from pathlib import Path
from typing import Any, Final

from accounts import codenames
from fleetcs import clock

FILE: Final = Path(__file__).with_name("minor_planets.csv")
SOURCE: Final = "shipped with fleetcs"
# On the list of minor planets, and yet more than that to most who read a label. A company adds its own on the page.
BLOCKED: Final = {
    "brand": "Apollo Aurora Aten Amor Echo Hansa Hermes Icarus Industria Kalliope Lola Medusa Mercedes Nestor Nike "
    "Olympia Pandora Pia Rhea Rosa Siri Tesla Titania Tyche Vesta Victoria Orcus",
    "place": "Alleghenia America Argentina Austria Bavaria Bohemia Brasilia Burgundia California Campania Carolina "
    "Chicago Columbia Croatia Europa Gallia Genua Georgia Germania Hamburga Heidelberga Hispania Hungaria Italia "
    "Liguria Ohio Padua Pittsburghia Princetonia Roma Russia Scania Silesia Suevia Svea Sylvania Tokio Vaticana "
    "Venetia Vienna Virginia Asia",
    "other": "Ate Dike Dudu Eros Fama Hybris Io Lacrimosa Messalina Nemesis Erigone Photographica Stereoskopia Salome",
}


def load_names(apps: Any) -> None:
    """Our own list and block list. What a company has loaded or unblocked since is left alone. Safe to repeat."""
    load_planets(apps)
    load_blocked(apps)


def load_planets(apps: Any) -> None:
    model, at = apps.get_model("accounts", "MinorPlanet"), clock.now()
    if model.objects.exists():
        return
    found = codenames.read(FILE.read_text(encoding="utf-8"))
    rows = [{"number": each.number, "name": each.name, "word": codenames.letters(each.name)} for each in found]
    model.objects.bulk_create([model(**row, source=SOURCE, imported_at=at) for row in rows], ignore_conflicts=True)


def load_blocked(apps: Any) -> None:
    model = apps.get_model("accounts", "BlockedName")
    if not model.objects.exists():
        named = [(reason, name) for reason, names in BLOCKED.items() for name in names.split()]
        rows = [model(name=name, word=codenames.letters(name), reason=reason) for reason, name in named]
        model.objects.bulk_create(rows, ignore_conflicts=True)
