"""The leak drill catches all of its twenty leaks, finds none on clean data, and can fail."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import confidential, leak_drill, readings
from accounts.confidential import Words
from accounts.leak_drill import LEAKS
from accounts.models import Account, Codename
from accounts.models.private_words import private_words
from fleetcs.clients import github
from fleetcs.clients.github import PublicText
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db


def drill() -> list[str]:
    said = StringIO()
    call_command("leak_drill", stdout=said)
    return said.getvalue().splitlines()


@pytest.mark.ledger("COD-05", "BUG-02")
def test_all_twenty_planted_leaks_are_caught_and_clean_data_says_none() -> None:
    make_account()
    Codename.objects.assign(make_account(name="Brook Foods"), "Ceres", by=make_user())
    accounts = Account.objects.count()
    assert drill() == ["20 of 20 planted leaks were caught.", "0 found in 4 texts of ours."]
    assert Account.objects.count() == accounts
    assert len({leak.kind for leak in LEAKS}) == len({leak.text for leak in LEAKS}) == 20


def test_a_real_leak_fails_the_drill_and_is_not_repeated() -> None:
    account = make_account(name="Brightforge Metal")
    Codename.objects.create(account=account, name="X", word="brightforge", prefix="customer", real_name="B")
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("leak_drill", stdout=said)
    assert "Found: account in the label of codename" in said.getvalue()
    assert "brightforge" not in said.getvalue().lower()


# --- the controls: with a part of the scan taken out, leaks get through -----------------------------------------------
def kinds(missed: list[leak_drill.Leak]) -> set[str]:
    return {leak.kind for leak in missed}


def test_without_the_word_list_only_what_has_a_form_of_its_own_is_caught() -> None:
    missed = kinds(leak_drill.missed(Words()))
    assert {leak.kind for leak in LEAKS} - missed == {"a key"}


def test_a_scan_that_only_looks_for_the_very_words_misses_what_is_disguised() -> None:
    def plainly(text: str, _words: Words) -> PublicText:
        if leak_drill.NAME in text or leak_drill.DOMAIN in text:
            raise confidential.Confidential([])
        return PublicText(text)

    leak_drill.plant()
    missed = kinds(leak_drill.missed(private_words(), plainly))
    assert {"other case", "base64", "split by punctuation", "URL-encoded", "a label"} <= missed
    assert leak_drill.missed(private_words()) == []


@pytest.mark.parametrize(
    ("part", "left", "kind"),
    [
        ("ENCODINGS", (), "HTML-escaped"),
        ("BASE64", re.compile(r"(?!)"), "base64"),
        ("LOOKALIKES", {}, "letters of another script"),
    ],
)
def test_with_one_part_of_the_scan_taken_out_the_drill_notices(
    part: str, left: object, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak_drill.plant()
    monkeypatch.setattr(readings, "_fold", readings._fold.__wrapped__)  # what it remembers would outlive this test
    monkeypatch.setattr(readings, part, left)
    assert kind in kinds(leak_drill.missed(private_words()))


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.kind)
def test_no_plain_text_is_taken_for_the_public_whatever_it_says(leak: leak_drill.Leak) -> None:
    """The type is the first wall; the scan stands behind it."""
    with pytest.raises(TypeError):
        github.create_label("public", leak.text, "", "ffffff")
