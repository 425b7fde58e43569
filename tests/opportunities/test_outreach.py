"""Materials, and outbound messages that the CRO or the CEO confirms."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from fleetcs import clock
from fleetcs.models import HandbookEntry
from opportunities.models import Outreach
from tests.factories import make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


def make_outreach(**overrides: Any) -> Outreach:
    fields = {"audience": "All prospects", "reach": 40, "subject": "News", "body": "We have news."} | overrides
    return Outreach.objects.add(by=fields.pop("by", None) or make_user("ae"), **fields)


@pytest.mark.ledger("OUT-02", "OUT-03")
def test_the_materials_and_the_way_to_a_license_come_from_the_handbook() -> None:
    client = client_of(make_user(None))
    assert "The handbook has no link for it yet" in words(client.get("/materials/"))
    links = {
        "one_pager": "https://x.example/1",
        "intro_deck": "https://x.example/2",
        "intro_video": "https://x.example/3",
    }
    for code, url in links.items():
        HandbookEntry.objects.create(section="links", code=code, value=url)
    HandbookEntry.objects.create(section="aliases", code="ask_business_operations", value="g-business-operations")
    page = words(client.get("/materials/"))
    assert [f'href="{url}"' in page for url in links.values()] == [True] * 3
    assert "#g-business-operations" in page


@pytest.mark.ledger("OUT-01")
def test_a_message_to_more_than_one_account_does_not_leave_without_the_word_of_the_cro() -> None:
    ae, cro = make_user("ae"), make_user("cro")
    one = make_outreach(by=ae)
    client = client_of(ae)
    client.post(f"{one.get_absolute_url()}sent/")
    one.refresh_from_db()
    assert one.sent_at is None
    with pytest.raises(ValidationError, match="confirms a message to more than one account"):
        one.note_sent(by=ae)
    with pytest.raises(IntegrityError), transaction.atomic():
        Outreach.objects.update(sent_at=clock.now())
    client_of(cro).post(f"{one.get_absolute_url()}confirm/", {"content": one.content})
    client.post(f"{one.get_absolute_url()}sent/")
    one.refresh_from_db()
    assert (one.confirmed_by, one.sent_by) == (cro, ae)


@pytest.mark.ledger("OUT-01")
def test_a_message_to_one_account_needs_nobody() -> None:
    one = make_outreach(reach=1)
    one.note_sent(by=make_user("sdr"))
    assert one.sent_at


def test_an_edit_voids_the_confirmation_and_the_word_is_on_the_very_text() -> None:
    one, cro = make_outreach(), make_user("cro")
    read = one.content
    one.change({"body": "Better news."}, by=make_user("ae"))
    with pytest.raises(ValidationError, match="changed meanwhile"):
        one.confirm(read, by=cro)
    one.confirm(one.content, by=cro)
    one.change({"reach": 400}, by=make_user("ae"))
    assert (one.confirmed_by, one.may_leave) == (None, False)
    with pytest.raises(ValidationError, match="confirms a message"):
        one.note_sent(by=cro)


def test_whoever_wrote_it_does_not_confirm_it_but_the_other_of_the_two_may() -> None:
    cro = make_user("cro")
    one = make_outreach(by=cro)
    with pytest.raises(ValidationError, match="does not confirm"):
        one.confirm(one.content, by=cro)
    one.confirm(one.content, by=make_user("ceo"))
    assert one.may_leave


def test_who_wrote_it_stays_and_who_changed_it_last_is_shown() -> None:
    author, first, last = make_user("ae", name="Una Berg"), make_user("sdr"), make_user("cro", name="Ivo Falk")
    one = make_outreach(by=author)
    assert "Changed last by" not in words(client_of(author).get(one.get_absolute_url()))
    one.change({"body": "Better news."}, by=first)
    client_of(last).post(
        f"{one.get_absolute_url()}edit/",
        {"channel": "mail", "audience": "Some", "reach": 40, "subject": "News", "body": "Best news.", "version": 2},
    )
    one.refresh_from_db()
    assert (one.body, one.written_by) == ("Best news.", author)
    page = words(client_of(author).get(one.get_absolute_url()))
    assert re.search(r"Written by</dt><dd>.{0,200}Una Berg", page)
    assert re.search(r"Changed last by</dt><dd>.{0,200}Ivo Falk", page)
    assert [event.by for event in one.edits] == [last, first]


@pytest.mark.ledger("OUT-01")
def test_whoever_has_changed_it_does_not_confirm_it_either() -> None:
    one, cro = make_outreach(), make_user("cro")
    one.change({"body": "Better news."}, by=cro)
    one.change({"subject": "More"}, by=make_user("ae"))
    with pytest.raises(ValidationError, match="does not confirm"):
        one.confirm(one.content, by=cro)
    assert f'action="{one.get_absolute_url()}confirm/"' not in words(client_of(cro).get(one.get_absolute_url()))
    one.confirm(one.content, by=make_user("ceo"))


@pytest.mark.ledger("OUT-01")
def test_where_both_have_changed_it_whoever_did_not_do_so_last_confirms_it() -> None:
    one, cro, ceo = make_outreach(), make_user("cro"), make_user("ceo")
    one.change({"body": "Better news."}, by=ceo)
    one.change({"subject": "More"}, by=cro)
    one.change({"reach": 41}, by=one.written_by)
    with pytest.raises(ValidationError, match="does not confirm"):
        one.confirm(one.content, by=cro)
    assert f'action="{one.get_absolute_url()}confirm/"' in words(client_of(ceo).get(one.get_absolute_url()))
    one.confirm(one.content, by=ceo)
    assert one.may_leave


def test_only_those_who_may_write_change_a_message() -> None:
    one, stranger = make_outreach(), make_user("bizops")
    with pytest.raises(ValidationError, match="not yours"):
        one.change({"body": "Else"}, by=stranger)
    assert client_of(stranger).get(f"{one.get_absolute_url()}edit/").status_code == 404


def test_a_change_leaves_alone_what_a_colleague_has_changed_since_it_was_read() -> None:
    one, cro = make_outreach(), make_user("cro")
    Outreach.objects.get(pk=one.pk).change({"subject": "Hello"}, by=cro)
    one.change({"body": "Text"}, by=one.written_by)
    kept = Outreach.objects.get(pk=one.pk)
    assert (kept.subject, kept.body, kept.version) == ("Hello", "Text", 3)


def test_what_was_sent_is_neither_edited_nor_sent_again() -> None:
    one = make_outreach(reach=1)
    one.note_sent(by=make_user("ae"))
    with pytest.raises(ValidationError, match="sent already"):
        one.note_sent(by=make_user("ae"))
    with pytest.raises(ValidationError, match="sent already"):
        one.change({"body": "Else"}, by=make_user("ae"))
    assert client_of(make_user("ae")).get(f"{one.get_absolute_url()}edit/").status_code == 404


def test_the_page_offers_each_what_is_theirs() -> None:
    one = make_outreach()
    assert "Confirm this message" in words(client_of(make_user("cro")).get(one.get_absolute_url()))
    theirs = words(client_of(make_user("ae")).get(one.get_absolute_url()))
    assert f'action="{one.get_absolute_url()}confirm/"' not in theirs
    assert "To be confirmed" in words(client_of(make_user(None)).get("/outreach/"))
