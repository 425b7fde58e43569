"""The knobs: what goes wrong on demand, per service. A test sets them, a demo leaves them alone."""

import random
from collections import deque
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from threading import Event
from typing import Any


@dataclass
class Knobs:
    """Faults of one service. Those that name no path fit every call; `times` stops them after so many calls.

    `status_script` is read from the left, one entry a call: a status (200 means: as usual) or an error word of the
    service ("is_archived"). `p_fail` answers 500 and does nothing, `p_lost` does it and answers 500 all the same.
    """

    latency: float = 0.0  # seconds before the answer
    p_fail: float = 0.0
    p_lost: float = 0.0
    status_script: list[Any] = field(default_factory=list)
    retry_after: int | None = None  # seconds, sent with every 429 and 503
    hang: bool = False  # take the request, never answer, do nothing
    close_midway: bool = False  # do it, answer half, hang up
    applied_then_hold: bool = False  # do it, answer only after a release
    rate_limit: list[float] | None = None  # [calls, seconds]: more are answered 429
    only: str = ""  # a part of "POST /path" that the faults are limited to
    times: int | None = None
    seed: int | None = None


class Faults:
    """Decides, call by call, what is to go wrong. The caller holds the lock."""

    def __init__(self) -> None:
        self.knobs = Knobs()
        self.released = Event()
        self.recent: deque[datetime] = deque()
        self.random = random.Random()  # noqa: S311 - chance, not secrets

    def set(self, wanted: dict[str, Any]) -> None:
        """Turn the given knobs and leave the others; ValueError on a knob that does not exist."""
        unknown = set(wanted) - {each.name for each in fields(Knobs)}
        if unknown:
            raise ValueError(f"no such knob: {', '.join(sorted(unknown))}")
        for name, value in wanted.items():
            setattr(self.knobs, name, value)
        self.random.seed(self.knobs.seed)

    def reset(self) -> None:
        """Everything works again, and whatever is held goes."""
        self.knobs = Knobs()
        self.release()
        self.recent.clear()

    def release(self) -> None:
        """Let every held answer go, and hold the next ones anew."""
        self.released.set()
        self.released = Event()

    def next(self, call: str, now: datetime) -> str:
        """The fault for this call: "" or one of "status:N", "word:X", "fail", "lost", "hang", "half", "hold"."""
        if self.knobs.only not in call or self.knobs.times == 0:
            return ""
        fault = self._scripted() or self._limited(now) or self._standing() or self._by_chance()
        if fault and self.knobs.times is not None:
            self.knobs.times -= 1
        return fault

    def _scripted(self) -> str:
        if not self.knobs.status_script:
            return ""
        step = self.knobs.status_script.pop(0)
        if isinstance(step, str):
            return f"word:{step}"
        return "" if step == 200 else f"status:{step}"

    def _limited(self, now: datetime) -> str:
        if not self.knobs.rate_limit:
            return ""
        calls, seconds = self.knobs.rate_limit
        while self.recent and now - self.recent[0] > timedelta(seconds=seconds):
            self.recent.popleft()
        if len(self.recent) >= calls:
            return "status:429"
        self.recent.append(now)
        return ""

    def _standing(self) -> str:
        standing = {"hang": self.knobs.hang, "hold": self.knobs.applied_then_hold, "half": self.knobs.close_midway}
        return next((fault for fault, on in standing.items() if on), "")

    def _by_chance(self) -> str:
        drawn = self.random.random()
        if drawn < self.knobs.p_fail:
            return "fail"
        return "lost" if drawn < self.knobs.p_fail + self.knobs.p_lost else ""
