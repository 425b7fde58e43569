"""Colleagues read what the customer wrote anew, and never less than that."""

from functools import partial

import pytest

from support.mail_quotes import reply_of
from tests.effort import effort

NEW = "It fails again:\n\n    at line 1\n      at line 2\n\nThanks, but no luck.\n- one\n- two\n/var/log is full"


@pytest.mark.ledger("INT-01")
@pytest.mark.parametrize(
    "old",
    [
        "On Mon, 23 Nov 2026 at 10:00, Kim Vale <help@us.example> wrote:\n> Have you tried it?\n> > Yes\n>\n> Kim",
        "On Mon, 23 Nov 2026 at 10:00, Kim Vale\n<help@us.example> wrote:\n\n> Have you tried it?",
        "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Kim Vale <help@us.example>:\n\n> Haben Sie es versucht?",
        "Le lun. 23 nov. 2026 à 10:00, Kim Vale <help@us.example> a écrit :\n\n> Avez-vous essayé ?",
        "El lun, 23 nov 2026 a las 10:00, Kim Vale (<help@us.example>) escribió:\n\n> ¿Lo ha probado?",
        "pon., 23 lis 2026 o 10:00 Kim Vale <help@us.example> napisał(a):\n\n> Czy to działa?",
        "2026年11月23日(月) 10:00 Kim Vale <help@us.example>:\n\n> どうですか",
        "_" * 32 + "\nFrom: Kim Vale <help@us.example>\nSent: Monday, 23 November\nTo: Ida\nSubject: x\n\nTried?",
        "-----Original Message-----\nFrom: Kim Vale\nSent: Monday\nTo: Ida Fern\nSubject: Re: x\n\nHave you tried it?",
        "Von: Kim Vale\nGesendet: Montag\nAn: Ida Fern\nBetreff: AW: x\n\nHaben Sie es versucht?",
        "> Have you tried it?\n> Kim",
    ],
)
def test_the_mail_they_answered_is_cut_off_and_their_words_stay_as_typed(old: str) -> None:
    assert reply_of(f"{NEW}\n\n{old}\n") == NEW
    assert reply_of(f"{NEW}\n\nBest regards,\nIda Fern\nOtter\n\n{old}") == NEW


def test_a_long_paragraph_and_a_table_of_dashes_survive_before_a_quote() -> None:
    text = "word " * 400 + "end\n" + "-" * 60 + "\n\n\n\nname | size\n" + "_" * 40 + "\nlast line"
    assert reply_of(f"{text}\n\nOn Mon, 23 Nov 2026, Kim <help@us.example> wrote:\n> x") == text


def test_answers_between_quoted_lines_are_kept() -> None:
    old = "On Mon, 23 Nov 2026, Kim <help@us.example> wrote:"
    text = f"See below.\n\n{old}\n> Which version?\n\n4.7\n\n> Which browser?\n\nAll of them"
    assert reply_of(text) == text


def test_a_forwarded_mail_is_all_new() -> None:
    text = "From: Jo <jo@otter.example>\nSent: Monday\nTo: Ida\nSubject: broken\n\nThe console is down"
    assert "The console is down" in reply_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "-- \nIda",
        "> only a quote",
        "On Mon, Kim wrote:\n> x",
        "Data: 12\nTemat: 3",
        "Hi,\nOn the server it says:\n\nerror 5\n\nOn my laptop it works",
        "Warning: mail was lost\nDisclaimer: this mail is not a joke",
        "Sent from my point of view this is a bug, and a bad one at that, which I shall now explain at length",
        "",
    ],
)
def test_nothing_is_lost_where_nothing_was_quoted(text: str) -> None:
    assert reply_of(text) == text.strip()


def test_words_after_the_two_thousandth_line_are_kept() -> None:
    log = "\n".join(f"{number} error" for number in range(5_000))
    assert reply_of(log) == log


def test_a_sign_off_is_cut_only_at_the_end() -> None:
    assert reply_of("It works.\n\nThanks,\nIda\n\nSent from my phone") == "It works."
    more = "It works.\n\nThanks,\n\n" + "\n".join(f"and point {number}" for number in range(20))
    assert reply_of(more) == more


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        ">",
        "> a\n",
        "> > > > > \n",
        "\n",
        " \n",
        " ",
        "On ",
        "On wrote: x\n",
        "On " * 60 + "wrote\n",
        "Am schrieb x " * 14 + "\n",
        "-",
        "_" * 40 + "\n\n",
        "Le a écrit " * 15 + "\n",
        "Den 1 skrev " * 15 + "\n",
        "1 skrev " * 24 + "\n",
        "> " * 90 + "\n",
        "From:" + " " * 190 + "\n",
        "thanks\n",
    ],
)
def test_time_grows_with_the_length_and_not_with_its_square(line: str) -> None:
    once, twice = (effort(partial(reply_of, line * (size // len(line)))) for size in (100_000, 200_000))
    assert twice <= 2.5 * once + 0.2
