"""Tiers by name."""

import pytest

from accounts.tiers import Tier, parse_tier


@pytest.mark.ledger("SLA-01")
def test_a_tier_is_read_in_any_case() -> None:
    assert [parse_tier(text) for text in ("free", " Premium ", "ULTIMATE", Tier.FREE)] == [*Tier, Tier.FREE]
    assert [tier.label for tier in Tier] == ["Free", "Premium", "Ultimate"]


@pytest.mark.ledger("SLA-01")
@pytest.mark.parametrize("text", ["", "gold", None, 3, "x" * 10**6, "premium\0"])
def test_an_unknown_tier_is_refused_with_what_is_allowed(text: object) -> None:
    with pytest.raises(ValueError, match="use free, premium, ultimate") as refused:
        parse_tier(text)
    assert len(str(refused.value)) < 200
