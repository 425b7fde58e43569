"""What a close sends out: the issue about the new customer, and a word to whoever holds the ball (DCL-00, DCL-12)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django.fixtures import Settings

from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Automation, Effect, HandbookEntry
from opportunities import nudging
from opportunities.models import DealClose
from opportunities.sale_issue import prefilled
from tests.conftest import Clock
from tests.factories import make_close, make_user
from tests.opportunities.closes import ISSUE, Walk
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


def won() -> DealClose:
    close = make_close()
    Walk(close).through("DCL-09b")
    return close


@pytest.mark.ledger("DCL-00", "DCL-12")
@pytest.mark.parametrize("lost", [False, True])
def test_a_win_makes_one_confidential_issue_whatever_becomes_of_the_answer(standins: StandIns, lost: bool) -> None:
    HandbookEntry.objects.create(section="aliases", code="sale_issue_labels", value="project, #cx")
    close = won()
    if lost:
        standins.turn("github", times=1, only="POST /github/", p_lost=1)
    send_all()
    [issue] = standins.github(CONFIDENTIAL)["issues"]
    assert issue["title"] == f"New customer: {close.opportunity.account.name}"
    named = {label["id"]: label["name"] for label in standins.github(CONFIDENTIAL)["labels"]}
    assert {named[pk] for pk in issue["labels"]} == {"project", "#cx"}
    assert close.get_absolute_url() in issue["body"]
    assert not standins.github(PUBLIC)["issues"]
    assert DealClose.objects.get(pk=close.pk).issue_url.endswith(f"/issues/{issue['number']}")
    told = [str(effect.args) + effect.key for effect in Effect.objects.all()]
    assert not any(close.opportunity.account.name in each for each in told)
    assert Effect.objects.get(kind="github.sale").attempts == (2 if lost else 1)


@pytest.mark.ledger("DCL-12")
def test_an_issue_that_the_ae_filed_by_the_link_and_did_not_name_is_found_and_not_made_twice(
    standins: StandIns,
) -> None:
    other, close = make_close(), make_close()
    for one in (close, other):
        [body] = parse_qs(urlsplit(prefilled(one)).query)["body"]
        github.create_issue("confidential", "New customer", body)
    Walk(close).through("DCL-09b")
    send_all()
    first, _ = sorted(standins.github(CONFIDENTIAL)["issues"], key=lambda issue: int(issue["number"]))
    assert DealClose.objects.get(pk=close.pk).issue_url.endswith(f"/issues/{first['number']}")
    assert DealClose.objects.get(pk=other.pk).issue_url == ""


def test_no_issue_is_made_where_the_ae_has_named_one(standins: StandIns) -> None:
    close = make_close()
    walk = Walk(close)
    close.tick("DCL-00", {"issue": ISSUE}, by=walk.ae)
    for code, act in walk.acts().items():
        if code in walk.before_the_win() and code != "DCL-00":
            act()
    send_all()
    assert not standins.github(CONFIDENTIAL)["issues"]
    assert DealClose.objects.get().issue_url == ISSUE


@pytest.mark.ledger("DCL-29")
@pytest.mark.parametrize(("position", "mails"), [("off", 0), ("watch", 0), ("act", 1)])
def test_whoever_holds_the_ball_of_a_close_that_stands_still_is_told_once(
    standins: StandIns, clock: Clock, settings: Settings, position: str, mails: int
) -> None:
    settings.BASE_URL = "https://desk.lanternfish.example/"
    Automation.objects.get(code="close_nudge").switch(position, by=None)
    close = make_close()
    assert nudging.nudge() == 0
    clock.forward(days=2, minutes=1)
    nudging.nudge()
    nudging.nudge()
    send_all()
    assert len(standins.mails()) == mails
    if mails:
        said = str(standins.mails())
        assert close.opportunity.owner
        assert close.opportunity.owner.email in said
        assert "Export and sanctions check" in said
        assert f"https://desk.lanternfish.example{close.get_absolute_url()}" in said
        assert close.opportunity.account.name not in said
    assert Effect.objects.filter(state="watched").count() == (position == "watch")


def test_nobody_is_told_whose_turn_has_passed(standins: StandIns, clock: Clock) -> None:
    Automation.objects.get(code="close_nudge").switch("act", by=None)
    close = make_close()
    clock.forward(days=3)
    assert nudging.nudge() == 1
    make_user("bizops")
    type(close.opportunity).objects.filter(pk=close.opportunity_id).update(stage="Closed Lost")
    send_all()
    assert not standins.mails()
