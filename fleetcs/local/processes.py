"""Processes of one machine: waiting for them, knowing them again after a crash, keeping them alive."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

POLITE = 10.0  # seconds a process has to end by itself


def until(ask: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask again and again for at most `seconds`; whether the answer was yes in the end."""
    deadline = time.monotonic() + seconds
    while not ask():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)  # the one place that waits for other processes
    return True


@dataclass
class Child:
    """One supervised process, in a session of its own: Ctrl-C reaches the supervisor alone."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    identity: Mapping[str, Any] = field(default_factory=dict)
    farewell: signal.Signals = signal.SIGTERM
    patience: float = POLITE
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    delay: float = 0.0

    def start(self) -> None:
        """Start it; what it prints goes to its log, which begins anew at five megabytes."""
        mode = "wb" if self.log.exists() and self.log.stat().st_size > 5_000_000 else "ab"
        with self.log.open(mode) as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=Path(__file__).resolve().parents[2],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                **self.identity,
            )
        self.started = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def revive(self, moment: float) -> str:
        """Start it again when it is time; the line to tell, or nothing.

        The delay doubles from half a second to thirty, and begins anew after a minute of good health.
        """
        if self.alive or self.process is None:
            return ""
        if not self.again_at:
            end_group(self.process.pid)
            self.delay = 0.5 if moment - self.started > 60 else min(30.0, max(0.5, self.delay * 2))
            self.again_at = moment + self.delay
            return f"{self.name} ended ({self.process.returncode}); it starts again in {self.delay:g} s. {self.log}"
        if moment >= self.again_at:
            self.again_at = 0.0
            self.start()
            return f"{self.name} started again."
        return ""

    def stop(self) -> None:
        """End it and all it has started: asked first, made to when its time is up."""
        if self.process is None:
            return
        if self.alive:
            self.process.send_signal(self.farewell)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        end_group(self.process.pid)
        self.process.wait()
        self.process = None


def end_group(leader: int) -> None:
    """Kill what is left of a session that we have started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


@dataclass
class Supervisor:
    """Keeps children alive, and ends them in order: those named in `first`, then the others, last started first."""

    note: Callable[[dict[str, int]], None]  # told names and pids whenever they change
    say: Callable[[str], None]
    first: tuple[str, ...] = ()
    children: list[Child] = field(default_factory=list)

    def start(self, *children: Child) -> None:
        """Start more children."""
        for child in children:
            self.children.append(child)
            child.start()
        self.note(self.pids)

    def look(self) -> None:
        """Start again what has died and is due."""
        for line in filter(None, [child.revive(time.monotonic()) for child in self.children]):
            self.say(line)
            self.note(self.pids)

    def stop(self) -> None:
        """End them all; may be called again."""
        named = {child.name: child for child in self.children}
        ahead = [named.pop(name) for name in self.first if name in named]
        for child in [*ahead, *reversed(named.values())]:
            child.stop()

    @property
    def pids(self) -> dict[str, int]:
        return {child.name: child.process.pid for child in self.children if child.process and child.alive}


@dataclass(frozen=True)
class RunFile:
    """Which processes run, by pid and start time: a pid alone may be somebody else's by now."""

    path: Path

    def write(self, pids: Mapping[str, int], **facts: Any) -> None:
        """Replace the file as a whole."""
        known = {name: {"pid": pid, "since": since} for name, pid in pids.items() if (since := started_at(pid))}
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({**facts, "processes": known}))
        fresh.replace(self.path)

    def read(self) -> dict[str, Any]:
        """What was written; empty when there is none, or half of one."""
        with suppress(FileNotFoundError, ValueError):
            facts: dict[str, Any] = json.loads(self.path.read_text())
            return facts
        return {}

    def leftovers(self) -> dict[str, int]:
        """Names and pids of those written there whose very processes still run."""
        known = self.read().get("processes", {})
        return {name: each["pid"] for name, each in known.items() if abs(started_at(each["pid"]) - each["since"]) < 1}

    def end_leftovers(self) -> dict[str, int]:
        """End what a killed supervisor has left behind, with everything in its sessions."""
        left = self.leftovers()
        for pid in left.values():
            _ask_to_end(pid)
        until(lambda: not self.leftovers(), POLITE)
        for pid in left.values():
            end_group(pid)
        self.path.unlink(missing_ok=True)
        return left


def started_at(pid: int) -> float:
    """When the process of this pid has started, in seconds since the epoch; 0 when there is none, or a zombie."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return float(process.create_time())
    return 0.0


def _ask_to_end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
