"""Why a customer's business grows, and who works on that (OPP-02, OPP-12)."""

from typing import Final

from opportunities import pipelines

HOSTS, PRICE, USE_CASE, GROUP = "host_growth", "price_increase", "new_use_case", "new_host_group"
REASONS: Final = (
    (HOSTS, "More hosts as the customer grows"),
    (PRICE, "A higher price on renewal"),
    (USE_CASE, "A new use case"),
    (GROUP, "A new group of hosts for a use case they have"),
)
KINDS: Final = (("Host", "More hosts"), ("PriceIncrease", "Price increase"), ("UseCase", "New use case"))

WHOSE: Final = (
    "CSMs develop expansions. For a large one, a new use case or a new group of hosts, the CRO may assign an account "
    "executive. Discuss examples with your manager to learn more."  # OPP-12
)
BY_CRO: Final = "An expansion is the CSM's: only the CRO assigns an account executive to it."
NO_OWNER: Final = "Say who owns it: the account has nobody yet whose it would be."


def needs_cro(type: str, groups: frozenset[str]) -> bool:
    """Whether somebody with these posts owns an opportunity of this type only by the CRO's word (OPP-02)."""
    return pipelines.is_expansion(type) and "AE" in groups and "CSM" not in groups


def role_of(type: str) -> str:
    """Who at an account owns an opportunity unless somebody else is named: "ae" or "csm" (OPP-10)."""
    return "ae" if pipelines.pipeline_of(type) == "new" else "csm"
