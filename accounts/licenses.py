"""What a license key is for, who answers for it, and how long things about it last (LIC-01 to LIC-06, DCL-24). Pure."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from fleetcs.posts import POSTS, Group


class Kind(StrEnum):
    """What a key is for (LIC-03); `subscription` is the first one of a customer (DCL-23)."""

    TRIAL = "trial"
    POC = "poc"
    SUBSCRIPTION = "subscription"
    RENEWAL = "renewal"
    EXPANSION = "expansion"


class Phase(StrEnum):
    """Before the deal is won, or after it (LIC-04)."""

    PRE_SALES = "pre_sales"
    POST_SALES = "post_sales"


KINDS: Final = (
    (Kind.TRIAL.value, "Trial"),
    (Kind.POC.value, "Proof of concept"),
    (Kind.SUBSCRIPTION.value, "New subscription"),
    (Kind.RENEWAL.value, "Renewal"),
    (Kind.EXPANSION.value, "Expansion"),
)
PHASES: Final = {Phase.PRE_SALES: "Pre-sales", Phase.POST_SALES: "Post-sales"}
BEFORE_THE_DEAL: Final = frozenset({Kind.TRIAL.value, Kind.POC.value})
RESPONSIBLE: Final = {Phase.PRE_SALES: "director_sc", Phase.POST_SALES: "vp_cs"}  # LIC-04
GROUP_OF: Final[dict[str, Group]] = {code: group for code, _, group in POSTS}

SOON: Final = timedelta(days=30)  # SYS-12: from when on a key that runs out is listed
MASK: Final = "•••• •••• •••• ••••"  # of any key; it gives away not even how long it is
SHORTEST, LONGEST = 16, 8_000  # characters of a key

LINK_LIFE: Final = timedelta(days=7)  # DCL-24, LIC-06
CODE_LIFE: Final = timedelta(minutes=15)
CODE_PAUSE: Final = timedelta(minutes=1)  # between two codes for one link
CODE_DIGITS: Final = 8
MOST_CODES, MOST_TRIES, MOST_WRONG = 20, 5, 30  # codes for a link; wrong tries of a code; of a link in all

SANDBOX_LIFE: Final = timedelta(days=5)  # LIC-05
REMIND: Final = timedelta(days=1)  # before a sandbox ends while an extension is asked for


def phase_of(kind: str) -> Phase:
    """Trials and proofs of concept come before the deal, everything else after it."""
    return Phase.PRE_SALES if kind in BEFORE_THE_DEAL else Phase.POST_SALES


def post_of(kind: str) -> str:
    """The post that is responsible for keys of a kind (LIC-04)."""
    return RESPONSIBLE[phase_of(kind)]


def kinds_of(groups: frozenset[str]) -> list[str]:
    """The kinds of key for which people of these permission groups are responsible."""
    return [kind for kind, _ in KINDS if GROUP_OF[post_of(kind)] in groups]
