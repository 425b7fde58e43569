"""A question from the web chat goes to the solutions consultant, and further only when they are unavailable."""

import pytest
from django.test import Client

from fleetcs.models import Event, HandbookEntry, User
from support.models import ChatQuestion
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("INT-14")]

CHANNELS = {
    "ask_consultants": "asking-sales",
    "ask_engineering": "asking-engineers",
    "ask_product": "asking-product",
    "prospects": "visitors",
}


@pytest.fixture
def colleague(client: Client) -> User:
    for code, channel in CHANNELS.items():
        HandbookEntry.objects.create(section="aliases", code=code, value=channel)
    colleague = make_user("sc")
    client.force_login(colleague)
    return colleague


@pytest.fixture
def question(client: Client, colleague: User) -> ChatQuestion:
    client.post("/chats/new/", {"question": "Does it run on a toaster?", "form_token": "1"})
    return ChatQuestion.objects.get()


def move(client: Client, question: ChatQuestion, stage: str) -> str:
    client.post(f"/chats/{question.pk}/move/", {"stage": stage})
    question.refresh_from_db()
    return question.stage


def offered(client: Client, question: ChatQuestion) -> set[str]:
    page = client.get(f"/chats/{question.pk}/").content.decode()
    return {stage for stage in ChatQuestion.Stage.values if f'value="{stage}"' in page}


def test_stage_two_is_offered_only_after_stage_one_is_recorded_as_unavailable(
    client: Client, question: ChatQuestion
) -> None:
    assert offered(client, question) == {"consultant", "answered"}
    assert move(client, question, "engineering") == "open"
    assert move(client, question, "consultant") == "consultant"
    assert offered(client, question) == {"unavailable", "answered"}
    assert move(client, question, "product") == "consultant"
    assert move(client, question, "unavailable") == "unavailable"
    assert offered(client, question) == {"engineering", "product", "answered"}
    assert move(client, question, "engineering") == "engineering"
    assert move(client, question, "answered") == "answered"
    assert offered(client, question) == set()


def test_where_it_was_asked_stands_in_its_history(client: Client, colleague: User, question: ChatQuestion) -> None:
    move(client, question, "consultant")
    trail = list(Event.objects.of(question).order_by("pk").values_list("verb", "by"))
    assert trail == [("chat_question_asked", colleague.pk), ("chat_question_moved", colleague.pk)]
    assert "Asked the solutions consultant" in client.get(f"/chats/{question.pk}/").content.decode()


@pytest.mark.ledger("INT-15")
def test_channels_are_the_handbooks_and_visitors_are_answered_in_the_thread(
    client: Client, question: ChatQuestion
) -> None:
    page = client.get(f"/chats/{question.pk}/").content.decode()
    for words in ("#asking-sales", "#asking-engineers", "#asking-product", "in the thread of #visitors"):
        assert words in page
    HandbookEntry.objects.all().delete()
    assert "#asking-sales" not in client.get(f"/chats/{question.pk}/").content.decode()


def test_the_list_holds_what_is_open_and_what_was_answered(client: Client, question: ChatQuestion) -> None:
    assert client.get("/chats/").context["listing"].count == 1
    move(client, question, "answered")
    assert client.get("/chats/").context["listing"].count == 0
    assert client.get("/chats/?view=answered").context["listing"].count == 1
    assert client.get("/chats/?view=all&q=TOASTER").context["listing"].count == 1


def test_odd_stages_and_questions_change_nothing(client: Client, question: ChatQuestion) -> None:
    assert move(client, question, "x" * 10_000) == "open"
    assert client.post("/chats/new/", {"question": ""}).status_code == 422
    assert client.post("/chats/new/", {"question": "x" * 1_000_000}).status_code == 422
    assert client.post("/chats/99999999999999999999/move/", {"stage": "open"}).status_code == 404
    client.force_login(make_user("administrator"))
    assert client.get(f"/chats/{question.pk}/").status_code == 404
