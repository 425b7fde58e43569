"""CSV files as people bring them: marks, separators, quotes, line ends, and what is refused (F43)."""

import tracemalloc

import pytest

from fleetcs.csv_text import LARGEST, LONGEST_CELL, MISPLACED, MOST_ROWS, NEVER_CLOSED, TOO_LONG, Unreadable, read

ROWS = [["Ann", "a;b"], ["Béa", 'say "x"']]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_spreadsheet_programs_file_is_read_alike(mark: bytes, end: str, separator: str) -> None:
    rows = [f'Ann{separator}"a;b"', f'Béa{separator}"say ""x"""']
    text = end.join([f'"Name"{separator}"Notes, or more"', *rows, ""])
    sheet = read(mark + text.encode())
    assert sheet.head == ["Name", "Notes, or more"]
    assert [list(line.cells) for line in sheet.lines] == ROWS
    assert [line.number for line in sheet.lines] == [2, 3]


def test_a_row_is_known_by_the_line_it_begins_in() -> None:
    sheet = read(b'Name,Notes\n\nAnn,"one\ntwo"\n,\nBea,x\n')
    assert [(line.number, list(line.cells)) for line in sheet.lines] == [(3, ["Ann", "one\ntwo"]), (6, ["Bea", "x"])]


def test_our_own_files_are_read_as_they_were_and_formulas_stay_text() -> None:
    sheet = read(b"Name,Notes\n'=1+1,'tis\n=2,-3\n@x,+4\n")
    assert [list(line.cells) for line in sheet.lines] == [["=1+1", "'tis"], ["=2", "-3"], ["@x", "+4"]]


def test_a_bad_row_says_why_and_does_not_take_its_neighbours_along() -> None:
    long = b"x" * (LONGEST_CELL + 1)
    sheet = read(
        b'Name,Notes\nshort\nlong,a,b\n"a"b,c\nAnn,1,,\n' + long + b",1\nBea,2\n" + b"y" * 1_000_000 + b",3\nCid,4"
    )
    assert [(line.number, line.problem) for line in sheet.lines if line.problem] == [
        (2, "It has 1 cells where there are 2 columns."),
        (3, "It has 3 cells where there are 2 columns."),
        (4, "A quotation mark stands where it cannot be read: inside a quoted cell it is written twice."),
        (6, TOO_LONG),
        (8, TOO_LONG),
    ]
    assert [line.cells[0] for line in sheet.lines if not line.problem] == ["Ann", "Bea", "Cid"]
    assert max(len(cell) for line in sheet.lines for cell in line.cells) <= 300


def test_a_quotation_mark_that_is_never_closed_is_said_where_it_opens() -> None:
    sheet = read(b'Name,Notes\nAnn,1\nBea,"2\nCid,3\n')
    lost = " Lines 3 to 4 are read as one row: none of them is imported."
    assert [(line.number, line.problem) for line in sheet.lines] == [(2, ""), (3, NEVER_CLOSED + lost)]


def test_rows_that_an_open_quotation_mark_swallows_are_named() -> None:
    sheet = read(b'Name,Notes\nAnn,"1\nBea,2\nCid,"3"\nDan,4\n')
    lost = " Lines 2 to 4 are read as one row: none of them is imported."
    assert [(line.number, line.problem) for line in sheet.lines] == [(2, MISPLACED + lost), (5, "")]


def test_no_more_rows_are_kept_of_a_file_than_tell_that_it_is_too_long() -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable, match="more than"):
        read(b"N\n" + b"A\n" * MOST_ROWS * 5)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < MOST_ROWS * 1_000


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "It is empty."),
        (b"\n \n", "It is empty."),
        (b"Name,Notes\n", "There is no row below the names of the columns."),
        (b"Name\nM\xfcller\n", "It is not in UTF-8 (line 2): save it as “CSV UTF-8” in your spreadsheet program."),
        ("Name\nAnn\n".encode("utf-16"), "It is no text file: save the table as CSV in UTF-8"),
        (b"PK\x03\x04 a workbook", "It is no text file: save the table as CSV in UTF-8"),
        (b"Name\n" + b"Ann\n" * (MOST_ROWS + 1), "It has more than 20,000 rows: split it."),
        (b"," * 100 + b"x\n1\n", "It has more than 100 columns."),
        (b"x" * (LARGEST + 1), "It is larger than 10 MB: split it."),
        (b'"Name\nAnn\n', "The names of the columns cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=r".*") as refused:
        read(raw)
    assert str(refused.value).startswith(why)
