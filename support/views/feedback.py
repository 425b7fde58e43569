"""What a customer makes of a release: the task, and its two ends (REQ-08 to REQ-10)."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.feed import of_record
from fleetcs import texts
from fleetcs.editing import carried_out
from fleetcs.models import MessageText, User
from fleetcs.once import once
from support.forms.feedback import MeetsForm, MissingForm
from support.models import Feedback
from support.models.feedback import designer_of
from support.views.rights import colleague, sent

DRAFTS: Final = {MeetsForm: "feedback_meets", MissingForm: "feedback_missing"}
EVIDENCE: Final = "call recording, Slack thread or meeting notes"


def seen(request: HttpRequest, pk: int) -> Feedback:
    whole = Feedback.objects.visible_to(colleague(request)).select_related(
        "request__issue", "account", "csm", "designer"
    )
    return get_object_or_404(whole, pk=pk)


def may_settle(user: User, task: Feedback) -> bool:
    """The same answer as `Feedback.objects.settleable_by(user)`."""
    asked = user.may("request.settle") and task.csm_id == user.pk
    return asked or task.account.allows(user, "request.settle")


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """The task, and how far its end has come at GitHub; whose codename it is, by a POST: that is written down (R11)."""
    task, user, told = seen(request, pk), colleague(request), request.method == "POST"
    codename = task.account.codenames.active().first()
    if told and codename:
        codename.look_up(by=user)
    page = {"title": "Feedback of a customer", "task": task, "may": may_settle(user, task)}
    page |= {"codename": codename, "told": told, "timeline": of_record(task)}
    return render(request, "support/feedback.html", page)


def settle(request: HttpRequest, pk: int, form_of: type[MeetsForm], **page: Any) -> HttpResponse:
    """Show the comment as everybody will read it; send what was seen."""
    task, user = seen(request, pk), colleague(request)
    if not may_settle(user, task):
        raise PermissionDenied
    form = form_of(sent(request), feedback=task, **known(task, form_of))
    if form.is_valid() and carried_out(form, lambda: form.settle(by=user)):
        messages.success(request, page["done"])
        return redirect(task)
    shown = {"task": task, "form": form, "back": task.get_absolute_url(), **page}
    return render(request, "support/feedback_form.html", shown, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def feedback_meets(request: HttpRequest, pk: int) -> HttpResponse:
    """It meets their needs: comment and close (REQ-09)."""
    words = {"title": "It meets their needs", "save": "Comment and close", "done": "The comment is on its way."}
    return settle(request, pk, MeetsForm, **words)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def feedback_missing(request: HttpRequest, pk: int) -> HttpResponse:
    """Something is missing: comment and unassign, the issue stays open (REQ-10)."""
    words = {"title": "Something is missing", "save": "Comment and unassign", "done": "The comment is on its way."}
    return settle(request, pk, MissingForm, **words)


def known(task: Feedback, form_of: type[MeetsForm]) -> dict[str, Any]:
    """What the form begins with: the designer, and the handbook's draft with the mention in it."""
    designer = designer_of(task.request)
    return {"designer": designer, "text": draft(DRAFTS[form_of], designer)}


def draft(code: str, designer: User | None) -> str:
    """The draft of a comment; nothing but the mention where the handbook has no wording."""
    mention = f"@{designer.github}" if designer and designer.github else ""
    body = MessageText.objects.filter(code=code).values_list("body", flat=True).first() or ""
    try:
        return texts.render(body, {"designer": mention, "evidence": EVIDENCE}) or mention
    except texts.WordingError:
        return mention
