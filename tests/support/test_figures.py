"""The managers' page: its sums, held against an independent recount, and the tickets behind every number (SLA-21)."""

import csv
import io
import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs import charts
from fleetcs import clock as product_clock
from fleetcs.models import User
from support import figures as rules
from support.kinds import Source
from support.models import Clock, ResponseTally, SourceTally, StaleDay, Tally, Ticket, sort_as
from support.models.figures import Scope, in_state
from support.models.summing import read
from support.models.tallying import refresh_day
from support.tasks import refresh_tallies, sweep_clocks
from support.views import summary
from tests.factories import make_account, make_channel, make_message, make_ticket, make_user
from tests.support.test_sweep import at_once

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 1, 12, 18, 0, tzinfo=UTC)  # Monday 10:00 in the company's zone
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
PAGE, LIST = "/figures/", "/figures/tickets/"


def signed_in(post: str | None = "manager_cse_csa", user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_user(post))
    return client


def received(account: Any, at: datetime, priority: str, answered: timedelta | None, by: User, **fields: Any) -> Ticket:
    """A ticket received at a moment and answered so much later, or not."""
    ticket = make_ticket(account, received_at=at, priority=priority, **fields)
    if answered is not None:
        ticket.log_reply("call", "Hello", at=at + answered, by=by)
    return ticket


# Steps and percentiles, pure


def test_a_response_falls_into_the_first_step_that_is_not_below_it() -> None:
    assert [rules.step_of(seconds) for seconds in (0, 1, 60, 61, 30 * 60, 30 * 60 + 1, 3600, 3601)] == [
        1, 1, 1, 2, 30, 32, 60, 65,
    ]  # fmt: skip
    assert rules.step_of(10**9) == rules.STEPS[-1]
    assert list(rules.STEPS) == sorted(set(rules.STEPS))
    assert all(later * 12 <= sooner * 13 for sooner, later in pairwise(rules.STEPS[29:]))


@pytest.mark.ledger("SLA-21")
def test_percentiles_are_by_nearest_rank() -> None:
    ten = dict.fromkeys(range(1, 11), 1)
    assert [rules.percentile(ten, percent) for percent in (1, 50, 90, 95, 100)] == [1, 5, 9, 10, 10]
    assert rules.percentile({5: 1}, 50) == 5
    assert rules.percentile({}, 50) is None
    assert rules.percentile({1: 99, 60: 1}, 99) == 1
    assert rules.percentile({1: 99, 60: 1}, 100) == 60


def test_what_is_late_now_counts_as_broken_in_the_share() -> None:
    assert rules.kept_share({"kept": 3, "missed": 0, "late": 1, "running": 7, "none": 9}) == 75
    assert rules.kept_share({"none": 5}) is None


# A small set, counted by hand


@pytest.fixture
def ten(clock: Any) -> User:
    """Ten promises, as they stand on Wednesday 14 January at noon."""
    clock(MONDAY + 2 * DAY + 2 * HOUR)
    by = make_user("cse", name="Ada Answers")
    premium, ultimate, free = make_account("premium"), make_account("ultimate"), make_account(None)
    received(premium, MONDAY, "P0", 1 * HOUR, by)  # kept, inside
    received(premium, MONDAY, "P0", 4 * HOUR, by)  # kept at the due instant
    received(premium, MONDAY, "P0", 4 * HOUR + MINUTE, by)  # missed
    received(ultimate, MONDAY - 10 * HOUR, "P0", 90 * MINUTE, by)  # at midnight: outside, kept within two hours
    received(ultimate, MONDAY - 10 * HOUR, "P1", 5 * HOUR, by)  # outside, missed
    received(free, MONDAY, "P2", 3 * HOUR, by)  # no promise
    received(free, MONDAY, "P2", None, by, source="staff_flag")  # no promise
    received(premium, MONDAY + 2 * DAY, "P2", None, by)  # Wednesday at ten: on time
    received(premium, MONDAY + DAY + 3 * HOUR, "P2", None, by)  # Tuesday at one, due today at one: at risk
    received(premium, MONDAY, "P2", None, by)  # Monday at ten, due Tuesday at ten: late now
    return by


BY_HAND = {
    "All": {"kept": 3, "missed": 2, "late": 1, "at_risk": 1, "running": 1, "none": 2},
    "Free": {"none": 2},
    "Premium": {"kept": 2, "missed": 1, "late": 1, "at_risk": 1, "running": 1},
    "Ultimate": {"kept": 1, "missed": 1},
    "Inside hours": {"kept": 2, "missed": 1, "late": 1, "at_risk": 1, "running": 1, "none": 2},
    "Outside hours": {"kept": 1, "missed": 1},
}


def lines_of(client: Client, query: str = "") -> dict[str, dict[str, int]]:
    shown = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18{query}").context["figures"]
    lines = [shown.total, *(line for _, lines in shown.tables for line in lines), *shown.sides]
    return {line.label: {state: count for state, count in line.counts.items() if count} for line in lines}


@pytest.mark.ledger("SLA-02", "SLA-21")
def test_ten_promises_are_added_up_as_by_hand_live_and_from_the_tallies(ten: User) -> None:
    client = signed_in()
    assert StaleDay.objects.exists()
    live = lines_of(client)
    assert refresh_tallies() > 0
    assert not StaleDay.objects.exists()
    tallied = lines_of(client)
    for label, expected in BY_HAND.items():
        assert live[label] == tallied[label] == expected
    assert live == tallied


@pytest.mark.ledger("SLA-21")
def test_inside_and_outside_add_up_to_all(ten: User) -> None:
    lines = lines_of(signed_in())
    both = Counter(lines["Inside hours"]) + Counter(lines["Outside hours"])
    assert dict(both) == lines["All"]
    assert sum(lines["All"].values()) == 10


@pytest.mark.ledger("SLA-18", "SLA-21")
def test_internal_targets_stand_apart_and_are_never_mixed_in(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    internal = {line.label: {state: n for state, n in line.counts.items() if n} for line in shown.internal}
    # inside hours an hour is too long already, and nobody has answered four of them
    assert internal["Inside hours"] == {"missed": 4, "late": 4}
    assert internal["Outside hours"] == {"kept": 1, "missed": 1}
    assert sum(internal["All"].values()) == 10


@pytest.mark.ledger("SLA-19", "SLA-21")
def test_first_responses_are_told_by_percentile(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    times = {line.label: (line.number, [time // MINUTE for time in line.percentiles]) for line in shown.times}
    # 60, 90, 180, 240, 241 and 300 minutes; those of the longer ones are upper edges of their steps
    assert times["All"] == (6, [180, 300, 300])
    assert times["Premium"] == (3, [240, 260, 260])
    assert times["Free"] == (1, [180, 180, 180])


@pytest.mark.ledger("INT-01", "SLA-21")
def test_tickets_are_counted_by_the_way_they_came(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    assert {bar.label: bar.total for bar in shown.sources} == {"Mail": 9, "Flagged Slack thread": 1}


@pytest.mark.ledger("SLA-21")
def test_figures_narrow_to_an_account_a_person_a_tier_and_a_side(ten: User) -> None:
    client, kept = signed_in(), Clock.objects.promised().filter(missed=False, stopped_at__isnull=False)
    account = kept.filter(tier="ultimate").get().account
    assert lines_of(client, f"&account={account.pk}")["All"] == {"kept": 1, "missed": 1}
    assert lines_of(client, f"&account={account.name}")["All"] == {"kept": 1, "missed": 1}
    assert lines_of(client, "&person=Ada Answers")["All"] == {"kept": 3, "missed": 2, "none": 1}
    assert lines_of(client, "&person=none")["All"] == {"late": 1, "at_risk": 1, "running": 1, "none": 1}
    assert lines_of(client, "&tier=premium&priority=P0&side=inside")["All"] == {"kept": 2, "missed": 1}
    assert lines_of(client, "&priority=P1")["All"] == {"missed": 1}
    assert lines_of(client, f"&channel={make_channel(account).pk}")["All"] == {}


@pytest.mark.ledger("SLA-21")
@pytest.mark.parametrize("by", ["account", "person", "channel"])
def test_a_break_down_adds_up_to_all(ten: User, by: str) -> None:
    client = signed_in()
    shown = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18&by={by}").context["figures"]
    ((_, lines),) = shown.tables
    assert sum((Counter(line.counts) for line in lines), Counter()) == Counter(BY_HAND["All"])


# 200 tickets, counted by something else


def counted_apart(now: datetime) -> dict[tuple[str, ...], Counter[str]]:
    """States by kind, tier, priority and side, by reading every clock's moments in Python."""
    sums: dict[tuple[str, ...], Counter[str]] = {}
    for one in Clock.objects.all():
        key = (one.kind, one.tier, one.priority, str(one.inside))
        sums.setdefault(key, Counter())[apart(one, now)] += 1
    return sums


def apart(one: Clock, now: datetime) -> str:
    if one.due_at is None:
        return "none"
    late_at = (lambda at: at >= one.due_at) if one.kind == "acknowledge" else (lambda at: at > one.due_at)
    ended = one.stopped_at or one.withdrawn_at
    if ended:
        return "missed" if late_at(ended) else "kept" if one.stopped_at else "withdrawn"
    return "late" if late_at(now) else "at_risk" if now >= one.at_risk_at else "running"


def from_page(scope: Scope, now: datetime) -> dict[tuple[str, ...], Counter[str]]:
    rows = [row for row in read(scope, now).promises if row["week"] is None]
    sums = rules.added_up(rows, "kind", "tier", "priority", "inside")
    return {tuple(map(str, key)): Counter(counts) for key, counts in sums.items() if counts}


def many(clock: Any, seed: int, number: int = 40) -> datetime:
    """Tickets of three weeks: answered early and late, resolved, reopened, re-prioritised, or left waiting."""
    dice, people = random.Random(seed), [make_user("cse") for _ in range(3)]
    accounts = [make_account(tier) for tier in ("premium", "ultimate", None, "premium")]
    for _ in range(number):
        at = MONDAY + dice.random() * 20 * DAY
        clock(at)
        chosen = {"priority": dice.choice(["P0", "P1", "P2", "P3", None]), "source": dice.choice(["email", "manual"])}
        ticket = make_ticket(dice.choice(accounts), received_at=at, **chosen)
        live(ticket, clock, dice, people)
    clock(MONDAY + 20 * DAY + 5 * HOUR)
    return product_clock.now()


def live(ticket: Ticket, clock: Any, dice: random.Random, people: list[User]) -> None:
    by, fate = dice.choice(people), dice.random()
    if dice.random() < 0.2:
        clock.forward(minutes=dice.randint(1, 90))
        ticket.set_priority(dice.choice(["P0", "P1", "P2", "P3"]), by=by, reason="As it turns out.")
    clock.forward(minutes=dice.choice([3, 30, 55, 61, 119, 121, 250, 900, 3000]))
    if fate < 0.7:
        ticket.log_reply("call", "Hello", at=product_clock.now(), by=by)
    if fate < 0.3 or fate > 0.9:
        ticket.resolve(by=by, outcome="faq_updated")
    if fate < 0.15:
        clock.forward(hours=30)
        ticket.hear(make_message(ticket, at=product_clock.now()))


@pytest.mark.ledger("SLA-21")
def test_two_hundred_tickets_equal_an_independent_recount_by_both_ways(clock: Any) -> None:
    now = many(clock, seed=7, number=200)
    scope = Scope(date(2026, 1, 1), date(2026, 3, 1))
    expected = counted_apart(now)
    assert from_page(scope, now) == expected  # every day marked: counted live
    refresh_tallies()
    assert from_page(scope, now) == expected  # from the tallies
    for day in Tally.objects.order_by("on").values_list("on", flat=True).distinct()[::2]:
        StaleDay.mark(day)
    assert from_page(scope, now) == expected  # half and half
    narrowed = Scope(scope.first, scope.last, narrow=in_state(now)["late"] | ~in_state(now)["late"])
    assert from_page(narrowed, now) == expected  # all from the clocks


@pytest.mark.ledger("SLA-21")
def test_a_sweep_changes_no_figure(clock: Any) -> None:
    now = many(clock, seed=8)
    scope = Scope(date(2026, 1, 1), date(2026, 3, 1))
    before = from_page(scope, now)
    sweep_clocks()
    assert from_page(scope, now) == before == counted_apart(now)


def test_every_clock_is_in_exactly_the_state_that_its_page_shows(clock: Any) -> None:
    now = many(clock, seed=9)
    found = {state: set(Clock.objects.filter(q).values_list("pk", flat=True)) for state, q in in_state(now).items()}
    assert sum(map(len, found.values())) == Clock.objects.count()
    for one in Clock.objects.all():
        assert one.pk in found[one.state(now)]


@pytest.mark.ledger("SLA-21")
def test_response_times_equal_an_independent_recount_by_both_ways(clock: Any) -> None:
    now = many(clock, seed=10)
    scope, expected = Scope(date(2026, 1, 1), date(2026, 3, 1)), Counter[int]()
    for one in Clock.objects.filter(kind="response", stopped_at__isnull=False):
        expected[rules.step_of((one.stopped_at - one.started_at).total_seconds())] += 1
    live = steps_of(scope, now)
    refresh_tallies()
    assert live == steps_of(scope, now) == expected
    assert sum(ResponseTally.objects.values_list("responses", flat=True)) == expected.total()
    assert sum(SourceTally.objects.values_list("tickets", flat=True)) == 40


def steps_of(scope: Scope, now: datetime) -> dict[int, int]:
    return read(scope, now).responses[()]


# Behind every number


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
    monkeypatch.setattr(summary, "MOST_NAMED", 1)
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


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.ledger("SLA-21")
def test_the_page_asks_six_times_at_most_however_many_tickets_there_are(clock: Any) -> None:
    clock(MONDAY + 3 * DAY)
    client, account = signed_in(), make_account("premium")
    one = received(account, MONDAY, "P0", 5 * HOUR, make_user("cse"))
    few = statements(client, PAGE)
    pattern = one.clocks.get(kind="response")
    copies = Ticket.objects.bulk_create([copy_of(one) for _ in range(1000)])
    Clock.objects.bulk_create([copy_of(pattern, ticket=ticket) for ticket in copies])
    StaleDay.mark(pattern.received_on)
    many = statements(client, PAGE)
    refresh_tallies()
    assert few == many + 1 == statements(client, PAGE) == 6  # settled days are asked about once
    assert statements(client, PAGE) == 5


def test_what_is_remembered_of_settled_days_is_never_out_of_date(clock: Any) -> None:
    clock(MONDAY + 3 * DAY)
    scope, now = Scope(MONDAY.date(), MONDAY.date() + timedelta(days=6)), product_clock.now()
    one = received(make_account("premium"), MONDAY, "P0", 5 * HOUR, make_user("cse"))

    def told() -> list[int]:
        refresh_tallies()
        found = [sum(sums.sources.values()) for sums in (read(scope, now), read(scope, now))]
        assert found[0] == found[1]
        return found[:1]

    assert told() == [1]
    other = received(make_account("ultimate"), MONDAY + DAY, "P1", 5 * HOUR, make_user("cse"))
    assert told() == [2]
    Clock.objects.filter(ticket__in=[one, other]).update(received_on=MONDAY.date() - timedelta(days=7))
    StaleDay.mark(one.clocks.get(kind="response").received_on, MONDAY.date(), MONDAY.date() + timedelta(days=1))
    assert sum(read(scope, now).sources.values()) == 0
    assert told() == [0]  # both days have become empty


def copy_of(row: Any, **fields: Any) -> Any:
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    return type(row)(**kept | {f"{name}_id": value.pk for name, value in fields.items()})


@pytest.mark.ledger("SLA-21")
@pytest.mark.django_db(transaction=True)
def test_tallies_that_are_refreshed_by_several_at_once_while_answers_come_in_are_exact(clock: Any) -> None:
    clock(MONDAY + 6 * HOUR)
    by, account = make_user("cse"), make_account("premium")
    tickets = [received(account, MONDAY, "P0", None, by) for _ in range(8)]
    answers = [lambda one=one: one.log_reply("call", "Hello", at=MONDAY + HOUR, by=by) for one in tickets]
    at_once(refresh_tallies, refresh_tallies, refresh_tallies, *answers)
    refresh_tallies()
    assert not StaleDay.objects.exists()
    sums = Tally.objects.get(kind="response")
    assert (sums.kept, sums.missed, sums.on) == (8, 0, date(2026, 1, 12))


def test_refreshing_a_day_twice_changes_nothing(ten: User) -> None:
    refresh_tallies()
    before = settled()
    for day in {row[0] for row in before}:
        assert refresh_day(day)
    assert settled() == before


def settled() -> list[tuple[Any, ...]]:
    rows = Tally.objects.order_by("on", "kind", "tier", "priority", "inside")
    return list(rows.values_list("on", "kept", "missed", "none", "withdrawn"))


@pytest.mark.ledger("SLA-21")
def test_the_trend_goes_week_by_week(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    assert [(line.label, line.counts.get("kept")) for line in shown.trend] == [("5 Jan", None), ("12 Jan", 3)]
    assert shown.kept_by_week == [("5 Jan", None), ("12 Jan", 50.0)]
    assert shown.slow_by_week == [("5 Jan", None), ("12 Jan", 5.0)]
