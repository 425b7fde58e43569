"""How far a close has come: where it is, what is missing, whose turn it is, what stands before the win. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from fleetcs import procedures
from fleetcs.procedures import Facts, Procedure, Standing, Step, due, is_done, standing, waits_for, warnings
from opportunities.closing import BEFORE_THE_WIN, ORDER, SIGNED, STAGES
from opportunities.turns import Turn, turn

SIGNING = (ORDER, SIGNED)


@dataclass(frozen=True)
class Line:
    """How one step stands: what it waits for, and what is warned of."""

    step: Step
    standing: Standing
    waits: list[Step]
    warns: list[Step]
    turn: Turn

    @property
    def holder(self) -> str:
        return self.turn.holder


@dataclass(frozen=True)
class Progress:
    """Where a close is: how much is done, whose turn it is, and the stage of what comes next."""

    done: int
    of: int
    next: list[Turn]

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of if self.of else 100

    @property
    def is_complete(self) -> bool:
        return self.done == self.of

    @property
    def stage(self) -> str:
        """The first stage in which somebody's turn is."""
        return next((name for name in STAGES for each in self.next if each.step.stage == name), "")

    @property
    def holders(self) -> dict[str, list[Step]]:
        """Whose turn it is, with their steps."""
        found: dict[str, list[Step]] = {}
        for each in self.next:
            found.setdefault(each.holder, []).append(each.step)
        return found


def progress(checklist: Procedure, facts: Facts, ticked: Iterable[str]) -> Progress:
    done = frozenset(ticked)
    wanted = due(checklist, facts)
    return Progress(
        sum(is_done(step, facts, done) for step in wanted),
        len(wanted),
        [turn(step, facts) for step in _apt(procedures.turns(checklist, facts, done), facts)],
    )


def _apt(steps: Iterable[Step], facts: Facts) -> Iterable[Step]:
    """What is after the win is nobody's turn before it, even where nothing but a warning stands before it."""
    return (step for step in steps if facts.get("won") or step.stage in BEFORE_THE_WIN)


def lines(checklist: Procedure, facts: Facts, ticked: Iterable[str]) -> list[Line]:
    """Every step that applies, in its order."""
    done = frozenset(ticked)
    return [_line(checklist, step, facts, done) for step in checklist.steps if step.applies(facts)]


def _line(checklist: Procedure, step: Step, facts: Facts, done: frozenset[str]) -> Line:
    how = standing(checklist, step, facts, done)
    waits = waits_for(checklist, step, facts, done) if how is not Standing.DONE else []
    # also of what is done, where somebody ticked it or signed before what should have come first
    told = how is not Standing.DONE or step.code in done or step.stage in SIGNING
    return Line(step, how, waits, warnings(checklist, step, facts, done) if told else [], turn(step, facts))


def gates(checklist: Procedure, code: str, facts: Facts, ticked: Iterable[str]) -> list[Turn]:
    """Every step that has to be done before one, however far back it stands, and is not: nearest last."""
    done, found = frozenset(ticked), dict[str, Step]()
    waiting = [checklist.step(code)]
    while waiting:
        for before in _before(checklist, waiting.pop().code, facts):
            if before.code not in found:
                waiting.append(before)
                found[before.code] = before
    open_ones = [step for step in checklist.steps if step.code in found and not is_done(step, facts, done)]
    return [turn(step, facts) for step in open_ones]


def resting(checklist: Procedure, step: Step, facts: Facts, ticked: Iterable[str]) -> list[Step]:
    """What has been done because a step was: ticks, and up to the signatures also what a machine sees."""
    done = frozenset(ticked)
    after = [one for one in checklist.steps if one.code in step.blocks and one.applies(facts)]
    return [one for one in after if one.code in done or (one.stage in SIGNING and is_done(one, facts, done))]


def _before(checklist: Procedure, code: str, facts: Facts) -> list[Step]:
    return [step for step in checklist.steps if code in step.blocks and step.applies(facts)]
