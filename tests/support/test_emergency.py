"""The emergency page shows what the handbook says for sure and leaves the rest to its owner (SLA-23)."""

import pytest
from django.test import Client

from fleetcs.models import Event, HandbookEntry
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("SLA-23")]


def page(client: Client, tier: str = "premium") -> str:
    answer: str = client.get(f"/emergency/{tier}/").content.decode()
    return answer


def test_only_settled_facts_stand_on_it_and_the_empty_place_says_who_may_fill_it(client: Client) -> None:
    HandbookEntry.objects.create(section="escalations", code="alarms", value=["on_call_24_7", "vp_cs"])
    client.force_login(make_user("cse"))
    vp = make_user("vp_cs", name="Valentina Prewitt")
    text = page(client)
    order = "24/7 on-call, then VP of Customer Success"
    for words in ("4 hours", order, vp.name, "one text message", "may write it here"):
        assert words in text
    assert '<form class="box form"' not in text
    assert client.get("/emergency/free/").status_code == 404


def test_its_owner_writes_the_flow_of_each_tier_and_everybody_reads_it(client: Client) -> None:
    owner = make_user("vp_cs")
    client.force_login(owner)
    client.post("/emergency/ultimate/", {"text": "Answer the line at once."})
    assert Event.objects.get(verb="emergency_flow_written").by == owner
    client.force_login(make_user(None))
    assert "Answer the line at once." in page(client, "ultimate")
    assert "Answer the line at once." not in page(client, "premium")
    assert client.post("/emergency/ultimate/", {"text": "x"}).status_code == 403
