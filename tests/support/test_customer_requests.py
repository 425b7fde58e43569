"""Customer requests: what labels make of an issue, dates that are discussed first, and what is still missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fleetcs import clock as product_clock
from fleetcs.effects import forget_old
from fleetcs.models import Automation, Effect
from support import handovers
from support.customer_requests import State, has_shipped, mentions, signs, state
from support.models import CustomerRequest, Feedback, IssueLink, Repository, follow
from support.models.customer_request import NOT_POSTED
from tests.factories import filed, make_account, make_issue_link, make_ticket, make_user, relabel

pytestmark = pytest.mark.django_db

KEY_DAY = date(2027, 3, 12)


def request_of(*labels: str, **overrides: Any) -> CustomerRequest:
    issue = filed(*labels or ("customer request",), **overrides)
    follow([issue])
    return CustomerRequest.objects.get(issue=issue)


def notices(about: str = "prioritized") -> list[Effect]:
    return list(Effect.objects.filter(kind__in=["slack.request", "mail.request"], args__about=about).order_by("pk"))


# --- the rule ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-01", "REQ-07", "REQ-08")
@pytest.mark.parametrize(
    ("labels", "assignees", "closed", "expected"),
    [
        (["customer request"], [], False, State.NEW),
        (["Customer Request"], [], False, State.NEW),
        (["~customer request"], [], False, State.PRIORITIZED),
        (["customer request", "+more info please"], [], False, State.WAITING),
        (["customer request", "plus size"], [], False, State.NEW),
        (["~customer request", "#g-unicorns"], ["saoirse"], False, State.FEEDBACK),
        (["~customer request", "#g-unicorns"], [], False, State.PRIORITIZED),
        (["~customer request"], ["saoirse"], False, State.PRIORITIZED),
        (["~customer request", "#g-unicorns", "+more info please"], ["saoirse"], False, State.WAITING),
        (["~customer request", "#g-unicorns"], ["saoirse"], True, State.CLOSED),
    ],
)
def test_where_a_request_stands_follows_from_labels_and_assignees(
    labels: list[str], assignees: list[str], closed: bool, expected: State
) -> None:
    assert state(signs(labels, assignees), closed=closed) == expected


def test_shipped_is_what_was_completed_or_goes_out_with_a_release() -> None:
    assert has_shipped([], closed=True, reason="completed")
    assert has_shipped([":release"], closed=False, reason="")
    assert not has_shipped([], closed=True, reason="not_planned")
    assert not has_shipped(["bug"], closed=False, reason="")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you @odette!", True),
        ("(@Odette)", True),
        ("@odette-farrow", False),
        ("odette", False),
        ("x@odette", False),
    ],
)
def test_a_mention_is_the_whole_handle(text: str, expected: bool) -> None:
    assert mentions(text, "odette") == expected


# --- what follows from a page of issues -------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-01")
def test_both_spellings_are_customer_requests_and_the_second_is_prioritized() -> None:
    plain, prioritized, other = filed("customer request"), filed("~customer request"), filed("bug")
    follow([plain, prioritized, other])
    states = {one.issue_id: one.state for one in CustomerRequest.objects.all()}
    assert states == {plain.pk: State.NEW, prioritized.pk: State.PRIORITIZED}


@pytest.mark.ledger("REQ-01")
def test_a_person_says_that_an_issue_is_a_request_and_it_warns_while_no_label_says_so() -> None:
    issue, csm = filed("website"), make_user("csm")
    request = CustomerRequest.objects.declare(issue, by=csm)
    assert CustomerRequest.objects.declare(issue, by=csm) == request
    assert request.signs.is_unlabelled
    assert not CustomerRequest.objects.get(issue=relabel(issue, "customer-ceres")).signs.is_unlabelled
    assert not CustomerRequest.objects.get(issue=relabel(issue, "customer request")).signs.is_unlabelled
    follow([relabel(issue)])
    assert CustomerRequest.objects.get() == request  # what a person said stays said


def test_links_by_the_codename_become_links_of_a_request() -> None:
    issue = filed("customer request")
    link = make_issue_link(issue, make_account(), kind="other", by_label=True)
    bug = make_issue_link(issue, make_account(), kind="bug")
    follow([issue])
    assert [IssueLink.objects.get(pk=one.pk).kind for one in (link, bug)] == ["request", "bug"]


@pytest.mark.ledger("REQ-07")
def test_when_it_is_prioritized_each_csm_is_told_once_and_the_empty_story_is_listed() -> None:
    Automation.objects.filter(pk="request_notices").update(position="act")
    csm, other = make_user("csm", slack_id="U1"), make_user("csm")
    request = request_of("customer request")
    for account in (make_account(csm=csm), make_account(csm=csm), make_account(csm=other), make_account()):
        make_issue_link(request.issue, account)
    follow([request.issue])
    assert notices() == []
    relabel(request.issue, "~customer request")
    for _ in range(3):
        follow([request.issue])
    assert [(one.kind, one.args["user"], one.state) for one in notices()] == [
        ("slack.request", csm.pk, "waiting"),
        ("mail.request", other.pk, "waiting"),
    ]
    request.refresh_from_db()
    assert list(CustomerRequest.objects.without_story()) == [request]
    request.tell_story(filed(":product"), by=make_user("pd"))
    assert not CustomerRequest.objects.without_story().exists()


def test_what_a_repository_holds_when_it_is_first_read_is_no_news() -> None:
    Repository.objects.create(code="public")
    make_issue_link(issue := filed("~customer request"), make_account(csm=make_user("csm")))
    follow([issue])
    assert (CustomerRequest.objects.count(), notices()) == (1, [])


def test_what_was_there_at_the_first_reading_stays_no_news_and_what_comes_after_it_is(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    repository, csm = Repository.objects.create(code="public"), make_user("csm")
    issue = filed("~customer request", "#g-unicorns", assignees=["x"])
    make_issue_link(issue, make_account(csm=csm))
    follow([issue])
    repository.loaded_at = product_clock.now()
    repository.save()
    clock("2026-01-12T11:00:00-08:00")
    follow([issue])
    assert (notices(), notices("feedback")) == ([], [])
    make_issue_link(later := filed("~customer request"), make_account(csm=csm))
    follow([later])
    assert len(notices()) == 1


@pytest.mark.ledger("REQ-07", "REQ-08")
def test_nobody_is_told_again_once_it_is_forgotten_that_they_were(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    make_issue_link(
        issue := filed("~customer request", "#g-unicorns", assignees=["x"]), make_account(csm=make_user("csm"))
    )
    follow([issue])
    assert (len(notices()), len(notices("feedback"))) == (1, 1)
    Effect.objects.update(state="done", done_at=product_clock.now())
    clock("2026-02-12T10:00:00-08:00")
    forget_old()
    follow([issue])
    assert (notices(), notices("feedback")) == ([], [])


@pytest.mark.ledger("REQ-08")
def test_assignment_and_label_open_one_task_for_each_linked_account() -> None:
    csm, stand_in = make_user("csm", github="Saoirse-L"), make_user("csm", github="dmitri-l")
    request = request_of("~customer request")
    mine, other = make_account(csm=csm), make_account(csm=make_user("csm"))
    for account in (mine, mine, other):
        make_issue_link(request.issue, account, ticket=make_ticket(account))
    relabel(request.issue, "~customer request", "#g-unicorns")
    follow([request.issue])
    assert not Feedback.objects.exists()  # nobody is assigned
    request.issue.assignees = ["saoirse-l"]
    request.issue.save()
    for _ in range(3):
        follow([request.issue])
    assert sorted(Feedback.objects.values_list("account", "csm")) == sorted([(mine.pk, csm.pk), (other.pk, csm.pk)])
    assert len(notices("feedback")) == 2
    relabel(request.issue, "~customer request")
    follow([request.issue])
    request.issue.assignees = ["dmitri-l"]
    request.issue.save()
    follow([relabel(request.issue, "~customer request", "#g-unicorns")])
    assert Feedback.objects.count() == 2  # asked again while the first is open: still one each
    assert stand_in.pk not in Feedback.objects.values_list("csm", flat=True)


@pytest.mark.ledger("REQ-08")
def test_feedback_is_for_the_csm_when_only_the_designer_is_assigned() -> None:
    csm = make_user("csm")
    make_user("pd", github="odette-l")
    make_issue_link(issue := filed("~customer request", "#g-unicorns", assignees=["odette-l"]), make_account(csm=csm))
    follow([issue])
    assert Feedback.objects.get().csm == csm


@pytest.mark.ledger("REQ-08")
def test_what_was_settled_after_it_was_asked_for_once_more_is_not_asked_again(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    csm, designer = make_user("csm", github="saoirse-l"), make_user("pd", github="odette-l")
    issue = filed("~customer request", "#g-unicorns", assignees=["saoirse-l"])
    for _ in range(2):
        make_issue_link(issue, make_account(csm=csm))
    follow([issue])
    clock("2026-01-12T11:00:00-08:00")
    follow([relabel(issue, "~customer request")])
    clock("2026-01-12T12:00:00-08:00")
    follow([relabel(issue, "~customer request", "#g-unicorns")])
    clock("2026-01-12T13:00:00-08:00")
    first, second = Feedback.objects.order_by("pk")
    evidence = {"evidence": "call", "evidence_url": "https://recordings.example/1"}
    first.is_missing("@odette-l more shelves", designer=designer, by=csm, **evidence)
    follow([issue])
    assert Feedback.objects.count() == 2
    second.meets_needs("@odette-l it fits", designer=designer, by=csm)
    assert not second.closes  # the first misses something


@pytest.mark.ledger("REQ-08")
def test_feedback_of_somebody_who_has_left_is_for_the_accounts_csm_who_is_told() -> None:
    gone, csm = make_user("csm", github="saoirse-l"), make_user("csm")
    account = make_account(csm=gone)
    make_issue_link(issue := filed("~customer request", "#g-unicorns", assignees=["saoirse-l"]), account)
    follow([issue])
    account.change({"csm": csm}, by=make_user("vp_cs"))
    gone.leave(by=make_user("zapier_administrator"))
    handovers.pass_on(gone, by=make_user("zapier_administrator"))
    assert Feedback.objects.get().csm == csm
    follow([issue])
    assert [one.args["user"] for one in notices("feedback")] == [gone.pk, csm.pk]


def test_a_page_of_a_hundred_costs_as_many_statements_as_one_of_three() -> None:
    account = make_account(csm=make_user("csm"))

    def page(count: int) -> int:
        issues = [filed("~customer request", "#g-unicorns", assignees=["x"]) for _ in range(count)]
        for issue in issues:
            make_issue_link(issue, account)
        follow(issues)
        with CaptureQueriesContext(connection) as asked:
            follow(issues)
        return len(asked)

    few = page(3)
    assert page(100) == few
    assert few <= 9


# --- dates ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-04")
def test_nobody_commits_to_a_date_before_product_has_heard_of_the_key_date() -> None:
    request, csm = request_of(), make_user("csm")
    request.set_key_date(KEY_DAY, by=csm)
    with pytest.raises(ValidationError) as refused:
        request.commit(KEY_DAY, by=csm)
    assert refused.value.message_dict == {"committed_on": [NOT_POSTED]}
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerRequest.objects.update(committed_on=KEY_DAY)
    request.record_post("https://slack.example/archives/C1/p1", by=csm)
    request.commit(KEY_DAY, by=csm)
    assert CustomerRequest.objects.get().committed_on == KEY_DAY


@pytest.mark.ledger("REQ-04")
def test_another_key_date_has_to_be_posted_anew_and_not_behind_a_commitment() -> None:
    request, csm = request_of(), make_user("csm")
    request.set_key_date(KEY_DAY, by=csm)
    request.record_post("https://slack.example/archives/C1/p1", by=csm)
    request.commit(KEY_DAY, by=csm)
    with pytest.raises(ValidationError):
        request.set_key_date(KEY_DAY + timedelta(days=1), by=csm)
    request.commit(None, by=csm)
    request.set_key_date(KEY_DAY + timedelta(days=1), by=csm)
    assert (request.is_posted, request.posted_url) == (False, "")
    with pytest.raises(ValidationError):
        request.commit(KEY_DAY, by=csm)


@pytest.mark.ledger("REQ-04")
def test_a_date_that_was_posted_given_up_and_taken_up_again_is_posted_again() -> None:
    request, csm = request_of(), make_user("csm")
    for day in (KEY_DAY, KEY_DAY + timedelta(days=1), KEY_DAY):
        request.set_key_date(day, by=csm)
        assert not request.is_being_posted
        request.post_key_date(by=csm)
        assert request.is_being_posted
    effects = Effect.objects.filter(kind="slack.key_date").order_by("pk")
    assert [one.args["day"] for one in effects] == ["2027-03-12", "2027-03-13", "2027-03-12"]


def test_a_date_is_posted_once_and_there_is_nothing_to_post_without_one() -> None:
    request, csm = request_of(), make_user("csm")
    with pytest.raises(ValidationError):
        request.post_key_date(by=csm)
    request.set_key_date(KEY_DAY, by=csm)
    request.post_key_date(by=csm)
    with pytest.raises(ValidationError):
        request.post_key_date(by=csm)
    assert Effect.objects.filter(kind="slack.key_date").count() == 1


# --- what is missing --------------------------------------------------------------------------------------------------
@pytest.mark.ledger("REQ-05", "REQ-12")
def test_a_request_shows_how_many_of_four_are_done_and_the_list_is_empty_when_all_are() -> None:
    csm = make_user("csm")
    request = CustomerRequest.objects.declare(filed("website"), by=csm)
    done = [request.done]
    link = make_issue_link(request.issue, make_account())
    for step in (
        lambda: relabel(request.issue, "customer request"),
        lambda: request.say_clear(True, by=csm),
        lambda: request.set_key_date(None, by=csm),
        lambda: IssueLink.objects.filter(pk=link.pk).update(shared_at=product_clock.now()),
    ):
        assert list(CustomerRequest.objects.to_present().incomplete()) == [request]
        step()
        done.append(CustomerRequest.objects.whole().get().done)
    assert done == [0, 1, 2, 3, 4]
    assert not CustomerRequest.objects.to_present().incomplete().exists()
