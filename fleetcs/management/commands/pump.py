"""Do the duties of the schedule without a broker: beside the worker, or instead of it."""

import logging
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from fleetcs.celery import SCHEDULE
from fleetcs.tasks import poke

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """`pump` runs until it is told to end; `pump --once` does every duty once and tells what moved."""

    help = "Do the duties of the schedule in a loop, or --once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do every duty once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            for name in SCHEDULE:
                self.stdout.write(f"{name}: {poke(name)}")
            return
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stops(stopped))
        Pump().run(stopped)


def _stops(stopped: Event) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    return stop


@dataclass
class Pump:
    """Which duty is due next; each lane has one thread, so that nothing slow delays a page."""

    due: dict[str, float] = field(default_factory=dict)
    running: dict[str, Future[int]] = field(default_factory=dict)

    def run(self, stopped: Event) -> None:
        """Go round until `stopped`; what is running is finished."""
        with ThreadPoolExecutor(1) as page, ThreadPoolExecutor(1) as rest:
            lanes = {"page": page, "rest": rest}
            while not stopped.wait(0.2):
                for name in self.ripe(monotonic()):
                    self.running[name] = lanes[SCHEDULE[name].lane].submit(_duty, name)

    def ripe(self, moment: float) -> list[str]:
        """The duties to start now; one that is still running is not started again."""
        self.settle()
        names = [name for name in SCHEDULE if name not in self.running and self.due.get(name, 0) <= moment]
        self.due |= {name: moment + SCHEDULE[name].every for name in names}
        return names

    def settle(self) -> None:
        """Take note of what has ended; a duty that failed is logged and comes again when it is due."""
        for name in [name for name, future in self.running.items() if future.done()]:
            if error := self.running.pop(name).exception():
                log.error("the duty %s failed", name, exc_info=error)


def _duty(name: str) -> int:
    close_old_connections()
    moved: int = poke(name)
    return moved
