"""What customers are told: about issues of theirs, never a codename or anybody else's, and once (BUG-06, REQ-06)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Codename
from fleetcs import clock as product_clock
from fleetcs.effects import Sent, sender_of
from fleetcs.models import Effect, Event, MessageText
from support.models import CustomerNote, Issue, IssueLink, Ticket, follow
from tests.factories import (
    filed,
    make_account,
    make_channel,
    make_contact,
    make_issue_link,
    make_ticket,
    make_user,
    relabel,
)
from tests.sending import send_all
from tests.standins import StandIns
from tests.support.test_mail_intake import bounced

pytestmark = pytest.mark.django_db

SENTENCE = "Hello everyone, this is the issue we spoke about: {link}"


@pytest.fixture
def issue() -> Issue:
    MessageText.objects.update_or_create(code="issue_link", defaults={"body": SENTENCE, "required": ["link"]})
    MessageText.objects.update_or_create(code="release_note", defaults={"body": "It is out: {link}"})
    return filed("customer request")


@pytest.fixture
def link(issue: Issue) -> IssueLink:
    account = make_account(name="Brightforge Metal", csm=make_user("csm"))
    return make_issue_link(issue, account, ticket=make_ticket(account))


def told(link: IssueLink, way: str, text: str = "", **more: Any) -> CustomerNote:
    by = link.account.csm
    assert by
    return CustomerNote.objects.share(link, way, by=by, text=text or f"See {link.issue.url}", **more)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- three ways -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-06", "REQ-06")
def test_the_answer_on_the_ticket_tells_the_customer_and_takes_them_off_the_list(link: IssueLink) -> None:
    assert list(IssueLink.objects.untold()) == [link]
    note = told(link, "answer", ticket=link.ticket)
    link.refresh_from_db()
    assert (link.shared_by, link.shared_where) == (link.account.csm, "As an answer on the ticket")
    assert note.message
    assert link.issue.url in note.message.text
    assert Effect.objects.get(kind="mail.reply").args == {"message": note.message.pk}
    assert not IssueLink.objects.untold().exists()


@pytest.mark.ledger("BUG-06")
def test_what_was_told_on_a_call_is_recorded_with_its_moment(link: IssueLink) -> None:
    at = product_clock.now() - timedelta(hours=1)
    told(link, "call", at=at)
    link.refresh_from_db()
    assert (link.shared_at, link.shared_where) == (at, "Told on a call")
    assert not Effect.objects.exists()
    with pytest.raises(ValidationError):
        told(link, "call")


@pytest.mark.ledger("REQ-06")
def test_telling_one_customer_says_nothing_of_the_others(link: IssueLink) -> None:
    other = make_issue_link(link.issue, make_account())
    again = make_issue_link(link.issue, link.account)
    told(link, "answer", ticket=link.ticket)
    assert list(IssueLink.objects.untold()) == [other]
    again.refresh_from_db()
    assert again.shared_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("BUG-06")
@pytest.mark.parametrize("fault", [{}, {"p_lost": 1}, {"close_midway": True}])
def test_a_note_into_the_channel_stands_there_once_whatever_is_lost(
    standins: StandIns, link: IssueLink, fault: dict[str, Any]
) -> None:
    channel = make_channel(link.account)
    if fault:
        standins.turn("slack", times=1, only="chat.postMessage", **fault)
    note = told(link, "channel", channel=channel)
    assert list(IssueLink.objects.untold()) == [link]  # nobody has read it yet
    send_all()
    [message] = standins.messages(channel.slack_id)
    assert message["text"] == f"See {link.issue.url}"
    note.refresh_from_db()
    assert note.told_at
    assert not IssueLink.objects.untold().exists()
    with pytest.raises(ValidationError):
        note.send("channel", by=make_user("csm"), channel=channel)


@pytest.mark.ledger("BUG-06")
def test_a_customer_whose_answer_could_not_be_delivered_was_not_told_until_it_goes_out_after_all(
    link: IssueLink,
) -> None:
    note, effect = told(link, "answer", ticket=link.ticket), Effect.objects.get(kind="mail.reply")
    sender_of("mail.reply").refused(effect, "mailbox_unknown")
    note.refresh_from_db(), link.refresh_from_db()
    assert (note.shown_state, link.shared_at, link.shared_by) == (("bad", "Could not be sent"), None, None)
    assert list(IssueLink.objects.untold()) == [link]
    sender_of("mail.reply").settle(effect, Sent())
    note.refresh_from_db()
    assert note.shown_state == ("good", "Told")
    assert not IssueLink.objects.untold().exists()


def test_a_customer_whose_answer_bounced_can_be_told_on_a_call(link: IssueLink, settings: Any) -> None:
    note = told(link, "answer", ticket=link.ticket)
    assert note.message
    bounced(note.message, settings)
    note.refresh_from_db()
    note.send("call", by=make_user("csm"), at=product_clock.now())
    assert (note.shown_state, note.refusal) == (("good", "Told"), "")


def test_what_becomes_of_an_answer_says_nothing_of_a_note_that_was_sent_another_way_meanwhile(link: IssueLink) -> None:
    late = told(link, "answer", ticket=link.ticket)
    message = late.message
    assert message
    late.note_answer_refused(message, "bounced")
    note, csm, at = CustomerNote.objects.get(), make_user("csm"), product_clock.now() - timedelta(hours=1)
    note.send("call", by=csm, at=at)
    late.note_answer_refused(message, "bounced")  # whoever looked for the notes of that answer before the call
    late.note_answer_sent(message)
    note.refresh_from_db(), link.refresh_from_db()
    assert (note.told_at, note.refused, link.shared_at, link.shared_by) == (at, "", at, csm)
    follow([closed(link.issue)])
    draft = CustomerNote.objects.drafts().get()
    draft.note_answer_sent(message)
    assert CustomerNote.objects.drafts().get() == draft, "a draft is nobody's answer"


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_has_become_another_customers_gets_nothing(standins: StandIns, link: IssueLink) -> None:
    channel = make_channel(link.account)
    note = told(link, "channel", channel=channel)
    channel.account = make_account()
    channel.save()
    send_all()
    note.refresh_from_db()
    assert (note.refused, note.decided_at, note.told_at) == ("not_their_channel", None, None)
    assert standins.messages(channel.slack_id) == []


# --- what may not reach them ------------------------------------------------------------------------------------------
@pytest.mark.ledger("BUG-06", "REQ-06")
@pytest.mark.parametrize(
    "words",
    [
        "Ceres",
        "customer-ceres",
        "prospect-vesta",
        "vesta",
        "Northwind Ferries",
        "northwind-ferries.example",
        "Paula Stranger",
        "https://lanternfish.slack.com/archives/C1/p1",
        "https://app.gong.io/call?id=1",
        "https://github.com/lanternfish/confidential/issues/7",
        "ghp_abcdefghijklmnop1234",
    ],
)
def test_a_note_holds_no_codename_no_other_customer_and_no_inner_address(
    link: IssueLink, words: str, settings: Any
) -> None:
    settings.GITHUB_CONFIDENTIAL_REPO = "lanternfish/confidential"
    other = make_account(name="Northwind Ferries", domain="northwind-ferries.example")
    make_contact(other, name="Paula Stranger")
    by = make_user("cse")
    Codename.objects.assign(link.account, "Ceres", by=by)
    codename = Codename.objects.assign(other, "Eunomia", by=by)
    Codename.objects.filter(pk=codename.pk).update(name="Vesta", word="vesta")
    with pytest.raises(ValidationError, match="may not read"):
        told(link, "answer", f"{words} see {link.issue.url}", ticket=link.ticket)
    assert not Ticket.objects.get(pk=link.ticket_id).last_reply_at


def test_a_customers_own_name_and_people_are_theirs_to_read(link: IssueLink) -> None:
    make_account(name="Brightforge Mills")  # its first word is a customer's name too
    contact = make_contact(link.account, name="Ada Quill")
    text = f"Dear {contact.name} at Brightforge Metal, see {link.issue.url}"
    assert told(link, "answer", text, ticket=link.ticket).told_at


@pytest.mark.ledger("BUG-06")
def test_only_a_customer_whom_it_concerns_is_told_and_only_where_they_are(link: IssueLink) -> None:
    stranger = make_account()
    unrelated = IssueLink(issue=link.issue, account=stranger)
    with pytest.raises(ValidationError, match="does not concern"):
        CustomerNote.objects.share(unrelated, "call", by=make_user("csm"), at=product_clock.now())
    with pytest.raises(ValidationError, match="ticket of this customer"):
        told(link, "answer", ticket=make_ticket(stranger))
    with pytest.raises(ValidationError, match="channel of this customer"):
        told(link, "channel", channel=make_channel(stranger))
    with pytest.raises(ValidationError, match="link of the issue is missing"):
        told(link, "answer", "It is coming.", ticket=link.ticket)


def test_no_customer_is_sent_an_address_of_the_confidential_repository() -> None:
    issue = filed("customer request", repo="confidential")
    link = make_issue_link(issue, make_account(csm=make_user("csm")))
    with pytest.raises(ValidationError, match="confidential"):
        told(link, "answer", ticket=make_ticket(link.account))
    told(link, "call", at=product_clock.now())


# --- release notes ----------------------------------------------------------------------------------------------------
def closed(issue: Issue, reason: str = "completed", days: int = 1) -> Issue:
    issue.state, issue.state_reason = "closed", reason
    issue.closed_at = product_clock.now() - timedelta(days=days)
    issue.save()
    return issue


def test_when_it_ships_each_customer_gets_one_draft_that_names_nobody(link: IssueLink) -> None:
    make_issue_link(link.issue, make_account(name="Northwind Ferries"))
    follow([link.issue])
    assert not CustomerNote.objects.exists()
    for _ in range(2):
        follow([closed(link.issue)])
    texts = CustomerNote.objects.drafts().values_list("text", flat=True)
    assert list(texts) == [f"It is out: {link.issue.url}"] * 2


@pytest.mark.parametrize(
    ("reason", "days", "drafts"), [("not_planned", 1, 0), ("completed", 40, 0), ("completed", 1, 1)]
)
def test_nobody_drafts_notes_about_what_was_dropped_or_long_ago(
    link: IssueLink, reason: str, days: int, drafts: int
) -> None:
    follow([closed(link.issue, reason, days)])
    assert CustomerNote.objects.drafts().count() == drafts


def test_the_label_of_a_release_ships_it_too(link: IssueLink) -> None:
    follow([relabel(link.issue, "customer request", ":release")])
    assert CustomerNote.objects.drafts().count() == 1


def test_a_release_note_is_edited_and_sent_once(link: IssueLink) -> None:
    follow([closed(link.issue)])
    note, csm = CustomerNote.objects.get(), link.account.csm
    assert csm
    client, there = signed_in(csm), reverse("support:customer_note", args=[note.pk])
    kept = client.post(there, {"text": "Groups are here.", "way": "answer", "ticket": link.ticket_id, "then": "keep"})
    assert (kept.status_code, CustomerNote.objects.get().text) == (302, "Groups are here.")
    sent = {"text": "Groups are here!", "way": "answer", "ticket": link.ticket_id}
    assert client.post(there, sent).status_code == 302
    note.refresh_from_db()
    assert note.message
    assert note.message.text == "Groups are here!"
    assert client.post(there, sent).status_code == 422
    assert Effect.objects.filter(kind="mail.reply").count() == 1


def test_a_release_note_whose_answer_was_refused_is_not_shown_as_told(link: IssueLink) -> None:
    follow([closed(link.issue)])
    note, csm = CustomerNote.objects.get(), link.account.csm
    assert csm
    note.send("answer", by=csm, text="Groups are here.", ticket=link.ticket)
    assert note.message
    note.message.note_refused("bounced")
    client = signed_in(csm)
    for there in (reverse("support:impact_issue", args=[link.issue.pk]), note.get_absolute_url()):
        assert "Could not be sent" in client.get(there).content.decode(), there
    assert "The customer has it" not in client.get(note.get_absolute_url()).content.decode()


def test_a_release_note_that_the_channel_refused_says_so_on_the_board(link: IssueLink) -> None:
    follow([closed(link.issue)])
    note, csm = CustomerNote.objects.get(), link.account.csm
    assert csm
    note.send("channel", by=csm, text="Groups are here.", channel=make_channel(link.account))
    note.note_refused("not_their_channel", 1)
    assert (
        "Could not be sent"
        in signed_in(csm).get(reverse("support:impact_issue", args=[link.issue.pk])).content.decode()
    )


# --- pages ------------------------------------------------------------------------------------------------------------
def share_page(link: IssueLink) -> str:
    return reverse("support:issue_share", args=[link.pk])


@pytest.mark.ledger("BUG-06", "TPL-06")
def test_the_sentence_is_prefilled_with_the_link_and_one_click_sends_it(link: IssueLink) -> None:
    client = signed_in(link.account.csm)
    page = client.get(share_page(link))
    assert list(page.context["form"].fields) == ["text", "way", "ticket", "at", "which"]  # they have no channel
    words = SENTENCE.format(link=link.issue.url)
    assert page.context["form"]["text"].value() == words
    answer = client.post(share_page(link), {"text": words, "way": "answer", "ticket": link.ticket_id})
    assert answer.status_code == 302
    link.refresh_from_db()
    assert link.shared_at


def test_a_refused_note_shows_where_it_hurts_and_keeps_what_was_typed(link: IssueLink) -> None:
    make_account(name="Northwind Ferries")
    text = f"As for Northwind Ferries, see {link.issue.url}"
    answer = signed_in(link.account.csm).post(
        share_page(link), {"text": text, "way": "answer", "ticket": link.ticket_id}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<mark class="leak" title="A customer&#x27;s name">Northwind Ferries' in page
    assert ("Northwind Ferries", "A customer's name") in answer.context["form"].shown


@pytest.mark.ledger("BUG-06", "REQ-06")
def test_the_badge_stands_on_ticket_issue_and_request_until_they_are_told(link: IssueLink) -> None:
    follow([link.issue])
    assert link.ticket
    client = signed_in(link.account.csm)
    places = [
        reverse("support:issues_of_ticket", args=[link.ticket.pk]),
        reverse("support:issue_customers", args=[link.issue.pk]),
        link.issue.request.get_absolute_url(),
        reverse("support:impact_issue", args=[link.issue.pk]),
    ]
    for there in places:
        page = client.get(there).content.decode()
        assert "Customer not told" in page, there
        assert share_page(link) in page, there
    told(link, "call", at=product_clock.now())
    assert [there for there in places if "Customer not told" in client.get(there).content.decode()] == []


@pytest.mark.ledger("BUG-06", "REQ-06")
def test_the_report_lists_issues_whose_customer_was_not_told(link: IssueLink) -> None:
    confidential = make_issue_link(filed(repo="confidential"), link.account)
    done = make_issue_link(filed(state="closed"), link.account)
    other = make_issue_link(filed("bug"), make_account(), kind="bug")
    there = reverse("support:untold")
    assert [row[0] for row in signed_in(link.account.csm).get(there).context["rows"]] == [link]
    everybody = signed_in(make_user("cse")).get(there).context["rows"]
    assert {row[0].pk for row in everybody} == {link.pk, other.pk} - {confidential.pk, done.pk}


def test_the_form_for_a_customer_with_a_codename_names_that(link: IssueLink) -> None:
    Codename.objects.assign(link.account, "Ceres", by=make_user())
    follow([closed(link.issue)])
    client, note = signed_in(link.account.csm), CustomerNote.objects.get()
    pages = [client.get(there).content.decode() for there in (share_page(link), note.get_absolute_url())]
    note.send("call", by=make_user("csm"), at=product_clock.now())
    pages.append(client.get(note.get_absolute_url()).content.decode())
    for page in pages:
        assert "customer-ceres" in page
        assert link.account.name not in page


def test_whose_they_are_is_on_no_page_until_somebody_asks(link: IssueLink) -> None:
    Codename.objects.assign(link.account, "Ceres", by=make_user())
    follow([link.issue])
    client = signed_in(make_user("cse"))
    for name in ("customer_requests", "untold", "impact"):
        page = client.get(reverse(f"support:{name}")).content.decode()
        assert link.account.name not in page, name
    request = link.issue.request.get_absolute_url()
    assert "customer-ceres" in client.get(request).content.decode()
    assert link.account.name not in client.get(request).content.decode()
    assert link.account.name in client.post(request).content.decode()
    assert Event.objects.filter(verb="codename_looked_up").count() == 1
