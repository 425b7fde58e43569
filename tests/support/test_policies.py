"""Policies: versions with dates, corrections that are counted first, and what is superseded (SLA-16, support.md)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from fleetcs.models import Event
from support import sla
from support.models import Recount, SlaPolicy, Ticket
from tests.factories import make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 1, 13, 18, 0, tzinfo=UTC)  # Tuesday 10:00 in the company's zone
HOUR = timedelta(hours=1)


def signed_in(post: str | None = "vp_cs") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def current() -> SlaPolicy:
    return SlaPolicy.objects.get(superseded=False)


def typed(policy: SlaPolicy, **changes: str) -> dict[str, str]:
    """The form as the browser would send it back; `premium_P1_inside="2"` changes a cell."""
    data: dict[str, str] = {}
    for rule in policy.rules.all():
        for name in ("clock", "inside", "outside", "unit", "target"):
            value = getattr(rule, name)
            data[f"{rule.tier}-{rule.priority}-{name}"] = "" if value is None else str(value)
        if rule.holidays_close:
            data[f"{rule.tier}-{rule.priority}-holidays_close"] = "on"
    return (
        data
        | {name.replace("_", "-", 2): value for name, value in changes.items() if "_P" in name}
        | {name: value for name, value in changes.items() if "_P" not in name}
    )


def premium(priority: str = "P1", **fields: Any) -> Ticket:
    return make_ticket(make_account("premium"), priority=priority, **{"received_at": TUESDAY} | fields)


# Reading


@pytest.mark.ledger("SLA-16")
def test_the_list_says_what_is_in_force_what_comes_and_what_is_superseded(clock: Any) -> None:
    clock(TUESDAY)
    current().succeed(
        code="next",
        name="Next",
        in_force_from=TUESDAY + timedelta(days=30),
        rules=list(current().rules.all()),
        by=make_user("vp_cs"),
    )
    page = signed_in(None).get("/policies/")
    assert [(one.policy.code, one.state) for one in page.context["versions"]] == [
        ("tiers-p0-p3", "in force"), ("next", "future"), ("two-levels", "superseded"),
    ]  # fmt: skip
    text = page.content.decode()
    assert "1 hour, or 2 hours outside business hours" in text
    assert "2 business days, aiming at 1 business day" in text
    assert "no new contract can have it" in text


@pytest.mark.ledger("SLA-16")
def test_a_superseded_version_can_be_read_but_not_picked() -> None:
    old = SlaPolicy.objects.get(superseded=True)
    page = signed_in().get(f"/policies/{old.pk}/")
    assert page.status_code == 200
    assert "cannot be picked" in page.content.decode()
    assert f"/policies/{old.pk}/next/" not in page.content.decode()
    assert signed_in().get(f"/policies/{old.pk}/next/").status_code == 404
    assert signed_in().post(f"/policies/{old.pk}/correct/", typed(old)).status_code == 404


def test_who_may_not_change_promises_is_told_why_and_refused() -> None:
    client, policy = signed_in("cse"), current()
    assert "may change promises" in client.get(f"/policies/{policy.pk}/").content.decode()
    for what in ("next", "correct", "off"):
        assert client.get(f"/policies/{policy.pk}/{what}/").status_code == 403
        assert client.post(f"/policies/{policy.pk}/{what}/", typed(policy)).status_code == 403


# The next version


@pytest.mark.ledger("SLA-01", "SLA-13")
def test_a_version_with_a_date_touches_only_what_is_received_later(clock: Any) -> None:
    clock(TUESDAY)
    before = premium()
    client, policy = signed_in(), current()
    data = typed(policy, name="Faster", in_force_from="2026-01-14T07:00", premium_P1_inside="2", premium_P1_outside="2")
    answer = client.post(f"/policies/{policy.pk}/next/", data)
    heir = SlaPolicy.objects.get(name="Faster")
    assert (answer.status_code, answer["Location"]) == (302, f"/policies/{heir.pk}/")
    assert heir.in_force_from == datetime(2026, 1, 14, 15, 0, tzinfo=UTC)
    assert heir.rule("premium", "P1").words == "2 business hours"
    assert heir.rule("ultimate", "P0").words == policy.rule("ultimate", "P0").words
    before.refresh_from_db()
    assert before.due_at == TUESDAY + 4 * HOUR
    clock(TUESDAY + timedelta(days=1))
    assert premium(received_at=TUESDAY + timedelta(days=1)).due_at == TUESDAY + timedelta(hours=26)
    assert not Recount.objects.exists()


def test_a_version_cannot_count_from_a_moment_that_has_passed(clock: Any) -> None:
    clock(TUESDAY)
    policy = current()
    data = typed(policy, name="Late", in_force_from="2026-01-01T07:00")
    page = signed_in().post(f"/policies/{policy.pk}/next/", data)
    assert page.status_code == 422
    assert "has passed" in page.content.decode()


@pytest.mark.ledger("SLA-22")
@pytest.mark.parametrize(("changes", "words"), [
    ({"premium_P1_inside": "0"}, "more than nothing"),
    ({"premium_P1_inside": "-1"}, "more than nothing"),
    ({"premium_P1_inside": "NaN"}, "Enter a number"),
    ({"premium_P1_inside": "9" * 5000}, "premium"),
    ({"premium_P1_inside": ""}, "required"),
    ({"premium_P1_clock": "moon"}, "moon"),
    ({"premium_P0_unit": "days"}, "days need a business clock"),
    ({"premium_P3_target": "3"}, "the target is later than the promise"),
    ({"name": "x" * 121}, "120"),
    ({"name": "a\0b"}, "Null"),
    ({"in_force_from": "2026-03-08T02:30"}, "does not exist"),
    ({"in_force_from": "2026-11-01T01:30"}, "happens twice"),
])  # fmt: skip
def test_a_table_that_makes_no_sense_is_refused(clock: Any, changes: dict[str, str], words: str) -> None:
    clock(TUESDAY)
    policy = current()
    data = typed(policy, **{"name": "Next", "in_force_from": "2026-02-01T07:00"} | changes)
    page = signed_in().post(f"/policies/{policy.pk}/next/", data)
    assert page.status_code == 422
    assert words.lower() in page.content.decode().lower()
    assert SlaPolicy.objects.count() == 2


def test_a_form_that_is_sent_twice_writes_one_version(clock: Any) -> None:
    clock(TUESDAY)
    client, policy = signed_in(), current()
    data = typed(policy, name="Next", in_force_from="2026-02-01T07:00", form_token="T1")
    answers = [client.post(f"/policies/{policy.pk}/next/", data) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {f"/policies/{SlaPolicy.objects.get(name='Next').pk}/"}


def test_two_versions_of_one_name_get_codes_of_their_own(clock: Any) -> None:
    clock(TUESDAY)
    client, policy = signed_in(), current()
    for day in (1, 2):
        client.post(f"/policies/{policy.pk}/next/", typed(policy, name="Next", in_force_from=f"2026-02-0{day}T07:00"))
    assert set(SlaPolicy.objects.filter(name="Next").values_list("code", flat=True)) == {"next", "next-2"}


# Correcting what is in force


@pytest.mark.ledger("SLA-24")
def test_a_correction_is_counted_and_shown_before_it_is_done(clock: Any) -> None:
    clock(TUESDAY)
    moved = [premium() for _ in range(3)]
    premium("P2")
    client, policy = signed_in(), current()
    data = typed(policy, premium_P1_inside="6", premium_P1_outside="6")
    shown = client.post(f"/policies/{policy.pk}/correct/", data)
    assert shown.status_code == 200
    assert "This moves 3 open tickets." in shown.content.decode()
    assert "4 business hours → <strong>6 business hours" in shown.content.decode()
    assert policy.rule("premium", "P1").inside == 4
    assert Ticket.objects.filter(pk__in=[one.pk for one in moved], due_at=TUESDAY + 4 * HOUR).count() == 3
    done = client.post(f"/policies/{policy.pk}/correct/", data | {"confirmed": shown.context["form"].digest})
    job = Recount.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/recounts/{job.pk}/")
    assert (job.total, job.cause, current().rule("premium", "P1").inside) == (4, "policy", 6)
    assert Event.objects.of(policy).filter(verb="policy_corrected").get().facts["before"] == {
        "premium P1": "4 business hours"
    }


def test_a_correction_that_was_changed_after_it_was_shown_is_shown_again(clock: Any) -> None:
    clock(TUESDAY)
    client, policy = signed_in(), current()
    first = client.post(f"/policies/{policy.pk}/correct/", typed(policy, premium_P1_inside="6", premium_P1_outside="6"))
    other = typed(policy, premium_P1_inside="8", premium_P1_outside="8", confirmed=first.context["form"].digest)
    again = client.post(f"/policies/{policy.pk}/correct/", other)
    assert again.status_code == 200
    assert not Recount.objects.exists()


def test_a_correction_can_be_looked_at_as_often_as_one_likes_and_counts_once(clock: Any) -> None:
    clock(TUESDAY)
    client, policy = signed_in(), current()
    url = f"/policies/{policy.pk}/correct/"
    data = typed(policy, premium_P1_inside="6", premium_P1_outside="6", form_token="T")
    looks = [client.post(url, data) for _ in range(2)]
    assert [look.status_code for look in looks] == [200, 200]
    sure = data | {"confirmed": looks[0].context["form"].digest}
    assert len({client.post(url, sure)["Location"] for _ in range(3)}) == 1
    assert Recount.objects.count() == 1


def test_a_correction_of_nothing_is_refused(clock: Any) -> None:
    clock(TUESDAY)
    policy = current()
    page = signed_in().post(f"/policies/{policy.pk}/correct/", typed(policy))
    assert page.status_code == 422
    assert "Nothing is different" in page.content.decode()


# Switching off


def test_the_only_version_in_force_cannot_be_switched_off() -> None:
    page = signed_in().post(f"/policies/{current().pk}/off/")
    assert page.status_code == 422
    assert "write the next one first" in page.content.decode()
    with pytest.raises(ValidationError):
        current().switch_off(by=make_user("vp_cs"))


@pytest.mark.ledger("SLA-16")
def test_switching_a_version_off_says_how_many_clocks_it_withdraws(clock: Any) -> None:
    clock(TUESDAY)
    first = current()
    heir = first.succeed(
        code="next", name="Next", in_force_from=TUESDAY + HOUR, rules=list(first.rules.all()), by=make_user("vp_cs")
    )
    clock(TUESDAY + 2 * HOUR)
    premium(received_at=TUESDAY + 90 * timedelta(minutes=1))
    client = signed_in()
    assert "1 open ticket" in client.get(f"/policies/{heir.pk}/off/").content.decode()
    answer = client.post(f"/policies/{heir.pk}/off/")
    assert answer["Location"] == Recount.objects.get().get_absolute_url()
    heir.refresh_from_db()
    assert heir.superseded
    assert SlaPolicy.objects.in_force(TUESDAY + 2 * HOUR) == first


def test_the_table_in_words_is_what_the_rules_say() -> None:
    policy = current()
    for rule in sla.DEFAULT_RULES:
        row = policy.rule(rule.tier, rule.priority)
        assert (row.words if row else sla.NO_PROMISE) == rule.text()
