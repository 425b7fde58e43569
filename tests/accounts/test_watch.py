"""The public repository is re-read every hour with the scan; what it finds alarms, and nothing repeats what it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import confidential, leak_drill
from accounts.confidential import Confidential
from accounts.models import Leak, Watch
from accounts.models.leak import ask_on
from accounts.models.private_words import private_words
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Automation, Effect, Event, HandbookEntry
from fleetcs.tasks import poke
from tests.factories import make_account, make_channel, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

ISSUES = f"/repos/{PUBLIC}/issues"
NAME = "Brightforge Metal"
Say = Callable[..., Any]


def watched() -> int:
    """One hour's reading, to its end; how many places are open then."""
    poke("watch_public")
    for _ in range(20):
        Effect.objects.open().update(next_at=product_clock.now() - timedelta(days=1))
        if not effects.send_rest():
            break
    return Leak.objects.open().count()


@pytest.fixture
def say(standins: StandIns) -> Say:
    """Somebody outside writes an issue, a comment, or changes one."""

    def said(path: str = ISSUES, method: str = "POST", **words: str) -> Any:
        return standins.as_person("lanternfish-desk", method, path, words)

    return said


@pytest.fixture(autouse=True)
def customer() -> None:
    make_account(name=f"{NAME} GmbH", domain="brightforge.example")


# --- what is found ----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("COD-05")
def test_every_kind_of_place_in_public_is_read_and_only_what_holds_a_name_is_found(say: Say) -> None:
    assert watched() == 0
    say(title="Hosts are offline", body="Since the upgrade.")
    assert watched() == 0
    say(title=f"Offline at {NAME}", body="Since the upgrade.")
    say(title="Slow dashboards", body="curl https://fleet.brightforge.example/api")
    say(f"{ISSUES}/1/comments", body="Reported by B-r-i-g-h-t-f-o-r-g-e Metal.")
    say(f"/repos/{PUBLIC}/labels", name="vip", description=f"For {NAME}", color="ffffff")
    say(f"/repos/{CONFIDENTIAL}/issues", title=f"What {NAME} wants", body="In confidence.")
    assert watched_next_hour() == 4
    found = {(leak.where, leak.number, leak.kinds) for leak in Leak.objects.all()}
    assert found == {
        ("title", 2, "account"),
        ("body", 3, "account"),
        ("comment", 1, "account"),
        ("label", None, "account"),
    }


def watched_next_hour() -> int:
    product_clock.set_to(product_clock.now() + timedelta(hours=1))
    return watched()


def test_neither_the_rows_nor_the_history_nor_the_message_repeat_the_name(say: Say, standins: StandIns) -> None:
    say(title=f"Offline at {NAME}", body=f"{NAME} is down", labels="")
    alarm_in("act")
    assert watched() == 2
    told = [*Leak.objects.values_list(), *Event.objects.values_list("facts"), *Effect.objects.values_list()]
    assert "brightforge" not in repr(told).lower()
    [message] = standins.messages("CLEAK")
    assert message["text"].startswith("The public repository holds what nobody outside may know, in 2 places: http")
    assert "brightforge" not in message["text"].lower()


def alarm_in(position: str) -> None:
    make_channel(name="g-watch", slack_id="CLEAK", kind="internal")
    HandbookEntry.objects.update_or_create(section="aliases", code="leak_alarm", defaults={"value": "#g-watch"})
    Automation.objects.filter(code="leak_alarm").update(position=position)


def test_the_message_is_one_a_reading_and_is_only_written_down_while_it_is_watched(
    say: Say, standins: StandIns
) -> None:
    alarm_in("watch")
    for number in range(3):
        say(title=f"{NAME} {number}", body="")
    assert watched() == 3
    [written] = Effect.objects.filter(kind="slack.leaks")
    assert (written.state, standins.messages("CLEAK")) == ("watched", [])
    assert "3 places" in written.preview


# --- dealing with it --------------------------------------------------------------------------------------------------
def test_what_was_dealt_with_alarms_again_only_when_its_text_has_changed(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    assert watched() == 1
    leak, person = Leak.objects.get(), make_user("vp_cs")
    leak.deal_with("The customer wrote that itself", seen=leak.fingerprint, by=person)
    assert watched_next_hour() == 0
    say(f"{ISSUES}/1/comments", body="Thanks!")  # the issue has changed, its text has not
    assert watched_next_hour() == 0
    say(f"{ISSUES}/1", "PATCH", body=f"At {NAME}, still.")
    assert watched_next_hour() == 1
    leak.refresh_from_db()
    assert (leak.dealt_by, leak.reason) == (None, "")
    assert Event.objects.of(leak).filter(verb="leak_found").count() == 2
    assert Event.objects.of(leak).filter(verb="leak_dealt_with", by=person).exists()


def test_what_was_dealt_with_and_taken_away_alarms_again_when_the_same_words_come_back(
    say: Say, standins: StandIns
) -> None:
    alarm_in("act")
    say(title="Offline", body=f"At {NAME}.")
    watched()
    leak = Leak.objects.get()
    leak.deal_with("Asked them to edit it", seen=leak.fingerprint, by=make_user("vp_cs"))
    say(f"{ISSUES}/1", "PATCH", body="At a customer.")
    assert watched_next_hour() == 0
    say(f"{ISSUES}/1", "PATCH", body=f"At {NAME}.")
    assert watched_next_hour() == 1
    assert len(standins.messages("CLEAK")) == 2


def test_nobody_deals_with_a_text_that_they_have_not_seen(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    watched()
    client, leak = signed_in(), Leak.objects.get()
    say(f"{ISSUES}/1", "PATCH", body=f"At {NAME}, and their people say more.")
    watched_next_hour()
    settle, done = reverse("accounts:leak_settle", args=[leak.pk]), "It may stand there"
    answer = client.post(settle, {"reason": done, "seen": leak.fingerprint}, follow=True)
    assert "has changed since you looked" in answer.content.decode()
    assert Leak.objects.open().exists()
    today = Leak.objects.get().fingerprint
    assert f'name="seen" value="{today}"' in answer.content.decode()
    client.post(settle, {"reason": done, "seen": today})
    assert not Leak.objects.open().exists()


def test_a_text_that_no_longer_holds_it_still_waits_for_a_person_who_looks_at_its_history(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    say(f"/repos/{PUBLIC}/labels", name="vip", description=f"For {NAME}", color="ffffff")
    watched()
    say(f"{ISSUES}/1", "PATCH", body="At a customer.")
    say(f"/repos/{PUBLIC}/labels/vip", "DELETE")
    assert watched_next_hour() == 2
    assert all(leak.gone_at for leak in Leak.objects.all())


def test_another_word_that_comes_to_be_private_is_found_in_what_was_written_long_ago(say: Say) -> None:
    say(title="Offline", body="At Quillfeather Marine.")
    product_clock.set_to(product_clock.now() + timedelta(minutes=10))
    say(title="Slow", body="Since then.")
    assert watched() == 0
    make_account(name="Quillfeather Marine", domain="quillfeather.example")
    assert watched_next_hour() == 0
    product_clock.set_to(product_clock.now() + timedelta(days=8))
    assert watched() == 1


def test_without_a_reason_it_is_not_dealt_with_and_nobody_deals_with_it_twice(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    watched()
    leak, person = Leak.objects.get(), make_user("cse")
    for refused in (" ", "ok"):
        with pytest.raises(ValidationError):
            leak.deal_with(refused, seen=leak.fingerprint, by=person)
    leak.deal_with("Edited, and the history removed", seen=leak.fingerprint, by=person)
    with pytest.raises(ValidationError):
        Leak.objects.get().deal_with("I did it too", seen=leak.fingerprint, by=person)


# --- how it is read ---------------------------------------------------------------------------------------------------
def test_an_hour_in_which_nothing_happened_costs_no_quota_but_the_labels(say: Say, standins: StandIns) -> None:
    say(title="Offline", body="Since the upgrade.")
    say(f"{ISSUES}/1/comments", body="Me too.")
    watched()
    watched_next_hour()
    watched_next_hour()
    assert standins.quota_used() == 1  # of this hour


def test_a_long_history_is_read_in_parts_and_nothing_of_it_is_passed_over(
    say: Say, standins: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = "2026-01-05T17:00:{:02}Z"
    rows = [row(number, at.format(number % 60)) for number in range(1, 351)]
    standins.at_github(*rows)
    monkeypatch.setattr("accounts.senders.watch.PAGES", 1)
    assert watched() == 35
    assert Effect.objects.filter(kind="github.watch", args={"what": "issues"}, state="done").count() == 4
    assert not Watch.objects.exclude(page="").exists()


def test_the_thousandth_part_of_a_long_history_has_a_key_that_the_queue_takes() -> None:
    with transaction.atomic():
        for part in ("", "+1", "+999"):
            ask_on("issues", f"watch:issues:2026010510{part}")
    assert [effect.key.rpartition("+")[2] for effect in Effect.objects.order_by("pk")] == ["1", "2", "1000"]


def test_a_page_that_is_refused_is_not_asked_for_for_ever_the_list_begins_anew(standins: StandIns) -> None:
    standins.at_github(*(row(number, f"2026-01-05T17:00:{number % 60:02}Z") for number in range(1, 21)))
    Watch.objects.create(what="issues", page=f"{ISSUES}/99", newest=product_clock.now(), is_whole=True)
    assert watched() == 0
    assert Watch.objects.get(what="issues").trouble
    assert watched_next_hour() == 2
    assert Watch.objects.get(what="issues").trouble == ""


def row(number: int, at: str) -> dict[str, Any]:
    """An issue of long ago; every tenth one holds the name."""
    text = f"At {NAME}." if number % 10 == 0 else "At a customer."
    said = {"title": "Offline", "body": text, "user": "somebody", "state": "open", "state_reason": None}
    rest = {"locked": False, "labels": [], "assignees": [], "closed_at": None, "closed_by": None}
    moments = {"created_at": at, "updated_at": at}
    named = {"kind": "github.issue", "key": f"1001/{number}", "id": 900_000 + number, "repo": 1001, "number": number}
    return {**named, **said, **rest, **moments}


def test_a_repository_that_cannot_be_read_is_a_stale_source_and_not_a_clean_one(standins: StandIns) -> None:
    watched()
    standins.turn("github", status_script=[403] * 3, only="/issues")
    product_clock.set_to(product_clock.now() + timedelta(hours=3))
    watched()
    page = signed_in().get(reverse("operations"))
    stale = {source.name for source in page.context["sources"] if source.is_stale}
    assert stale == {"Watch: issues", "Watch: comments"}


def signed_in(post: str = "cse") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


# --- pages ------------------------------------------------------------------------------------------------------------
def test_the_pages_say_where_and_what_kind_and_take_how_it_was_dealt_with(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    watched()
    client, leak = signed_in(), Leak.objects.get()
    for page in ("accounts:leaks", "accounts:part_leaks", "operations"):
        shown = client.get(reverse(page)).content.decode()
        assert "brightforge" not in shown.lower()
        assert "1 place" in shown
    assert client.post(reverse("accounts:leak_settle", args=[leak.pk]), {"reason": ""}).status_code == 302
    assert Leak.objects.open().exists()
    sent = {"reason": "Edited, history removed", "seen": leak.fingerprint}
    client.post(reverse("accounts:leak_settle", args=[leak.pk]), sent)
    assert not Leak.objects.open().exists()
    assert "Edited, history removed" in client.get(reverse("accounts:leaks") + "?state=settled").content.decode()


def test_those_who_do_not_see_every_codename_find_no_such_page(say: Say) -> None:
    say(title="Offline", body=f"At {NAME}.")
    watched()
    for post in ("csm", "bizops", None):
        client = Client()
        client.force_login(make_user(post))
        settle = reverse("accounts:leak_settle", args=[Leak.objects.get().pk])
        assert client.get(reverse("accounts:leaks")).status_code == 404
        assert client.post(settle, {"reason": "It is nothing"}).status_code == 404


def test_every_leak_of_the_drill_that_somebody_writes_in_public_is_found_by_the_watch(say: Say) -> None:
    leak_drill.plant()
    for leak in leak_drill.LEAKS:
        say(title="Offline", body=leak.text)
    assert watched() == len(leak_drill.LEAKS)


def test_the_confidential_repository_may_be_spoken_of_by_others_and_is_never_named_by_us(say: Say) -> None:
    text = f"See {CONFIDENTIAL}#12."
    say(title="Offline", body=text)
    assert watched() == 0
    with pytest.raises(Confidential):
        confidential.public(text, private_words())
