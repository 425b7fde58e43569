"""Leads: their form and sources, the daily and weekly reviews, and the file that only a few may take away."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from fleetcs.clock import now
from fleetcs.editing import COLLISION, carried_out
from fleetcs.models import Event, Export, HandbookEntry, OpeningHours
from fleetcs.working_day import today
from opportunities import prospecting, reviewing, tasks
from opportunities.forms import LeadForm, LeadSourceForm
from opportunities.models import Activity, Lead, LeadReview, LeadSource, OutreachReview
from opportunities.views import lead_reviews
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_lead, make_opportunity, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

SATURDAY, MONDAY = datetime(2026, 1, 17, 18, 0, tzinfo=UTC), datetime(2026, 1, 12, 18, 0, tzinfo=UTC)
HOLIDAY = datetime(2026, 1, 19, 18, 0, tzinfo=UTC)  # a federal holiday, on a Monday


def signed_in(post: str | None = "sdr") -> Client:
    return client_of(make_user(post))


# --- the record ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("LEA-01", "SFD-21")
def test_a_lead_with_the_four_fields_is_in_the_list_at_once() -> None:
    client = signed_in()
    form = words(client.get("/leads/new"))
    assert [form.index(f'name="{name}"') for name in ("name", "source", "status", "rating", "company")] == sorted(
        form.index(f'name="{name}"') for name in ("name", "source", "status", "rating", "company")
    )
    sent = {"name": "Una Berg", "source": prospecting.ROUTES[0], "status": "Open", "rating": "Warm"}
    assert client.post("/leads/new", sent).status_code == 302
    assert "Una Berg" in words(client.get("/leads/"))
    assert Event.objects.of(Lead.objects.get()).get().verb == "lead_added"


def test_a_lead_is_edited_by_its_owner_and_no_other_ae() -> None:
    one = make_lead(owner=make_user("ae"))
    client = client_of(one.owner)
    sent = {"name": one.name, "status": "Contacted", "source": one.source, "version": 1}
    assert client.post(f"{one.get_absolute_url()}edit", sent).status_code == 302
    one.refresh_from_db()
    assert (one.status, one.version, one.rating) == ("Contacted", 2, "")
    assert signed_in("ae").post(f"{one.get_absolute_url()}edit", sent).status_code == 404


@pytest.mark.ledger("LEA-05")
def test_the_form_offers_the_four_routes_and_the_list_is_filtered_by_them() -> None:
    page = words(signed_in().get("/leads/new"))
    assert all(route in page for route in prospecting.ROUTES)
    make_lead(name="Una Berg", source=prospecting.ROUTES[2])
    make_lead(name="Ivo Falk", source=prospecting.ROUTES[3])
    listed = words(signed_in().get("/leads/", {"source": prospecting.ROUTES[2]}))
    assert "Una Berg" in listed
    assert "Ivo Falk" not in listed


@pytest.mark.ledger("LEA-05")
def test_an_administrator_adds_a_source_and_takes_one_out() -> None:
    admin, first = signed_in("administrator"), LeadSource.objects.get(name=prospecting.ROUTES[0])
    assert admin.post("/leads/sources/", {"name": "Trade fair"}).status_code == 302
    assert admin.post("/leads/sources/", {"name": "trade FAIR"}).status_code == 422, "there is one of this name"
    assert admin.post(f"/leads/sources/{first.pk}/offer", {"offer": "0"}).status_code == 302
    page = words(signed_in().get("/leads/new"))
    assert "Trade fair" in page
    assert prospecting.ROUTES[0] not in page
    assert signed_in("sdr").get("/leads/sources/").status_code == 404
    one = make_lead(source=prospecting.ROUTES[0])
    assert prospecting.ROUTES[0] in words(signed_in().get(f"{one.get_absolute_url()}edit")), "it stays where it is"


def test_what_a_colleague_has_written_since_it_was_checked_is_told_at_the_form() -> None:
    form = LeadSourceForm({"name": "trade FAIR"})
    assert form.is_valid()
    meanwhile = LeadSource.objects.create(name="Trade fair")
    assert not carried_out(form, LeadSource(name="trade FAIR").save)
    assert form.non_field_errors() == [COLLISION]
    assert LeadSource.objects.filter(name__iexact="trade fair").get() == meanwhile


# --- every week ------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("LEA-02")
def test_the_groups_of_the_weekly_review_add_up_to_all_open_leads() -> None:
    for status, days in (("Open", 3), ("Open", 9), ("MQL", 40), ("", 1), ("Unqualified", 2)):
        make_lead(status=status, created_at=now() - timedelta(days=days))
    make_lead(status="Qualified", is_converted=True)
    found = {group.status: group for group in reviewing.groups(Lead.objects.open(), now())}
    assert sum(group.count for group in found.values()) == Lead.objects.open().count() == 5
    assert (found["Open"].count, found["Open"].oldest, found["Open"].average) == (2, 9, 6)
    assert [group.late for group in found.values()] == [None] * 4, "nothing is flagged while there is no target"
    page = words(signed_in("cro").get("/leads/weekly/"))
    assert "pill-bad" not in page
    assert "40 days" in page
    assert "5 open leads" in page


@pytest.mark.ledger("LEA-02")
def test_with_a_target_leads_that_nobody_has_answered_are_flagged(settings: Any) -> None:
    settings.LEAD_RESPONSE_HOURS = 24
    old = now() - timedelta(days=2)
    make_lead(status="MQL", created_at=old)
    answered = make_lead(status="MQL", created_at=old)
    Activity.objects.create(lead=answered, kind="email", at=old + timedelta(hours=1), is_done=True)
    [group] = reviewing.groups(Lead.objects.open(), now())
    assert group.late == 1
    assert words(signed_in().get("/leads/weekly/")).count("Not answered</span>") == 1


@pytest.mark.ledger("LEA-02")
def test_a_task_that_nobody_has_done_and_a_meeting_to_come_answer_no_lead(settings: Any) -> None:
    settings.LEAD_RESPONSE_HOURS = 24
    one, old = make_lead(status="MQL", created_at=now() - timedelta(days=2)), now() - timedelta(days=1)
    Activity.objects.create(lead=one, kind="call", at=old)
    Activity.objects.create(lead=one, kind="event", at=now() + timedelta(days=1))
    assert [group.late for group in reviewing.groups(Lead.objects.open(), now())] == [1]
    assert "Not answered</span>" in words(signed_in().get("/leads/weekly/"))
    Activity.objects.create(lead=one, kind="event", at=old)
    assert [group.late for group in reviewing.groups(Lead.objects.open(), now())] == [0]
    assert "Not answered</span>" not in words(signed_in().get("/leads/weekly/"))


@pytest.mark.ledger("LEA-02")
def test_every_group_leads_to_the_leads_that_it_counts() -> None:
    for name, status in (("Una Berg", ""), ("Ivo Falk", "Open"), ("Ola Nord", "On & off")):
        make_lead(name=name, status=status)
    client = signed_in()
    groups = re.findall(r'<a href="(/leads/\?[^"]+)">', words(client.get("/leads/weekly/")))
    assert len(groups) == 3
    for address, name in zip(groups, ("Una Berg", "Ola Nord", "Ivo Falk"), strict=True):
        page = words(client.get(unescape(address)))
        assert [one for one in ("Una Berg", "Ivo Falk", "Ola Nord") if one in page] == [name]


@pytest.mark.ledger("LEA-02")
def test_a_status_that_a_colleague_has_changed_meanwhile_is_shown_beside_ones_own() -> None:
    one, client = make_lead(status="MQL"), signed_in()
    assert f'name="version" value="{one.version}"' in words(client.get("/leads/weekly/"))
    one.change({"status": "Qualified"}, by=make_user("cro"))
    answer = client.post(f"{one.get_absolute_url()}status", {"status": "Contacted", "version": 1})
    assert answer.status_code == 409
    assert "A colleague has changed this" in words(answer)
    assert client.post(f"{one.get_absolute_url()}status", {"status": "Contacted"}).status_code == 422
    one.refresh_from_db()
    assert one.status == "Qualified"
    assert client.post(f"{one.get_absolute_url()}status", {"status": "Contacted", "version": 2}).status_code == 302
    one.refresh_from_db()
    assert one.status == "Contacted"


def test_the_oldest_leads_on_the_list_can_be_changed_however_many_newer_ones_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lead_reviews, "SHOWN", 1)
    oldest = make_lead(status="MQL", created_at=now() - timedelta(days=90))
    Lead.objects.bulk_create(Lead(name=f"Lead {number}", status="MQL") for number in range(25))
    assert f'action="{oldest.get_absolute_url()}status"' in words(signed_in("cro").get("/leads/weekly/"))


@pytest.mark.ledger("LEA-01")
def test_a_lead_is_owned_by_those_who_may_work_on_it_and_stays_with_whom_it_is() -> None:
    may, not_ = [make_user(post) for post in ("sdr", "ae")], make_user("csm")
    owners = set(LeadForm(user=may[0]).fields["owner"].queryset)  # type: ignore[attr-defined]
    assert owners == set(may)
    assert all(Lead.objects.filter(pk=make_lead(owner=one).pk).editable_by(one).exists() for one in owners)
    told = make_lead(owner=not_)
    assert not_ in LeadForm(instance=told, user=may[0]).fields["owner"].queryset  # type: ignore[attr-defined]


@pytest.mark.ledger("LEA-02")
def test_the_open_mql_list_is_cleaned_up_on_the_page_and_confirmed_once_a_week(clock: Clock) -> None:
    one, client = make_lead(name="Una Berg", status="MQL"), signed_in("cro")
    other = make_lead(status="Marketing Qualified Lead")
    assert set(Lead.objects.mqls()) == {one, other}
    assert client.post(f"{one.get_absolute_url()}status", {"status": "Contacted", "version": 1}).status_code == 302
    assert client.post(f"{other.get_absolute_url()}status", {"status": "No such", "version": 1}).status_code == 422
    assert set(Lead.objects.mqls()) == {other}
    for _ in range(2):
        assert client.post("/leads/weekly/confirm").status_code == 302
    review = LeadReview.objects.get()
    assert (review.mqls, review.total) == (1, 2)
    assert "Cleaned up this week" in words(client.get("/leads/weekly/"))
    clock.forward(days=7)
    assert LeadReview.objects.of_week(today()) is None


# --- every day -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("LEA-04", "RIT-18")
@pytest.mark.parametrize(("moment", "comes"), [(MONDAY, 1), (SATURDAY, 0), (HOLIDAY, 0)])
def test_the_review_of_outreach_comes_up_once_a_working_day(clock: Clock, moment: datetime, comes: int) -> None:
    clock(moment)
    someone = make_user("sdr")
    assert [tasks.begin_outreach_review() for _ in range(3)] == [comes, 0, 0]
    assert [review.owner for review in OutreachReview.objects.all()] == [someone] * comes


@pytest.mark.ledger("LEA-04")
def test_the_handbook_says_whose_the_daily_review_is() -> None:
    someone = make_user("technical_evangelist")
    HandbookEntry.objects.create(section="dris", code="outreach_review", value="technical_evangelist")
    OutreachReview.objects.begin(today())
    assert OutreachReview.objects.get().owner == someone


@pytest.mark.ledger("LEA-04")
def test_what_is_urgent_is_drafted_with_the_person_and_the_text() -> None:
    HandbookEntry.objects.create(section="aliases", code="urgent_leads", value="help-ceo")
    client = signed_in()
    assert "No review today" in words(client.get("/leads/daily/"))
    OutreachReview.objects.begin(today())
    assert client.post("/leads/daily/", {"person": "", "text": "Call me"}).status_code == 422
    assert client.post("/leads/daily/", {"person": "Una Berg", "text": "Call me today"}).status_code == 302
    urgent = OutreachReview.objects.get().urgent.get()
    assert (urgent.person, urgent.text) == ("Una Berg", "Call me today")
    page = words(client.get("/leads/daily/"))
    assert "Urgent answer to our outreach from Una Berg: Call me today" in page
    assert "#help-ceo" in page
    for _ in range(2):
        client.post("/leads/daily/done")
    assert Event.objects.filter(verb="outreach_reviewed").count() == 1
    assert "Daily review of outreach" in words(client.get("/today/leads/"))


def test_a_day_without_opening_hours_has_no_review(clock: Clock) -> None:
    clock(MONDAY)
    OpeningHours.objects.update(week={"tue": [["07:00", "16:00"]]})
    assert tasks.begin_outreach_review() == 0


# --- as a file -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("LEA-03")
@pytest.mark.parametrize(
    ("path", "outsider", "means"),
    [
        ("/leads/", "ae", "q=berg"),
        ("/contacts/", "ae", "q=berg"),
        ("/accounts/", "ae", "q=berg&kind=customer"),
        ("/opportunities/", "ae", "q=berg"),
        ("/opportunities/", None, "q=berg"),
    ],
)
def test_records_leave_only_by_a_few_and_never_unwritten(path: str, outsider: str | None, means: str) -> None:
    for name in ("Una Berg", "Ivo Falk"):
        account = make_account(name=name)
        make_contact(account, name=name)
        make_opportunity(account, name=f"{name} 2026")
        make_lead(name=name)
    refused = signed_in(outsider)
    assert refused.post(f"{path}export").status_code == 403
    assert "/export" not in words(refused.get(path))
    assert not hasattr(refused.get(f"{path}?format=csv"), "streaming_content"), "there is no other way"
    assert not Export.objects.exists()
    by = make_user("bizops")
    client = client_of(by)
    assert f'action="{path}export"' in words(client.get(path))
    file = b"".join(client.post(f"{path}export", {"query": "q=berg"}).streaming_content).decode()
    assert "Una Berg" in file
    assert "Ivo Falk" not in file
    row = Export.objects.get()
    assert (row.name, row.by, row.query, row.count) == (path.strip("/"), by, means, 1)
    assert "q=berg" in words(signed_in("ceo").get("/exports"))


@pytest.mark.ledger("LEA-03")
def test_a_file_is_of_the_list_as_it_is_filtered_however_long_its_address_is() -> None:
    make_lead(name="Una Berg")
    long = "columns=" + "x" * 2_000 + "&q=nobody"
    file = b"".join(signed_in("bizops").post("/leads/export", {"query": long}).streaming_content).decode()
    assert "Una Berg" not in file
    assert (Export.objects.get().query, Export.objects.get().count) == (long, 0)
    assert signed_in("bizops").post("/leads/export", {"query": "x" * 9_000}).status_code == 400


@pytest.mark.ledger("LEA-03")
def test_what_was_written_about_a_file_stands() -> None:
    row = Export.objects.create(name="leads", by=make_user("bizops"), count=1)
    for statement in ("UPDATE fleetcs_export SET count = 0", "DELETE FROM fleetcs_export"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Export.objects.get() == row


def test_a_filter_that_cannot_be_read_gives_no_file() -> None:
    assert signed_in("bizops").post("/leads/export", {"query": "converted=nonsense"}).status_code == 400
    assert not Export.objects.exists()


def test_a_converted_lead_is_changed_no_more() -> None:
    one = make_lead(is_converted=True)
    with pytest.raises(ValidationError, match="It is converted"):
        one.change({"status": "Open"}, by=make_user("sdr"))


@pytest.mark.parametrize(("post", "told"), [("ae", True), (None, False)])
def test_the_telephone_number_of_a_lead_is_for_those_who_serve_customers(post: str | None, told: bool) -> None:
    one = make_lead(phone="+1 555 0134")
    page = signed_in(post).get(one.get_absolute_url()).content.decode()
    assert ("+1 555 0134" in page) is told
