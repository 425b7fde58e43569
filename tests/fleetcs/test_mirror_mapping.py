"""Values are compared as both sides mean them, in whichever way they were written."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetcs.mirrors.mapping import Kind, Mapped, canonical, mappings
from fleetcs.mirrors.reading import Reading, literal
from fleetcs.models import Mirror


@pytest.mark.parametrize(
    ("kind", "told", "ours"),
    [
        (Kind.TEXT, " Brook ", "Brook"),
        (Kind.WHOLE, "12.0", 12),
        (Kind.WHOLE, 12.0, 12),
        (Kind.NUMBER, "1000.0", Decimal("1000.00")),
        (Kind.NUMBER, 0.1, Decimal("0.10")),
        (Kind.FLAG, "true", True),
        (Kind.FLAG, False, False),
        (Kind.DAY, "2026-06-30", date(2026, 6, 30)),
        (Kind.MOMENT, "2026-06-30T10:00:00.000+0000", datetime(2026, 6, 30, 10, tzinfo=UTC)),
        (Kind.MOMENT, "2026-06-30T10:00:00Z", datetime(2026, 6, 30, 12, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_the_same_value_is_the_same_on_both_sides(kind: Kind, told: Any, ours: Any) -> None:
    assert Mapped("ours", "theirs", kind).read([told]) == canonical(ours)


@pytest.mark.parametrize("told", [None, "", "many", "nan", "1e999"])
def test_what_is_no_number_is_nothing(told: Any) -> None:
    assert Mapped("ours", "theirs", Kind.WHOLE).read([told]) is None
    assert Mapped("ours", "theirs", Kind.NUMBER).read([told]) is None


@given(st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans()))
def test_whatever_is_told_can_be_read(told: Any) -> None:
    for kind in set(Kind) - {Kind.CHOICE}:
        Mapped("ours", "theirs", kind).read([told])


@given(st.text())
def test_a_text_that_was_read_can_be_kept(told: str) -> None:
    read = str(Mapped("ours", "theirs").read([told]))
    assert "\0" not in read
    assert read.encode().decode() == read


def test_places_in_a_window_are_told_to_the_millisecond() -> None:
    assert literal(datetime(2026, 1, 5, 10, 0, 0, 123456, UTC)) == "2026-01-05T10:00:00.123Z"


@pytest.mark.django_db
def test_a_record_that_is_fetched_in_bulk_and_then_by_time_is_the_same_record() -> None:
    """Each way writes moments otherwise."""
    reading = Reading(Mirror.objects.get(code="accounts"))
    rows = [{"Id": "001", "SystemModstamp": f"2026-01-05T10:00:00.000{zone}"} for zone in ("+0000", "Z")]
    assert len({told.digest for told in reading.told(rows)}) == 1


def test_every_mapping_names_fields_that_are_there() -> None:
    for mapping in mappings().values():
        for mapped in mapping.fields:
            assert mapping.model._meta.get_field(mapped.ours)
            assert mapped.kind is not Kind.REFERENCE or mapped.of in mappings()
        assert set(mapping.unique) <= {mapped.ours for mapped in mapping.fields}
