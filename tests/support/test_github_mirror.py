"""The mirror of the two repositories: what is read, what follows from it, and what never happens because of it."""

import pytest

from tests.standins import StandIns
from tests.support.at_github import issue, label, names, one, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


@pytest.mark.ledger("SYS-01")
def test_issues_with_labels_of_ours_are_read_and_others_are_not(standins: StandIns) -> None:
    bug, other = label(standins, "bug"), label(standins, "documentation")
    issue(standins, 1, bug, other), issue(standins, 2, other)
    issue(standins, 7, label(standins, "customer-ceres", repo="confidential"), repo="confidential")
    read()
    assert names(1) == {"bug", "documentation"}
    assert one(7, "confidential").title == "Issue 7"
