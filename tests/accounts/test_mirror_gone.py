"""What is gone over there, skipped here, or would be written: over the real line."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from accounts.models import Account
from fleetcs import clock as product_clock
from fleetcs.mirrors import balance, duties, settling
from fleetcs.models import MirrorLink
from tests.accounts.both_sides import accounts, brooks, load
from tests.conftest import Clock
from tests.factories import make_account, make_ticket, make_user
from tests.mirrored import poll, started
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

NOW = datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _running(line: StandIns) -> Iterator[None]:
    """Both mirrors are started and may act, as after the first week."""
    with started("accounts", "contacts"):
        yield


# --- gone ------------------------------------------------------------------------------------------------------------
def test_a_deleted_record_is_marked_at_the_next_poll(line: StandIns, clock: Clock) -> None:
    [id, _] = load(line, *brooks(2))
    poll()
    clock.forward(minutes=5)
    line.act("delete", object="Account", id=id)
    poll()
    duties.recount()
    assert MirrorLink.objects.get(salesforce_id=id).gone_at
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_a_record_that_vanished_without_a_trace_is_found_at_night(line: StandIns, clock: Clock) -> None:
    [id, *_] = load(line, *brooks(3))
    poll()
    duties.sweep()
    line.act("purge", object="Account", id=id)
    clock.forward(hours=1)
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()).words == "1 record too many"
    clock.forward(days=1)
    poll()
    assert duties.sweep() == 1
    assert MirrorLink.objects.get(salesforce_id=id).gone_at
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_much_vanishing_at_once_is_held_until_a_person_says_so(line: StandIns, clock: Clock) -> None:
    ids = load(line, *brooks(20))
    poll()
    for id in ids[:10]:
        line.act("purge", object="Account", id=id)
    clock.forward(days=1)
    duties.sweep()
    assert (accounts().held, MirrorLink.objects.exclude(gone_at=None).count()) == (10, 0)
    assert balance.standing(accounts(), product_clock.now()).words == "10 records vanished at once"
    assert accounts().release(by=make_user("vp_cs"))
    duties.sweep()
    assert (accounts().held, MirrorLink.objects.exclude(gone_at=None).count()) == (0, 10)


def test_a_row_removed_here_behind_its_back_turns_it_red_and_comes_back(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(3))
    poll()
    duties.sweep()
    Account.objects.filter(name="Brook 00001").delete()
    clock.forward(hours=1)
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()) == balance.Standing("bad", "1 record missing")
    settling.count_now(accounts(), by=make_user("vp_cs"))
    duties.sweep()
    duties.recount()
    assert Account.objects.filter(name="Brook 00001").exists()
    assert balance.standing(accounts(), product_clock.now()).tone == "good"


def test_merged_accounts_leave_their_tickets_to_the_one_that_is_left(line: StandIns, clock: Clock) -> None:
    [loser, winner] = load(line, *brooks(2))
    poll()
    ticket = make_ticket(Account.objects.get(name="Brook 00000"))
    clock.forward(minutes=5)
    line.act("merge", object="Account", master=winner, losers=[loser])
    poll()
    ticket.refresh_from_db()
    assert ticket.account == Account.objects.get(name="Brook 00001")


# --- skipping --------------------------------------------------------------------------------------------------------
def test_a_skipped_record_is_read_again_by_one_click(line: StandIns) -> None:
    [id] = load(line, {"Name": "x" * 200})
    poll()
    duties.recount()
    assert balance.standing(accounts(), product_clock.now()) == balance.Standing("warn", "1 record skipped")
    line.act("edit", object="Account", id=id, set={"Name": "Short"})
    by = make_user("bizops")
    assert settling.replay(MirrorLink.objects.get(), by=by)
    assert not settling.replay(MirrorLink.objects.get(), by=by), "it is under way"
    send_all()
    assert (Account.objects.get().name, MirrorLink.objects.get().problem) == ("Short", "")


def test_a_company_of_ours_is_joined_with_theirs_by_one_click(line: StandIns) -> None:
    ours = make_account(name="Brook 00000")
    load(line, *brooks(1))
    poll()
    assert settling.adopt(MirrorLink.objects.get(), by=make_user("bizops"))
    send_all()
    assert MirrorLink.objects.get().record_id == ours.pk


def test_a_dry_run_lists_what_would_be_written_and_writes_nothing(line: StandIns) -> None:
    load(line, *brooks(2), {"Name": "x" * 200})
    assert settling.rehearse(accounts(), by=make_user("bizops"))
    send_all()
    told = accounts().rehearsal
    assert (told["read"], told["writes"], Account.objects.count(), MirrorLink.objects.count()) == (3, 3, 0, 0)
    assert [row["does"] for row in told["rows"]] == ["make", "make", "skip"]
