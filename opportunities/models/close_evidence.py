"""What a step of a close has to say beside its words: who is copied, who is given the issue (DCL-06, DCL-13)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from fleetcs.models import User
from fleetcs.procedures import Step
from opportunities import signing

if TYPE_CHECKING:
    from opportunities.models.deal_close import DealClose

POSTS = ("bizops", "vp_cs")  # to whom the issue is given


def check(close: "DealClose", step: Step, said: Mapping[str, str]) -> None:
    """Raises ValidationError, by the evidence, for what is not so."""
    if step.code == "DCL-06" and said.get("copied"):
        lacking = _lacking(close, said["copied"])
        if lacking:
            raise ValidationError({"copied": [f"{who} gets no copy." for who in lacking]})
    for post in POSTS if step.code == "DCL-13" else ():
        named = said.get(post, "").strip()
        if named and not User.objects.holding(post).filter(name=named).exists():
            raise ValidationError({post: "Nobody of that name holds the post."})


def _lacking(close: "DealClose", copied: str) -> list[str]:
    deal = close.opportunity
    seller = deal.owner or deal.account.ae
    operations = User.objects.holding("bizops").values_list("email", flat=True)
    told = copied.replace(",", " ").replace(";", " ").split()
    return signing.lacking(told, seller=seller.email if seller else "", operations=operations)
