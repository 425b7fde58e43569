"""What a bug report says, which words are looked for, how its labels and its working days go."""

from datetime import date

import pytest

from fleetcs.hours import Hours
from fleetcs.working_day import is_working, working_day
from support import bug_cycle, bug_text

WEEK = {day: [("07:00", "16:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = Hours("America/Los_Angeles", WEEK, holidays={"2026-01-19": "Martin Luther King Jr. Day"})
FRIDAY, SATURDAY, MONDAY = date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 12)
DETAILS = {
    "server_version": "4.61",
    "agent_version": "fleetd 1.30",
    "operating_system": "macOS 15",
    "web_browser": "n/a: they use the API only",
    "expected": "Hosts stay online.",
    "actual": "Hosts go offline after an hour.",
}
TEMPLATE = """---
name: Bug report
labels: bug
---
**Version**: <!-- from the page "about" -->

**Web browser**:

### Actual behavior
<!-- what happens -->

### Screenshots

### Steps to reproduce
1. TODO

### More info
"""


def said(**given: str) -> bug_text.Sections:
    return bug_text.sections(DETAILS | given, steps="1. Enroll\n2. Wait", reproduced=True)


# --- words to look for ------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-01")
def test_a_bug_is_looked_for_in_several_ways() -> None:
    ways = bug_text.phrasings("Re: Fwd: Hosts are offline since the upgrade", DETAILS)
    assert ways == [
        "Hosts are offline since the upgrade",
        "Hosts offline upgrade",
        "Hosts offline hour",
        "Hosts stay online",
    ]


def test_nothing_to_say_gives_nothing_to_look_for() -> None:
    assert bug_text.phrasings("Re: ", {}) == []


# --- the text ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-03", "BUG-07")
def test_the_report_follows_the_repositorys_own_template() -> None:
    text = bug_text.body(said(), TEMPLATE, "abc")
    assert text.startswith(
        "**Version**: 4.61\n\n**Web browser**: n/a: they use the API only\n\n### Actual behavior\nHosts"
    )
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "### Actual behavior",
        "### Steps to reproduce",
        "### Agent kind and version",
        "### Operating system",
        "### Expected behavior",
    ]
    assert "TODO" not in text
    assert text.endswith("<!-- report abc -->")


@pytest.mark.ledger("BUG-05", "INT-08")
def test_a_text_without_a_template_has_our_order_and_no_empty_heading() -> None:
    text = bug_text.body(said(redis_version="7.2"), "", "abc")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[0] == "### Server version"
    assert headings[-1] == "### More details"
    assert "- Redis version and server capacity (CPU, memory): 7.2" in text
    assert "MySQL" not in text
    empty = bug_text.body(said(), "", "abc")
    assert "More details" not in empty


@pytest.mark.ledger("BUG-04")
def test_what_we_could_not_reproduce_says_what_the_customer_did() -> None:
    parts = bug_text.sections(DETAILS, steps="They pressed Save.", reproduced=False)
    assert parts["steps"] == "We could not reproduce it. What was done when it happened:\n\nThey pressed Save."


def test_a_crlf_template_and_a_form_in_yaml_are_read_without_harm() -> None:
    assert list(bug_text.slots(TEMPLATE.replace("\n", "\r\n"))) == list(bug_text.slots(TEMPLATE))
    assert list(bug_text.slots("name: Bug\nbody:\n  - type: textarea\n")) == []


@pytest.mark.ledger("BUG-07")
def test_the_prefilled_form_carries_labels_and_template() -> None:
    link = bug_text.prefilled("lanternfish/lanternfish", bug_cycle.FIRST)
    assert link.endswith("/lanternfish/lanternfish/issues/new?labels=bug,:reproduce&template=bug-report.md")


def test_a_digest_is_that_of_exactly_this_text_in_this_repository() -> None:
    one = bug_text.Shown("public", "T", "B", ("bug",))
    others = [("confidential", "T", "B", ("bug",)), ("public", "T2", "B", ("bug",)), ("public", "T", "B", ("bug", "x"))]
    assert len({one.digest, *(bug_text.Shown(*other).digest for other in others)}) == 4


def test_a_marked_text_is_cut_at_its_marks_and_nothing_is_lost() -> None:
    pieces = bug_text.parts("seen at Acme today", [(8, 12, "account")])
    assert pieces == [("seen at ", ""), ("Acme", "account"), (" today", "")]


# --- labels -----------------------------------------------------------------------------------------------------------
FILED = ["bug", ":reproduce", ":incoming", "customer-ceres"]


@pytest.mark.ledger("BUG-08", "BUG-11", "BUG-12")
def test_the_labels_go_their_way() -> None:
    begun = bug_cycle.after(FILED, bug_cycle.CHANGES[bug_cycle.BEGIN])
    assert set(begun) == {"bug", "~investigate", ":help-customers", "customer-ceres"}
    reproduced = bug_cycle.after(begun, bug_cycle.CHANGES[bug_cycle.REPRODUCED])
    assert set(reproduced) == {"bug", ":help-customers", "customer-ceres", ":product"}
    not_reproduced = bug_cycle.after(begun, bug_cycle.CHANGES[bug_cycle.NOT_REPRODUCED])
    assert set(not_reproduced) == {"bug", ":help-customers", "customer-ceres", ":incoming", ":reproduce"}


@pytest.mark.ledger("BUG-08")
def test_labels_that_drift_are_named() -> None:
    assert bug_cycle.drift(["Bug", "~investigate", ":help-customers", "customer-ceres"], bug_cycle.BEGIN) == []
    assert bug_cycle.drift(["bug", "~investigate", "customer-ceres", ":incoming"], bug_cycle.BEGIN) == [
        ":help-customers is missing",
        ":incoming is still on it",
    ]


# --- working days -----------------------------------------------------------------------------------------------------
def nth(began: date, today: date) -> int:
    return bug_cycle.nth_day(began, today, is_working(CALENDAR))


@pytest.mark.ledger("BUG-10")
def test_first_seen_on_friday_the_second_stand_up_is_monday() -> None:
    days = [FRIDAY, SATURDAY, date(2026, 1, 11), MONDAY]
    assert [nth(FRIDAY, day) for day in days] == [1, 1, 1, 2]


@pytest.mark.ledger("BUG-10")
def test_after_a_mondays_holiday_it_is_tuesday() -> None:
    friday, monday, tuesday = date(2026, 1, 16), date(2026, 1, 19), date(2026, 1, 20)
    assert [nth(friday, day) for day in (friday, monday, tuesday)] == [1, 1, 2]


def test_what_began_at_the_weekend_is_first_seen_on_monday() -> None:
    assert working_day(SATURDAY, is_working(CALENDAR)) == MONDAY
    assert [nth(SATURDAY, day) for day in (SATURDAY, MONDAY, date(2026, 1, 13))] == [0, 1, 2]


def test_nobody_counts_further_than_one_looks() -> None:
    assert nth(date(2020, 1, 1), MONDAY) == bug_cycle.FURTHEST


@pytest.mark.ledger("BUG-09")
def test_what_was_there_yesterday_without_an_acknowledgement_is_overdue() -> None:
    assert not bug_cycle.is_overdue(1, acknowledged=False)
    assert bug_cycle.is_overdue(2, acknowledged=False)
    assert not bug_cycle.is_overdue(2, acknowledged=True)
