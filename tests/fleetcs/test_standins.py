"""The stand-ins themselves: they fail on demand, forget nothing and write as Slack and mail servers do."""

import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
from pytest_django.fixtures import Settings

from fleetcs import clock as product_clock
from fleetcs.clients import email, slack, sms
from fleetcs.clients.http import Unavailable
from fleetcs.local import folders
from fleetcs.local.processes import until
from tests.standins import Heard, StandIns

MAIL = email.Mail(("ana@brightforge.example",), "Hello <b>", "A text", "<effect-1@mail.localhost>")


def run(product: str, standins: StandIns, *given: str) -> subprocess.CompletedProcess[str]:
    secrets = {"SLACK_SIGNING_SECRET": "s3cret", "MAIL_SIGNING_SECRET": "m4il", "BASE_URL": product}
    told = {"STANDINS_ANNOUNCE": str(standins.state / "announced"), "CLOCK_FILE": "/nonexistent"}
    command = [sys.executable, "-m", "fleetcs.local.standins", *given]
    environment = {**os.environ, **secrets, **told}
    return subprocess.run(command, cwd=folders.CHECKOUT, env=environment, capture_output=True, text=True, timeout=30)


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_failed_call_leaves_nothing_and_a_lost_one_leaves_its_message(standins: StandIns) -> None:
    standins.turn("slack", p_fail=1, times=1)
    with pytest.raises(Unavailable):
        slack.post("C1", "one", effect_key="a")
    assert standins.messages("C1") == []
    standins.turn("slack", p_fail=0, p_lost=1, times=1)
    with pytest.raises(Unavailable):
        slack.post("C1", "two", effect_key="b")
    assert [each["text"] for each in standins.messages("C1")] == ["two"]
    slack.post("C1", "three", effect_key="c")
    assert [each["fault"] for each in standins.journal("slack")] == ["fail", "lost", ""]


def test_a_held_answer_waits_for_its_release_after_the_deed(standins: StandIns) -> None:
    standins.turn("mailgun", applied_then_hold=True, times=1, only="messages")
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(email.send, MAIL)
        [entry] = standins.journal("mailgun", "messages", at_least=1)
        assert "status" not in entry
        assert len(standins.mails()) == 1
        assert email.find(MAIL.message_id, product_clock.now()) == MAIL.message_id
        assert not sending.done()
        standins.release()
        assert sending.result(10) == MAIL.message_id


def test_a_script_is_read_call_by_call(standins: StandIns) -> None:
    standins.turn("sms", status_script=[503, 200, "21610"])
    statuses = [send_text(standins).status_code for _ in range(4)]
    assert statuses == [503, 201, 400, 201]
    assert len(standins.texts()) == 2


def test_more_than_the_limit_is_told_when_to_come_back(standins: StandIns) -> None:
    standins.turn("sms", rate_limit=[2, 60], retry_after=7)
    answers = [send_text(standins) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[2].headers["Retry-After"] == "7"


def test_faults_can_be_limited_to_one_kind_of_call(standins: StandIns) -> None:
    standins.turn("slack", p_fail=1, only="chat.postMessage")
    assert slack.replies("C1", "1.000001") == []
    with pytest.raises(Unavailable):
        slack.post("C1", "one", effect_key="a")


def test_a_slow_service_answers_in_the_end(standins: StandIns) -> None:
    standins.turn("sms", latency=0.2)
    assert send_text(standins).elapsed.total_seconds() >= 0.2


def test_an_unknown_knob_is_refused(standins: StandIns) -> None:
    for wrong in ({"slack": {"speed": 1}}, {"pager": {}}, {"slack": 5}):
        answer = requests.post(standins.urls["index_url"] + "knobs", json=wrong, timeout=10)
        assert answer.status_code == 422, answer.text


def send_text(standins: StandIns) -> requests.Response:
    url = standins.urls["sms_api_url"] + "/2010-04-01/Accounts/AC0/Messages.json"
    form = {"To": "+15005550009", "Body": "hello"}
    return requests.post(url, data=form, auth=("AC0", "t"), verify=standins.urls["ca_file"], timeout=10)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_killed_stand_in_comes_back_with_all_it_had_on_the_same_ports(
    standins: StandIns, settings: Settings, tmp_path: Path
) -> None:
    own = StandIns(tmp_path / "own")
    for name, value in own.environment.items():
        setattr(settings, name, value)
    ts = slack.post("C1", "one", effect_key="a")
    email.send(MAIL)
    sms.send("+15005550009", "hello", "k")
    own.kill()
    with (tmp_path / "own/journal.jsonl").open("a") as file:
        file.write('{"n": 99, "half a li')
    own.restart()
    try:
        assert slack.find("C1", None, "a", product_clock.now()) == ts
        assert (len(own.mails()), len(own.texts())) == (1, 1)
        assert slack.post("C1", "two", effect_key="b") > ts
        assert [each["n"] for each in own.journal()] == [1, 2, 3, 4, 5]
    finally:
        own.stop()


def test_a_stand_in_ends_with_its_parent(tmp_path: Path) -> None:
    options = f"['--state', {str(tmp_path)!r}, '--parent-pid', str(os.getpid())]"
    start = f"import os, subprocess, sys; c = [sys.executable, '-m', 'fleetcs.local.standins', *{options}]"
    wait = "p = subprocess.Popen(c, stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid)"
    parent = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{start}; {wait}"],
        cwd=folders.CHECKOUT,
        capture_output=True,
        text=True,
        timeout=90,
    )
    child = int(parent.stdout)
    url = json.loads((tmp_path / "announce.json").read_text())["index_url"]
    assert until(lambda: not listening(url), 10), child


def listening(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_the_journal_keeps_every_byte(standins: StandIns) -> None:
    email.send(email.Mail(**{**vars(MAIL), "attachments": (email.Attachment("a.bin", b"\xff\xfe"),)}))
    [entry] = standins.journal("mailgun")
    assert set(entry["body"]) == {"b64"}
    assert json.loads(entry["answer"])["id"] == MAIL.message_id


def test_stand_ins_live_by_the_products_clock(standins: StandIns, clock: Callable[[datetime | str], object]) -> None:
    clock("2027-01-23T15:30:00-08:00")
    assert float(slack.post("C1", "one", effect_key="a")) == pytest.approx(product_clock.now().timestamp(), abs=30)


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_left_and_runs_nothing_that_came_in(standins: StandIns) -> None:
    slack.post("C1", "<script>alert(1)</script>", effect_key="a")
    email.send(MAIL)
    page = requests.get(standins.urls["index_url"], timeout=10).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Hello &lt;b&gt;" in page
    assert "<script" not in page


def test_the_page_is_for_this_machine_only(standins: StandIns) -> None:
    for foreign in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert requests.get(standins.urls["index_url"], headers=foreign, timeout=10).status_code == 421


# --- speaking to the product ------------------------------------------------------------------------------------------


def test_a_person_writes_and_the_product_hears_it_signed(standins: StandIns, product: tuple[str, Heard]) -> None:
    url, heard = product
    told = run(url, standins, "say", "--channel", "C1", "--user", "U1", "Agents are offline", "--times", "2")
    assert told.returncode == 0, told.stderr
    (path, headers, raw), again = heard
    slack.verify(headers, raw, product_clock.now(), ["s3cret"])
    assert (path, again[2]) == ("/slack/events", raw)
    event = json.loads(raw)["event"]
    assert (event["text"], event["user"]) == ("Agents are offline", "U1")
    assert [each["ts"] for each in standins.messages("C1")] == [event["ts"]]


def test_a_person_presses_a_button(standins: StandIns, product: tuple[str, Heard]) -> None:
    url, heard = product
    pressed = ("--ts", "1.000001", "--action", "ticket", "--value", "7")
    assert run(url, standins, "click", "--channel", "C1", "--user", "U1", *pressed).returncode == 0
    [(path, headers, raw)] = heard
    slack.verify(headers, raw, product_clock.now(), ["s3cret"])
    payload = json.loads(parse_qs(raw.decode())["payload"][0])
    assert (path, payload["actions"][0]["value"]) == ("/slack/interactions", "7")


def test_a_mail_arrives_signed(standins: StandIns, product: tuple[str, Heard], tmp_path: Path) -> None:
    url, heard = product
    (tmp_path / "mail.eml").write_bytes(b"Subject: hi\r\n\r\nhello \xff")
    assert run(url, standins, "mail", str(tmp_path / "mail.eml")).returncode == 0
    [(path, headers, raw)] = heard
    sent_at = headers["X-Fleetcs-Timestamp"].encode()
    own = hmac.digest(b"m4il", sent_at + b"." + raw, "sha256").hex()
    assert (path, headers["X-Fleetcs-Signature"]) == ("/email/inbound", f"v1={own}")


def test_nobody_at_home_is_said_and_fails(standins: StandIns) -> None:
    told = run("http://127.0.0.1:1", standins, "say", "--channel", "C1", "--user", "U1", "hello")
    assert (told.returncode, "did not answer" in told.stdout) == (1, True)
