"""Channels: whose they are, who lets the automation speak in them, and what stands at their top."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Channel
from accounts.views.channels import UNUSUAL_NAME
from tests.factories import make_account, make_channel, make_contract, make_user

pytestmark = pytest.mark.django_db


def signed_in(post: str | None = "csm") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


def to(channel: Channel, name: str) -> str:
    return reverse(f"accounts:{name}", args=[channel.pk])


def edited(channel: Channel, **fields: Any) -> dict[str, Any]:
    now = {"name": channel.name, "kind": channel.kind, "account": channel.account_id or "", "version": channel.version}
    return now | fields


@pytest.mark.ledger("INT-17")
def test_a_channel_named_like_a_customers_is_offered_for_linking() -> None:
    offered, linked = make_channel(None, name="fleet-at-acme"), make_channel(make_account())
    make_channel(None, name="help-sell", kind="internal")
    client = signed_in()
    assert client.get("/channels/?missing=account").context["listing"].rows == [offered]
    account = make_account()
    assert client.post(to(offered, "channel_edit"), edited(offered, account=account.pk)).status_code == 302
    offered.refresh_from_db()
    assert offered.account == account
    assert client.get(to(linked, "channel")).context["warning"] == ""


@pytest.mark.ledger("INT-17")
def test_a_customer_channel_of_another_name_gets_a_warning() -> None:
    channel, client = make_channel(make_account(), name="acme-fleet"), signed_in()
    assert client.get(to(channel, "channel")).context["warning"] == UNUSUAL_NAME
    saved = client.post(to(channel, "channel_edit"), edited(channel, purpose="Support"), follow=True)
    assert [str(message) for message in saved.context["messages"]] == ["Saved.", UNUSUAL_NAME]


@pytest.mark.ledger("AHR-02")
def test_cover_after_hours_is_requested_by_one_and_approved_by_another() -> None:
    channel, csm, administrator = make_channel(make_account()), signed_in("csm"), signed_in("zapier_administrator")
    assert channel.after_hours == "off"
    assert administrator.post(to(channel, "after_hours_approve")).status_code == 302  # nobody has requested it
    assert state(channel) == "off"
    assert csm.post(to(channel, "after_hours_approve")).status_code == 404
    csm.post(to(channel, "after_hours_request"))
    assert state(channel) == "requested"
    assert "Approve" in administrator.get(to(channel, "channel")).content.decode()
    administrator.post(to(channel, "after_hours_approve"))
    assert state(channel) == "on"
    administrator.post(to(channel, "after_hours_end"))
    assert state(channel) == "off"


@pytest.mark.ledger("AHR-02")
def test_a_request_can_be_turned_down_and_waits_in_the_approvers_navigation() -> None:
    channel, administrator = make_channel(make_account()), signed_in("zapier_administrator")
    signed_in("csm").post(to(channel, "after_hours_request"))
    page = administrator.get("/channels/?after_hours=requested")
    assert page.context["listing"].rows == [channel]
    assert [shown.count for shown in page.context["nav"] if shown.place.label == "Channels"] == [1]
    administrator.post(to(channel, "after_hours_end"))
    assert state(channel) == "off"


@pytest.mark.ledger("AHR-02")
def test_a_channel_that_loses_its_account_loses_its_cover() -> None:
    channel = make_channel(make_account(), after_hours=True)
    signed_in("csm").post(to(channel, "channel_edit"), edited(channel, account=""))
    assert state(channel) == "off"


def test_cover_needs_an_account() -> None:
    channel = make_channel(None)
    signed_in("csm").post(to(channel, "after_hours_request"))
    assert state(channel) == "off"


@pytest.mark.ledger("SLA-17")
def test_a_channel_without_a_notice_is_listed_with_the_figures_of_its_tier() -> None:
    channels = {tier: make_channel(make_account(tier)) for tier in ("premium", "ultimate")}
    make_channel(make_account(), notice_set_at="2026-01-01T00:00:00Z")
    boxes = {box["tier"]: box for box in signed_in().get(reverse("accounts:channel_check")).context["boxes"]}
    assert {tier: box["channels"] for tier, box in boxes.items()} == {
        "Premium": [channels["premium"]],
        "Ultimate": [channels["ultimate"]],
    }
    assert "Emergency (P0) within 4 hours" in boxes["Premium"]["text"]
    assert "Emergency (P0) within 1 hour, or 2 hours outside business hours" in boxes["Ultimate"]["text"]
    assert "07:00-16:00" in boxes["Ultimate"]["text"]
    assert not any("24" in box["text"] for box in boxes.values())


@pytest.mark.ledger("SLA-17")
def test_a_notice_once_recorded_is_no_longer_missing() -> None:
    channel, client = make_channel(make_account("ultimate")), signed_in("cse")
    text = client.get(to(channel, "channel_notice")).context["form"].initial["text"]
    assert "(Ultimate)" in text
    assert client.post(to(channel, "channel_notice"), {"text": text, "form_token": "n"}).status_code == 302
    channel.refresh_from_db()
    assert channel.notice_set_at
    assert client.get(reverse("accounts:channel_check")).context["boxes"] == []


@pytest.mark.ledger("SLA-17")
def test_an_account_without_a_contract_is_told_that_nothing_is_guaranteed() -> None:
    make_channel(make_account(None))
    [box] = signed_in().get(reverse("accounts:channel_check")).context["boxes"]
    assert "without a guaranteed response time" in box["text"]


def test_an_old_contract_keeps_the_notice_of_its_own_policy() -> None:
    account = make_account(None)
    make_contract(account, "ultimate", policy="two-levels")
    make_channel(account)
    [box] = signed_in().get(reverse("accounts:channel_check")).context["boxes"]
    assert "Emergency (P0) within 4 hours" in box["text"]


def test_the_check_costs_the_same_statements_however_many_channels_it_finds() -> None:
    client, counts = signed_in(), []
    for number in (25, 175):
        for _ in range(number):
            make_channel(make_account())
        client.get(reverse("accounts:channel_check"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("accounts:channel_check"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_pages_are_for_those_who_edit_channels() -> None:
    channel = make_channel(make_account())
    for post, status in {"csm": 200, "cse": 200, "zapier_administrator": 200, "ae": 404, None: 404}.items():
        client = signed_in(post)
        assert client.get(to(channel, "channel_edit")).status_code == status
        assert client.get(to(channel, "channel_notice")).status_code == status
        assert client.get(to(channel, "channel")).status_code == 200


def test_the_administrator_changes_a_channel_but_not_whose_it_is() -> None:
    channel, account = make_channel(None), make_account()
    administrator = signed_in("administrator")
    administrator.post(to(channel, "channel_edit"), edited(channel, purpose="Alarms", account=account.pk))
    channel.refresh_from_db()
    assert (channel.purpose, channel.account) == ("Alarms", None)


def test_a_stale_form_of_a_channel_is_a_conflict() -> None:
    channel = make_channel(make_account())
    sent = edited(channel, purpose="Sea")
    channel.change({"thread_only": True}, by=make_user("cse"))
    assert signed_in().post(to(channel, "channel_edit"), sent).status_code == 409


def state(channel: Channel) -> str:
    channel.refresh_from_db()
    return channel.after_hours
