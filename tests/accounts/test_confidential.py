"""A customer's name is found in every form in which it may slip out, told as a place and never repeated."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import confidential
from accounts.confidential import Confidential, Mark, Words
from accounts.models import Codename
from accounts.models.private_words import private_words
from tests.factories import make_account, make_channel, make_contact


@pytest.fixture
def words() -> Words:
    made = Words()
    made.add_account("Brightforge Metal, Inc.")
    made.add_account("Brook Ltd")
    made.add_account("General Widgets AG")
    made.add_person("Ana Maria Vélez", "ana.velez@post.example")
    made.add_domain("brightforge.example")
    made.add_number("+1 555 0301")
    return made


def found(text: str, words: Words) -> list[str]:
    return [text[mark.start : mark.end] for mark in confidential.marks(text, words)]


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.ledger("BUG-02")
@pytest.mark.parametrize(
    "said",
    [
        "Brightforge",
        "BRIGHTFORGE METAL",
        "Brightforge Metal, Inc.",
        "brightforge-metal",
        "brightforge_metal.log",
        "BrightforgeMetal",
        "b.r.i.g.h.t.f.o.r.g.e",
        "Bright\u200bforge",
        "Bright\u00adforge",
        "Brïghtförge",
        "\uff22\uff52\uff49\uff47\uff48\uff54\uff46\uff4f\uff52\uff47\uff45",
        "Brightf\u043erge",
        "%42rightforge",
        "%2542rightforge",
        "&#66;rightforge",
        "&#x42;rightforge",
        "=42rightforge",
        "\\u0042rightforge",
        encoded("Brightforge"),
        encoded("the log of Brightforge Metal"),
        encoded(encoded("Brightforge")),
        quote(encoded("Brightforge")),
        "admin@brightforge.example",
        quote("https://brightforge.example/x", safe=""),
        "Ana Maria Vélez",
        "Velez, Ana Maria",
        "ana velez",
        "ANA.VELEZ@POST.EXAMPLE",
        "(1) 555-0301",
        "General Widgets",
        "Brook",
        "Brook's",
        "Brooks",
    ],
)
def test_a_name_is_found_however_it_is_written(words: Words, said: str) -> None:
    text = f"Hosts are offline: {said} since Monday."
    [where] = found(text, words)
    assert where in said or said in where or said.startswith(where)
    assert where.strip(" .:'") != ""


@pytest.mark.parametrize(
    "text",
    [
        "Hosts are offline since the upgrade to 4.60.1 on macOS 15.2.",
        "The brookside mirror is broken; a general widget spins in the modal.",
        "See commit 4f2a9be11c0d37a5b6e1f2c3d4e5f60718293a4b for the fix.",
        "curl -s https://docs.example/rest-api?page=2&per_page=100 | jq '.hosts[].id'",
        "customer-pallas, customer-ruperto, prospect-ceres",
        encoded("nothing to see here"),
        "Bright lights; forge ahead.",
    ],
)
def test_a_clean_text_has_no_mark(words: Words, text: str) -> None:
    assert confidential.marks(text, words) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("password: hunter22hunter", "key"),
        ("Authorization: ghp_abcdefghijklmnopqrst", "key"),
        ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJsaWNlbnNlIn0.c2lnbmF0dXJl", "key"),
        ("-----BEGIN EC PRIVATE KEY-----", "key"),
        ("k3y A9fK2mQ7xT4vB8nZ1cL6pR3sW5yH0jDe", "key"),
        ("https://ours.lightning.force.com/lightning/r/Account/001x/view", "link"),
    ],
)
def test_keys_and_inner_addresses_are_found_by_their_form(text: str, kind: str) -> None:
    assert {mark.kind for mark in confidential.marks(text, Words())} == {kind}


def test_what_is_found_is_told_as_a_place_and_never_repeated(words: Words) -> None:
    text = "At Brook and at Brightforge it fails."
    marks = confidential.marks(text, words)
    assert marks == [Mark(3, 8, "account"), Mark(16, 27, "account")]
    told = f"{Confidential(marks)} {Confidential(marks)!r} {Confidential(marks).args}"
    assert "account at 3 to 8" in told
    assert "brook" not in told.lower()


@given(st.text(max_size=200))
def test_no_text_makes_the_scan_fail_and_every_mark_lies_in_it(text: str) -> None:
    words = Words()
    words.add_account("Brook Ltd")
    for mark in confidential.marks(text, words):
        assert 0 <= mark.start < mark.end <= len(text)


@given(
    st.sampled_from(["Brightforge", "brightforge metal", "ana velez"]),
    st.text("abcdefghij .,:-", max_size=40),
    st.sampled_from([str, str.upper, quote, encoded, lambda text: "\u200b".join(text), lambda text: "-".join(text)]),
)
def test_no_words_around_a_name_hide_it(name: str, around: str, disguise: Any) -> None:
    words = Words()
    words.add_account("Brightforge Metal, Inc.")
    words.add_person("Ana Vélez")
    assert confidential.marks(f"{around} {disguise(name)} {around}", words)


@pytest.mark.django_db
@pytest.mark.ledger("COD-05")
def test_everything_in_our_books_that_names_a_customer_is_looked_for() -> None:
    account = make_account(
        name="Brightforge Metal GmbH",
        domain="forge-metal.example",
        linkedin_company_url="https://www.linkedin.com/company/bfm-holding/",
    )
    make_contact(account, name="Ana Vélez", email="av@elsewhere.example", mobile="+49 170 1234567", slack_id="U0ANA7")
    make_channel(account, name="fleet-at-bfmetal", slack_id="C0BFM77")
    Codename.objects.create(account=account, name="Ceres", word="ceres", prefix="customer", real_name="Big Forge")
    told = "Brightforge|forge-metal|bfm holding|Ana Velez|av@elsewhere.example|0170/1234567|U0ANA7|fleet-at-bfmetal"
    words = private_words()
    for said in (*told.split("|"), "C0BFM77", "bigforge"):
        assert found(f"It is {said}, I think", words), said
    assert found("customer-ceres: a codename", words) == []
