"""The made-up quarter: played through the product's own verbs, with something in every state at its end."""

from datetime import datetime
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Account
from fleetcs import clock as product_clock
from fleetcs.local.demo import PACK
from fleetcs.models import Effect, Event
from support.demo.quarter import Quarter
from support.demo.today import COUNT
from support.models import Alert, ChatQuestion, Clock, FollowUp, Message, StaleDay, Tally, Thread, Ticket
from support.tasks import refresh_tallies
from tests.factories import make_ticket, make_user

pytestmark = pytest.mark.django_db

MOMENTS = ["2026-11-18T11:20:00-08:00", "2026-11-21T23:40:00-08:00"]  # a Wednesday morning, a Saturday night


def made(tickets: int = 20) -> datetime:
    call_command("load_handbook", str(PACK), verbosity=0)
    call_command("demo_data", tickets=tickets, verbosity=0)
    return product_clock.now()


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_whenever_it_starts_something_is_in_every_state(moment: str, clock: Any) -> None:
    clock(moment)
    now = made()
    clocks = Clock.objects.filter(kind="response")
    states = {one.state(now) for one in clocks.filter(ticket__kind="support")}
    assert states >= {"kept", "missed", "late", "at_risk", "running", "none"}
    assert Ticket.objects.unconfirmed().count() >= 3
    assert Ticket.objects.in_triage().count() >= 2
    assert Thread.objects.unanswered().count() >= 3
    assert set(Ticket.objects.values_list("kind", flat=True)) == set(Ticket.Kind.values)
    assert set(Ticket.objects.values_list("tier", flat=True)) == {"free", "premium", "ultimate"}
    assert set(Ticket.objects.values_list("priority", flat=True)) == {"P0", "P1", "P2", "P3"}
    assert set(Ticket.objects.exclude(resolved_at=None).values_list("outcome", flat=True)) >= set(Ticket.Outcome.values)
    assert Ticket.objects.open().filter(generation__gt=1).count() >= 2
    assert set(FollowUp.objects.filter(done_at=None).values_list("kind", flat=True)) >= {"dm_summary", "bug_task"}
    assert Message.objects.filter(kind="note").exists()
    assert Ticket.objects.open().exclude(paused_reason="").exists()
    assert ChatQuestion.objects.count() == 3
    missed = clocks.filter(missed=True)
    assert missed.filter(cause="").exists()
    assert missed.exclude(cause="").exists()


def test_a_contact_form_that_comes_back_is_answered_by_mail_again(clock: Any) -> None:
    now = product_clock.now()
    form = make_ticket(None, source="contact_form", kind="contact_form", sender="visitor@mailbox.example")
    quarter = Quarter(Random(1), now, [], [make_user("cse")])
    quarter.answer(form, more=False)
    assert form.messages.latest("pk").kind == "logged_mail"


@pytest.mark.slow
def test_nothing_of_it_leaves_when_the_sender_starts_and_no_alert_is_overdue(clock: Any) -> None:
    clock(MOMENTS[0])
    now = made()
    assert not Effect.objects.open().exists()
    assert not Message.objects.filter(by="colleague", public=True, sent_at=None).exists()
    assert not Alert.objects.ripe(now).exists()


@pytest.mark.slow
def test_it_is_told_by_the_history_and_stays_in_order(clock: Any) -> None:
    clock(MOMENTS[0])
    now = made()
    for ticket in Ticket.objects.all():
        told = list(Event.objects.of(ticket).order_by("pk").values_list("verb", "at"))
        assert told[0][0] == "received"
        assert [at for _, at in told] == sorted(at for _, at in told)
        assert told[-1][1] <= now
    assert Ticket.objects.filter(received_at__gt=now).count() == 0
    assert abs((product_clock.now() - now).total_seconds()) < 60


def test_its_figures_are_those_of_the_clocks(clock: Any) -> None:
    clock(MOMENTS[0])
    made()
    while refresh_tallies():
        pass
    assert not StaleDay.objects.exists()
    for outcome, rows in {
        "missed": Clock.objects.filter(missed=True).exclude(stopped_at=None, withdrawn_at=None),
        "kept": Clock.objects.filter(missed=False, stopped_at__isnull=False, due_at__isnull=False, withdrawn_at=None),
    }.items():
        assert sum(Tally.objects.values_list(outcome, flat=True)) == rows.count() > 0


def test_as_many_tickets_as_were_asked_for_of_forty_accounts(clock: Any) -> None:
    clock(MOMENTS[0])
    made(2 * COUNT)
    assert Ticket.objects.count() == 2 * COUNT
    assert Account.objects.count() == 40


def test_it_goes_into_an_empty_installation_only_and_never_into_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("demo_data", verbosity=0)
    settings.PRODUCTION = False
    Account.objects.create(name="Otter")
    with pytest.raises(CommandError), transaction.atomic():
        call_command("demo_data", verbosity=0)
