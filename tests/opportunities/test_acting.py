"""Buttons on a deal's papers: what a colleague has written meanwhile is told, a mistake of ours is not (F47)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import IntegrityError
from django.test import RequestFactory

from fleetcs.editing import COLLISION
from opportunities.models import LeadSource
from opportunities.views.acting import by_button
from tests.factories import make_lead, make_opportunity

pytestmark = pytest.mark.django_db


def pressed(act: Callable[[], Any]) -> list[str]:
    """What is said after a button was pressed whose verb does that."""
    request: Any = RequestFactory().post("/")
    request.session = {}
    request._messages = FallbackStorage(request)
    assert by_button(request, make_lead(), act, "Saved.").status_code == 302
    return [str(told) for told in get_messages(request)]


def test_what_a_colleague_has_written_meanwhile_is_told_after_a_button_too() -> None:
    assert pressed(LeadSource(name="Trade fair").save) == ["Saved."]
    assert pressed(LeadSource(name="trade FAIR").save) == [COLLISION]


def test_what_no_colleague_has_written_is_not_told_after_a_button() -> None:
    deal = make_opportunity()
    deal.renewal_of = deal
    with pytest.raises(IntegrityError, match="opportunity_not_its_renewal"):
        pressed(deal.save)
