"""The kit of every page: wording, tags and charts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from fleetcs import charts, wording
from fleetcs.charts import Bar, Part
from fleetcs.models import User
from fleetcs.templatetags import kit

NOW = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")


def rendered(text: str, **values: Any) -> str:
    return Template(text).render(Context({"now": NOW, "zone": PACIFIC} | values))


# --- wording ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=5), "3 h 05 min"),
        (timedelta(hours=18), "18 h"),
        (timedelta(days=2, hours=4, minutes=50), "2 d 4 h"),
        (-timedelta(minutes=12), "12 min"),
    ],
)
def test_an_amount_of_time_has_one_wording(amount: timedelta, words: str) -> None:
    assert wording.duration(amount) == words
    assert rendered("{% amount_of_time amount %}", amount=amount) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(microseconds=-5), "0 s"),
        (timedelta(seconds=59, microseconds=999_999), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(hours=3, minutes=30, seconds=12), "3 h 30 min 12 s"),
        (timedelta(hours=26, seconds=7), "26 h 7 s"),
        (-timedelta(seconds=90), "1 min 30 s"),
    ],
)
def test_an_exact_amount_keeps_its_seconds_and_cuts_what_is_less(amount: timedelta, words: str) -> None:
    assert wording.duration(amount, exact=True) == words


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(minutes=-20), "20 min ago"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(days=-6), "6 d ago"),
        (timedelta(days=-8), "15 Nov"),
        (timedelta(days=60), "22 Jan 2027"),
    ],
)
def test_a_moment_is_told_as_people_say_it(away: timedelta, words: str) -> None:
    assert wording.relative(NOW + away, NOW, PACIFIC) == words


def test_a_moment_carries_the_exact_one_with_its_zone() -> None:
    assert rendered("{% moment at %}", at=NOW - timedelta(hours=3)) == (
        '<time datetime="2026-11-23T19:05:00Z" title="Mon 23 Nov 2026, 11:05 PST">3 h ago</time>'
    )


def test_opening_hours_in_words_draw_equal_days_together() -> None:
    week = {day: [["07:00", "12:00"], ["13:00", "16:00"]] for day in ("mon", "tue", "wed", "thu")}
    assert wording.opening("America/Los_Angeles", week | {"sat": [["09:00", "24:00"]]}) == (
        "Mon-Thu 07:00-12:00 and 13:00-16:00, Sat 09:00-24:00 Pacific time"
    )


# --- tags -------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SLA-18")
@pytest.mark.parametrize(
    ("due", "answered", "at_risk", "kind", "words"),
    [
        (None, None, None, "idle", "No promise"),
        (90, None, None, "idle", "1 h 30 min left"),
        (25, None, -1, "warn", "25 min left"),
        (-107, None, -200, "bad", "Late by 1 h 47 min"),
        (10, 10, None, "good", "Kept"),
        (10, 11, None, "bad", "Missed"),
    ],
)
def test_a_promise_is_words_icon_and_colour(
    due: int | None, answered: int | None, at_risk: int | None, kind: str, words: str
) -> None:
    moments = {
        name: None if minutes is None else NOW + timedelta(minutes=minutes)
        for name, minutes in (("due", due), ("answered", answered), ("at_risk", at_risk))
    }
    pill = rendered("{% sla due answered at_risk=at_risk how='by the contract' %}", **moments)
    assert f"pill-{kind}" in pill
    assert f"{words}</span>" in pill
    assert '<use href="#i-' in pill
    assert "by the contract" in pill


def test_a_pause_says_why() -> None:
    assert "Paused: waiting for &lt;b&gt;" in rendered("{% sla due paused='waiting for <b>' %}", due=NOW)


def test_names_cannot_write_markup() -> None:
    user = User(pk=3, name="<b>Ada</b> Moss")
    for text in ("{% person user %}", "{% dot 'good' user.name %}", "{% pill 'bad' user.name %}"):
        assert "<b>" not in rendered(text, user=user)


def test_an_icon_is_decoration_unless_it_is_labelled() -> None:
    assert 'aria-hidden="true"' in kit.icon("ticket")
    assert 'role="img" aria-label="Late"' in kit.icon("clock", label="Late")
    with pytest.raises(KeyError):
        kit.icon("no-such-icon")


# --- charts -----------------------------------------------------------------------------------------------------------
def test_bars_fill_the_width_and_leave_nothing_out() -> None:
    bars = [Bar("A", [Part("kept", 30), Part("missed", 10)]), Bar("B", [Part("missed", 5)]), Bar("C", [])]
    rows = charts.rows_of(bars)
    assert [round(sum(piece.width for piece in row.pieces)) for row in rows] == [346, 43, 0]
    assert [[part and part.value for part in row.cells] for row in rows] == [[30, 10], [None, 5], [None, None]]


def test_a_chart_has_a_table_with_the_same_figures() -> None:
    bars = [Bar("Premium", [Part("kept", 1_204), Part("missed", 3)])]
    page = rendered("{% chart_bars bars title='By tier' unit='tickets' %}", bars=bars)
    assert page.count("1,204") == 2  # on the bar and in the table
    assert page.count("1,207") == 2


def test_a_line_breaks_where_nothing_is_known() -> None:
    line = charts.line_of([("a", 1), ("b", 2), ("c", None), ("d", 4), ("e", 2)])
    assert len(line.strokes) == 2
    assert len(line.dots) == 4
    assert charts.line_of([]).dots == []
