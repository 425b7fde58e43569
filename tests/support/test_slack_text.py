"""What Slack sends is read whatever is missing from it, and what we say there wakes nobody by mistake."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.slack_text import Click, SlackEvent, moment, outgoing, read, read_click, readable, thread_of_link

TS, LATER = "1763920800.123456", "1763920900.000001"
PEOPLE, CHANNELS = {"U1": "Ida Fern"}, {"C1": "fleet-at-otter"}


def event(**fields: object) -> SlackEvent:
    found = read(payload(**fields))
    assert found is not None
    return found


def payload(**fields: object) -> dict[str, Any]:
    message = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "ts": TS,
        "text": "It fails",
    }
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": message | fields}


@pytest.mark.ledger("INT-01")
def test_a_message_is_read_with_its_own_thread() -> None:
    found = event()
    assert (found.kind, found.team, found.channel, found.ts, found.thread_ts, found.event_id) == (
        "message",
        "T1",
        "C1",
        TS,
        TS,
        "Ev1",
    )
    assert (found.user, found.text, found.bot, found.is_dm, found.ignored) == ("U1", "It fails", False, False, "")
    assert not found.is_reply
    assert found.sent_at == datetime(2025, 11, 23, 18, 0, 0, 123456, tzinfo=UTC)


def test_a_reply_and_a_broadcast_belong_to_the_thread_they_answer() -> None:
    assert event(ts=LATER, thread_ts=TS).is_reply
    shown = event(ts=LATER, thread_ts=TS, subtype="thread_broadcast", root={"text": "old"})
    assert (shown.thread_ts, shown.broadcast, shown.ignored, shown.text) == (TS, True, "", "It fails")


def test_an_edit_names_the_message_it_changed() -> None:
    changed = {"user": "U1", "ts": TS, "thread_ts": TS, "text": "It works", "edited": {"user": "U1", "ts": LATER}}
    found = event(subtype="message_changed", ts=LATER, message=changed, previous_message={"ts": TS, "text": "It fails"})
    assert (found.kind, found.ts, found.thread_ts, found.text, found.user) == ("changed", TS, TS, "It works", "U1")
    assert (found.edited_ts, found.previous_ts, found.ignored) == (LATER, TS, "")


def test_a_link_preview_or_a_new_reply_is_no_edit() -> None:
    same = {"user": "U1", "ts": TS, "text": "see https://x.example"}
    found = event(
        subtype="message_changed",
        ts=LATER,
        message={**same, "reply_count": 3, "attachments": [{}]},
        previous_message=same,
    )
    assert found.ignored


def test_a_deletion_names_the_message_it_took_away() -> None:
    found = event(
        subtype="message_deleted", ts=LATER, deleted_ts=TS, previous_message={"user": "U1", "ts": TS, "text": "oops"}
    )
    assert (found.kind, found.ts, found.deleted_ts, found.user, found.text, found.ignored) == (
        "deleted",
        TS,
        TS,
        "U1",
        "oops",
        "",
    )
    grave = {
        "ts": TS,
        "thread_ts": TS,
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "user": "USLACKBOT",
    }
    assert event(subtype="message_changed", ts=LATER, message=grave, previous_message={"ts": TS}).kind == "deleted"


def test_a_file_counts_with_or_without_words() -> None:
    alone = event(subtype="file_share", text="", files=[{"name": "log.txt"}, {"title": "shot"}, {"id": "F1"}, None])
    assert (alone.files_count, alone.file_names, alone.ignored) == (3, ("log.txt", "shot", "file"), "")
    assert event(subtype="file_share", files=[{"name": "log.txt"}]).text == "It fails"
    assert event(text=" ").ignored == "it has neither words nor files"


@pytest.mark.parametrize(
    "fields",
    [{"bot_id": "B1"}, {"subtype": "bot_message", "user": None}, {"bot_profile": {"id": "B1"}}, {"user": "USLACKBOT"}],
)
def test_a_bot_is_known(fields: dict[str, Any]) -> None:
    assert event(**fields).bot


@pytest.mark.parametrize(
    "subtype", ["channel_join", "channel_leave", "channel_topic", "message_replied", "pinned_item", "tombstone"]
)
def test_what_slack_writes_itself_is_ignored_with_a_reason(subtype: str) -> None:
    assert event(subtype=subtype).ignored


@pytest.mark.parametrize("subtype", ["me_message", "thread_broadcast", "file_share", "something_new"])
def test_every_other_subtype_is_a_message(subtype: str) -> None:
    assert event(subtype=subtype).ignored == ""


def test_the_sender_s_workspace_is_kept_apart_in_a_shared_channel() -> None:
    assert (event(user_team="T9").team, event(user_team="T9").user_team) == ("T1", "T9")
    assert event(source_team="T8").user_team == "T8"
    assert event().user_team == "T1"


@pytest.mark.ledger("INT-09")
@pytest.mark.parametrize(
    "fields", [{"channel_type": "im"}, {"channel_type": "mpim"}, {"channel": "D1", "channel_type": None}]
)
def test_a_direct_message_is_known(fields: dict[str, Any]) -> None:
    assert event(**fields).is_dm


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"event": None},
        {"event": []},
        {"event": {"type": "reaction_added"}},
        {"event": {"type": "message"}},
        payload(ts=None),
        payload(ts="x"),
        payload(ts="1" * 30),
        payload(ts=1.5),
        payload(channel=None),
        payload(channel=["C1"]),
        payload(subtype="message_changed"),
        payload(subtype="message_changed", message="x"),
    ],
)
def test_what_is_no_message_is_none(body: object) -> None:
    assert read(body) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([TS, "C1", "message_changed"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
FIELDS = [
    "subtype",
    "message",
    "previous_message",
    "files",
    "file",
    "edited",
    "text",
    "user",
    "thread_ts",
    "bot_profile",
    "deleted_ts",
]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
@settings(max_examples=200, deadline=None)
def test_no_value_of_any_field_makes_the_reader_fail(fields: dict[str, Any]) -> None:
    found = read(payload(**fields))
    assert found is None or isinstance(found.text, str)
    read_click({"type": "block_actions", "actions": [fields], **fields})


def test_nuls_and_half_characters_do_not_reach_the_database() -> None:
    assert event(text="a\0b\ud800", user="U\0").text == "ab?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hi <@U1>, <@U2|kim>, <@U3>", "hi @Ida Fern, @kim, @U3"),
        ("see <#C1>, <#C2|general>, <#C3|>", "see #fleet-at-otter, #general, #C3"),
        ("<https://x.example/?a=1&amp;b=2|the docs>", "the docs (https://x.example/?a=1&b=2)"),
        (
            "<https://x.example> <https://x.example|https://x.example> <http://x.example|x.example>",
            "https://x.example https://x.example http://x.example",
        ),
        ("<mailto:a@x.example|a@x.example>", "a@x.example"),
        (
            "<!here> <!channel> <!subteam^S1|@team> <!subteam^S2> <!date^1^{date}|today>",
            "@here @channel @team @subteam today",
        ),
        ("a &lt;@U1&gt; &amp;lt; b", "a <@U1> &lt; b"),
        ("1 < 2 > 0 <unfinished", "1 < 2 > 0 <unfinished"),
        ("", ""),
    ],
)
def test_slack_s_markup_is_read_as_words(text: str, words: str) -> None:
    assert readable(text.replace("1 < 2 > 0", "1 &lt; 2 &gt; 0"), PEOPLE, CHANNELS) == words


def test_our_text_is_escaped_and_wakes_nobody() -> None:
    said = outgoing("<!channel> a < b & c <@U1> @here @Everyone x@channel.example @hereafter")
    assert "<" not in said
    assert ">" not in said
    assert "&lt;!channel&gt; a &lt; b &amp; c" in said
    assert "@here " not in said
    assert "@Everyone" not in said
    assert "@hereafter" in said


@given(st.text(max_size=200))
def test_what_we_say_reads_as_we_meant_it(text: str) -> None:
    assert readable(outgoing(text), {}, {}).replace("\u2060", "") == text.replace("\0", "").replace("\u2060", "")


def test_a_moment_is_exact_to_the_microsecond() -> None:
    assert moment("1763920800.000001") == datetime(2025, 11, 23, 18, 0, 0, 1, tzinfo=UTC)
    assert moment("1763920800.5").microsecond == 500_000
    assert moment("1763920800") == datetime(2025, 11, 23, 18, tzinfo=UTC)
    for nonsense in ("", "x", "1.2.3", "-1.0", "1e9", "99999999999.0", "1763920800.1234567", "١.٠"):  # noqa: RUF001
        with pytest.raises(ValueError, match="timestamp"):
            moment(nonsense)


@pytest.mark.ledger("INT-03")
@pytest.mark.parametrize(
    ("link", "thread"),
    [
        ("https://otter.slack.com/archives/C0123ABC/p1763920800123456", ("C0123ABC", TS)),
        (f"https://otter.slack.com/archives/C0123ABC/p1763920900000001?thread_ts={TS}&cid=C0123ABC", ("C0123ABC", TS)),
        (" https://x.enterprise.slack.com/archives/G012/p1763920800123456/ ", ("G012", TS)),
        ("https://otter.slack.com/archives/C0123ABC/p1763920800123456?thread_ts=x", ("C0123ABC", TS)),
        ("http://otter.slack.com/archives/C0123ABC/p1763920800123456", None),
        ("https://slack.com.evil.example/archives/C0123ABC/p1763920800123456", None),
        ("https://evilslack.com/archives/C0123ABC/p1763920800123456", None),
        ("https://otter.slack.com/archives/C0123ABC", None),
        ("https://otter.slack.com/archives/c0123/p17", None),
        ("https://[broken/archives/C0123ABC/p1763920800123456", None),
        ("", None),
    ],
)
def test_a_link_to_a_message_gives_its_thread(link: str, thread: tuple[str, str] | None) -> None:
    assert thread_of_link(link) == thread


def test_a_click_is_read_from_the_message_it_was_made_under() -> None:
    pressed = {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T9"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"message_ts": LATER, "channel_id": "C1", "thread_ts": TS},
        "message": {"ts": LATER, "thread_ts": TS},
        "actions": [{"action_id": "priority", "value": "P1", "action_ts": LATER}],
        "trigger_id": "1.2.abc",
        "response_url": "https://hooks.slack.com/x",
    }
    click = Click("U1", "T1", "C1", LATER, TS, "priority", "P1", "1.2.abc", LATER, "https://hooks.slack.com/x")
    assert read_click(pressed) == click
    assert read_click({**pressed, "message": None, "channel": None}) == click


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"type": "view_submission"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": ["x"]},
        {"type": "block_actions", "actions": {}},
    ],
)
def test_what_is_no_click_is_none(body: object) -> None:
    assert read_click(body) is None
