"""What a checklist is: steps, when they apply, what they need, what they block. Pure; the only engine.

A subject's own steps stand in a module beside it, named in `procedures` of its AppConfig. What a machine can see is
checked, never ticked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

LONGEST: Final = 400  # characters of one answer

type Facts = Mapping[str, Any]
type Rule = Callable[[Facts], bool]


def always(facts: Facts) -> bool:
    """A step that applies to every subject."""
    return True


@dataclass(frozen=True)
class Evidence:
    """What is said with a tick. `most`: the largest number of minutes; `offers`: whose names are offered for it."""

    code: str
    label: str
    kind: Literal["text", "minutes", "link"] = "text"
    required: bool = True
    most: int = 0
    offers: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to do, for whoever may work on the subject. `blocks`: codes of steps that wait for this one;
    `checked`: what a machine sees instead of a tick."""

    code: str
    text: str
    applies: Rule = always
    evidence: tuple[Evidence, ...] = ()
    blocks: tuple[str, ...] = ()
    checked: Rule | None = None
    repeats: bool = False


@dataclass(frozen=True)
class Procedure:
    """A checklist: its steps in their order. Raises ValueError for one that names a step it does not have."""

    code: str
    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        codes = [step.code for step in self.steps]
        unknown = {code for step in self.steps for code in step.blocks} - set(codes)
        if unknown or len(codes) != len(set(codes)):
            raise ValueError(f"{self.code}: every step has a name of its own, and blocks one that is there.")

    def step(self, code: str) -> Step:
        """The step of that code. Raises KeyError."""
        return {step.code: step for step in self.steps}[code]


class Standing(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    WAITS = "waits"
    CHECKED = "checked"  # a machine looks at it, and it is not so yet
    NOT_NEEDED = "not_needed"


def standing(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> Standing:
    """How one step stands, given what is ticked."""
    if not step.applies(facts):
        return Standing.NOT_NEEDED
    if is_done(step, facts, ticked):
        return Standing.DONE
    if waits_for(procedure, step, facts, ticked):
        return Standing.WAITS
    return Standing.CHECKED if step.checked else Standing.OPEN


def is_done(step: Step, facts: Facts, ticked: Collection[str]) -> bool:
    return step.checked(facts) if step.checked else step.code in ticked


def waits_for(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> list[Step]:
    """The steps that have to be done first and are not."""
    before = (one for one in procedure.steps if step.code in one.blocks and one.applies(facts))
    return [one for one in before if not is_done(one, facts, ticked)]


def faults(
    procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str], said: Mapping[str, str]
) -> dict[str, str]:
    """Why a step cannot be ticked like this: by the evidence it is about, "" for the step itself; none when it can."""
    if why := _fault_of_step(procedure, step, facts, ticked):
        return {"": why}
    return {each.code: why for each in step.evidence if (why := _fault_of_evidence(each, said.get(each.code, "")))}


def _fault_of_step(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> str:
    match standing(procedure, step, facts, ticked):
        case Standing.NOT_NEEDED:
            return "This step does not apply here."
        case Standing.CHECKED:
            return "This step is checked, not ticked: it is done once it is so."
        case Standing.WAITS:
            return f"First: {_named(waits_for(procedure, step, facts, ticked))}."
        case Standing.DONE if not step.repeats:
            return "This step is done already."
    return ""


def _named(steps: Iterable[Step]) -> str:
    return ", ".join(step.text for step in steps)


def _fault_of_evidence(evidence: Evidence, said: str) -> str:
    text = said.strip()
    if not text:
        return f"{evidence.label}: say it." if evidence.required else ""
    if len(text) > LONGEST:
        return "That is too long."
    if evidence.kind == "link" and not text.startswith(("https://", "http://")):
        return "Give a web address that begins with https://."
    return _fault_of_minutes(text, evidence.most) if evidence.kind == "minutes" else ""


def _fault_of_minutes(text: str, most: int) -> str:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 10_000:
        return "Give a whole number of minutes."
    return f"At most {most} minutes at a time." if most and int(text) > most else ""
