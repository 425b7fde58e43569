"""Message texts name flat variables, are filled once, and never leave with a blank or a broken character in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetcs.texts import WordingError, check, is_broken, looks_unfilled, render, repair, variables


@pytest.mark.ledger("TPL-01")
def test_a_text_is_filled_with_its_variables() -> None:
    body = "Hi {company_name} team, read {link}. Sets look like {{this}}."
    assert variables(body) == {"company_name", "link"}
    assert render(body, {"company_name": "Otter & Sons", "link": "{x}", "unused": ""}) == (
        "Hi Otter & Sons team, read {x}. Sets look like {this}."
    )


@pytest.mark.ledger("TPL-05")
def test_hours_and_names_are_ordinary_variables() -> None:
    assert (
        render("{username}: {opens} to {closes}", {"username": "Kim", "opens": "7am", "closes": "3pm"})
        == "Kim: 7am to 3pm"
    )


@pytest.mark.parametrize(
    "body",
    [
        "{event.__init__.__code__.co_filename}",
        "{__class__}",
        "{a.b}",
        "{a[0]}",
        "{0}",
        "{}",
        "{a!r}",
        "{a:>99999999}",
        "{ a }",
        "{Name}",
        "{a__b}",
        "{_a}",
        "{a",
        "a}",
        "{{a}",
        "{a{b}}",
        "{a\n}",
        "{é}",
    ],
)
def test_anything_but_a_flat_word_is_refused(body: str) -> None:
    with pytest.raises(WordingError):
        variables(body)


@pytest.mark.ledger("TPL-03")
def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(WordingError, match="unknown variable: nobody_knows") as refused:
        check("{nobody_knows} {link}", {"link"})
    assert refused.value.names == ("nobody_knows",)
    with pytest.raises(WordingError, match="unknown"):
        render("{secret}", {"link": "x"})


@pytest.mark.ledger("TPL-04")
def test_an_empty_variable_refuses_the_text() -> None:
    with pytest.raises(WordingError) as refused:
        render("{position_title} at {place} for {who}", {"position_title": " ", "place": "", "who": "you"})
    assert refused.value.names == ("place", "position_title")


def test_blanks_in_a_text_about_to_go_out_are_found() -> None:
    text = (
        "Hi [company name] team, see {link} and [link]. Request: ____ [x] [#17] [docs](https://x.example) {{ok}} a[0]"
    )
    assert looks_unfilled(text) == ["[company name]", "{link}", "[link]", "____", "{ok}"]
    assert looks_unfilled("Nothing missing (really) {1,2} [1] - [ ] todo") == []


@pytest.mark.ledger("TPL-08")
@pytest.mark.parametrize(
    "right", ["I\u2019m", "≤ 5", "± 2", "🦄", "café \u2013 “quoted” …", "naïve", "10 °C", "€ 5", "日本", "œuvre"]
)
def test_text_read_in_the_wrong_charset_is_mended(right: str) -> None:
    broken = right.encode().decode("latin-1")
    as_seen = "".join(bytes([ord(sign)]).decode("cp1252", "ignore") or sign for sign in broken)
    assert is_broken(as_seen)
    assert repair(as_seen) == right
    assert not is_broken(repair(as_seen))


@pytest.mark.ledger("TPL-08")
def test_a_quotation_mark_that_lost_a_byte_and_a_text_broken_twice_are_mended() -> None:
    assert repair("â€œyesâ€") == "“yes”"
    assert repair("Iâ€™m".encode().decode("cp1252")) == "I\u2019m"


@given(
    st.text(alphabet=st.characters(max_codepoint=0x17F, exclude_categories=["C"])).filter(
        lambda text: not is_broken(text)
    )
)
def test_sound_text_stays_as_it_is(text: str) -> None:
    assert repair(text) == text


@given(st.text())
def test_what_is_mended_is_not_broken(text: str) -> None:
    assert "â€" not in repair(text)
