"""A pump in a process of its own, for tests that kill it: real clients, real stand-ins, mistakes on demand.

`python -m tests.fleetcs.faulty [--once] [--careless] [--open-gates]`: the last two are bugs that a test must catch.
"""

import os
import sys
from datetime import datetime
from threading import Event
from typing import Literal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetcs.settings")
if __name__ == "__main__":
    django.setup()

from django.apps import apps
from django.conf import settings
from django.db.models import F

from fleetcs import effects
from fleetcs.celery import SCHEDULE
from fleetcs.clients import email, slack, sms
from fleetcs.effects import Sender, Sent
from fleetcs.inbox import take
from fleetcs.management.commands.pump import Pump
from fleetcs.models import Delivery, Effect, EffectAttempt, Gate

CHANNEL = "C0FAULTS"


class Post(Sender):
    """A message in a channel, looked for before it is sent again."""

    destination = "slack"
    protocol: Literal["natural", "key", "probe", "manual"] = "probe"

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(CHANNEL, effect.key, effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        found = slack.find(CHANNEL, None, effect.key, effect.created_at)
        return Sent(found) if found else None


class Blind(Post):
    """The same without looking: what a control test expects to be sent twice."""

    protocol = "natural"


class Letter(Sender):
    """A mail, found again by its Message-ID."""

    destination = "mail"
    protocol = "probe"

    def send(self, effect: Effect) -> Sent:
        return Sent(email.send(email.Mail(("ada@customer.example",), "Faults", effect.key, message_id(effect))))

    def probe(self, effect: Effect) -> Sent | None:
        found = email.find(message_id(effect), effect.created_at)
        return Sent(found) if found else None


class Page(Sender):
    """A text message: twice is better than never."""

    destination = "sms"
    lane = "page"
    protocol = "manual"

    def send(self, effect: Effect) -> Sent:
        return Sent(sms.send("+15005550001", effect.key, effect.key))


class Abort(Sender):
    """Takes its process down, as running out of memory does."""

    destination = "nowhere"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        os.abort()


SENDERS = {f"fault.{kind.__name__.lower()}": f"tests.fleetcs.faulty.{kind.__name__}" for kind in
           (Post, Blind, Letter, Page, Abort)}  # fmt: skip
HANDLERS = {"fine": "tests.fleetcs.faulty.fine", "abort": "tests.fleetcs.faulty.abort"}


def message_id(effect: Effect) -> str:
    return f"<{effect.key}@{settings.MAIL_DOMAIN}>"


def fine(delivery: Delivery) -> str:
    return "fine"


def abort(delivery: Delivery) -> str:
    os.abort()


def careless(effect: Effect) -> EffectAttempt:
    """A bug: send what was claimed once, however long ago."""
    Effect.objects.filter(pk=effect.pk).update(attempts=F("attempts") + 1)
    effect.attempts += 1
    return effect.tries_made.create(n=Effect.objects.get(pk=effect.pk).attempts)


def open_gate(destination: str, *, until: datetime, reason: str) -> None:
    """A bug: nobody is told that a destination asked us to wait."""


def main(options: set[str]) -> None:
    house = apps.get_app_config("fleetcs")
    house.senders, house.handlers = SENDERS, HANDLERS  # type: ignore[attr-defined]
    if "--careless" in options:
        effects._take_hold = careless
    if "--open-gates" in options:
        Gate.objects.close = open_gate  # type: ignore[method-assign]
    if "--once" in options:
        take()
        effects.send_page()
        effects.send_rest()
        return
    for name in set(SCHEDULE) - {"send_page", "send_rest", "take"}:
        del SCHEDULE[name]
    Pump().run(Event())


if __name__ == "__main__":
    main(set(sys.argv[1:]))
