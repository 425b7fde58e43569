"""Fill a database with deals, their stage histories, and leads. Arguments: how many of each.

One deal in ten is open, as in a company that has sold for some years; each deal has three rows of history.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import django
from django.apps import apps
from django.db import connection

STAGES: Final = ("Prospecting", "Qualification", "Proposal", "Negotiation")
WAYS: Final = ("Closed Won", "Closed Lost")
STATUSES: Final = ("Open", "Contacted", "Qualified", "MQL", "Unqualified")
TYPES: Final = ("New", "Expansion", "Existing Business")
NEWEST: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECE: Final = 5_000
AE: Final = "felix.ngata@lanternfish.example"


def fill(number: int) -> None:
    """Deals of the last three years, with who may work on them at hand."""
    django.setup()
    users = apps.get_model("fleetcs", "User").objects
    owner = users.get(email=AE)
    owner.set_password(os.environ["DEMO_PASSWORD"])
    owner.save()
    accounts = list(apps.get_model("accounts", "Account").objects.order_by("pk"))
    deals = [deal(each, accounts[each % len(accounts)], owner) for each in range(number)]
    apps.get_model("opportunities", "Opportunity").objects.bulk_create(deals, PIECE)
    rows = [row for each, one in enumerate(deals) for row in history(each, one, owner)]
    apps.get_model("opportunities", "StageChange").objects.bulk_create(rows, PIECE)
    apps.get_model("opportunities", "Lead").objects.bulk_create([lead(each, owner) for each in range(number)], PIECE)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def began(number: int) -> datetime:
    return NEWEST - timedelta(minutes=13 * number % 1_500_000)


def deal(number: int, account: Any, owner: Any) -> Any:
    stage, at = STAGES[number // 10 % 4] if number % 10 == 0 else WAYS[number % 2], began(number)
    return apps.get_model("opportunities", "Opportunity")(
        account=account,
        owner=owner,
        name=f"Brook {number} {at.year}",
        type=TYPES[number % 3],
        stage=stage,
        amount=1_000 + number % 90_000,
        probability=40,
        close_date=(at + timedelta(days=60)).date(),
        next_step="Send the quote",
        created_at=at,
    )


def history(number: int, one: Any, owner: Any) -> list[Any]:
    """Begun, gone on, and where it stands."""
    row, at = apps.get_model("opportunities", "StageChange"), began(number)
    steps = ((0, STAGES[0]), (10, STAGES[1]), (40, one.stage))
    same = {"opportunity": one, "by": owner, "amount": one.amount, "probability": 40, "close_date": one.close_date}
    return [row(stage=stage, at=at + timedelta(days=days), **same) for days, stage in steps]


def lead(number: int, owner: Any) -> Any:
    known = {"email": f"lead{number}@brook.example", "created_at": began(number), "owner": owner}
    return apps.get_model("opportunities", "Lead")(
        name=f"Ada Lund {number}", company=f"Brook {number}", source="Web", status=STATUSES[number % 5], **known
    )


if __name__ == "__main__":
    os.environ["FLEETCS_MODE"] = "development"
    fill(int(sys.argv[1]))
