"""Rows of the requirements ledger that this release answers for: each is shown by a test that is really run."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.house import source

ROWS = [
    "SLA-01",
    "SLA-02",
    "SLA-03",
    "SLA-04",
    "SLA-05",
    "SLA-06",
    "SLA-07",
    "SLA-08",
    "SLA-09",
    "SLA-10",
    "SLA-11",
    "SLA-12",
    "SLA-13",
    "SLA-14",
    "SLA-15",
    "SLA-16",
    "SLA-17",
    "SLA-18",
    "SLA-19",
    "SLA-20",
    "SLA-21",
    "SLA-22",
    "SLA-23",
    "SLA-24",
    "INT-01",
    "INT-02",
    "INT-03",
    "INT-04",
    "INT-05",
    "INT-06",
    "INT-07",
    "INT-08",
    "INT-09",
    "INT-10",
    "INT-11",
    "INT-12",
    "INT-13",
    "INT-14",
    "INT-15",
    "INT-16",
    "INT-17",
    "INT-18",
    "AHR-01",
    "AHR-02",
    "AHR-03",
    "AHR-04",
    "AHR-05",
    "AHR-06",
    "AHR-07",
    "AHR-08",
    "AHR-09",
    "AHR-10",
    "AHR-11",
    "AHR-12",
    "TPL-01",
    "TPL-02",
    "TPL-03",
    "TPL-04",
    "TPL-05",
    "TPL-06",
    "TPL-07",
    "TPL-08",
    "DIR-01",
    "DIR-02",
    "DIR-03",
    "DIR-04",
    "DIR-05",
    "DIR-06",
    "SYS-03",
    "SYS-04",
    "SYS-05",
    "SYS-06",
    "SYS-18",
    "DOC-01",
    "DOC-03",
    "SFD-03",
    "SFD-04",
    "SFD-07",
    "SFD-15",
    "SFD-16",
    "SFD-17",
    "SFD-18",
    "SFD-19",
    "COD-01",
    "COD-02",
    "COD-03",
    "COD-04",
    "COD-05",
    "COD-06",
    "COD-07",
    "COD-08",
    "COD-09",
    "SYS-16",
    "REQ-04",
    "REQ-05",
    "REQ-06",
    "REQ-07",
    "REQ-08",
    "REQ-09",
    "REQ-10",
    "REQ-12",
    "BUG-06",
    "SYS-01",
    "REQ-01",
    "REQ-02",
    "REQ-03",
    "REQ-11",
    "BUG-01",
    "BUG-02",
    "BUG-03",
    "BUG-04",
    "BUG-05",
    "BUG-07",
    "BUG-08",
    "BUG-09",
    "BUG-10",
    "BUG-11",
    "BUG-12",
    "BUG-13",
    "BUG-14",
    "LIC-01",
    "LIC-02",
    "LIC-03",
    "LIC-04",
    "LIC-05",
    "LIC-06",
    "LIC-07",
    "DCL-23",
    "DCL-24",
    "PAY-01",
    "PAY-02",
    "PAY-03",
    "PAY-04",
    "SYS-11",
    "SYS-12",
    "SFD-01",
    "SFD-02",
    "SFD-05",
    "SFD-06",
    "SFD-08",
    "SFD-09",
    "SFD-10",
    "SFD-11",
    "SFD-12",
    "SFD-13",
    "SFD-14",
    "SFD-20",
    "SFD-21",
    "SFD-22",
    "SFD-23",
    "SFD-24",
    "SFD-25",
    "OPP-01",
    "OPP-02",
    "OPP-03",
    "OPP-04",
    "OPP-05",
    "OPP-06",
    "OPP-07",
    "OPP-08",
    "OPP-09",
    "OPP-10",
    "OPP-11",
    "OPP-12",
    "LEA-01",
    "LEA-02",
    "LEA-03",
    "LEA-04",
    "LEA-05",
    "QUO-01",
    "QUO-02",
    "QUO-03",
    "QUO-04",
    "QUO-05",
    "QUO-06",
    "DCL-00",
    "DCL-01",
    "DCL-02",
    "DCL-03",
    "DCL-04",
    "DCL-05",
    "DCL-06",
    "DCL-07",
    "DCL-08",
    "DCL-09",
    "DCL-10",
    "DCL-11",
    "DCL-12",
    "DCL-13",
    "DCL-14",
    "DCL-15",
    "DCL-16",
    "DCL-17",
    "DCL-18",
    "DCL-19",
    "DCL-20",
    "DCL-21",
    "DCL-22",
    "DCL-25",
    "DCL-26",
    "DCL-27",
    "DCL-28",
    "DCL-29",
    "CON-01",
    "CON-02",
    "CON-03",
    "CON-04",
    "CON-05",
    "CON-06",
    "CON-07",
    "CON-08",
    "CON-09",
    "CON-10",
    "CON-11",
    "CON-12",
    "CON-13",
    "REP-01",
    "REP-02",
    "REP-03",
    "OUT-01",
    "OUT-02",
    "OUT-03",
    "SYS-09",
    "SYS-10",
    "SYS-14",
    "SYS-17",
]

# What of these rows cannot be shown yet, and which later part of the product it waits for.
LATER: dict[str, str] = {}
NOT_RUN = ("skip", "xfail")


def test_every_row_is_carried_by_a_test() -> None:
    shown = carried()
    assert [row for row in ROWS if not shown[row]] == []


def test_no_mark_of_these_areas_names_a_row_that_does_not_exist() -> None:
    areas = {row[:4] for row in ROWS} - {"SYS-", "DOC-"}  # of these two some rows come with other parts of the product
    assert {row: tests for row, tests in carried().items() if row[:4] in areas and row not in ROWS} == {}


def test_what_waits_is_part_of_a_row_of_this_release() -> None:
    assert set(LATER) <= set(ROWS)
    assert len(ROWS) == len(set(ROWS))


def carried() -> defaultdict[str, list[str]]:
    """Rows, and the tests that are marked with them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for module in source.tests():
        assigned = (statement for statement in module.tree.body if isinstance(statement, ast.Assign))
        of_module = list(ids(one.value for one in assigned if is_pytestmark(one)))
        for test in (function for function in module.functions if function.name.startswith("test_")):
            for row in (*of_module, *ids(test.decorator_list)) if is_run(test) else ():
                found[row].append(f"{module.name}::{test.name}")
    return found


def is_pytestmark(statement: ast.Assign) -> bool:
    return ast.unparse(statement.targets[0]) == "pytestmark"


def is_run(test: source.Function) -> bool:
    """A test that is skipped, or expected to fail, shows nothing."""
    return not any(f"pytest.mark.{word}" in ast.unparse(mark) for mark in test.decorator_list for word in NOT_RUN)


def ids(marks: Iterable[ast.expr]) -> Iterator[str]:
    """The ledger ids in decorators or in a `pytestmark`."""
    for call in (node for mark in marks for node in ast.walk(mark)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.ledger":
            yield from (ast.literal_eval(argument) for argument in call.args)
