"""A message to a customer: its own issue links and nobody else's; other names are marked (R11)."""

from base64 import b64encode

import pytest

from accounts import answers
from accounts.answers import Reference, foreign, in_parts, named, references
from accounts.confidential import Words

OURS = {"lanternfish/lanternfish": "public", "lanternfish/confidential": "confidential"}
SEVEN = {Reference("public", 7)}


@pytest.mark.parametrize(
    "text",
    [
        "See https://github.com/lanternfish/lanternfish/issues/7 please",
        "https://GitHub.com/Lanternfish/LANTERNFISH/issues/7#issuecomment-99",
        "https://api.github.com/repos/lanternfish/lanternfish/issues/7",
        "https://github.com/lanternfish/lanternfish/pull/7/files",
        "It is lanternfish/lanternfish#7.",
        "https%3A%2F%2Fgithub.com%2Flanternfish%2Flanternfish%2Fissues%2F7",
        "https://github.com/lanternfish/lanternfish/issues/&#55;",
        f"data: {b64encode(b'https://github.com/lanternfish/lanternfish/issues/7').decode()}",
    ],
)
def test_an_issue_is_recognised_however_its_address_is_written(text: str) -> None:
    assert references(text, OURS) == SEVEN


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/somebody/else/issues/7",
        "notlanternfish/lanternfish#7",
        "https://github.com/lanternfish/lanternfish/releases/7",
        "Ticket #7",
    ],
)
def test_what_leads_elsewhere_is_no_issue_of_ours(text: str) -> None:
    assert references(text, OURS) == set()


@pytest.mark.ledger("BUG-06")
def test_only_what_concerns_others_alone_or_cannot_be_read_is_foreign() -> None:
    public, private = Reference("public", 7), Reference("confidential", 7)
    assert foreign([public], {public: {1, 2}}, 1) == []
    assert foreign([public], {public: {2}}, 1) == [public]
    assert foreign([public], {}, 1) == []
    assert foreign([private], {}, 1) == [private]
    assert foreign([private], {private: {1}}, 1) == []
    assert foreign([public], {public: {2}}, None) == [public]


def test_names_and_codenames_are_marked_where_they_stand_and_keys_are_nobodys_name() -> None:
    others = Words.of_account("Brightforge Metal GmbH")
    others.add("codename", "ceres")
    text = "As for brightforge metal, see customer-ceres. token=abcdefghij12"
    assert in_parts(text, named(text, others)) == [
        ("As for ", ""),
        ("brightforge metal", "account"),
        (", see customer-", ""),
        ("ceres", "codename"),
        (". token=abcdefghij12", ""),
    ]
    assert answers.named("All is well.", others) == []
