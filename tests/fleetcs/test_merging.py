"""Two copies of one record become one: nothing is lost or overwritten unseen, and doing it again changes nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetcs.merging import Clash, Master, Merged, merge, same, settle

type Given = dict[str, Any]

NAMES = ("name", "stage", "amount")
VALUES = st.sampled_from([None, "", "a", "b", 0, 1, True, False, 2.5])
RECORDS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))
BASES = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES))
MASTERS = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(list(Master))))
BOTH = {"name": Master.BOTH, "stage": Master.BOTH}


def test_what_they_changed_comes_here() -> None:
    merged = merge(BOTH, {"name": "a", "stage": "x"}, {"name": "a", "stage": "x"}, {"name": "b", "stage": "x"})
    assert merged == Merged(here={"name": "b"}, base={"name": "b", "stage": "x"})


def test_what_we_changed_goes_there_and_is_agreed_only_once_it_has_arrived() -> None:
    merged = merge(BOTH, {"name": "a", "stage": "x"}, {"name": "b", "stage": "x"}, {"name": "a", "stage": "x"})
    assert merged == Merged(there={"name": "b"}, base={"name": "a", "stage": "x"})


@pytest.mark.ledger("SFD-25")
def test_changes_of_different_fields_merge_by_themselves() -> None:
    merged = merge(BOTH, {"name": "a", "stage": "x"}, {"name": "b", "stage": "x"}, {"name": "a", "stage": "y"})
    assert (merged.here, merged.there, merged.clashes) == ({"stage": "y"}, {"name": "b"}, {})


@pytest.mark.ledger("SFD-25")
def test_a_field_changed_on_both_sides_is_for_a_person() -> None:
    merged = merge(BOTH, {"name": "a"}, {"name": "b"}, {"name": "c"})
    assert merged.clashes == {"name": Clash("a", "b", "c")}
    assert (merged.here, merged.there, merged.base["name"]) == ({}, {}, "a")


def test_both_sides_coming_to_the_same_value_agree() -> None:
    assert merge(BOTH, {"name": "a"}, {"name": "b"}, {"name": "b"}).base["name"] == "b"


def test_the_master_of_a_field_has_the_last_word() -> None:
    masters = {"name": Master.THEIRS, "stage": Master.OURS}
    merged = merge(masters, {"name": "a", "stage": "x"}, {"name": "b", "stage": "y"}, {"name": "c", "stage": "z"})
    assert merged.here == {"name": "c"}
    assert merged.there == {"stage": "y"}


def test_a_first_meeting_fills_what_is_empty_and_asks_about_the_rest() -> None:
    merged = merge(BOTH, {}, {"name": "Brook", "stage": ""}, {"name": "Brook Inc", "stage": "x"})
    assert merged.here == {"stage": "x"}
    assert merged.clashes == {"name": Clash(None, "Brook", "Brook Inc")}


@pytest.mark.parametrize("master", list(Master))
def test_a_first_meeting_wipes_out_nothing(master: Master) -> None:
    assert merge({"name": master}, {}, {"name": "Brook"}, {"name": None}).there == {"name": "Brook"}
    assert merge({"name": master}, {}, {"name": ""}, {"name": "Brook"}).here == {"name": "Brook"}


def test_our_own_writing_that_comes_back_is_no_change_of_theirs() -> None:
    """The process died between sending and noting it, and somebody changed the field here meanwhile."""
    base = settle({"name": "a"}, {"name": "b"}, {"name": "b"}, by_us=True)
    assert merge(BOTH, base, {"name": "c"}, {"name": "b"}).there == {"name": "c"}


def test_the_same_value_written_by_somebody_else_is_their_change() -> None:
    base = settle({"name": "a"}, {"name": "b"}, {"name": "b"}, by_us=False)
    assert merge(BOTH, base, {"name": "c"}, {"name": "b"}).clashes


def test_another_value_by_our_own_user_is_a_change_too() -> None:
    assert settle({"name": "a"}, {"name": "b"}, {"name": "z"}, by_us=True) == {"name": "a"}


@given(MASTERS, BASES, RECORDS, RECORDS)
def test_every_field_ends_in_exactly_one_way(masters: Given, base: Given, ours: Given, theirs: Given) -> None:
    merged = merge(masters, base, ours, theirs)
    for name in NAMES:
        ways = [name in merged.here, name in merged.there, name in merged.clashes, same(ours[name], theirs[name])]
        assert ways.count(True) == 1


@given(MASTERS, BASES, RECORDS, RECORDS)
def test_no_value_is_overwritten_that_its_side_has_changed(
    masters: Given, base: Given, ours: Given, theirs: Given
) -> None:
    merged = merge(masters, base, ours, theirs)
    for name in NAMES:
        if masters[name] is Master.BOTH and name in base:
            assert name not in merged.here or same(ours[name], base[name])
            assert name not in merged.there or same(theirs[name], base[name])


@given(MASTERS, BASES, RECORDS, RECORDS)
def test_once_everything_has_arrived_nothing_is_left_to_do(
    masters: Given, base: Given, ours: Given, theirs: Given
) -> None:
    merged = merge(masters, base, ours, theirs)
    after = merge(masters, {**merged.base, **merged.there}, {**ours, **merged.here}, {**theirs, **merged.there})
    assert (after.here, after.there) == ({}, {})
    assert after.clashes == merged.clashes


@given(MASTERS, RECORDS, RECORDS, RECORDS)
def test_both_sides_see_the_same_clashes(masters: Given, base: Given, ours: Given, theirs: Given) -> None:
    turned = {"theirs": Master.OURS, "ours": Master.THEIRS, "both": Master.BOTH}
    there = merge({name: turned[master] for name, master in masters.items()}, base, theirs, ours)
    assert set(there.clashes) == set(merge(masters, base, ours, theirs).clashes)
