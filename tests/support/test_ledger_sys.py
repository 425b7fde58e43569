"""Without keys for the outside nothing leaves this machine; what would have left stands on the operations page."""

import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import Client

from fleetcs.clients import http
from fleetcs.local.folders import CHECKOUT
from fleetcs.models import Effect
from support.models import Thread, Ticket
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_channel, make_user
from tests.intake import ts
from tests.sending import send_all
from tests.standins import TOKENS, StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ledger("SYS-18")]

KINDS = {"mail.reply", "slack.reply", "slack.notice", "sms.escalation"}


@pytest.fixture
def said(clock: Clock) -> None:
    """An answer by mail, an after-hours notice, an emergency's text message, and an answer in the thread."""
    clock("2026-02-03T19:00:00-08:00")
    call_command("load_handbook", "fleetcs/local/handbook.yaml", verbosity=0)
    account, agent = make_account("ultimate", domain="brook.example"), make_user("cse")
    channel = make_channel(account, after_hours=True)
    intake.message_of(intake.mail(intake.letter())).ticket.answer("By mail.", by=agent)
    intake.slack(channel.slack_id, "U0ADA", "All is down!", ts("2026-02-03T18:30:00-08:00"))
    ticket = Ticket.objects.get(thread__isnull=False)
    intake.click(ticket.pk, "U0ADA", channel.slack_id)
    send_all()
    Thread.objects.get().ticket.answer("In the thread.", by=agent)


@pytest.fixture
def bare(standins: StandIns, settings: Any) -> StandIns:
    """The settings as they are when nobody has given a key; whatever was sent all the same would be seen here."""
    for name in (*TOKENS, "SMS_FROM"):
        setattr(settings, name, "")
    return standins


def test_without_keys_nothing_leaves_and_each_message_is_on_the_operations_page(
    bare: StandIns, said: None, client: Client
) -> None:
    send_all()
    assert bare.journal() == []
    held = list(Effect.objects.exclude(kind="slack.look_up"))  # that one asks, it says nothing
    assert {effect.kind for effect in held} >= KINDS
    assert {(effect.state, effect.error_code) for effect in held if effect.kind in KINDS} <= {
        ("dead", "not_configured"),
        ("waiting", "not_configured"),
    }
    client.force_login(make_user("on_call_24_7"))
    html = client.get("/operations/effects").content.decode()
    assert [effect.key for effect in held if effect.key not in html] == []
    for effect in held:
        page = client.get(effect.get_absolute_url())
        assert page.status_code == 200
        assert "not_configured" in page.content.decode()


def test_what_was_held_back_goes_out_once_when_the_keys_are_there(
    bare: StandIns, said: None, client: Client, settings: Any, clock: Clock
) -> None:
    send_all()
    for name, value in bare.environment.items():
        setattr(settings, name, value)
    client.force_login(make_user("on_call_24_7"))
    mail = Effect.objects.get(kind="mail.reply")
    assert client.post(f"/operations/effects/{mail.pk}/retry").status_code == 302
    for _ in range(2):
        clock.forward(minutes=2)  # the provider's log is believed only after a while
        send_all()
    assert len(bare.mails()) == 1


def test_the_default_stand_ins_are_on_this_machine_and_no_other_address_is_spoken_to(bare: StandIns) -> None:
    hosts = {urlsplit(url).hostname for name, url in bare.environment.items() if name.endswith("_API_URL")}
    assert hosts <= {"127.0.0.1", "localhost", "::1"}
    with http.session() as outside, pytest.raises(http.Rejected, match="host"):
        outside.post("https://elsewhere.example/", data={"text": "secret"})


def test_a_machine_without_any_environment_has_no_key_for_the_outside() -> None:
    """What settings.py says where the environment is silent."""
    probe = (
        "import os; os.environ['FLEETCS_MODE'] = 'development'; from fleetcs import settings as s; "
        f"print([name for name in {[*TOKENS, 'SMS_FROM']} if getattr(s, name)], s.MAILERS['default']['BACKEND'])"
    )
    environment = {"PATH": os.environ["PATH"]}
    ran = subprocess.run([sys.executable, "-c", probe], cwd=CHECKOUT, env=environment, capture_output=True, check=True)
    assert ran.stdout.decode().split() == ["[]", "django.core.mail.backends.dummy.EmailBackend"]
