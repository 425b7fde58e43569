"""Files that came with messages: only ever downloaded, and only by those who may see the ticket (T13, T18)."""

from typing import BinaryIO

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from support.attachments import safe_name, served_type
from support.models import Attachment, Ticket
from support.store import path_of
from support.views.rights import colleague

SANDBOX = "sandbox; default-src 'none'"


@require_safe
def attachment(request: HttpRequest, pk: int) -> FileResponse:
    """One file; the same 404 for one that is not there and one that is not theirs to see."""
    user = colleague(request)
    kept = Attachment.objects.visible_to(user, Ticket.objects.visible_to(user)).exclude(stored_as="")
    found = get_object_or_404(kept, pk=pk)
    response = FileResponse(
        opened(found), as_attachment=True, filename=safe_name(found.name), content_type=served_type(found.content_type)
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def opened(found: Attachment) -> BinaryIO:
    """Its bytes. Raises Http404 when the disk has lost them."""
    try:
        return path_of(found.stored_as).open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
