"""What every installation starts with on this floor: the routes by which leads come (LEA-05), and the countries of the
world, none of them under embargo yet.

Which are, BizOps says with a source and a day (DCL-01): until it has, no check can be recorded and nothing leaves.
"""

import csv
from pathlib import Path
from typing import Any, Final

from opportunities.prospecting import ROUTES

FILE: Final = Path(__file__).with_name("countries.csv")


def load_countries(apps: Any) -> None:
    """Codes and names of ISO 3166; what somebody has changed since is left alone. Safe to repeat."""
    country = apps.get_model("opportunities", "Country")
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = [country(code=row["code"], name=row["name"]) for row in csv.DictReader(lines)]
    country.objects.bulk_create(rows, ignore_conflicts=True)


def load_lead_sources(apps: Any) -> None:
    """The four routes of the website; what somebody has added or withdrawn is left alone. Safe to repeat."""
    source = apps.get_model("opportunities", "LeadSource")
    known = set(source.objects.values_list("name", flat=True))
    source.objects.bulk_create([source(name=name) for name in ROUTES if name not in known])
