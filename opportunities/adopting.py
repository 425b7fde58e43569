"""Deals that were in flight before fleetcs: their close begins with what was done before, each step with its words.

What a machine sees needs no mark: it is done once the record holds it, so that nobody is taken to have approved, signed
or won anything by it. A step that people tick is marked where the record shows that it must have been done, or where
whoever takes the deal over says so (`--say DCL-14="The plan of last spring"`). Every other gate still holds.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import prefetch_related_objects

from accounts.tiers import Tier
from fleetcs import wording
from fleetcs.adoption import Adoption, Line, State
from fleetcs.models import User
from fleetcs.procedures import Standing, before_fault
from opportunities import advancing, closing, signing, stages
from opportunities.models import Agreement, DealClose, Opportunity, close_facts, copies
from opportunities.models.deal_close import checklist
from opportunities.models.taking_over import take_over

TIER: Final = "tier"
TIERS: Final = [value for value, _ in DealClose.TIERS]
ANSWERS: Final = {"yes": True, "no": False}
IS_SO: Final = {"own_contract": ("their contract", "our contract"), "docusign": ("by envelope", "on paper")}
NO_TIER: Final = f"Nothing says which tier they buy: --say tier={'|'.join(TIERS)}"
NO_OWNER: Final = "It has no owner who could close it: hand it to somebody first"
NOTHING_YET: Final = "Nothing of a close is here yet"


@dataclass(frozen=True)
class Found:
    """An open deal without a close: what its answers would be, what would be marked with which words, how it stands."""

    close: DealClose  # not saved
    marks: Mapping[str, str]
    lines: list[advancing.Line] = field(default_factory=list)

    @property
    def deal(self) -> Opportunity:
        return self.close.opportunity

    @property
    def done(self) -> list[advancing.Line]:
        """Steps that are done already: before the win as the record stands, and whatever is marked."""
        done = [one for one in self.lines if one.standing is Standing.DONE]
        return [one for one in done if one.step.stage in closing.BEFORE_THE_WIN or one.step.code in self.marks]

    @property
    def fault(self) -> str:
        """Why it cannot be taken over; "" when it can."""
        if not self.close.tier:
            return NO_TIER
        if self.deal.owner is None:
            return NO_OWNER
        here = {line.step.code for line in self.lines}
        return next((f"{code} does not apply to it" for code in self.marks if code not in here), "")

    @property
    def line(self) -> Line:
        state: State = "blocked" if self.fault else "fits" if self.done else "asks"
        why = self.fault or ("" if state == "fits" else NOTHING_YET)
        return Line(self.deal.pk, state, why, self.deal.name, tuple(self.brings()) if state != "blocked" else ())

    def brings(self) -> Iterator[str]:
        """What its close would begin with, a row each."""
        yield ", ".join(
            [self.close.get_tier_display(), *(IS_SO[name][not getattr(self.close, name)] for name in IS_SO)]
        )
        for line in self.done:
            words = self.marks.get(line.step.code)
            said = f"{line.step.text}: {words}" if words else line.step.text
            yield f"{'marked' if words else 'seen':<8}{line.step.code:<9}{said}"


class Deals(Adoption):
    """Open deals with new customers whose close has not begun here."""

    action = "close.adopt"
    who = "somebody of BizOps, or the CRO"

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.marks: dict[str, str] = {}

    def hear(self, said: Mapping[str, str]) -> None:
        """Answers of the close (`tier=ultimate`, `docusign=no`), and steps with what shows them."""
        for name, words in said.items():
            if name == TIER or name in closing.BRANCHES:
                self.answers[name] = answered(name, words)
            else:
                self.marks[name] = vouched(name, words)

    def lines(self) -> list[Line]:
        return [found.line for found in self.found()]

    def take(self, numbers: Collection[int], *, by: User) -> list[int]:
        taken = [found for found in self.found() if found.deal.pk in numbers and not found.fault]
        for found in taken:
            said = {name: getattr(found.close, name) for name in (TIER, *closing.BRANCHES)}
            take_over(found.deal, found.marks, by=by, **said)
        return [found.deal.pk for found in taken]

    def found(self) -> Iterator[Found]:
        rows = Opportunity.objects.of_pipeline("new").exclude(stage__in=stages.CLOSED)
        rows = (
            rows.filter(deal_close=None, self_service=False)
            .select_related("account__ae", "owner", "deal_close", "purchase_order")
            .order_by("pk")
        )
        closes = [DealClose(opportunity=deal) for deal in rows if deal.may_have_close]
        prefetch_related_objects(closes, *close_facts.needed())
        who, operations = close_facts.offices(), copies.operations()
        return (self.judged(close, who, operations) for close in closes)

    def judged(self, close: DealClose, who: close_facts.Offices, operations: Collection[str]) -> Found:
        """How one would stand with the answers that its record gives, or that were said."""
        for name, answer in {**answers_of(close), **self.answers}.items():
            setattr(close, name, answer)
        marks = {**shown_by(close, operations), **self.marks}
        return Found(close, marks, advancing.lines(checklist(), close_facts.of(close, who), marks))


def answered(name: str, words: str) -> Any:
    """An answer of the close. Raises ValueError."""
    known: dict[str, Any] = {each: each for each in TIERS} if name == TIER else ANSWERS
    if words.strip().lower() not in known:
        raise ValueError(f"{name} is {' or '.join(known)}.")
    return known[words.strip().lower()]


def vouched(code: str, words: str) -> str:
    """The words that show a step. Raises ValueError for one that there is not, or that is not marked."""
    known = {step.code: step for step in closing.CLOSE.steps}
    if code not in known:
        raise ValueError(f"{code}: there is no such step of a close.")
    if fault := before_fault(known[code], (), words):
        raise ValueError(f"{code}: {fault}")
    return words.strip()


def answers_of(close: DealClose) -> dict[str, Any]:
    """What the record says to the questions with which a close begins; its AE can answer anew until it is won."""
    deal, paper = close.opportunity, close_facts.paper_of(close)
    quote = max(deal.quotes.all(), key=lambda one: one.number, default=None)
    sent_on_paper = bool(paper and paper.sent_at and not paper.envelope)
    return {
        TIER: tier_named(quote.product if quote else ""),
        "own_contract": bool(paper and paper.paper == Agreement.Paper.THEIRS),
        "docusign": not sent_on_paper,
        "poc_details_done": bool(deal.poc_notes.strip()),
    }


def tier_named(product: str) -> str:
    """The one tier that the name of a product has in it."""
    named = [value for value in TIERS if Tier(value).label.lower() in product.lower()]
    return named[0] if len(named) == 1 else ""


def shown_by(close: DealClose, operations: Collection[str]) -> dict[str, str]:
    """Ticked steps that must have been done, as the record shows, with the words that say how.

    `operations`: the addresses of business operations.
    """
    paper = close_facts.paper_of(close)
    if close.docusign or paper is None:
        return {}
    signed, marks = paper.signed.get(signing.COMPANY), dict[str, str]()
    if signed:  # nobody signs a copy that has not come, or that BizOps has not read
        marks |= dict.fromkeys(("DCL-05a", "DCL-05b"), f"We signed the paper copy on {wording.day(signed)}.")
    # before our signature the copy list is that of what went to the customer, and says nothing
    if signed and not copies.lacking(close.opportunity, paper.copied, operations):
        marks["DCL-06"] = "The AE and BizOps are on its copy list."
    return marks
