"""The support tiers an account's contract can promise (SLA-01)."""

from enum import StrEnum


class Tier(StrEnum):
    """What a customer bought; an account without a contract in force is Free (R5)."""

    FREE = "free"
    PREMIUM = "premium"
    ULTIMATE = "ultimate"

    @property
    def label(self) -> str:
        """The tier as people write it: "Premium"."""
        return self.value.capitalize()


def parse_tier(text: object) -> Tier:
    """The tier of this name in any case. Raises ValueError naming what is allowed."""
    try:
        return Tier(str(text).strip().lower())
    except ValueError as error:
        raise ValueError(f"{str(text)[:40]!r} is not a tier: use {', '.join(Tier)}.") from error
