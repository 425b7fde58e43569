"""The data checkup: rules over our copy of Salesforce, what people see there, and what becomes of findings (SFD)."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import links
from accounts.models import Account, Codename, Contact
from fleetcs.handovers import let_go
from fleetcs.working_day import today
from opportunities import checkup, counts, data_rules, looks
from opportunities.demo import checked
from opportunities.models import Agreement, Checkup, Finding, Opportunity
from tests.conftest import Clock
from tests.factories import (
    DRIVE_URL,
    make_account,
    make_agreement,
    make_contact,
    make_executed,
    make_lead,
    make_opportunity,
    make_user,
)
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 4)
RULES = {rule.code: rule for rule in data_rules.RULES}


def check() -> Checkup:
    """Look at all records, as the duty does when it was asked to."""
    one = Checkup.objects.open_for(today())
    one.ask(by=make_user("bizops"))
    assert checkup.check_due() == 1
    return Checkup.objects.get(pk=one.pk)


def found(rule: str) -> Finding:
    return Finding.objects.get(rule=rule)


def deal(**fields: Any) -> Opportunity:
    return make_opportunity(**{"owner": make_user("ae")} | fields)


def executed(deal: Opportunity, **fields: Any) -> Agreement:
    agreement = make_executed(deal)
    Agreement.objects.filter(pk=agreement.pk).update(**fields)
    return agreement


def won(**fields: Any) -> Opportunity:
    """As it should be: signed on the 5th of November 2025, with its contract on it."""
    one = deal(stage="Closed Won", **{"close_date": date(2025, 11, 5)} | fields)
    executed(one, executed_url=DRIVE_URL, filed_url=DRIVE_URL)
    return one


# --- the rules --------------------------------------------------------------------------------------------------------
def without_history() -> Opportunity:
    one = deal()
    Opportunity.objects.filter(pk=one.pk).update(stage="Negotiation")
    return one


def label(said: str, word: str = "vesta") -> Account:
    """An account with that label, whose codename is another or the same."""
    account = make_account()
    Codename.objects.create(account=account, name=word, word=word, prefix="customer", real_name=account.name)
    Account.objects.filter(pk=account.pk).update(github_label=said)
    return account


def led(*, by: Callable[[Contact], Contact]) -> Contact:
    contact = make_contact(make_account())
    Contact.objects.filter(pk=contact.pk).update(reports_to=by(contact))
    return contact


def of_parent(contact: Contact) -> Contact:
    parent = make_account()
    Account.objects.filter(pk=contact.account_id).update(parent=parent)
    return make_contact(parent)


def one_below(contact: Contact) -> Contact:
    return make_contact(contact.account, reports_to=contact)


def expansion(**fields: Any) -> Opportunity:
    return deal(**{"type": "Expansion", "next_step": "Call", "next_step_due": DAY} | fields)


CASES: dict[str, tuple[list[Callable[[], Any]], list[Callable[[], Any]]]] = {
    "linkedin-of-account": (
        [lambda: make_account(linkedin_company_url="https://linkedin.com.evil.example/company/x")],
        [lambda: make_account(linkedin_company_url="https://www.linkedin.com/company/x"), make_account],
    ),
    "github-label": (
        [lambda: label("", "pallas"), lambda: label("customer-ceres", "juno")],
        [lambda: label("customer-vesta"), make_account],
    ),
    "year-in-name": (
        [lambda: deal(name="Acme"), lambda: deal(name="Acme 1999")],
        [lambda: deal(name="Acme 2025"), lambda: deal(name="ABC_FleetPremium_PriceIncreaseExpansion_Q12025")],
    ),
    "owner": ([lambda: deal(owner=None)], [deal]),
    "next-step": (
        [
            lambda: expansion(next_step_due=DAY - timedelta(days=1)),
            lambda: expansion(next_step_due=None),
            lambda: expansion(next_step=""),
        ],
        [
            expansion,
            lambda: expansion(stage="Closed Lost", next_step=""),
            lambda: expansion(type="New Business", next_step=""),
            lambda: expansion(type="EXPANSION", next_step=""),  # which the pipelines count as new business too
        ],
    ),
    "term": (
        [lambda: deal(effective_date=DAY, subscription_end=DAY - timedelta(days=1))],
        [lambda: deal(effective_date=DAY, subscription_end=DAY), lambda: deal(subscription_end=DAY)],
    ),
    "stage-history": ([without_history], [deal]),
    "close-date": ([lambda: deal(stage="Closed Won", close_date=None)], [lambda: deal(close_date=None), won]),
    "contract": (
        [
            lambda: deal(stage="Closed Won"),
            lambda: executed(deal(stage="Closed Won")).opportunity,
            lambda: make_agreement(deal(stage="Closed Won")).opportunity,
        ],
        [won, deal],
    ),
    "day-of-signature": (
        [lambda: won(close_date=date(2025, 11, 3))],
        [won, lambda: deal(stage="Closed Won"), lambda: won(close_date=None)],
    ),
    "renewal": (
        [lambda: won(subscription_end=DAY)],
        [
            lambda: make_opportunity(renewal_of=won(subscription_end=DAY)).renewal_of,
            lambda: won(subscription_end=DAY - timedelta(days=1)),
        ],
    ),
    "copies": (
        [lambda: executed(deal(), executed_url=DRIVE_URL), lambda: executed(deal(), filed_url=DRIVE_URL)],
        [lambda: executed(deal(), executed_url=DRIVE_URL, filed_url=DRIVE_URL), make_agreement],
    ),
    "linkedin-of-contact": (
        [lambda: make_contact(make_account(), linkedin_url="https://x.example/linkedin.com")],
        [lambda: make_contact(make_account(), linkedin_url="https://linkedin.com/in/x")],
    ),
    "manager": (
        [lambda: led(by=lambda contact: make_contact(make_account()))],
        [lambda: led(by=lambda contact: make_contact(contact.account)), lambda: led(by=of_parent)],
    ),
    "manager-loop": ([lambda: led(by=one_below)], [lambda: led(by=lambda contact: make_contact(contact.account))]),
    "lead-fields": (
        [lambda: make_lead(rating=""), lambda: make_lead(source=""), lambda: make_lead(status="")],
        [make_lead, lambda: make_lead(rating="", is_converted=True)],
    ),
}


@pytest.mark.ledger("SFD-01", "OPP-01", "OPP-06", "OPP-09", "OPP-10", "CON-13", "SYS-14")
@pytest.mark.parametrize("code", RULES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(code: str) -> None:
    breaking, keeping = ([make() for make in some] for some in CASES[code])
    flagged = set(RULES[code].broken(DAY))
    assert set(breaking) <= flagged
    assert not flagged & set(keeping)


def test_a_loop_of_managers_is_those_in_it_and_not_those_below() -> None:
    assert data_rules.looping({1: 2, 2: 3, 3: 2, 4: 1, 5: 6}) == {2, 3}
    assert data_rules.looping({7: 7}) == {7}
    assert data_rules.looping({}) == set()


def test_the_database_and_the_forms_take_the_same_addresses_for_those_of_linkedin() -> None:
    for url in ("https://linkedin.com", "HTTPS://UK.LinkedIn.com/in/x", "https://linkedin.community/x", "ftp://x.y/"):
        account = make_account(linkedin_company_url=url)
        flagged = set(RULES["linkedin-of-account"].broken(DAY))
        assert (account in flagged) == (links.LINKEDIN.match(url) is None), url


# --- a run ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-24")
def test_sixty_days_of_the_clock_open_two_checkups_with_every_item(clock: Clock) -> None:
    clock("2026-03-01T12:00:00-08:00")
    for _ in range(60):
        checkup.check_due()
        clock.forward(days=1)
    assert [f"{one.month:%Y-%m}" for one in Checkup.objects.all()] == ["2026-04", "2026-03"]
    every = {f"SFD-{number:02}" for number in range(2, 24)}
    for one in Checkup.objects.all():
        assert {step.code for step in one.run.steps} == every
        assert [result.rule for result in one.results.all()] == list(RULES)


def test_a_month_has_one_checkup_whoever_opens_it() -> None:
    assert Checkup.objects.open_for(date(2026, 5, 1)) == Checkup.objects.open_for(date(2026, 5, 31))
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkup.objects.create(month=date(2026, 5, 2))


@pytest.mark.ledger("SFD-01")
def test_what_breaks_a_rule_makes_a_finding_with_an_owner() -> None:
    seller = make_user("ae")
    make_opportunity(name="Acme", owner=seller)
    result = check().results.get(rule="year-in-name")
    assert (result.open, result.new, result.fixed, result.accepted, result.looked_at) == (1, 1, 0, 0, 1)
    assert result.is_flagged
    assert found("year-in-name").owner == seller


def test_what_nobody_owns_is_for_those_of_the_account_then_for_business_operations() -> None:
    gone, seller, desk = make_user("ae", is_active=False), make_user("ae"), make_user("bizops")
    of_account = make_opportunity(make_account(ae=seller), name="Acme", owner=gone)
    of_nobody = make_opportunity(name="Acme", owner=None)
    check()
    owners = dict(Finding.objects.filter(rule="year-in-name").values_list("record", "owner"))
    assert owners == {of_account.pk: seller.pk, of_nobody.pk: desk.pk}


@pytest.mark.ledger("SFD-01")
def test_the_same_finding_in_the_next_month_is_the_same_row(clock: Clock) -> None:
    clock("2026-05-04T12:00:00-07:00")
    deal(name="Acme")
    check()
    before = Finding.objects.values().get(rule="year-in-name")
    clock("2026-06-01T12:00:00-07:00")
    result = check().results.get(rule="year-in-name")
    assert Finding.objects.values().get(rule="year-in-name") == before
    assert (result.open, result.new) == (1, 0)


def test_what_was_mended_is_found_fixed_by_the_next_run_and_counts_anew_when_it_comes_back(clock: Clock) -> None:
    start = clock("2026-05-04T12:00:00-07:00")
    one = deal(name="Acme")
    check()
    one.change({"name": "Acme 2026"}, by=make_user("cro"))
    assert found("year-in-name").fixed_at is None, "nobody has looked yet"
    clock.forward(days=1)
    result = check().results.get(rule="year-in-name")
    assert (result.open, result.new, result.fixed) == (0, 0, 1)
    assert not result.is_flagged
    one.change({"name": "Acme"}, by=make_user("cro"))
    clock.forward(days=1)
    check()
    again = found("year-in-name")
    assert again.fixed_at is None
    assert again.found_at > start + timedelta(days=1)


def test_what_may_stay_is_not_counted_until_it_was_mended_and_is_back() -> None:
    one, boss = deal(name="Acme"), make_user("cro")
    check()
    with pytest.raises(ValidationError, match="why"):
        found("year-in-name").accept("  ", by=boss)
    found("year-in-name").accept("Their own naming", by=boss)
    with pytest.raises(ValidationError, match="already"):
        found("year-in-name").accept("Their own naming", by=boss)
    result = check().results.get(rule="year-in-name")
    assert (result.open, result.accepted) == (0, 1)
    for name in ("Acme 2026", "Acme"):
        one.change({"name": name}, by=boss)
        check()
    assert found("year-in-name").reason == ""
    with pytest.raises(ValidationError, match="not accepted"):
        found("year-in-name").reopen(by=boss)


def test_what_was_accepted_can_be_asked_again() -> None:
    deal(name="Acme")
    check()
    found("year-in-name").accept("Their own naming", by=make_user("cro"))
    found("year-in-name").reopen(by=make_user("cro"))
    assert found("year-in-name").state == ("warn", "Open")


def test_a_rule_is_found_again_only_by_a_run_that_was_asked_for() -> None:
    check()
    assert checkup.check_due() == 0


def test_many_records_take_as_many_statements_as_one() -> None:
    account, one = make_account(), Checkup.objects.open_for(DAY)

    def statements(deals: int) -> int:
        Opportunity.objects.bulk_create(Opportunity(account=account, name="Acme", stage="Sold") for _ in range(deals))
        with CaptureQueriesContext(connection) as told:
            checkup.check(one, DAY)
        return len(told)

    statements(0)  # what is read once a process
    assert statements(1) == statements(200)
    assert Finding.objects.filter(rule="year-in-name").count() == 201


def test_a_finding_of_somebody_who_leaves_is_for_business_operations() -> None:
    seller, desk = make_user("ae"), make_user("bizops")
    deal(name="Acme", owner=seller)
    check()
    let_go(seller, by=make_user("zapier_administrator"))
    assert found("year-in-name").owner == desk


# --- what only a person can see ---------------------------------------------------------------------------------------
@pytest.mark.ledger("SFD-01", "SFD-02")
def test_what_somebody_sees_in_salesforce_is_a_tick_and_what_is_not_so_a_finding_until_it_is() -> None:
    one, boss = Checkup.objects.open_for(DAY), make_user("bizops")
    with pytest.raises(ValidationError, match="different"):
        one.look("SFD-02", verdict="flag", note=" ", by=boss)
    one.look("SFD-02", verdict="flag", note="A tab Reports", by=boss)
    with pytest.raises(ValidationError, match="done already"):
        one.look("SFD-02", verdict="pass", note="", by=boss)
    assert (found("SFD-02").owner, found("SFD-02").note) == (boss, "A tab Reports")
    following = Checkup.objects.open_for(date(2026, 6, 1))
    with pytest.raises(ValidationError, match="newer"):
        one.look("SFD-03", verdict="pass", note="", by=boss)
    following.look("SFD-02", verdict="pass", note="", by=boss)
    assert found("SFD-02").fixed_at is not None
    following.look_anew("SFD-02", by=boss)
    following.look("SFD-02", verdict="flag", note="It is back", by=boss)
    assert (found("SFD-02").fixed_at, found("SFD-02").note) == (None, "It is back")


def test_the_demo_shows_a_run_with_findings_that_people_have_dealt_with() -> None:
    make_user("bizops")
    for _ in range(3):
        deal(stage="Closed Won")
    checked.look_through()
    result = Checkup.objects.get().results.get(rule="contract")
    assert (result.open, result.accepted) == (2, 1)
    assert Finding.objects.open().exclude(note="").count() == 2


# --- pages ------------------------------------------------------------------------------------------------------------
def test_the_page_of_a_run_leads_from_a_count_to_its_findings() -> None:
    deal(name="Acme <b>")
    one, boss = check(), make_user("cro")
    client = client_of(boss)
    page = words(client.get(one.get_absolute_url()))
    assert "?rule=year-in-name" in page
    assert "0 of 22" in page
    listed = words(client.get("/findings/?rule=year-in-name"))
    assert "Acme &lt;b&gt;" in listed
    assert "1 finding" in listed
    assert words(client.get("/checkups/")).count("0 of 22") == 1


def test_looks_are_noted_on_the_page_and_taken_back_there() -> None:
    one = Checkup.objects.open_for(today())
    client = client_of(make_user("bizops"))
    look, anew = f"{one.get_absolute_url()}look/", f"{one.get_absolute_url()}anew/"
    shown = words(client.post(look, {"code": "SFD-02", "verdict": "flag", "note": "A tab Reports"}, follow=True))
    assert "A tab Reports" in shown
    assert "1 of 22" in shown
    assert "Say what is different" in words(client.post(look, {"code": "SFD-03", "verdict": "flag"}, follow=True))
    assert "Say whether" in words(client.post(look, {"code": "SFD-99", "verdict": "pass"}, follow=True))
    assert "0 of 22" in words(client.post(anew, {"code": "SFD-02"}, follow=True))


def test_a_finding_is_given_to_somebody_noted_and_accepted_on_its_page() -> None:
    seller, boss = make_user("ae"), make_user("cro")
    deal(name="Acme", owner=seller)
    check()
    one, client = found("year-in-name"), client_of(boss)
    url = one.get_absolute_url()
    given = {"owner": boss.pk, "note": "Asked them", "version": one.version}
    assert client.post(f"{url}edit/", given).status_code == 302
    assert client.post(f"{url}edit/", given | {"note": "Late"}).status_code == 409, "a colleague was faster"
    assert client.post(f"{url}accept/", {"reason": ""}).status_code == 422
    page = words(client.post(f"{url}accept/", {"reason": "Their naming"}, follow=True))
    assert "Asked them" in page
    assert "Their naming" in page
    assert words(client.post(f"{url}reopen/", follow=True)).count("It may stay") == 1
    assert client_of(seller).get(url).status_code == 404, "it is no longer theirs"


def test_files_hold_what_the_pages_show() -> None:
    deal(name="=Acme", owner=make_user("ae", name="Rosa"))
    one, client = check(), client_of(make_user("cro"))
    one.look("SFD-02", verdict="flag", note="A tab Reports", by=make_user("bizops"))
    told = csv_rows(client.get(f"{one.get_absolute_url()}?format=csv"))
    assert len(told) == len(RULES) + len(looks.LOOKS)
    verdicts = {row["What should be so"]: (row["Verdict"], row["Open"]) for row in told}
    assert verdicts[RULES["year-in-name"].text] == ("flag", "1")
    assert verdicts[looks.LOOKS[0][2]] == ("flag", "")
    [row] = csv_rows(client.get("/findings/?format=csv&rule=year-in-name"))
    assert (row["Record"], row["Owner"], row["State"]) == ("'=Acme", "Rosa", "Open")


def csv_rows(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(text.splitlines()))


def test_lists_take_the_same_few_statements_however_long_they_are(django_assert_num_queries: Any) -> None:
    client = client_of(make_user("cro"))
    for n in range(3):
        executed(deal(name=f"Acme {n}"))
        make_contact(make_account(), linkedin_url="https://x.example/")
    one = check()
    for url, statements in (("/findings/", 6), ("/checkups/", 6), (one.get_absolute_url(), 9)):
        client.get(url)
        with django_assert_num_queries(statements):
            client.get(url)


def test_a_seller_sees_and_is_counted_what_is_theirs_to_mend() -> None:
    seller = make_user("ae")
    deal(name="Mine to mend", owner=seller)
    deal(name="Not mine")
    check()
    page = words(client_of(seller).get("/findings/"))
    assert "1 finding" in page
    assert "Mine to mend" in page
    assert "Not mine" not in page
    assert [one.owner for one in counts.findings_for(seller)] == [seller]
