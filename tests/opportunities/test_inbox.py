"""The inbox of those who approve, review, sign and file: what it lists, and that the menu counts just that."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from fleetcs.clock import now
from fleetcs.context import waiting
from fleetcs.models import Post, RoleHolding, User
from fleetcs.working_day import today
from opportunities import closing, inbox
from opportunities.models import Invoice, Outreach, Quote, SignatureRequest, TermDeviation
from tests.conftest import Clock
from tests.factories import (
    ISSUE_URL,
    make_agreement,
    make_close,
    make_executed,
    make_opportunity,
    make_quote,
    make_review,
    make_screening,
    make_user,
)
from tests.opportunities.closes import Walk
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

SIGNATURES, DEALS = "Signatures: the next step is yours", "Deals that are being closed"
BADGE = "opportunities.counts.papers_for"


def words(user: User, path: str = "/papers/") -> str:
    client = client_of(user)
    return " ".join(client.get(path).content.decode().split())


def listed(user: User) -> dict[str, int]:
    return {section.title: len(section.items) for section in inbox.sections(user) if section.items}


def badge(user: User) -> int:
    return waiting(user, [BADGE]).get(BADGE, 0)


def make_outreach(by: User, **overrides: Any) -> Outreach:
    fields = {"audience": "All prospects", "reach": 40, "subject": "News", "body": "We have news."} | overrides
    return Outreach.objects.add(by=by, **fields)


def submitted(**overrides: Any) -> Quote:
    quote = make_quote(**overrides)
    make_screening(quote.opportunity)
    quote.submit(by=quote.prepared_by)
    return quote


def everything() -> None:
    """Something of every kind."""
    submitted()
    make_outreach(make_user("ae"))
    make_screening(make_opportunity(), is_hit=True)
    make_review(make_quote(unique_terms="90 days"))
    by = make_user("bizops")
    TermDeviation.objects.note(make_agreement(by=by), by=by, term=None, value="More", form="redline")
    SignatureRequest.objects.begin(make_agreement(by=by), by=by)
    paper = make_agreement(by=by)
    make_screening(paper.opportunity)
    paper.send(to="b@mill.example", by=by)
    make_executed()
    Invoice.objects.add(opportunity=make_opportunity(), by=by, amount="900", sent_on=date(2026, 1, 5))
    make_close(docusign=False)
    Walk(make_close(docusign=False)).through("DCL-05b")


@pytest.mark.parametrize("post", ["bizops", "cro", "ceo"])
def test_the_menu_counts_what_the_inbox_lists(post: str) -> None:
    user = make_user(post)
    everything()
    shown = listed(user)
    assert badge(user) == sum(shown.values()) > 0
    assert f'<span class="nav-count">{badge(user)}<span' in words(user)
    kinds = {kind.title for kind in inbox.KINDS if user.may(kind.action)}
    nothing = {"Quotes of the CRO to approve", SIGNATURES, DEALS}
    assert kinds - set(shown) <= nothing


@pytest.mark.ledger("QUO-02")
@pytest.mark.parametrize("to_ceo", [True, False])
def test_a_quote_of_the_cro_counts_for_whoever_approves_it(to_ceo: bool, settings: Settings) -> None:
    settings.CRO_QUOTES_TO_CEO = to_ceo
    cro, ceo = make_user("cro"), make_user("ceo")
    quotes = [submitted(by=cro), submitted()]
    expected = {cro: [quotes[1]], ceo: [quotes[0]]} if to_ceo else {cro: quotes, ceo: []}
    for user, theirs in expected.items():
        of_quotes = [item.url for section in inbox.sections(user) for item in section.items if "/quotes/" in item.url]
        assert of_quotes == [quote.get_absolute_url() for quote in theirs]
        assert badge(user) == sum(listed(user).values())
    assert all(user.may(quote.approving) for user, theirs in expected.items() for quote in theirs)


@pytest.mark.ledger("CON-10")
def test_a_signature_is_listed_and_counted_for_whose_step_is_next() -> None:
    biz, ceo = make_user("bizops"), make_user("ceo")
    request = SignatureRequest.objects.begin(make_agreement(by=biz), by=biz)
    seen = []
    for code, by in (("told", biz), ("issue", ceo), ("review", ceo)):
        seen.append([listed(user).get(SIGNATURES, 0) for user in (biz, ceo)])
        assert [badge(user) for user in (biz, ceo)] == [sum(listed(user).values()) for user in (biz, ceo)]
        request.step(code, {"link": ISSUE_URL} if code == "issue" else {}, by=by)
    assert seen == [[1, 0], [0, 1], [0, 1]]
    assert listed(biz)[SIGNATURES] == 1
    assert badge(biz) == sum(listed(biz).values())


@pytest.mark.ledger("DCL-05", "DCL-06")
def test_the_steps_of_a_close_are_counted_as_they_come_and_go() -> None:
    close, biz = make_close(docusign=False), make_user("bizops")
    assert (listed(biz), badge(biz)) == ({DEALS: 1}, 1)  # the copy list
    close.run.mark_before("DCL-05a", "The scan is in the folder", by=biz)
    assert (listed(biz), badge(biz)) == ({DEALS: 2}, 2)
    tick = close.tick("DCL-05b", {"found": "As agreed"}, by=biz)
    assert (listed(biz), badge(biz)) == ({DEALS: 1}, 1)
    tick.take_back(by=biz)
    assert (listed(biz), badge(biz)) == ({DEALS: 2}, 2)
    assert badge(make_user("ceo")) == 0


def test_what_the_offices_tick_in_a_close_waits_for_ticks_alone_and_is_of_paper_copies() -> None:
    """What the counts rely on: else a step would be listed by no statement."""
    for step in inbox.ticked_by_offices():
        before = [one for one in closing.CLOSE.steps if step.code in (*one.blocks, *one.warns)]
        assert [one.code for one in before if one.checked] == []
        assert step.stage in closing.BEFORE_THE_WIN
        for answers in product((False, True), repeat=3):
            facts = dict(zip(closing.BRANCHES, answers, strict=True))
            assert {one.applies(facts) for one in (step, *before)} == {not facts["docusign"]}


# --- outbound messages -----------------------------------------------------------------------------------------------
@pytest.mark.ledger("OUT-01")
def test_a_message_to_many_waits_in_the_inbox_and_on_the_first_page_of_those_who_confirm() -> None:
    cro, biz = make_user("cro"), make_user("bizops")
    one = make_outreach(make_user("ae"), subject="News of autumn")
    make_outreach(make_user("ae"), subject="To a single one", reach=1)
    page = words(cro)
    assert ("News of autumn" in page, "To a single one" in page) == (True, False)
    assert "News of autumn" in words(cro, "/today/papers/")
    assert 'hx-get="/today/papers/"' in words(cro, "/")
    assert (badge(cro), badge(biz)) == (1, 0)
    assert "News of autumn" not in words(biz)
    one.refresh_from_db()
    one.confirm(one.content, by=cro)
    assert (badge(cro), "News of autumn" in words(cro)) == (0, False)


@pytest.mark.ledger("OUT-01")
def test_a_message_waits_for_whoever_may_confirm_it_and_for_nobody_else() -> None:
    cro, ceo = make_user("cro"), make_user("ceo")
    one = make_outreach(cro)
    assert [badge(user) for user in (cro, ceo)] == [0, 1]
    one.change({"body": "Better news."}, by=ceo)  # the only other one has written in it, and last
    assert [(badge(user), one.is_for(user)) for user in (cro, ceo)] == [(0, False), (0, False)]
    one.change({"body": "The best news."}, by=cro)
    assert [(badge(user), one.is_for(user)) for user in (cro, ceo)] == [(0, False), (1, True)]


@pytest.mark.ledger("OUT-01")
def test_the_count_follows_who_holds_the_posts_from_day_to_day(clock: Clock) -> None:
    """The statement is made up once a day for each person: yesterday's would ask who held a post then."""
    clock("2026-03-02T12:00:00-08:00")
    cro, ceo = make_user("cro"), make_user("ceo")
    one = make_outreach(make_user("ae"))
    one.change({"body": "Better news."}, by=cro)
    one.change({"body": "The best news."}, by=ceo)
    assert (badge(cro), badge(ceo)) == (1, 0)
    RoleHolding.objects.create(
        user=make_user("ae"), post=Post.objects.get(code="cro"), from_on=today() + timedelta(days=1)
    )
    clock(now() + timedelta(days=1))
    assert (badge(cro), badge(ceo)) == (0, 0)  # somebody has not written in it yet
