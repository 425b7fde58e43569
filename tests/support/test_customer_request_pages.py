"""The pages of customer requests: who may do what, what is locked and why, and what the list says is missing."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Codename
from fleetcs.models import Effect, Event, User
from support.models import CustomerRequest, Feedback, IssueLink, follow
from support.models.customer_request import NOT_POSTED
from tests.factories import filed, make_account, make_issue_link, make_ticket, make_user
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

DAY = "2027-03-12"


@pytest.fixture
def csm() -> User:
    return make_user("csm")


@pytest.fixture
def request_(csm: User) -> CustomerRequest:
    issue = filed("customer request")
    make_issue_link(issue, make_account(csm=csm))
    follow([issue])
    return CustomerRequest.objects.get()


def do(user: User, name: str, one: CustomerRequest, **sent: Any) -> Any:
    return client_of(user).post(reverse(f"support:{name}", args=[one.pk]), sent)


@pytest.mark.ledger("REQ-04")
def test_the_form_refuses_a_commitment_until_the_post_is_recorded(csm: User, request_: CustomerRequest) -> None:
    do(csm, "request_key_date", request_, key_on=DAY)
    page = client_of(csm).get(request_.get_absolute_url()).content.decode()
    assert "Locked until the key date is posted" in page
    refused = do(csm, "request_commit", request_, committed_on=DAY)
    assert refused.status_code == 422
    assert NOT_POSTED in refused.content.decode()
    assert do(csm, "request_posted", request_, url="https://slack.example/archives/C1/p1").status_code == 302
    assert do(csm, "request_commit", request_, committed_on=DAY).status_code == 302
    request_.refresh_from_db()
    assert str(request_.committed_on) == DAY


@pytest.mark.ledger("REQ-04")
def test_one_click_orders_the_post(csm: User, request_: CustomerRequest) -> None:
    do(csm, "request_key_date", request_, key_on=DAY)
    assert do(csm, "request_post", request_).status_code == 302
    assert do(csm, "request_post", request_).status_code == 422
    assert Effect.objects.filter(kind="slack.key_date").count() == 1
    assert "On its way to product" in client_of(csm).get(request_.get_absolute_url()).content.decode()


@pytest.mark.ledger("REQ-05", "REQ-12")
def test_the_list_for_the_meeting_says_what_is_missing_and_is_empty_when_nothing_is(
    csm: User, request_: CustomerRequest
) -> None:
    meeting, there = reverse("support:request_meeting"), reverse("support:customer_requests")
    page = client_of(csm).get(meeting).content.decode()
    assert "1 of 4" in page
    assert "Clear and public" in page
    do(csm, "request_clear", request_, clear="on")
    do(csm, "request_key_date", request_)
    link = IssueLink.objects.get()
    sent = {"way": "call", "at": "2026-01-05T10:00"}
    assert client_of(csm).post(reverse("support:issue_share", args=[link.pk]), sent).status_code == 302
    page = client_of(csm).get(meeting).content.decode()
    assert "Nothing is missing: every request can be presented." in page
    assert "4 of 4" in client_of(csm).get(there).content.decode()


@pytest.mark.ledger("REQ-05")
def test_a_confidential_one_is_clear_only_with_the_reason_why_it_is_not_public() -> None:
    agent = make_user("cse")
    one = CustomerRequest.objects.declare(filed(repo="confidential"), by=agent)
    assert do(agent, "request_clear", one, clear="on").status_code == 422
    assert do(agent, "request_clear", one, clear="on", not_public_because="It shows their network.").status_code == 302


@pytest.mark.ledger("REQ-01")
def test_the_page_warns_while_nothing_says_whose_it_is_and_offers_the_label(csm: User) -> None:
    issue = filed("website")
    there = reverse("support:request_declare", args=[issue.pk])
    assert client_of(csm).post(there).status_code == 302
    one = CustomerRequest.objects.get()
    assert "No label of a customer or a request" in client_of(csm).get(one.get_absolute_url()).content.decode()
    assert do(csm, "request_label", one).status_code == 302
    assert Effect.objects.filter(kind="github.request_label").count() == 1


@pytest.mark.ledger("REQ-07")
def test_the_story_is_found_by_number_or_address(csm: User, request_: CustomerRequest) -> None:
    story, other = filed(":product"), filed(":product", repo="confidential")
    for said in (str(story.number), f"#{story.number}", story.url):
        assert do(csm, "request_story", request_, story=said).status_code == 302
        request_.refresh_from_db()
        assert request_.story == story
        do(csm, "request_story", request_, story="")
    assert do(csm, "request_story", request_, story=str(request_.issue.number)).status_code == 422
    assert do(make_user("pd"), "request_story", request_, story=other.url).status_code == 422  # they cannot see it
    listed = client_of(csm).get(reverse("support:customer_requests"), {"view": "story"})
    assert listed.context["listing"].count == 0  # it is not prioritized


@pytest.mark.ledger("REQ-06")
def test_somebody_else_who_waits_for_it_is_linked_with_their_ticket(csm: User, request_: CustomerRequest) -> None:
    ticket = make_ticket(make_account(csm=csm))
    assert do(csm, "request_concerns", request_, ticket=ticket.pk).status_code == 302
    assert do(csm, "request_concerns", request_, ticket=ticket.pk).status_code == 302
    link = IssueLink.objects.get(ticket=ticket)
    assert (link.account, link.kind, link.by, link.shared_at) == (ticket.account, "request", csm, None)
    assert do(csm, "request_concerns", request_).status_code == 422
    assert do(csm, "request_concerns", request_, ticket=10**8).status_code == 422
    assert do(csm, "request_concerns", request_, account=make_account().name, ticket=ticket.pk).status_code == 422


def test_a_csm_keeps_the_requests_of_their_own_customers_only(csm: User, request_: CustomerRequest) -> None:
    stranger = make_user("csm")
    assert list(CustomerRequest.objects.trackable_by(csm)) == [request_]
    assert not CustomerRequest.objects.trackable_by(stranger).exists()
    assert client_of(stranger).get(request_.get_absolute_url()).status_code == 200
    assert do(stranger, "request_key_date", request_, key_on=DAY).status_code == 403


@pytest.mark.ledger("REQ-08")
def test_the_menu_counts_the_feedback_one_is_asked_for(csm: User, request_: CustomerRequest) -> None:
    account = IssueLink.objects.get().account
    Feedback.objects.create(request=request_, account=account, csm=csm)
    page = client_of(csm).get(reverse("support:customer_requests")).content.decode()
    assert 'Customer requests</span><span class="nav-count">1' in page
    assert "nav-count" not in client_of(make_user("csm")).get(reverse("support:customer_requests")).content.decode()


def test_whose_feedback_it_is_is_shown_to_who_asks_and_that_is_written_down(
    csm: User, request_: CustomerRequest
) -> None:
    account = IssueLink.objects.get().account
    Codename.objects.assign(account, "Ceres", by=csm)
    task = Feedback.objects.create(request=request_, account=account, csm=csm)
    page = client_of(csm).get(task.get_absolute_url()).content.decode()
    assert "customer-ceres" in page
    assert account.name not in page
    assert account.name in client_of(csm).post(task.get_absolute_url()).content.decode()
    assert Event.objects.get(verb="codename_looked_up").by == csm


@pytest.mark.parametrize("words", ["shelf", "#number", "number"])
def test_requests_are_found_by_words_and_by_number(csm: User, request_: CustomerRequest, words: str) -> None:
    other = filed("customer request", title="Another thing")
    follow([other])
    said = words.replace("number", str(request_.issue.number))
    found = client_of(csm).get(reverse("support:customer_requests"), {"q": said}).context["listing"].rows
    assert found == [request_]
