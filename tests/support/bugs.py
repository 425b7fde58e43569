"""Bugs for tests: a customer, a suspicion that can be filed, and what stands at GitHub."""

from typing import Any

from accounts.models import Account, Codename
from fleetcs.clients import github
from fleetcs.local.standins.github import PUBLIC
from fleetcs.models import Effect, User
from support.models import BugReport
from support.models.bug_search import BugSearch
from tests.factories import make_account, make_ticket, make_user
from tests.sending import send_all
from tests.standins import StandIns

NAME = "Brightforge Metal"
DETAILS = {
    "server_version": "4.61",
    "agent_version": "fleetd 1.30",
    "operating_system": "macOS 15",
    "web_browser": "Firefox",
    "expected": "Hosts stay online.",
    "actual": "Hosts go offline.",
}


def customer(codename: str = "Ceres") -> Account:
    account = make_account(name=NAME, domain="brightforge.example")
    if codename:
        Codename.objects.assign(account, codename, by=make_user())
        Effect.objects.all().delete()  # its labels are another story
    return account


def suspected(account: Account | None = None, by: User | None = None, **changes: Any) -> BugReport:
    """A suspicion with everything that it needs to be filed."""
    ticket = make_ticket(account or customer(), details=DETAILS)
    report = BugReport.objects.suspect(ticket, by=by or make_user())
    BugSearch.objects.look(report, "offline", by=make_user(), at_github=True)
    Effect.objects.filter(kind="github.search").delete()  # what GitHub's own search finds is another story
    report.write({"title": "Hosts go offline", "steps": "1. Enroll a host", **changes}, by=make_user())
    return report


def filed(report: BugReport, by: User | None = None) -> BugReport:
    report.file(report.shown().digest, by=by or make_user())
    send_all()
    report.refresh_from_db()
    return report


def there(standins: StandIns, repo: str = PUBLIC) -> list[dict[str, Any]]:
    return standins.github(repo)["issues"]


def labels_there(report: BugReport) -> set[str]:
    assert report.issue is not None
    repo = "confidential" if report.issue.repo == "confidential" else "public"
    return {label.name for label in github.issue(repo, report.issue.number).labels}
