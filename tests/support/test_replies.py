"""A mail finds its ticket by what we signed, and a guess finds nothing."""

import pytest

from support.replies import (
    message_of_message_id,
    our_message_id,
    reply_address,
    subject_tag,
    tagged,
    ticket_of_address,
    ticket_of_message_id,
    ticket_of_subject,
)

NOW, BEFORE = "the secret in use", "the one before it"


@pytest.mark.ledger("INT-01")
def test_an_answer_to_our_address_finds_its_ticket() -> None:
    address = reply_address(17, NOW, "help.example")
    assert address.startswith("reply+17.")
    assert ticket_of_address(["someone@else.example", address.upper()], [NOW]) == 17
    assert len(reply_address(10**17, NOW, "x.example").partition("@")[0]) <= 64


def test_an_old_secret_holds_until_it_is_withdrawn() -> None:
    address = reply_address(17, BEFORE, "help.example")
    assert ticket_of_address([address], [NOW, BEFORE]) == 17
    assert ticket_of_address([address], [NOW]) is None


def test_a_guessed_address_finds_nothing() -> None:
    address = reply_address(17, NOW, "help.example")
    for forged in (
        address.replace("17", "18"),
        "reply+17@help.example",
        "reply+17." + "0" * 24 + "@help.example",
        "",
        "reply+",
    ):
        assert ticket_of_address([forged], [NOW]) is None


def test_without_a_secret_nothing_is_ours() -> None:
    assert ticket_of_address([reply_address(17, "", "help.example")], ["", NOW]) is None
    assert ticket_of_address([reply_address(17, NOW, "help.example")], []) is None


def test_a_message_id_is_the_same_every_time_and_names_its_message() -> None:
    ours = our_message_id(52, NOW, "help.example")
    assert ours == our_message_id(52, NOW, "help.example")
    assert message_of_message_id(ours, [NOW]) == 52
    assert message_of_message_id(ours.replace("52", "53"), [NOW]) is None
    assert ticket_of_message_id(ours, [NOW]) is None
    assert ticket_of_message_id(our_message_id(17, NOW, "help.example", kind="ticket"), [NOW]) == 17


def test_an_address_cannot_be_turned_into_a_message_id() -> None:
    signature = reply_address(17, NOW, "x.example").partition(".")[2].partition("@")[0]
    assert message_of_message_id(f"<fleetcs.message.17.{signature}@x.example>", [NOW]) is None


@pytest.mark.parametrize(
    "text", ["<x@y>", "", "<fleetcs.message.1.zz@x>", "<fleetcs.message." + "9" * 5_000, "\u0661\u0667", "\0"]
)
def test_other_ids_are_nobody_s(text: str) -> None:
    assert message_of_message_id(text, [NOW]) is None


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("No login", "Re: [#17] No login"),
        ("Re: No login", "Re: [#17] No login"),
        ("Re: [#17] No login", "Re: [#17] No login"),
        ("AW: RE: Fwd: [#17] Re: No login", "Re: [#17] No login"),
        ("[#401] Theirs", "Re: [#17] [#401] Theirs"),
        ("", "Re: [#17]"),
        ("Regarding: x", "Re: [#17] Regarding: x"),
        ("two\r\nlines", "Re: [#17] two lines"),
    ],
)
def test_our_answer_bears_prefix_and_tag_once(subject: str, answer: str) -> None:
    assert tagged(subject, 17) == answer
    assert tagged(answer, 17) == answer
    assert ticket_of_subject(answer) == 17


def test_only_our_form_of_a_tag_is_read() -> None:
    assert ticket_of_subject(f"Re: x {subject_tag(17)}") == 17
    assert [ticket_of_subject(text) for text in ("#17", "[17]", "[#]", "[#" + "9" * 30 + "]", "[#\u0661\u0667]")] == [
        None
    ] * 5


def test_a_subject_of_a_million_characters_is_cut() -> None:
    assert len(tagged("x " * 500_000, 17)) <= 250
