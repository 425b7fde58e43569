"""The bot that takes labels with "+" off when somebody outside has answered (REQ-02, REQ-03).

It begins in watch (R17): the company's own bot does the same, and what that has left standing an hour later is listed.
Once for each comment; before it acts, its sender looks once more whether the label was put on anew since.
"""

from django.db import transaction

from fleetcs.effects import emit
from support.models import IssueComment, PlusLabel

AUTOMATION = "plus_label_bot"


@transaction.atomic
def answer_replies(repo: str, *, issue: int | None = None) -> int:
    """Ask for every label that has been answered to be taken off, in a repository or under one issue; says how many.

    Only where the timeline has been read to its end: a label may have been put on again after the answer.
    """
    answered = PlusLabel.objects.answered().filter(issue__repo=repo, issue__looked_at__isnull=False)
    asked = 0
    for plus in answered.filter(**({"issue": issue} if issue else {})).select_related("issue", "label"):
        reply = plus.issue.comments.filter(side=IssueComment.Side.OUTSIDE).latest("at", "pk")
        if plus.asked_id != reply.pk and _ask(plus, reply):
            PlusLabel.objects.filter(pk=plus.pk).update(asked=reply)
            asked += 1
    return asked


def _ask(plus: PlusLabel, reply: IssueComment) -> bool:
    """Emit it; nothing while the automation is off."""
    args = {"issue": plus.issue_id, "label": plus.label_id, "comment": reply.pk}
    key = f"plus:{plus.issue_id}:{plus.label.github_id}:{reply.github_id}"
    return emit("github.take_off", key=key, args=args, automation=AUTOMATION) is not None
