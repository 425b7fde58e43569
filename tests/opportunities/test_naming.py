"""Names of opportunities, pipelines by type, silence: pure values."""

from datetime import date, timedelta

import pytest

from opportunities import expanding, naming, pipelines, silence

TODAY = date(2026, 11, 27)


@pytest.mark.ledger("OPP-01")
@pytest.mark.parametrize("name", ["Acme 2025", "ABC_FleetPremium_PriceIncreaseExpansion_Q12025", "2031"])
def test_a_name_with_a_year_in_it_is_fine(name: str) -> None:
    assert naming.has_year(name)


@pytest.mark.ledger("OPP-01")
@pytest.mark.parametrize("name", ["Acme", "Acme 25", "Acme 1998", "Order 20261"])
def test_a_name_without_a_year_of_this_century_is_flagged(name: str) -> None:
    assert not naming.has_year(name)


@pytest.mark.ledger("OPP-03")
def test_the_name_of_an_expansion_is_built_from_its_parts() -> None:
    parts = naming.Parts("ABC test company", "Fleet premium MDM", "Host", 1, 2025)
    assert parts.name == "ABCTestCompany_FleetPremiumMDM_HostExpansion_Q12025"
    price = naming.Parts("ABC test company", "Fleet premium", "Price increase", 1, 2025)
    assert price.name == "ABCTestCompany_FleetPremium_PriceIncreaseExpansion_Q12025"
    assert all(naming.is_expansion_name(one.name) for one in (parts, price))


@pytest.mark.ledger("OPP-03")
@pytest.mark.parametrize(
    ("customer", "written"),
    [
        ("Straßen & Söhne AG", "StraßenSöhneAG"),
        ("ßeta", "ßeta"),
        ("café Société", "CaféSociété"),
        ("cafe\u0301 noir", "Cafe\u0301Noir"),
        ("東京 電力", "東京電力"),
        ("हिन्दी टेक", "हिन्दीटेक"),
        ("ﬁrst things", "ﬁrstThings"),
        ("snake_case 7.0", "SnakeCase70"),
    ],
)
def test_letters_of_other_scripts_stay_in_the_name_of_an_expansion(customer: str, written: str) -> None:
    name = naming.Parts(customer, "Premium", "Host", 4, 2026).name
    assert name == f"{written}_Premium_HostExpansion_Q42026"
    assert naming.is_expansion_name(name)


def test_a_customer_of_signs_alone_gives_no_name() -> None:
    assert not naming.is_expansion_name(naming.Parts("***", "Premium", "Host", 4, 2026).name)


def test_a_year_is_written_in_digits_that_everybody_reads() -> None:
    assert not naming.has_year("Mill ٢٠٢٦")
    assert not naming.has_year("Mill 20٢٦")


@pytest.mark.ledger("OPP-03")
@pytest.mark.parametrize(
    "name",
    [
        *("ABC_FleetPremium_Host_Q12025", "ABC_FleetPremium_HostExpansion_Q52025"),
        *("ABC_FleetPremium_HostExpansion_2025Q1", "ABC_Fleet Premium_HostExpansion_Q12025"),
        *("ABC_HostExpansion_Q12025", "ABC_Fleet_Premium_HostExpansion_Q12025", "ABC__HostExpansion_Q12025"),
    ],
)
def test_another_structure_is_no_name_of_an_expansion(name: str) -> None:
    assert not naming.is_expansion_name(name)


def test_a_quarter_has_three_months() -> None:
    assert [naming.quarter_of(date(2026, month, 1))[0] for month in (1, 3, 4, 9, 10, 12)] == [1, 1, 2, 3, 4, 4]


def test_every_type_belongs_to_one_pipeline() -> None:
    found = [pipelines.pipeline_of(type) for type in ("Expansion", "Existing Business", "New", "", "Something else")]
    assert found == ["expansion", "renewal", "new", "new", "new"]


@pytest.mark.ledger("OPP-07")
def test_closed_lost_is_proposed_on_the_45th_day_without_a_word() -> None:
    assert not silence.proposes_lost(TODAY - timedelta(days=44), TODAY)
    assert silence.proposes_lost(TODAY - timedelta(days=45), TODAY)
    assert silence.days_since(TODAY + timedelta(days=3), TODAY) == 0


@pytest.mark.ledger("OPP-06")
def test_a_next_step_is_listed_the_day_after_it_was_due() -> None:
    assert silence.lacks_step("Call", TODAY, TODAY) == ""
    assert silence.lacks_step("Call", TODAY - timedelta(days=1), TODAY) == "Next step overdue"
    assert silence.lacks_step("Call", None, TODAY) == "No day for the next step"
    assert silence.lacks_step("  ", TODAY, TODAY) == "No next step"


@pytest.mark.ledger("OPP-02", "OPP-10")
def test_an_expansion_is_the_csms_and_new_business_the_aes() -> None:
    assert expanding.needs_cro("Expansion", frozenset({"AE"}))
    assert not expanding.needs_cro("Expansion", frozenset({"AE", "CSM"}))
    assert not expanding.needs_cro("New", frozenset({"AE"}))
    assert [expanding.role_of(type) for type in ("Expansion", "Existing Business", "New")] == ["csm", "csm", "ae"]
