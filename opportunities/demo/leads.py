"""What the made-up firm's people have done with meetings and leads: notes linked, a source added, an urgent answer."""

from typing import Any, Final

from accounts.models import MeetingNotes
from accounts.models.meeting_notes import suggested
from fleetcs.models import User
from fleetcs.working_day import day_of, today
from opportunities.models import Activity, LeadSource, OutreachReview

NOTES: Final = "https://docs.google.com/document/d/made-up-{}"
EVERY: Final = 2  # of two meetings one has its notes linked: the others remind of theirs


def enter() -> None:
    """As people have done it on the pages."""
    by = User.objects.holding("csm")[0]
    held = Activity.objects.filter(kind=Activity.Kind.EVENT).exclude(account=None).select_related("account", "contact")
    for activity in held.order_by("pk")[::EVERY]:
        account: Any = activity.account  # asked for above
        on = day_of(activity.at)
        fields = {"title": suggested(account, on), "url": NOTES.format(activity.pk)}
        MeetingNotes.objects.add(by=by, account=account, contact=activity.contact, held_on=on, **fields)
    LeadSource.objects.add(by=User.objects.holding("bizops")[0], name="Trade fair")
    review_outreach(User.objects.holding("sdr")[0])


def review_outreach(by: User) -> None:
    """Today's review, whatever day it is, with one answer that cannot wait."""
    OutreachReview.objects.begin(today())
    [review] = OutreachReview.objects.filter(day=today())
    review.escalate(
        by=by, person="Maren Lind, Pinecrest Dental", text="We decide on Thursday: may we talk to your CEO?"
    )
