"""File names and types from strangers: shown safely, stored under names nobody guesses, programs refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.attachments import NAME_LIMIT, blocked, safe_name, served_type, stored_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\log.txt", "log.txt"),
        ("/abs/olute.txt", "olute.txt"),
        ("..", "attachment"),
        ("", "attachment"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ("in\u202egpj.exe", "ingpj.exe"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("nul\0byte.txt", "nulbyte.txt"),
        ("trailing. . .", "trailing"),
        (".htaccess", "htaccess"),
        ("CON", "_CON"),
        ("com1.log", "_com1.log"),
        ("\uff46\uff55\uff4c\uff4c\uff0e\uff54\uff58\uff54", "full.txt"),
        ("Grüße 報告.pdf", "Grüße 報告.pdf"),
        ("a\u2215b\uff0fc.txt", "c.txt"),
    ],
)
def test_a_name_is_shown_without_paths_and_tricks(given_name: str, shown: str) -> None:
    assert safe_name(given_name) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("x" * 500 + ".pdf") == "x" * (NAME_LIMIT - 4) + ".pdf"
    assert len(safe_name("y" * 1_000_000)) == NAME_LIMIT


@given(st.text(max_size=300))
def test_any_name_becomes_one_harmless_word_of_a_path(name: str) -> None:
    shown = safe_name(name)
    assert 0 < len(shown) <= NAME_LIMIT + 1
    assert not set(shown) & set('/\\\r\n\0"<>')
    assert not shown.startswith(".")


@pytest.mark.parametrize(
    "name",
    [
        "setup.exe",
        "invoice.pdf.EXE",
        "x.scr ",
        "x.exe.",
        "\u200b.htaccess",
        ".ht\u200baccess",
        "Web.config",
        "..\\.htaccess",
        "link.lnk",
        "x.p\u200bhp",
        ".user.ini",
        "a/b/c.jsp",
        "shell.php",
        "shell.pHp5",
        "a.hta",
        "a.\uff45\uff58\uff45",
        "run\u202e.js",
    ],
)
def test_programs_are_refused_under_any_spelling(name: str) -> None:
    assert blocked(name)


def test_a_program_is_refused_by_its_type_and_by_its_first_bytes() -> None:
    assert blocked("x.dat", "application/x-msdownload; name=x")
    assert blocked("x.dat", "", b"MZ" + bytes(100) + b"This program cannot be run in DOS mode")
    assert blocked("picture.png", "image/png", b"\x7fELF\x02")


@pytest.mark.parametrize(
    "name", ["page.html", "logo.svg", "logs.tar.gz", "winmail.dat", "MZ.txt", "query.sql", "osquery.conf"]
)
def test_what_is_only_ever_downloaded_is_kept(name: str) -> None:
    assert blocked(name, "application/octet-stream", b"MZ is how this text begins") is None


def test_a_download_is_never_something_a_browser_would_run() -> None:
    assert {served_type(kind) for kind in ("text/html", "image/svg+xml", "text/xml", "", "x")} == {
        "application/octet-stream"
    }
    assert served_type("Image/PNG; name=x") == "image/png"


def test_no_two_files_share_a_stored_name() -> None:
    names = {stored_name() for _ in range(1_000)}
    assert len(names) == 1_000
    assert all(name.isalnum() and len(name) == 32 for name in names)
