"""The mirror over the real line: windows, late rows, kills and quotas."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account, Contact
from fleetcs import clock as product_clock
from fleetcs.mirrors import balance, duties, pull, quota, writing
from fleetcs.models import Calls, Event, Mirror, MirrorLink
from tests.accounts.both_sides import accounts, brooks, calls, changed, load, record
from tests.conftest import Clock
from tests.factories import make_user
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


# --- reading ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-02")
def test_accounts_and_contacts_arrive_and_the_counts_balance(line: StandIns) -> None:
    [first, _] = load(line, *brooks(2))
    load(line, {"LastName": "Lund", "FirstName": "Vera", "AccountId": first, "Title": "CISO"}, object="Contact")
    poll()
    duties.recount()
    assert Contact.objects.get().name == "Vera Lund"
    assert Contact.objects.get().account.name == "Brook 00000"
    for mirror in Mirror.objects.running():
        assert balance.standing(mirror, product_clock.now()) == balance.Standing("good", "Balanced")


@pytest.mark.ledger("SYS-02")
def test_the_second_run_changes_nothing_and_asks_once(line: StandIns) -> None:
    load(line, *brooks(30))
    poll()
    before, asked = list(Account.objects.order_by("pk").values()), len(calls(line))
    poll()
    assert list(Account.objects.order_by("pk").values()) == before
    assert len(calls(line)) == asked + 2, "one call for each of the two objects"


def test_a_row_that_was_committed_late_is_caught(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(2))
    poll()
    clock.forward(minutes=10)
    poll()
    late = product_clock.now() - timedelta(seconds=90)
    load(line, {"Name": "Late"}, at=late.isoformat())
    poll()
    assert Account.objects.filter(name="Late").exists()


def test_records_of_one_second_are_told_apart_by_their_ids(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends in the middle of a second goes on with the next id of it."""
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(pull, "ROUND", timedelta(0))
    Mirror.objects.filter(code="contacts").update(stopped_at=NOW)
    for taken in (2_000, 4_000, 4_100):
        poll()
        assert Account.objects.count() == taken
    poll()
    assert accounts().loaded_at
    assert Account.objects.values("name").distinct().count() == 4_100


def test_many_come_in_one_bulk_job_and_a_kill_in_its_middle_doubles_nothing(
    line: StandIns, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    load(line, *brooks(4_500))
    monkeypatch.setattr(pull, "BULK_PAGE", 2_000)
    pieces, real = [], writing.apply

    def dies(*args: Any, **kwargs: Any) -> Any:
        pieces.append(1)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(writing, "apply", dies)
    poll()  # has the job begun
    with pytest.raises(KeyboardInterrupt):
        poll()
    assert Account.objects.count() == 2_000
    assert balance.standing(accounts(), product_clock.now()).words == "Loading, 44 %"
    clock.forward(minutes=6)
    poll()
    assert Account.objects.count() == MirrorLink.objects.count() == 4_500
    assert len([path for path in calls(line, "jobs/query") if path.endswith("jobs/query")]) == 1


def test_somebody_who_stops_it_half_way_can_resume_it(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(pull, "ROUND", timedelta(0))
    poll()
    vp = make_user("vp_cs")
    assert accounts().stop(by=vp)
    poll()
    assert Account.objects.count() == 2_000
    assert accounts().start(by=vp)
    poll()
    poll()
    assert Account.objects.count() == 4_100


def test_two_runs_never_hold_one_mirror(line: StandIns) -> None:
    load(line, *brooks(2))
    assert Mirror.objects.claim("accounts", product_clock.now())
    assert poll() == 0


def test_a_field_that_vanished_is_left_out_with_an_alarm_and_comes_back(line: StandIns) -> None:
    load(line, *brooks(1))
    poll()
    line.act("shape", object="Account", without=["Industry"])
    load(line, {"Name": "New"}, at=NOW.isoformat())
    poll()
    assert Account.objects.filter(name="New").exists()
    assert accounts().trouble == ""
    assert balance.missing_fields(accounts()) == ["Industry"]
    assert Event.objects.filter(verb="mirror_field_vanished", facts__field="industry").exists()


def test_a_field_that_is_mirrored_from_today_on_is_read_of_every_record(line: StandIns, clock: Clock) -> None:
    load(line, {"Name": "Brook", "Industry": "Water"})
    row = accounts().fields.get(ours="industry")
    row.delete()
    poll()
    assert Account.objects.get().industry == ""
    accounts().fields.create(ours="industry", theirs="Industry")
    clock.forward(days=1)
    duties.sweep()
    assert Account.objects.get().industry == "Water"


def test_a_renamed_choice_arrives_as_the_text_it_is(line: StandIns) -> None:
    load(line, {"Name": "Brook", "Industry": "Waterworks (old)"})
    poll()
    assert Account.objects.get().industry == "Waterworks (old)"


# --- the quota -------------------------------------------------------------------------------------------------------
def test_reading_stops_while_enough_is_left_for_what_people_do(line: StandIns, clock: Clock) -> None:
    load(line, *brooks(1))
    line.act("quota", used=850, limit=1000)
    poll()
    poll()
    assert accounts().trouble == "quota"
    told = quota.usage()
    assert told
    assert (told.of, told.reserved, told.ours_at_most, told.used) == (1000, 200, 250, accounts().quota_used)
    assert balance.standing(accounts(), product_clock.now()).words == "Partial: it goes on when calls come back"
    line.act("quota", used=10, limit=1000)
    clock.forward(minutes=31)
    poll()
    assert Account.objects.count() == 1


def test_when_the_quota_is_gone_the_cursor_is_kept_and_everybody_waits(
    line: StandIns, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    load(line, *brooks(4_100))
    monkeypatch.setattr(pull, "FEW", 10_000)
    monkeypatch.setattr(quota, "SHARE", 2)
    monkeypatch.setattr(quota, "OURS", 2)
    line.act("quota", used=996, limit=999)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("REQUEST_LIMIT_EXCEEDED", 2_000)
    asked = len(calls(line))
    poll()
    assert len(calls(line)) == asked
    line.act("quota", used=0)
    clock.forward(minutes=61)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 4_100)


def test_reading_stops_when_a_quarter_of_the_companys_calls_were_ours(line: StandIns, clock: Clock) -> None:
    """What people do is sent all the same, and reading goes on by itself when calls have come back (traps 19, 20)."""
    [id] = load(line, *brooks(1))
    poll()
    Calls.objects.note("salesforce", 300)
    line.act("quota", used=320, limit=1000)
    poll()
    assert accounts().trouble in ("", "own_quota")
    clock.forward(minutes=1)
    load(line, {"Name": "New"}, at=product_clock.now().isoformat())
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("own_quota", 1)
    changed(github_label="heron")
    clock.forward(minutes=1)
    send_all()
    assert record(line, id)["GitHub_label__c"] == "heron"
    told = quota.usage()
    assert told
    assert told.ours > 300
    clock.forward(hours=25)
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 2)


def test_an_object_that_refuses_to_be_asked_by_time_is_read_whole_every_hour(line: StandIns, clock: Clock) -> None:
    """Trap 29: describe says so, nothing is asked in vain, and what has not changed is not written again."""
    load(line, *brooks(3))
    line.act("shape", object="Account", fields=["SystemModstamp | System Modstamp | datetime | reads unasked"])
    poll()
    assert (accounts().is_whole, accounts().trouble, Account.objects.count()) == (True, "", 3)
    load(line, {"Name": "New"}, at="2020-01-01T00:00:00Z")
    clock.forward(minutes=30)
    duties.poll()
    assert Account.objects.count() == 3
    clock.forward(minutes=31)
    duties.poll()
    assert Account.objects.count() == 4


def test_an_object_that_refuses_bulk_jobs_comes_in_pages(line: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    load(line, *brooks(30))
    monkeypatch.setattr(pull, "FEW", 10)
    line.turn("salesforce", times=1, only="jobs/query", status_script=["INVALIDENTITY"])
    poll()
    poll()
    assert (accounts().trouble, Account.objects.count()) == ("", 30)
