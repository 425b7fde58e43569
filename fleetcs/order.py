"""Things in the order that a person has given them. Pure."""

from collections.abc import Sequence


def moved[One](order: Sequence[One], one: One, step: int) -> list[One]:
    """The order with one of it a place further up (-1) or down (1)."""
    rest = [other for other in order if other != one]
    if len(rest) == len(order):
        return rest
    at = max(0, order.index(one) + step)
    return [*rest[:at], one, *rest[at:]]
