"""The mirror's pages in a real browser: readable for everybody in every look, and a conflict settled by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs import clock
from fleetcs.models import Conflict, Mirror, MirrorField, MirrorLink
from tests.browser import PHONE
from tests.factories import make_account, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

type Open = Callable[..., BrowserContext]


@pytest.fixture
def conflict() -> Conflict:
    """A mirror in trouble of every kind, and one conflict."""
    now = clock.now()
    moments = {"started_at": now, "loaded_at": now, "asked_at": now - timedelta(hours=3), "counted_at": now, "held": 12}
    rows = [{"id": "001000000000009AAA", "does": "make", "fields": ["name", "linkedin_company_url"]}]
    rehearsal = {"read": 1, "total": 1, "writes": 1, "rows": rows}
    counts = {"count_there": 812, "count_here": 799, "quota_used": 12345, "quota_of": 115000, "rehearsal": rehearsal}
    Mirror.objects.filter(code="accounts").update(**moments, **counts)
    Mirror.objects.filter(code="contacts").update(started_at=now, total=20_000, done=7_000)
    MirrorField.objects.update(found="string")
    MirrorField.objects.filter(ours="industry").update(missing_at=now)
    mirror, account = (
        Mirror.objects.get(code="accounts"),
        make_account(name="Brook & Daughters Waterworks", github_label="heron"),
    )
    taken = {"problem": "taken", "problem_field": "name", "rival_id": account.pk, "theirs": {"name": account.name}}
    MirrorLink.objects.create(mirror=mirror, salesforce_id="001000000000001AAA", **taken)
    values = {"name": account.name, "github_label": "ibis"}
    link = MirrorLink.objects.create(
        mirror=mirror, salesforce_id="001000000000002AAA", record_id=account.pk, theirs=values, base=values
    )
    return Conflict.objects.create(link=link, field="github_label", base="crane", ours="heron", theirs="ibis")


def signed_in(open_context: Open, sign_in: Callable[..., None], **look: Any) -> Page:
    context = open_context(**look)
    sign_in(context, make_user("vp_cs", name="Vera Lund"))
    return context.new_page()


@pytest.mark.slow
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_every_page_is_readable_for_everybody(
    conflict: Conflict,
    open_context: Open,
    sign_in: Callable[..., None],
    accessibility_faults: Callable[[Page], list[str]],
    look: dict[str, Any],
) -> None:
    page = signed_in(open_context, sign_in, **look)
    field = MirrorField.objects.filter(mirror__code="accounts").latest("pk")
    lists = ("/mirrors", "/mirrors/accounts", "/mirrors/contacts", "/mirrors/accounts/skipped", "/conflicts")
    for url in (*lists, f"/mirrors/fields/{field.pk}"):
        page.goto(url)
        assert accessibility_faults(page) == []


def test_a_conflict_is_settled_by_keyboard(
    conflict: Conflict, open_context: Open, sign_in: Callable[..., None]
) -> None:
    page = signed_in(open_context, sign_in)
    page.goto("/conflicts")
    page.get_by_role("button", name="Show the values").press("Enter")
    page.get_by_role("button", name="Theirs stands").press("Enter")
    expect(page.get_by_text("Theirs stands.")).to_be_visible()
    conflict.refresh_from_db()
    assert conflict.settled == "theirs"
