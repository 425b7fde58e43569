"""The managers' page: every number opens its tickets, for whom and for which days (SLA-21)."""

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from fleetcs import charts
from fleetcs.models import User
from support.kinds import Source
from support.models import Clock, Ticket, sort_as
from support.models.figures import Scope
from support.models.summing import read
from support.tasks import refresh_tallies, sweep_clocks
from support.views import summary
from tests.factories import make_account, make_ticket, make_user
from tests.support.figures import DAY, LIST, MONDAY, PAGE, lines_of, signed_in

pytest_plugins = ["tests.support.ten"]
pytestmark = pytest.mark.django_db


def links_of(page: str) -> list[tuple[int, str]]:
    """(number, address) of every number that is a link to its tickets."""
    found = re.findall(rf'<a href="({LIST}[^"]*)"[^>]*>\s*([\d,]+)\s*</a>', page)
    return [(int(number.replace(",", "")), unescape(url)) for url, number in found]


@pytest.mark.ledger("INT-01", "SLA-21")
@pytest.mark.parametrize("query", ["", "&by=person", "&by=account", "&tier=premium", "&person=Ada Answers"])
def test_every_number_opens_exactly_its_tickets(ten: User, query: str) -> None:
    client = signed_in()
    page = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18{query}").content.decode()
    links = links_of(page)
    assert len(links) > 10
    for number, url in links:
        assert client.get(url).context["listing"].count == number, url


@pytest.mark.ledger("SLA-21")
def test_the_list_behind_a_number_can_be_had_as_a_file(ten: User) -> None:
    body = b"".join(signed_in().get(f"{LIST}?first=2026-01-05&last=2026-01-18&kind=response&state=missed&format=csv"))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row["State"] for row in rows] == ["Missed", "Missed"]


@pytest.mark.ledger("SLA-21")
def test_the_page_can_be_had_as_a_file(ten: User) -> None:
    body = b"".join(signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18&format=csv"))
    rows = {(row["Part"], row["What"]): row for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))}
    assert (rows["All", "All"]["Kept"], rows["All", "All"]["Missed"], rows["All", "All"]["All"]) == ("3", "2", "10")
    assert rows["Tier", "Premium"]["At risk"] == "1"


@pytest.mark.ledger("SLA-21")
def test_a_miss_asks_for_its_cause_in_one_key_and_shows_it(ten: User) -> None:
    client = signed_in()
    missed = Clock.objects.promised().filter(missed=True).order_by("pk").first()
    answer = client.post(f"/clocks/{missed.pk}/cause/", {"cause": "seen_late", "back": "/figures/?tier=premium#misses"})
    assert (answer.status_code, answer["Location"]) == (302, "/figures/?tier=premium#misses")
    missed.refresh_from_db()
    assert missed.cause == "seen_late"
    assert "Seen too late" in client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18").content.decode()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"])
def test_a_cause_never_leads_away_from_here(ten: User, back: str) -> None:
    missed = Clock.objects.promised().filter(missed=True).order_by("pk").first()
    answer = signed_in().post(f"/clocks/{missed.pk}/cause/", {"cause": "other", "back": back})
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")


# Who sees what


@pytest.mark.ledger("SLA-21")
def test_an_employee_sees_sums_without_links_or_names(ten: User) -> None:
    client = signed_in(None)
    page = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18")
    assert page.context["figures"].total.counts["kept"] == 3
    assert links_of(page.content.decode()) == []
    assert "misses" not in page.content.decode()
    assert client.get(LIST).status_code == 404


@pytest.mark.ledger("SLA-21")
def test_an_account_executive_is_counted_their_own_accounts_only(ten: User) -> None:
    executive = make_user("ae")
    mine = Clock.objects.promised().filter(tier="ultimate").first().account
    mine.ae = executive
    mine.save()
    client = signed_in(user=executive)
    assert lines_of(client)["All"] == {"kept": 1, "missed": 1}
    refresh_tallies()
    assert lines_of(client)["All"] == {"kept": 1, "missed": 1}
    for number, url in links_of(client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18").content.decode()):
        assert client.get(url).context["listing"].count == number
    everything = client.get(f"{LIST}?first=2026-01-05&last=2026-01-18")
    assert {one.account for one in everything.context["listing"].rows} == {mine}


@pytest.mark.parametrize("post", ["administrator"])
def test_who_may_not_see_figures_finds_no_such_page(post: str) -> None:
    assert signed_in(post).get(PAGE).status_code == 404


# What was typed wrongly


@pytest.mark.parametrize("query", [
    "first=2026-02-01&last=2026-01-01", "first=nonsense", "first=99999-01-01", "tier=gold", "priority=P4", "side=up",
    "account=0", "account=99999999999999999999999999", "account=%00", "person=Nobody%20Such", "by=mood",
    "account=" + "x" * 5000,
])  # fmt: skip
@pytest.mark.parametrize("path", [PAGE, LIST])
def test_a_question_that_makes_no_sense_is_answered_with_what_is_wrong(path: str, query: str) -> None:
    expected = 200 if (path, query) == (LIST, "by=mood") else 422  # a list has no break-down
    assert signed_in().get(f"{path}?{query}").status_code == expected


def test_the_very_first_and_the_very_last_day_can_be_asked_for() -> None:
    assert signed_in().get(f"{PAGE}?first=0001-01-01&last=9999-12-31").status_code == 200


@pytest.mark.parametrize("query", ["first=9999-12-20&last=9999-12-31", "last=0001-01-05", "week=9999-12-30"])
@pytest.mark.parametrize("path", [PAGE, LIST])
def test_days_at_the_ends_of_time_break_nothing(path: str, query: str) -> None:
    assert signed_in().get(f"{path}?{query}").status_code == 200


def test_of_a_long_time_the_last_weeks_are_shown() -> None:
    weeks = signed_in().get(f"{PAGE}?first=2000-01-01&last=2026-01-12").context["figures"].weeks
    assert (len(weeks), weeks[-1]) == (160, date(2026, 1, 12))


@pytest.mark.ledger("SLA-21")
def test_only_more_than_ten_misses_are_said_to_be_more(clock: Any) -> None:
    clock(MONDAY + DAY)
    account = make_account("ultimate")
    for expected in (False, True):
        for _ in range(10 - len(Ticket.objects.all()) or 1):
            make_ticket(account, received_at=MONDAY, priority="P0")
        sweep_clocks()
        page = signed_in().get(f"{PAGE}?first=2026-01-12&last=2026-01-13")
        assert ("The newest 10" in page.content.decode()) is expected
        assert page.content.decode().count('<li class="miss">') == 10


@pytest.mark.ledger("SLA-21")
def test_a_break_down_of_very_many_still_adds_up_to_all(ten: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST_NAMED", 1)  # so many accounts take too long to make
    figures = signed_in().get(f"{PAGE}?by=account&first=2026-01-05&last=2026-01-18").context["figures"]
    first, rest = figures.named("account")
    assert rest.label == "Every other account"
    assert first.total + rest.total == figures.total.total
    assert not any(url for _, url in rest.cells)


def test_the_longest_name_of_a_way_in_fits_beside_its_bar() -> None:
    letter = 7  # about as wide as one is drawn, in the chart's own units
    assert max(len(source.label) for source in Source) * letter <= charts.LABEL - charts.LABEL_GAP


@pytest.mark.ledger("INT-01", "INT-10", "SLA-21")
def test_a_ticket_that_was_sorted_is_still_one_ticket(clock: Any) -> None:
    clock(MONDAY)
    ticket, by = make_ticket(make_account()), make_user()
    for kind in ("job_application", "support"):
        sort_as(ticket, kind, by=by)
    for _ in range(2):
        assert sum(read(Scope(MONDAY.date(), MONDAY.date()), MONDAY).sources.values()) == 1
        refresh_tallies()


def test_nothing_at_all_is_said_in_words() -> None:
    page = signed_in().get(PAGE)
    assert page.status_code == 200
    assert "Nothing was received in this time" in page.content.decode()


# Speed and races
