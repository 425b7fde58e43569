"""What customers make of a release, and what is written at GitHub for it: once, in order, as somebody has seen it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from fleetcs import clock as product_clock
from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Automation, Effect, HandbookEntry, MessageText, RoleHolding, User
from support.counts import feedback as feedback_to_settle
from support.customer_requests import State
from support.github.taking import take
from support.marked import digest
from support.models import CustomerRequest, Feedback, Issue, follow
from support.models.feedback import designer_of, designers
from tests.factories import make_account, make_channel, make_issue_link, make_label, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

CSM_LOGIN, DESIGNER_LOGIN = "saoirse-lanternfish", "odette-lanternfish"
MEETS = f"@{DESIGNER_LOGIN} they have what they need."
CALL = {"evidence": "call", "evidence_url": "https://recordings.example/1"}
type World = tuple[CustomerRequest, User, User]


def at_github(standins: StandIns, repo: Any = "public") -> Issue:
    """A prioritized request there, with the CSM assigned and the label that asks for feedback; read once."""
    path = PUBLIC if repo == "public" else CONFIDENTIAL
    for login in (CSM_LOGIN, DESIGNER_LOGIN):
        standins.at_github({"kind": "github.member", "key": login, "login": login, "public": False})
    labels = ["~customer request", "#g-unicorns"]
    for name in labels:
        standins.as_person("lanternfish-desk", "POST", f"/repos/{path}/labels", {"name": name, "color": "ffffff"})
    said = {"title": "Group hosts by shelf", "body": "Please.", "labels": labels, "assignees": [CSM_LOGIN]}
    there = standins.as_person("lanternfish-desk", "POST", f"/repos/{path}/issues", said)
    return read(repo, there["number"])


def read(repo: Any, number: int) -> Issue:
    """The issue as GitHub has it now, as the mirror takes it."""
    [key] = take(repo, [github.issue(repo, number)])
    return Issue.objects.get(pk=key)


@pytest.fixture
def asked(standins: StandIns) -> World:
    """A request whose feedback is asked for, with its CSM and the designer."""
    return world_of(at_github(standins))


def world_of(issue: Issue) -> World:
    designer, csm = make_user("pd", github=DESIGNER_LOGIN), make_user("csm", github=CSM_LOGIN)
    make_issue_link(issue, make_account(csm=csm))
    follow([issue])
    return CustomerRequest.objects.get(issue=issue), csm, designer


def comments(standins: StandIns, repo: str = PUBLIC) -> list[str]:
    return [row["body"] for row in standins.github(repo)["comments"]]


def now_at(standins: StandIns, repo: str = PUBLIC) -> dict[str, Any]:
    [issue] = standins.github(repo)["issues"]
    return issue


transactional = pytest.mark.django_db(transaction=True)


# --- it meets their needs ---------------------------------------------------------------------------------------------
@transactional
@pytest.mark.ledger("REQ-09")
def test_what_meets_their_needs_is_closed_with_a_comment_that_mentions_the_designer(
    standins: StandIns, asked: World
) -> None:
    request, csm, designer = asked
    request.feedbacks.get().meets_needs(MEETS, designer=designer, by=csm)
    send_all()
    assert comments(standins) == [MEETS]
    assert (now_at(standins)["state"], now_at(standins)["state_reason"]) == ("closed", "completed")
    task, request = request.feedbacks.get(), CustomerRequest.objects.whole().get()
    assert task.commented_at
    assert task.closed_at
    assert task.commented_at <= task.closed_at
    assert request.state == State.CLOSED


@transactional
@pytest.mark.ledger("REQ-09")
@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"status_script": [502]}])
def test_a_lost_answer_writes_no_second_comment(standins: StandIns, asked: World, fault: dict[str, Any]) -> None:
    request, csm, designer = asked
    standins.turn("github", times=1, only="/comments", **fault)
    request.feedbacks.get().meets_needs(MEETS, designer=designer, by=csm)
    send_all()
    assert (comments(standins), now_at(standins)["state"]) == ([MEETS], "closed")


@transactional
@pytest.mark.ledger("REQ-09")
def test_somebody_elses_comment_of_the_same_words_is_not_ours(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    there = f"/repos/{PUBLIC}/issues/{request.issue.number}/comments"
    standins.as_person(CSM_LOGIN, "POST", there, {"body": MEETS})
    standins.turn("github", times=1, only="/comments", status_script=[502])
    request.feedbacks.get().meets_needs(MEETS, designer=designer, by=csm)
    send_all()
    assert comments(standins) == [MEETS, MEETS]


@transactional
def test_nothing_is_closed_whose_comment_was_refused(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    standins.turn("github", times=1, only="/comments", status_script=[403])
    request.feedbacks.get().meets_needs(MEETS, designer=designer, by=csm)
    send_all()
    task = request.feedbacks.get()
    assert (task.refused, task.closed_at, now_at(standins)["state"]) == ("forbidden", None, "open")
    assert Effect.objects.needing_a_person().get().retry(by=make_user("vp_cs"))
    send_all()
    assert (now_at(standins)["state"], request.feedbacks.get().refused) == ("closed", "")


@transactional
@pytest.mark.ledger("REQ-09")
def test_a_text_that_has_come_to_name_a_customer_never_leaves(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    text = f"{MEETS} Northwind Ferries thanks you."
    request.feedbacks.get().meets_needs(text, designer=designer, by=csm)
    make_account(name="Northwind Ferries")
    send_all()
    assert (comments(standins), request.feedbacks.get().refused) == ([], "confidential")
    assert "northwind" not in str(standins.journal("github")).lower()
    request.feedbacks.get().meets_needs(MEETS, designer=designer, by=csm)  # another text, and it is done
    send_all()
    assert (comments(standins), request.feedbacks.get().refused) == ([MEETS], "")


def test_feedback_whose_comment_was_refused_is_open_again_for_whoever_was_asked(asked: World) -> None:
    request, csm, designer = asked
    task = request.feedbacks.get()
    task.meets_needs(MEETS, designer=designer, by=csm)
    assert (task.is_open, list(feedback_to_settle(csm))) == (False, [])
    task.note_refused("confidential")
    assert (task.is_open, list(feedback_to_settle(csm))) == (True, [task])
    follow([request.issue])
    assert request.feedbacks.count() == 1


@pytest.mark.ledger("REQ-09")
def test_without_the_mention_or_its_handle_the_outcome_is_refused(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    task = request.feedbacks.get()
    with pytest.raises(ValidationError, match="Mention the designer"):
        task.meets_needs("They have what they need.", designer=designer, by=csm)
    nameless = make_user("head_product_design", name="Jasper Nohandle")
    with pytest.raises(ValidationError, match="no GitHub handle"):
        task.meets_needs(MEETS, designer=nameless, by=csm)
    make_account(name="Northwind Ferries")
    with pytest.raises(ValidationError, match="nobody outside may know"):
        task.meets_needs(f"{MEETS} Northwind Ferries", designer=designer, by=csm)
    assert not Effect.objects.filter(kind__startswith="github.").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.update(outcome="meets", text=MEETS)


@transactional
def test_it_stays_open_until_every_customer_was_heard(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    other = make_account(csm=csm)
    make_issue_link(request.issue, other)
    follow([request.issue])
    first = request.feedbacks.exclude(account=other).get()
    first.meets_needs(MEETS, designer=designer, by=csm)
    send_all()
    assert (len(comments(standins)), now_at(standins)["state"]) == (1, "open")
    request.feedbacks.get(account=other).meets_needs(f"{MEETS} All of them.", designer=designer, by=csm)
    send_all()
    assert (len(comments(standins)), now_at(standins)["state"]) == (2, "closed")


# --- something is missing ---------------------------------------------------------------------------------------------
@transactional
@pytest.mark.ledger("REQ-10")
def test_what_is_missing_is_said_the_csm_is_unassigned_and_the_issue_stays_open(
    standins: StandIns, asked: World
) -> None:
    request, csm, designer = asked
    text = f"@{DESIGNER_LOGIN} shelves cannot be sorted."
    request.feedbacks.get().is_missing(text, designer=designer, by=csm, **CALL)
    send_all()
    assert comments(standins) == [text]
    assert (now_at(standins)["state"], now_at(standins)["assignees"]) == ("open", [])
    task = request.feedbacks.get()
    assert task.unassigned_at
    assert task.evidence_url == CALL["evidence_url"]
    assert CALL["evidence_url"] not in str(standins.journal("github"))
    request = CustomerRequest.objects.whole().get()
    assert (request.state, request.feedback_asked_at) == (State.PRIORITIZED, None)


@transactional
@pytest.mark.ledger("REQ-08", "REQ-10")
def test_asked_once_more_after_that_there_is_one_new_task(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    request.feedbacks.get().is_missing(MEETS, designer=designer, by=csm, **CALL)
    send_all()
    read("public", request.issue.number)
    assert request.feedbacks.open().count() == 0
    github.assign("public", request.issue.number, [CSM_LOGIN])
    for _ in range(2):
        read("public", request.issue.number)
    assert (request.feedbacks.count(), request.feedbacks.open().count()) == (2, 1)


@pytest.mark.ledger("REQ-10")
@pytest.mark.parametrize(
    "evidence",
    [
        {"evidence": "", "evidence_url": ""},
        {"evidence": "rumour", "evidence_url": "https://x.example"},
        {"evidence": "call", "evidence_url": ""},
    ],
)
def test_without_evidence_of_one_of_three_kinds_it_is_refused(
    standins: StandIns, asked: World, evidence: dict[str, str]
) -> None:
    request, csm, designer = asked
    with pytest.raises(ValidationError, match="recording, the Slack thread or the notes"):
        request.feedbacks.get().is_missing(MEETS, designer=designer, by=csm, **evidence)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.update(outcome="missing", text=MEETS, designer=designer)


def test_a_csm_whom_github_does_not_know_cannot_be_unassigned(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    User.objects.filter(pk=csm.pk).update(github="")
    csm.refresh_from_db()
    with pytest.raises(ValidationError, match="no GitHub handle"):
        request.feedbacks.get().is_missing(MEETS, designer=designer, by=csm, **CALL)


# --- the confidential repository, the label, the key date -------------------------------------------------------------
@transactional
def test_in_the_confidential_repository_colleagues_may_read_whose_it_is(standins: StandIns) -> None:
    request, csm, designer = world_of(at_github(standins, "confidential"))
    make_account(name="Northwind Ferries")
    text = f"{MEETS} So does Northwind Ferries."
    request.feedbacks.get().meets_needs(text, designer=designer, by=csm)
    send_all()
    assert (comments(standins, CONFIDENTIAL), comments(standins)) == ([text], [])


@transactional
@pytest.mark.ledger("REQ-01")
def test_the_label_is_put_on_the_issue_once(standins: StandIns, asked: World) -> None:
    request, csm, _ = asked
    for _ in range(2):
        request.ask_for_label(by=csm)
        send_all()
    names = [label.name for label in github.issue("public", request.issue.number).labels]
    assert sorted(names) == ["#g-unicorns", "customer request", "~customer request"]


@transactional
@pytest.mark.ledger("REQ-04")
@pytest.mark.parametrize("fault", [{}, {"p_lost": 1}])
def test_the_key_date_is_posted_to_product_by_codename_and_unlocks_the_commitment(
    standins: StandIns, asked: World, fault: dict[str, Any]
) -> None:
    request, csm, _ = asked
    account = request.issue.links.get().account
    account.codenames.assign(account, "Ceres", by=csm)
    HandbookEntry.objects.create(section="aliases", code="ask_product", value="help-product")
    channel = make_channel(name="help-product", kind="internal")
    request.set_key_date(product_clock.now().date() + timedelta(days=90), by=csm)
    if fault:
        standins.turn("slack", times=1, only="chat.postMessage", **fault)
    request.post_key_date(by=csm)
    send_all()
    [message] = standins.messages(channel.slack_id)
    assert "customer-ceres" in message["text"]
    assert request.issue.url in message["text"]
    assert account.name not in message["text"]
    request.refresh_from_db()
    assert request.posted_url == f"https://slack.com/archives/{channel.slack_id}/p{message['ts'].replace('.', '')}"
    request.commit(request.key_on, by=csm)


@transactional
def test_a_channel_nobody_has_entered_is_told_and_the_date_stays_locked(standins: StandIns, asked: World) -> None:
    request, csm, _ = asked
    HandbookEntry.objects.create(section="aliases", code="ask_product", value="help-product")
    request.set_key_date(product_clock.now().date(), by=csm)
    request.post_key_date(by=csm)
    send_all()
    request.refresh_from_db()
    assert (request.post_refused, request.posted_at) == ("channel_not_known", None)
    with pytest.raises(ValidationError):
        request.commit(request.key_on, by=csm)
    make_channel(name="help-product", kind="internal")
    request.post_key_date(by=csm)
    send_all()
    request.refresh_from_db()
    assert request.posted_at


@transactional
@pytest.mark.ledger("REQ-07", "REQ-08")
def test_the_notices_name_no_customer_and_no_codename(standins: StandIns) -> None:
    Automation.objects.filter(pk="request_notices").update(position="act")
    request, _, _ = world_of(at_github(standins))
    send_all()
    mails = standins.mails()
    assert len(mails) == 2  # it is prioritized, and its feedback is asked for
    account = request.issue.links.get().account
    assert all(request.get_absolute_url() in str(mail) and account.name not in str(mail) for mail in mails)


@transactional
@pytest.mark.ledger("REQ-07", "REQ-08")
def test_whoever_is_no_longer_the_customers_csm_is_told_nothing(standins: StandIns) -> None:
    Automation.objects.filter(pk="request_notices").update(position="act")
    request, csm, _ = world_of(at_github(standins))
    other = make_user("csm")
    request.issue.links.get().account.change({"csm": other}, by=make_user("vp_cs"))
    request.feedbacks.get().pass_on(by=other)
    send_all()
    [mail] = standins.mails()  # that feedback is asked for, to who is asked now
    assert other.email in str(mail)
    assert csm.email not in str(mail)


# --- pages ------------------------------------------------------------------------------------------------------------
def test_the_designer_is_who_is_assigned_else_who_holds_the_post(standins: StandIns, asked: World) -> None:
    request, _, designer = asked
    assert designer_of(request) == designer
    other = make_user("head_product_design", github="jasper-l")
    request.issue.assignees = [CSM_LOGIN, "Jasper-L"]
    assert designer_of(request) == other
    RoleHolding.objects.filter(user__in=[designer, other]).delete()
    request.issue.assignees = []
    assert designer_of(request) is None


@pytest.mark.ledger("REQ-09")
def test_the_draft_mentions_the_designer_and_only_what_was_seen_is_sent(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    MessageText.objects.update_or_create(code="feedback_meets", defaults={"body": "{designer} it fits."})
    task, client = request.feedbacks.get(), client_of(csm)
    there = reverse("support:feedback_meets", args=[task.pk])
    page = client.get(there)
    draft = f"@{DESIGNER_LOGIN} it fits."
    assert page.context["form"].words == draft
    changed = {"text": f"{draft} Really.", "designer": designer.pk, "seen": digest(draft)}
    answer = client.post(there, changed)
    assert answer.status_code == 422
    assert f"{draft} Really." in answer.content.decode()
    assert not Effect.objects.filter(kind="github.feedback").exists()
    assert client.post(there, changed | {"seen": answer.context["form"].seen_now}).status_code == 302
    assert request.feedbacks.get().text == f"{draft} Really."


@pytest.mark.ledger("REQ-09")
def test_a_draft_that_names_a_customer_is_shown_with_marks_and_refused(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    make_account(name="Northwind Ferries")
    text = f"{MEETS} Northwind Ferries too."
    there = reverse("support:feedback_meets", args=[request.feedbacks.get().pk])
    answer = client_of(csm).post(there, {"text": text, "designer": designer.pk, "seen": digest(text)})
    assert answer.status_code == 422
    assert "<mark" in answer.content.decode()
    assert not Effect.objects.filter(kind="github.feedback").exists()


@pytest.mark.ledger("REQ-10")
def test_the_form_asks_for_the_evidence(standins: StandIns, asked: World) -> None:
    request, csm, designer = asked
    there = reverse("support:feedback_missing", args=[request.feedbacks.get().pk])
    sent = {"text": MEETS, "designer": designer.pk, "seen": digest(MEETS)}
    refused = client_of(csm).post(there, sent)
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"evidence", "evidence_url"})
    assert client_of(csm).post(there, sent | CALL).status_code == 302


def test_labels_made_here_are_known_by_their_meaning() -> None:
    assert make_label("#g-unicorns").meaning == "feedback"


@pytest.mark.ledger("REQ-09", "DIR-05")
def test_whoever_has_left_products_posts_is_mentioned_no_more(clock: Any) -> None:
    clock("2026-01-12T10:00:00-08:00")
    stays, left = make_user("pd"), make_user("head_product_design")
    left.holdings.update(to_on="2025-12-31")
    assert list(designers()) == [stays]
