"""Taking over the codenames that a company had before (`manage.py adopt codenames`, and the page)."""

from collections.abc import Collection, Iterable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.adoption import Row
from accounts.models import adopting
from accounts.models.label_check import REPOSITORIES, compare
from accounts.senders.github import seen_labels
from fleetcs.adoption import Adoption, Line, State
from fleetcs.gates import through_gate
from fleetcs.models import Event, User

STATES: dict[str, State] = {"fits": "fits", "asks": "asks", "blocked": "blocked"}


class Codenames(Adoption):
    """Labels like a codename's that belong to none of ours."""

    action = "codename.adopt"

    def read(self) -> None:
        for place in REPOSITORIES:
            compare(place, through_gate("github", partial(seen_labels, place)))

    def lines(self) -> list[Line]:
        return [Line(row.number, STATES[row.state], row.why, told(row)) for row in adopting.rows()]

    def take(self, numbers: Collection[int], *, by: User) -> list[int]:
        return taken((row for row in adopting.rows() if row.number in numbers), by=by)


def told(row: Row) -> str:
    """The label beside those whom it may be, for somebody who may know every mapping."""
    whom = [row.account] if row.account else row.several
    return f"{row.there.name}: {' / '.join(account.name for account in whom) or 'nobody'}"


def taken(rows: Iterable[Row], *, by: User) -> list[int]:
    """Take each of these over; the numbers of those that were."""
    return [row.number for row in rows if took(row, by)]


def took(row: Row, by: User) -> bool:
    try:
        with transaction.atomic():
            adopting.take_over(row, by=by)
    except ValidationError:
        return False
    return True


@transaction.atomic
def looked(by: User) -> None:
    """Somebody has been shown every mapping: written down each time (R11)."""
    Event.log(by, "codenames_looked_through", by=by)
