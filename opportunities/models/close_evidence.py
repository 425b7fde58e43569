"""What a step of a close has to say beside its words: who is copied, who is given the issue, by which text it was done
(DCL-06, DCL-13, DCL-21)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from fleetcs.issues import assignees_of
from fleetcs.models import HandbookChange, HandbookEntry, Tick, User
from fleetcs.procedures import Step
from fleetcs.wording import absolute
from fleetcs.working_day import ZONE
from opportunities import closing
from opportunities.models import copies

if TYPE_CHECKING:
    from opportunities.models.deal_close import DealClose

# to whom the issue is given, each with the entry of the DRIs that may name another post
POSTS = {"bizops": "sale_issue_operations", "vp_cs": "sale_issue_success"}
DIGITS = 19  # of a key of the database
NOT_GIVEN = "At GitHub the issue is not assigned to them, as it was last read."


def receiver(post: str) -> str:
    """The post to which the issue is given in the place of this one, where the handbook's DRIs name another."""
    return str(HandbookEntry.objects.value("dris", POSTS[post]) or post)


def check(close: "DealClose", step: Step, said: Mapping[str, str]) -> None:
    """Raises ValidationError, by the evidence, for what is not so."""
    if step.code == "DCL-06" and said.get("copied"):
        told = said["copied"].replace(",", " ").replace(";", " ").split()
        if lacking := copies.lacking(close.opportunity, told, copies.operations()):
            raise ValidationError({"copied": [f"{who} gets no copy." for who in lacking]})
    if step.code == "DCL-13":
        _check_given(close, {post: said[post].strip() for post in POSTS if said.get(post, "").strip()})


def _check_given(close: "DealClose", named: Mapping[str, str]) -> None:
    """Whoever is named holds the post; where we have read the issue, it is given to them there as well, if they have a
    name at GitHub."""
    given_to = assignees_of(close.issue_url)
    for post, name in named.items():
        people = User.objects.holding(receiver(post)).filter(name=name)
        if not people:
            raise ValidationError({post: "Nobody of that name holds the post."})
        known = {person.github.lower() for person in people if person.github}
        if given_to is not None and known and not given_to & known:
            raise ValidationError({post: NOT_GIVEN})


def keep_wording(tick: Tick, said: Mapping[str, str]) -> dict[str, Any]:
    """Keep with the tick which wording of the handbook's text was used: the one that was shown, else the newest.

    Returns what the history says of it; nothing where the step has no text, or that no wording.
    """
    wordings = HandbookChange.objects.filter(text=closing.TEXTS.get(tick.step)).exclude(body="").select_related("text")
    shown = said.get("wording", "")
    used = wordings.filter(pk=shown).first() if shown.isdecimal() and len(shown) < DIGITS else None
    used = used or wordings.first()
    if used is None:
        return {}
    tick.said |= {"text": f"{used.text.name}, as worded on {absolute(used.at, ZONE)}"}
    tick.save(update_fields=["said"])
    return {"text": used.text_id, "wording": used.pk}
