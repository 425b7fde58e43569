"""Verbs on rows that several people and processes change: each decides on the row as it is now."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.db import models, transaction


def held[Row: models.Model, **Given, Answer](
    verb: Callable[Concatenate[Row, Given], Answer],
) -> Callable[Concatenate[Row, Given], Answer]:
    """One transaction that locks the row and reads it anew: what somebody has written meanwhile is not written over.

    The lock lets others add rows that point here, so that a message can come in while its ticket is being worked on.
    """

    @wraps(verb)
    def on_the_row(row: Row, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with transaction.atomic():
            row.refresh_from_db(from_queryset=type(row)._default_manager.select_for_update(no_key=True))
            return verb(row, *args, **kwargs)

    return on_the_row
