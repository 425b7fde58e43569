"""The command `sla_due`: the worked examples as lines, lines that are no question, versions, exit status."""

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command

from fleetcs.local.folders import CHECKOUT
from fleetcs.models import Holiday, OpeningHours
from support.models import SlaPolicy, SlaRule
from support.questions import LONGEST_LINE
from tests.factories import make_user
from tests.support.worked_examples import examples

pytestmark = pytest.mark.django_db

P1 = {"tier": "premium", "priority": "P1", "received_at": "2026-01-23T15:30:00-08:00"}


def ask(*lines: Any, explain: bool = False) -> tuple[list[dict[str, Any]], int]:
    """The answers and the exit status."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    out, status = io.StringIO(), 0
    try:
        call_command("sla_due", explain=explain, stdin=io.BytesIO(b"\n".join([*raw, b""])), stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


@pytest.mark.ledger("SLA-02", "SLA-03", "SLA-04", "SLA-05", "SLA-06", "SLA-07", "SLA-08", "SLA-09", "SLA-10")
@pytest.mark.ledger("SLA-13", "SLA-15")
def test_the_worked_examples_fall_due_as_written() -> None:
    rows = examples()
    asked = [{"tier": row[0], "priority": row[1], "received_at": row[2].isoformat()} for row in rows]
    answers, status = ask(*asked)
    assert status == 0
    assert [(one["due_at"], one["target_at"]) for one in answers] == [(utc(row[3]), utc(row[4])) for row in rows]


@pytest.mark.ledger("SLA-04")
def test_one_line_gets_one_answer_in_utc() -> None:
    answers, status = ask(P1)
    assert (status, answers[0]["due_at"], answers[0]["target_at"]) == (0, "2026-01-26T18:30:00Z", None)
    assert answers[0]["received_in_business_hours"] is True


@pytest.mark.ledger("SLA-15", "SLA-18", "SLA-21")
def test_a_holiday_is_outside_business_hours_though_it_does_not_delay_an_emergency() -> None:
    answers, _ = ask({"tier": "ultimate", "priority": "P0", "received_at": "2026-11-26T09:00:00-08:00"})
    assert (answers[0]["due_at"], answers[0]["received_in_business_hours"]) == ("2026-11-26T18:00:00Z", False)


UNUSABLE = [
    (b"", "JSON"),
    (b"nonsense", "JSON"),
    (b"\xff\xfe", "JSON"),
    (b"[]", "JSON"),
    (b"null", "JSON"),
    (b"[" * 50_000, "JSON"),
    (b"x" * (LONGEST_LINE * 20), "longer"),
    (b'{"tier": "premium\\u0000", "priority": "P1", "received_at": "2026-01-23T15:30:00Z"}', "tier"),
    (b'{"tier": "premium", "priority": "P1", "received_at": "2026-01-23T15:30:00Z\\u0000"}', "moment"),
    ({**P1, "tier": "gold"}, "free, premium, ultimate"),
    ({**P1, "tier": None}, "tier"),
    ({**P1, "priority": "P4"}, "P4 is not a priority"),
    ({**P1, "priority": "p4"}, "P4 is not a priority"),
    ({**P1, "tier": "free", "priority": "P4"}, "P4 is not a priority"),
    ({**P1, "priority": "urgent"}, "P0"),
    ({"tier": "premium", "priority": "P1"}, "received_at"),
    ({**P1, "received_at": 17}, "received_at"),
    ({**P1, "received_at": "2026-01-23T15:30:00"}, "zone"),
    ({**P1, "received_at": "2026-02-30T15:30:00Z"}, "moment"),
    ({**P1, "received_at": "0001-01-01T00:00:00+14:00"}, ""),
    ({**P1, "received_at": "1950-01-01T00:00:00Z"}, "1970"),
    ({**P1, "received_at": "9999-12-31T23:59:59-14:00"}, ""),
    ({**P1, "received_at": "2200-12-31T23:59:59Z"}, ""),
]


@pytest.mark.ledger("SLA-22")
def test_an_unusable_line_says_why_and_the_others_are_answered_in_their_order() -> None:
    lines = [part for line, _ in UNUSABLE for part in (line, P1)]
    answers, status = ask(*lines)
    assert status == 1
    assert [one.get("due_at") for one in answers[1::2]] == ["2026-01-26T18:30:00Z"] * len(UNUSABLE)
    for (line, words), answer in zip(UNUSABLE[:-1], answers[::2], strict=False):
        assert list(answer) == ["error"], line
        assert words in answer["error"]


@pytest.mark.ledger("SLA-13", "SLA-16")
def test_each_line_goes_by_the_policy_and_the_hours_in_force_at_its_receipt() -> None:
    policy = SlaPolicy.objects.get(superseded=False)
    rules = [
        SlaRule(**{**cells(rule), "inside": 2, "outside": 2}) if rule.priority == "P1" else rule
        for rule in policy.rules.all()
    ]
    policy.succeed(
        code="next", name="Next", in_force_from=datetime(2026, 3, 2, tzinfo=UTC), rules=rules, by=make_user("vp_cs")
    )
    week = {day: [["06:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    OpeningHours.objects.create(week=week, in_force_from=datetime(2026, 4, 6, tzinfo=UTC))
    Holiday.objects.create(on=date(2026, 4, 14), name="Founders' Day")
    answers, status = ask(
        {**P1, "received_at": "2026-02-27T10:00:00-08:00"},
        {**P1, "received_at": "2026-03-06T10:00:00-08:00"},
        {**P1, "received_at": "2026-04-10T15:30:00-07:00"},
        {**P1, "priority": "P2", "received_at": "2026-04-13T15:00:00-07:00"},
    )
    assert status == 0
    assert [one["due_at"] for one in answers] == [
        "2026-02-27T22:00:00Z", "2026-03-06T20:00:00Z", "2026-04-13T14:30:00Z", "2026-04-15T22:00:00Z",
    ]  # fmt: skip
    assert [one["policy"] for one in answers] == [policy.code, "next", "next", "next"]


def cells(rule: SlaRule) -> dict[str, Any]:
    names = ("tier", "priority", "clock", "inside", "outside", "target", "unit", "holidays_close")
    return {name: getattr(rule, name) for name in names}


@pytest.mark.ledger("SLA-05", "SLA-15")
def test_explaining_adds_a_ledger_that_sums_to_the_second() -> None:
    answers, _ = ask({"tier": "premium", "priority": "P2", "received_at": "2026-11-25T15:30:07-08:00"}, explain=True)
    spans = answers[0]["ledger"]
    assert sum(span["seconds"] for span in spans if span["counted"]) == answers[0]["counted_seconds"] == 9 * 3600
    assert [span["reason"] for span in spans if "Thanksgiving" in span["reason"]] == ["Thanksgiving Day"]
    assert (spans[0]["from"], spans[-1]["to"]) == ("2026-11-25T23:30:07Z", answers[0]["due_at"])
    assert "Thanksgiving Day" in answers[0]["explanation"]
    assert answers[0]["subtracted"]


@pytest.mark.ledger("SLA-02")
def test_explaining_free_says_that_nothing_is_guaranteed() -> None:
    answers, status = ask({**P1, "tier": "free"}, explain=True)
    assert (status, answers[0]["due_at"], answers[0]["ledger"]) == (0, None, [])
    assert "No guaranteed resolution" in answers[0]["explanation"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_answers_as_a_process_line_by_line(process_environment: dict[str, str]) -> None:
    lines = json.dumps(P1) + "\n" + "nonsense\n" + json.dumps(P1) + "\n"
    done = subprocess.run(
        [sys.executable, "manage.py", "sla_due"],
        input=lines,
        cwd=CHECKOUT,
        text=True,
        env=process_environment,
        capture_output=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(answers), list(answers[1])) == (1, 3, ["error"])
