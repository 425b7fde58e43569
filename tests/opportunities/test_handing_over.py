"""What a step after the signatures needs before it is done, each as its row of the ledger says (DCL-08 to DCL-27)."""

import html
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Meeting
from accounts.views.channels import UNUSUAL_NAME
from opportunities import pipelines
from opportunities.models import DealClose
from opportunities.models.close_states import states
from tests.factories import DRIVE_URL, make_channel, make_close
from tests.opportunities.closes import Walk
from tests.visiting import client_of

pytestmark = pytest.mark.django_db


def done(close: DealClose) -> set[str]:
    [state] = states([close])
    return {line.step.code for line in state.lines if line.standing == "done"}


def warned(close: DealClose, code: str) -> list[str]:
    """Codes of the steps that should come before one and are not done."""
    [state] = states([close])
    [line] = [line for line in state.lines if line.step.code == code]
    return [step.code for step in line.warns]


def refused(act: Any) -> bool:
    try:
        with transaction.atomic():
            act()
    except ValidationError:
        return True
    return False


@pytest.mark.ledger("DCL-08", "DCL-09", "SYS-09")
@pytest.mark.parametrize("party", ["customer", "company"])
def test_with_one_date_of_two_a_contract_is_not_signed_and_no_copy_of_it_is_the_executed_one(party: str) -> None:
    close = make_close()
    walk = Walk(close).through("DCL-03")
    walk.sign(party)
    assert "DCL-08" not in done(close)
    assert refused(walk.attach)
    walk.sign("company" if party == "customer" else "customer")
    assert "DCL-08" in done(close)
    walk.attach()
    assert "DCL-09a" in done(close)


@pytest.mark.ledger("DCL-10", "SYS-10")
def test_bizops_files_the_executed_contract_with_a_link_of_the_drive_and_the_ae_does_not() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09b")
    path = f"/agreements/{walk.paper.pk}/file/"
    assert client_of(walk.ae).post(path, {"url": DRIVE_URL}).status_code == 403
    biz = client_of(walk.biz)
    assert biz.post(path, {"url": "https://files.example/1"}).status_code == 422
    biz.post(path, {"url": ""})
    assert "DCL-10" not in done(close)
    assert biz.post(path, {"url": DRIVE_URL}).status_code == 302
    assert "DCL-10" in done(close)


@pytest.mark.ledger("DCL-16")
def test_moving_the_folder_before_both_plans_are_written_is_warned_of_and_needs_its_new_link(settings: Any) -> None:
    close = make_close()
    walk = Walk(close).through("DCL-14")
    assert warned(close, "DCL-16") == ["DCL-15"]
    assert refused(lambda: walk.tick("DCL-16", walk.ae))
    settings.DEAL_CLOSE_WARNINGS_STOP = True
    assert refused(lambda: walk.tick("DCL-16", walk.ae, folder=DRIVE_URL))
    walk.tick("DCL-15", walk.sc, plan=DRIVE_URL)
    walk.tick("DCL-16", walk.ae, folder=DRIVE_URL)
    assert "DCL-16" in done(close)


@pytest.mark.ledger("DCL-20", "OPP-08")
def test_the_renewal_is_there_only_while_it_is_linked_and_of_its_type() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-09b")
    renewal = walk.deal.renewals.get()
    assert "DCL-20" in done(close)
    assert refused(lambda: close.tick("DCL-20", {}, by=walk.csm)), "it is seen, not ticked"
    for fields in ({"type": "Expansion"}, {"type": pipelines.RENEWAL, "renewal_of": None}):
        type(renewal).objects.filter(pk=renewal.pk).update(**fields)
        assert "DCL-20" not in done(close)


@pytest.mark.ledger("DCL-21")
def test_the_welcome_has_a_recipient_and_the_checklist_is_a_step_of_its_own() -> None:
    close = make_close()
    walk = Walk(close).through("DCL-20")
    for said in ({}, {"to": "their buyer"}):
        assert refused(lambda said=said: walk.tick("DCL-21a", walk.csm, **said))
    walk.tick("DCL-21a", walk.csm, to="buyer@mill.example")
    assert done(close) >= {"DCL-21a"}
    assert "DCL-21b" not in done(close)
    assert refused(lambda: walk.tick("DCL-21b", walk.csm, copy="the sheet"))
    walk.tick("DCL-21b", walk.csm, copy=DRIVE_URL)
    assert "DCL-21b" in done(close)


@pytest.mark.ledger("DCL-22")
def test_the_customers_channel_is_seen_once_it_is_theirs_and_an_unusual_name_is_warned_of() -> None:
    close = make_close()
    Walk(close)
    account = close.opportunity.account
    make_channel(None)
    channel = make_channel(account, kind="internal", name="mill-and-we")
    assert "DCL-22" not in done(close)
    type(channel).objects.filter(pk=channel.pk).update(kind="customer")
    assert "DCL-22" in done(close)
    csm = client_of(account.csm)
    assert UNUSUAL_NAME in html.unescape(csm.get(f"/channels/{channel.pk}/").content.decode())
    assert "mill-and-we" in csm.get(f"/accounts/{account.pk}/").content.decode()


@pytest.mark.ledger("DCL-27")
def test_a_check_in_that_recurs_and_is_not_called_off_is_the_customers() -> None:
    close = make_close()
    walk = Walk(close)
    assert refused(lambda: walk.meet("check_in"))
    walk.meet("check_in", recurs="weekly")
    assert "DCL-27" in done(close)
    Meeting.objects.get().cancel(by=walk.csm)
    assert "DCL-27" not in done(close)
