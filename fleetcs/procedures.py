"""What a checklist is: steps, who does them, when they apply, what they need, what they block. Pure; the only engine.

A subject's own steps stand in a module beside it, named in `procedures` of its AppConfig. What a machine can see is
checked, never ticked. A gate that is open stops what it `blocks`; before what it only `warns` of it is told, unless
the procedure is `hardened`. A standing duty is never done, and never open either.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST: Final = 400  # characters of one answer

type Facts = Mapping[str, Any]
type Rule = Callable[[Facts], bool]


def always(facts: Facts) -> bool:
    """A step that applies to every subject."""
    return True


def any_address(link: str) -> str:
    """Why a link is not one of the web; "" when it is."""
    return "" if link.startswith(("https://", "http://")) else "Give a web address that begins with https://."


@dataclass(frozen=True)
class Evidence:
    """What is said with a tick. `most`: the largest number of minutes; `offers`: whose names are offered for it;
    `leads`: why a link does not lead to what it has to, "" when it does; None for one that may lead anywhere."""

    code: str
    label: str
    kind: Literal["text", "minutes", "link", "email", "day"] = "text"
    required: bool = True
    most: int = 0
    offers: str = ""
    leads: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Step:
    """One thing to do. `role`: the action of `fleetcs.posts` it takes, "" for whoever may work on the subject;
    `backs`: the permission group whose step it is, whoever else may do it being its backup; `blocks`: codes of steps
    that wait for this one, `warns`: of those that should; `checked`: what a machine sees instead of a tick; `stands`:
    a duty that is never over; `waived`: it may be skipped with a reason; `stage`: the part of the whole it is in."""

    code: str
    text: str
    role: str = ""
    applies: Rule = always
    evidence: tuple[Evidence, ...] = ()
    blocks: tuple[str, ...] = ()
    checked: Rule | None = None
    repeats: bool = False
    backs: str = ""
    warns: tuple[str, ...] = ()
    stands: bool = False
    waived: bool = False
    stage: str = ""

    @property
    def counts(self) -> bool:
        """Whether it has to be done for the whole to be: neither an option nor a standing duty."""
        return not (self.repeats or self.stands)


@dataclass(frozen=True)
class Procedure:
    """A checklist: its steps in their order. Raises ValueError for one that names a step it does not have."""

    code: str
    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        codes = [step.code for step in self.steps]
        unknown = {code for step in self.steps for code in (*step.blocks, *step.warns)} - set(codes)
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
    DUTY = "duty"  # a standing one, once its turn has come


def hardened(procedure: Procedure) -> Procedure:
    """The same checklist with every warning a gate."""
    steps = (replace(step, blocks=(*step.blocks, *step.warns), warns=()) for step in procedure.steps)
    return replace(procedure, steps=tuple(steps))


def standing(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> Standing:
    """How one step stands, given what is ticked."""
    if not step.applies(facts):
        return Standing.NOT_NEEDED
    if is_done(step, facts, ticked):
        return Standing.DONE
    if waits_for(procedure, step, facts, ticked):
        return Standing.WAITS
    if step.stands:
        return Standing.DUTY
    return Standing.CHECKED if step.checked else Standing.OPEN


def is_done(step: Step, facts: Facts, ticked: Collection[str]) -> bool:
    """Whether it is ticked or, for what a machine can see, whether it is so; what may be skipped can stand ticked."""
    if step.checked is None:
        return step.code in ticked
    return step.checked(facts) or (step.waived and step.code in ticked)


def waits_for(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> list[Step]:
    """The steps that have to be done first and are not."""
    before = (one for one in procedure.steps if step.code in one.blocks and one.applies(facts))
    return [one for one in before if not is_done(one, facts, ticked)]


def warnings(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str]) -> list[Step]:
    """The steps that should be done first and are not: told, and no more."""
    before = (one for one in procedure.steps if step.code in one.warns and one.applies(facts))
    return [one for one in before if not is_done(one, facts, ticked)]


def due(procedure: Procedure, facts: Facts) -> list[Step]:
    """The steps that have to be done: those that apply and are neither an option nor a standing duty."""
    return [step for step in procedure.steps if step.counts and step.applies(facts)]


def left(procedure: Procedure, facts: Facts, ticked: Collection[str]) -> list[Step]:
    """What is still to be done, in its order."""
    return [step for step in due(procedure, facts) if not is_done(step, facts, ticked)]


def turns(procedure: Procedure, facts: Facts, ticked: Collection[str]) -> list[Step]:
    """Those of what is left that nothing stands before: whose turn it is."""
    return [step for step in left(procedure, facts, ticked) if not waits_for(procedure, step, facts, ticked)]


def skip_fault(procedure: Procedure, step: Step, facts: Facts, ticked: Collection[str], why: str) -> str:
    """Why a step cannot be skipped for that reason; "" when it can."""
    if not step.waived:
        return "This step cannot be skipped."
    if standing(procedure, step, facts, ticked) in (Standing.DONE, Standing.NOT_NEEDED):
        return "There is nothing to skip."
    if not why.strip():
        return "Say why it is skipped."
    return "That is too long." if len(why.strip()) > LONGEST else ""


def before_fault(step: Step, ticked: Collection[str], words: str) -> str:
    """Why a step cannot be marked as done before there was a checklist for it; "" when it can."""
    if step.checked or step.stands or step.repeats:
        return "It is seen in what stands here, not marked: enter that."
    if step.code in ticked:
        return "This step is done already."
    if not words.strip():
        return "Say what shows it."
    return "That is too long." if len(words.strip()) > LONGEST else ""


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
        case Standing.DUTY:
            return "This is a standing duty: it is never done."
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
    if evidence.kind == "email" and not _is_address(text):
        return "Give a mail address."
    if evidence.kind == "link":
        return any_address(text) or (evidence.leads(text) if evidence.leads else "")
    if evidence.kind == "day":
        return "" if _is_day(text) else "Give a day."
    return _fault_of_minutes(text, evidence.most) if evidence.kind == "minutes" else ""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fault_of_minutes(text: str, most: int) -> str:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 10_000:
        return "Give a whole number of minutes."
    return f"At most {most} minutes at a time." if most and int(text) > most else ""
