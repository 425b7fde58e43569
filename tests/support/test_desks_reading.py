"""What other ticket systems export, read into one plain form; what cannot be read is listed with the reason. Pure."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from support.desks import unthread, zendesk
from support.desks.conversation import Unreadable
from tests.support.desks import closed, comment, conversation, said, ticket

NOW = datetime(2026, 1, 12, 20, tzinfo=UTC)
HEAD = (
    *("conversation_id", "subject", "status", "created_at", "closed_at", "requester_email"),
    *("message_id", "message_at", "message_by", "message_text"),
)
ASKED, ANSWERED, DONE = "2025-03-03T10:00:00-08:00", "2025-03-03T12:00:00-08:00", "2025-03-04T10:00:00-08:00"
TABLE = (
    HEAD,
    (
        "c1",
        "Offline, again",
        "closed",
        ASKED,
        DONE,
        "ada@brook.example",
        "m1",
        ASKED,
        "customer",
        'It says\n"no route".',
    ),
    ("c2", "Other", "open", ASKED, "", "bo@brook.example", "m9", ASKED, "customer", "Hello"),
    ("c1", "", "", "", "", "", "m2", ANSWERED, "colleague", "Try again."),
)


def table() -> bytes:
    written = StringIO()
    csv.writer(written).writerows(TABLE)
    return written.getvalue().encode()


def read(told: dict[str, Any]) -> Any:
    return unthread.conversation(told, NOW)


def test_a_conversation_is_read_with_its_messages_in_order() -> None:
    late, early = said("b", "2026-01-12T11:00:00-08:00"), said("a", "2026-01-12T10:00:00-08:00")
    found = read(conversation("c", late, early, slack_channel="C0ROCKET", slack_thread_ts="1768240800.000100"))
    assert [one.text for one in found.messages] == ["a", "b"]
    assert (found.channel, found.thread_ts, found.closed_at) == ("C0ROCKET", "1768240800.000100", None)


def test_the_moment_of_a_slack_message_is_slacks() -> None:
    found = read(conversation("c", said("a", "2026-01-12T10:07:00-08:00", slack_ts="1768240800.000100")))
    assert found.messages[0].at == datetime(2026, 1, 12, 18, 0, 0, 100, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "id is missing"),
        ({"id": "x" * 121}, "id is longer than 120 characters"),
        ({"status": "melted"}, "status 'melted' is none of open, in_progress, on_hold, closed"),
        ({"status": "closed"}, "it is closed, and closed_at is missing"),
        ({"kind": "fax"}, "kind 'fax' is neither conversation nor contact_form"),
        ({"priority": "P9"}, "priority 'P9' is none of P0, P1, P2, P3"),
        ({"created_at": "yesterday"}, "created_at 'yesterday' is no moment: write 2026-01-23T15:30:00-08:00"),
        ({"created_at": "2026-01-12T10:00:00"}, "created_at has no zone"),
        ({"created_at": "2031-01-12T10:00:00Z"}, "created_at lies in the future"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"messages": "all"}, "messages is no list of objects"),
        ({"messages": [7]}, "messages is no list of objects"),
        ({"messages": [said("a", "2026-01-12T10:00:00Z", "parrot")]}, "a message is by 'parrot'"),
        ({"slack_channel": "C1"}, "slack_channel and slack_thread_ts belong together"),
        ({"slack_channel": "C1", "slack_thread_ts": "then"}, "slack_thread_ts 'then' is no Slack timestamp"),
        ({"created_at": "", "messages": []}, "created_at is missing, and it has no message"),
    ],
)
def test_what_is_no_conversation_says_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason.replace("(", r"\(")):
        read(conversation() | change)


def test_what_a_clock_a_little_ahead_of_ours_tells_is_told_now_and_in_its_order() -> None:
    asked, answered = said("a", "2026-01-12T20:04:00Z"), said("b", "2026-01-12T20:04:59Z", "colleague")
    for told in (conversation("c", answered, asked), conversation("c", asked, answered)):
        found = read(told | {"status": "closed", "created_at": asked["at"], "closed_at": "2026-01-12T20:05:00Z"})
        assert [(one.text, one.at) for one in found.messages] == [("a", NOW), ("b", NOW)]
        assert (found.received_at, found.closed_at) == (NOW, NOW)
    later = unthread.conversation(told, NOW + timedelta(hours=1))
    assert [one.id for one in later.messages] == [one.id for one in found.messages]
    with pytest.raises(Unreadable, match="at lies in the future"):
        read(conversation("c", said("a", "2026-01-12T20:05:01Z")))
    with pytest.raises(Unreadable, match="slack_ts lies in the future"):
        read(conversation("c", said("a", "2026-01-12T20:00:00Z", slack_ts=f"{int(NOW.timestamp()) + 301}.000100")))


def test_a_file_may_be_a_list_an_object_or_one_object_a_line() -> None:
    two = [conversation("a"), conversation("b")]
    forms = (json.dumps(two), json.dumps({"conversations": two}), "\n".join(map(json.dumps, two)))
    for form in forms:
        assert [row.payload and row.payload["id"] for row in unthread.rows(b"\xef\xbb\xbf" + form.encode())] == [
            "a",
            "b",
        ]


def test_only_the_end_of_a_line_ends_a_conversation() -> None:
    two = [conversation("a", subject="over\u2028two\x85lines\x0c"), conversation("b")]
    raw = "\r\n".join(json.dumps(each, ensure_ascii=False) for each in two)
    assert [(row.problem, row.payload) for row in unthread.rows(raw.encode())] == [("", each) for each in two]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_whatever_ends_its_lines(end: str) -> None:
    written = StringIO()
    csv.writer(written, lineterminator=end).writerows(TABLE)
    assert [row.payload and row.payload["id"] for row in unthread.rows(written.getvalue().encode())] == ["c1", "c2"]


def test_a_line_that_is_no_object_is_kept_as_it_stood() -> None:
    good, *bad = unthread.rows(f"{json.dumps(conversation())}\nnonsense\n[1]\n{'[' * 9000}".encode())
    assert good.payload
    assert [(row.number, row.raw[:8], row.problem) for row in bad] == [
        (2, "nonsense", "it is no JSON object"),
        (3, "[1]", "it is no JSON object"),
        (4, "[[[[[[[[", "it is no JSON object"),
    ]


def test_messages_of_a_table_are_put_together_by_their_conversation() -> None:
    first, second = [read(row.payload or {}) for row in unthread.rows(table())]
    assert [(one.id, one.text, one.by) for one in first.messages] == [
        ("m1", 'It says\n"no route".', "customer"),
        ("m2", "Try again.", "colleague"),
    ]
    assert (first.subject, first.requester.email, second.id) == ("Offline, again", "ada@brook.example", "c2")


@pytest.mark.parametrize("raw", [b"", b"   ", b"\xff\xfe\x00", b"subject,text\na,b\n"])
def test_a_file_that_holds_no_ticket_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        unthread.rows(raw)


def test_a_ticket_of_the_export_is_read_with_its_people() -> None:
    found = zendesk.conversation(ticket(35), NOW)
    assert (found.id, found.priority, found.requester.email) == ("35", "P1", "ada@brook.example")
    assert [(one.by, one.text) for one in found.messages] == [("customer", "Words 101"), ("colleague", "Words 102")]
    assert found.closed_at == datetime(2025, 3, 5, 18, tzinfo=UTC)


def test_metrics_say_better_than_the_last_change_when_it_was_solved() -> None:
    found = zendesk.conversation(ticket(35, metric_set={"solved_at": "2025-03-04T08:00:00Z"}), NOW)
    assert found.closed_at == datetime(2025, 3, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{"via": {"channel": "rule"}}, {"author_id": -1}, {"metadata": {"flags": [4]}}])
def test_triggers_and_automatic_mail_are_machines(fields: dict[str, Any]) -> None:
    answer = comment(102, 2, "2025-03-03T19:00:00Z", role="agent") | fields
    found = zendesk.conversation(ticket(35, comment(101, 1, "2025-03-03T18:00:00Z"), answer), NOW)
    assert [one.by for one in found.messages] == ["customer", "bot"]
    assert found.first_response is None


@pytest.mark.parametrize(
    ("external_id", "place"),
    [
        ("C0ROCKET01:1741024800.000100", ("C0ROCKET01", "1741024800.000100")),
        ("C0ROCKET01/p1741024800000100", ("C0ROCKET01", "1741024800.000100")),
        ("1741024800.000100", ("", "1741024800.000100")),
        ("order 66", ("", "")),
        (None, ("", "")),
    ],
)
@pytest.mark.ledger("AHR-03")
def test_a_ticket_made_of_a_slack_thread_names_it_by_its_external_id(external_id: Any, place: tuple[str, str]) -> None:
    found = zendesk.conversation(ticket(35, external_id=external_id), NOW)
    assert (found.channel, found.thread_ts) == place


def test_a_deleted_ticket_is_listed_as_such() -> None:
    with pytest.raises(Unreadable, match="it is deleted over there"):
        zendesk.conversation(ticket(35, status="deleted"), NOW)


def test_no_value_is_more_than_the_database_takes() -> None:
    found = read(closed(subject="a\0b\ud800", requester={"name": "n\0" * 500, "email": 7}))
    assert found.subject == "ab?"
    assert len(found.requester.name) <= 160
