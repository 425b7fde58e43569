"""A deal whose close was under way before fleetcs: it begins with what was done, each step with what shows it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fleetcs.models import Run, User
from fleetcs.models.stale import held
from opportunities import closing
from opportunities.models.deal_close import DealClose, insist_may_begin
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import insist


@transaction.atomic
def take_over(deal: Opportunity, before: Mapping[str, str], *, by: User, **answers: Any) -> DealClose:
    """Begin its close for its AE, with the steps `before` marked, each with its words; it is neither signed nor won.

    Raises ValidationError for a deal that has a close or cannot have one, and for a step that a machine sees.
    """
    held(deal)
    insist(by.may("close.adopt"), "BizOps and the CRO take over deals that were in flight.")
    insist_may_begin(deal)
    close = DealClose(opportunity=deal, begun_by=by, **answers)
    close.full_clean()
    close.save()
    run = Run.objects.begin(close, closing.CHECKLIST, by=by)
    for code, words in before.items():
        run.mark_before(code, words, by=by)
    close.log("close_taken_over", by=by, before=sorted(before))
    return close
