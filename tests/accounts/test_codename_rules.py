"""Labels are safe to search for, unfitting names are refused, and every form of the minor planets' list is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import codenames
from accounts.codenames import Planet, Reserved, Unreadable


@pytest.mark.ledger("COD-03", "COD-09")
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Ceres", "customer-ceres"),
        ("El Djezaïr", "customer-eldjezair"),
        ("Ruperto-Carola", "customer-rupertocarola"),
        ("O'Keefe", "customer-okeefe"),
        ("Swings\u2019", "customer-swings"),
        ("Zähringia", "customer-zahringia"),
        ("Šteins", "customer-steins"),
        ("Ørsted", "customer-orsted"),
    ],
)
def test_names_with_spaces_apostrophes_hyphens_and_accents_give_plain_labels(name: str, label: str) -> None:
    assert codenames.form_fault(name) == ""
    assert codenames.label("customer", name) == label
    assert codenames.label("prospect", name) == label.replace("customer", "prospect")


@given(st.text(max_size=80))
def test_a_label_is_plain_letters_of_at_most_fifty_or_there_is_none(name: str) -> None:
    try:
        made = codenames.label("prospect", name)
    except ValueError:
        return
    prefix, _, word = made.partition("-")
    assert (prefix, word.isascii(), word.isalpha(), word == word.lower()) == ("prospect", True, True, True)
    assert len(made) <= 50


@pytest.mark.parametrize(
    "name", ["", "Io", "Apollo 11", "1992 QB1", "Ceres, Inc", "+more", "A" * 42, "\u6728\u661f", "Ce\u200bres"]
)
def test_a_name_that_makes_no_good_label_is_refused_before_any_call(name: str) -> None:
    assert codenames.form_fault(name)


@pytest.mark.ledger("COD-05")
def test_the_confidential_description_holds_the_name_within_its_hundred_characters() -> None:
    longest = "N" * codenames.LONGEST_REAL_NAME
    assert codenames.real_name_fault(longest) == ""
    assert codenames.description(longest, retired=False) == longest
    assert len(codenames.description(longest, retired=True)) == 100
    assert codenames.description("Brook", retired=True) == "Retired: Brook"


@pytest.mark.parametrize("name", ["", "  ", "N" * 92, "Brook \U0001f41f", "Brook\nFoods"])
def test_a_real_name_that_a_description_cannot_hold_is_refused(name: str) -> None:
    assert codenames.real_name_fault(name)


@pytest.mark.ledger("COD-03")
def test_a_name_like_a_customers_is_reserved_and_others_are_not() -> None:
    reserved = Reserved.of(near=["Hestia Foods Ltd", "gefion-metal", "Brook"], same=["Ada Brook", "Ino", "Psyche"])
    for name in ("Hestia", "HESTIA", "Hestja", "Hesta", "Hestias", "Foods", "Gefion", "Ada", "Brooks", "Ino", "Psyche"):
        assert reserved.has(name), name
    for name in ("Ceres", "Vesta", "Ida", "Adad", "Iris", "Metis", "Psyché Minor", "Psycho"):
        assert not reserved.has(name), name


PAGE = """<!DOCTYPE html><html><head><title>Minor Planet Names (1)</title></head><body>
<h1>Minor Planet Names: Alphabetical List</h1>
<p>The list has 4 names (of 3 kinds).</p>
<pre>
  (858) <a href="/x">El Djeza&iuml;r</a>
(<a href="/db?object=1">1</a>) Ceres   <b>(2)</b> Pallas
 (15760) 1992 QB1
</pre><table><tr><td>(2867)</td><td>&Scaron;teins</td></tr></table></body></html>"""
READ = [Planet(1, "Ceres"), Planet(2, "Pallas"), Planet(858, "El Djezaïr")]


@pytest.mark.ledger("SYS-16")
@pytest.mark.parametrize(
    "text",
    [
        PAGE.replace("<td>(2867)</td><td>&Scaron;teins</td>", ""),
        "  (858) El Djezaïr\r\n    (1) Ceres\n  (2)  Pallas  \n(15760) 1992 QB1\n",
        'number,name\n1,Ceres\n858,"El Djezaïr"\n2,Pallas\n15760,1992 QB1\n',
        "\ufeff2,Pallas,1802\n1,Ceres,1801\n858,El Djezai\u0308r,1916\n1,Ceres,1801\n",
    ],
    ids=["page", "text", "csv", "csv with more columns"],
)
def test_every_form_of_the_list_gives_the_same_names(text: str) -> None:
    assert codenames.read(text) == READ


@pytest.mark.ledger("SYS-16")
def test_a_name_in_the_next_cell_of_a_table_is_not_lost_and_gives_no_wrong_one() -> None:
    assert Planet(2867, "Šteins") in codenames.read(PAGE)


@pytest.mark.parametrize(
    "text", ["", "<html><body>Not found</body></html>", "name\nCeres\n", "(1) Ceres\n(1) Pallas\n"]
)
def test_what_is_no_list_or_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        codenames.read(text)
