"""CSV files: what the list shows, readable again, and nothing in them that a spreadsheet would run."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetcs.csv_cell import safe, unescape
from fleetcs.export import lines
from fleetcs.tables import tables
from tests.factories import make_user
from tests.house import source
from tests.visiting import client_of

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    " =1",
    "  +1",
    '"=1',
    "'=1",
    "' \"@x",
    "\u200b=1",
    "\ufeff=1",
    "\u00a0=1",
    "\ufe661",
]


def read(head: list[str], rows: list[list[object]]) -> list[list[str]]:
    text = "".join(lines(head, rows))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(formula: str) -> None:
    assert safe(formula) == f"'{formula}"
    assert unescape(safe(formula)) == formula


@pytest.mark.parametrize("plain", ["", "Company 1", "a=b", "1-2", "mail@company.example", "O'Hara", "'quoted'"])
def test_other_text_stays_as_it_is(plain: str) -> None:
    assert safe(plain) == plain
    assert unescape(plain) == plain


def test_numbers_stay_numbers_even_below_zero() -> None:
    assert [safe(value) for value in (-5, 1.5, True, False, None)] == ["-5", "1.5", "yes", "no", ""]


TEXT = st.text(st.sampled_from("=+-@\uff1d\uff20\ufe62\t\r\n \u00a0\u200b'\",;ab\u00e91"), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(TEXT, min_size=2, max_size=2)))
def test_what_was_written_can_be_read_in_again(rows: list[list[Any]]) -> None:
    written = read(["one", "two"], rows)
    assert [[unescape(cell) for cell in row] for row in written[1:]] == rows


def test_separators_quotes_and_line_breaks_stay_inside_their_cell() -> None:
    row = ['a,b;c"d\r\n=1+1']
    assert read(["head"], [row])[1] == row


def test_all_files_come_from_one_writer() -> None:
    writers = [module.name for module in source.product() if "csv.writer" in module.text or "DictWriter" in module.text]
    assert [name for name in writers if "/local/standins/" not in name] == ["fleetcs/export.py"]


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(tables()))
def test_a_list_offers_its_file_to_those_alone_who_may_take_it(code: str) -> None:
    table = tables()[code]
    for post, may in (("bizops", True), ("ae", False)):
        user = make_user(post)
        page = client_of(user).get(reverse(table.page)).content.decode()
        assert (f'action="{reverse(table.page)}export"' in page) == user.may(table.export) == may
