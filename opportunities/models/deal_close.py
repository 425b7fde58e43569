"""The close of a deal with a new customer: its answers, its checklist, what winning brings with it (DCL-00 to DCL-29).

What is done is ticked by whose step it is, or seen in what stands here anyway; only the moments of a close are stored.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import Account
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, Run, Tick, User
from fleetcs.models.stale import held
from fleetcs.procedures import Procedure, Step, waits_for
from opportunities import advancing, closing, links, signing, stages
from opportunities.models import close_evidence, close_facts, winning
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import holds_itself, insist, of_own


def checklist() -> Procedure:
    """The steps of every close, by today's setting."""
    return closing.procedure(strict=settings.DEAL_CLOSE_WARNINGS_STOP)


def insist_may_begin(opportunity: Opportunity) -> None:
    """Raises ValidationError for a deal that has a close, or can have none."""
    insist(not opportunity.self_service, "The customer bought it by themselves: there is no checklist.")
    insist(not opportunity.is_closed, "It is closed already.")
    insist(opportunity.may_have_close, "Renewals and expansions of a customer have no such checklist.")
    insist(not hasattr(opportunity, "deal_close"), "Its close has begun already.")


class DealCloseQuerySet(models.QuerySet["DealClose"]):
    """Closes."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def going_on(self) -> Self:
        """Not won yet, and not lost either."""
        return self.exclude(opportunity__stage__in=stages.CLOSED)

    def unfinished(self) -> Self:
        """Those that are not lost; whether every step is done, their progress says."""
        return self.exclude(opportunity__stage=stages.LOST)

    def whole(self) -> Self:
        """With everything that its steps are seen in: a handful of statements, however many closes."""
        people = ("owner", "account__ae", "account__csm", "account__sc")
        rows = self.select_related("handoff", "opportunity__purchase_order", *(f"opportunity__{one}" for one in people))
        return rows.prefetch_related(*close_facts.needed())

    @transaction.atomic
    def begin(self, opportunity: Opportunity, *, by: User, **answers: Any) -> "DealClose":
        """Begin to close a deal (DCL-00). Raises ValidationError for one that has no checklist, or is not theirs."""
        held(opportunity)
        insist(opportunity.allows(by, closing.SELL), "The deal's AE begins its close.")
        insist_may_begin(opportunity)
        close = self.model(opportunity=opportunity, begun_by=by, **answers)
        close.full_clean()
        insist(not close.is_signed_for_us, signing.SIGNED_FOR_US)
        close.save()
        Run.objects.begin(close, closing.CHECKLIST, by=by)
        close.log("close_begun", by=by)
        return close


class DealClose(models.Model):
    """One close: three answers, the tier that was sold, and when it was won."""

    TIERS = [(tier.value, tier.label) for tier in Tier if tier is not Tier.FREE]

    opportunity = models.OneToOneField(Opportunity, models.PROTECT, related_name="deal_close")
    own_contract = models.BooleanField("They bring their own contract", default=False)
    docusign = models.BooleanField("They sign by envelope", default=True)
    poc_details_done = models.BooleanField("Their deployment is known from the proof of concept", default=False)
    tier = models.CharField("Support tier they buy", max_length=10, choices=TIERS)
    begun_at = models.DateTimeField(default=clock.now, editable=False)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    issue_url = models.URLField("New Sale issue", blank=True, validators=[links.confidential_issue], editable=False)
    issue_refused = models.CharField(max_length=80, blank=True, editable=False)
    won_at = models.DateTimeField(null=True, editable=False)
    renewal = models.OneToOneField(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="made_by_close", editable=False
    )

    objects = DealCloseQuerySet.as_manager()

    class Meta:
        ordering = ("-begun_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(tier="free"), name="close_sells_a_tier"),
            models.CheckConstraint(
                condition=Q(won_at=None, renewal=None) | Q(won_at__isnull=False), name="close_renews_once_won"
            ),
        )

    def __str__(self) -> str:
        return f"close {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:close", args=[self.opportunity_id])

    def allows(self, user: User, action: str) -> bool:
        return self.opportunity.allows(user, action)

    @property
    def is_won(self) -> bool:
        """Whether its deal is won now; `won_at` stays where that was taken back."""
        return self.opportunity.is_won

    @property
    def is_signed_for_us(self) -> bool:
        """Whether its paper copy bears a signature of ours that somebody else than the CEO has entered (DCL-05)."""
        paper = None if self.docusign else close_facts.paper_of(self)
        ours = paper.signatures.filter(party=signing.COMPANY).first() if paper else None
        return bool(ours and ours.recorded_by_id != ours.signer_id)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.opportunity.account_id, **facts)

    @property
    def run(self) -> Run:
        return Run.objects.begun(self, closing.CHECKLIST)

    def hold(self) -> None:
        """Nobody else is at it until the end of this transaction."""
        held(self)

    def hold_gates(self) -> None:
        """Nor does anybody take a step back, or find a hit, while it is looked whether it can be won."""
        self.hold()
        Account.objects.select_for_update().get(pk=self.opportunity.account_id)

    def facts(self) -> dict[str, bool]:
        """What stands by now, read anew."""
        return close_facts.of(DealClose.objects.whole().get(pk=self.pk), close_facts.offices())

    def obstacles(self, closes: date | None) -> list[str]:
        """Every gate that stands open before the win, as people call it, and what else is in its way."""
        whole = DealClose.objects.whole().get(pk=self.pk)
        facts = close_facts.of(whole, close_facts.offices())
        open_gates = advancing.gates(checklist(), closing.WIN, facts, self.run.ticked())
        told = [str(turn) for turn in open_gates]
        paper = close_facts.paper_of(whole)
        if told or paper is None:
            return told
        return [*winning.dated(paper, closes), *winning.obstacles(whole, paper)]

    def dated(self, closes: date | None) -> list[str]:
        """Why a won deal may not close on another day: it closes on that of its paper (CON-03, DCL-09b)."""
        paper = close_facts.paper_of(self)
        return winning.dated(paper, closes) if paper else []

    def sending_obstacles(self, paper: Any, *, envelope: str) -> list[str]:
        """Why its order form may not go out like this (DCL-02 to DCL-04)."""
        ways = {True: "They sign by envelope: give its reference.", False: "They sign on paper: send it directly."}
        reviewed = paper.reviews.exists() and not paper.review_obstacles()
        unread = [] if reviewed or not self.own_contract else ["BizOps reviews the customer's own contract first."]
        return [*unread, *([] if bool(envelope) is self.docusign else [ways[self.docusign]])]

    def signing_obstacles(self, paper: Any, party: str, by: User) -> list[str]:
        """Why a party may not have signed yet: the gates before it, or that `by` is not the CEO (DCL-05, DCL-08)."""
        if party == signing.COMPANY and not self.docusign and not (by.may(closing.SIGN) and holds_itself(by, "ceo")):
            return [signing.ENTERED_BY_CEO]
        on_paper = "DCL-05c" if party == signing.COMPANY else "DCL-05a"
        steps, facts, done = checklist(), self.facts(), self.run.ticked()
        code = "DCL-08" if self.docusign else on_paper
        unsent = [] if paper.sent_at else ["It has not been sent yet: nobody can have signed it."]
        return [*(f"First: {step.text}." for step in waits_for(steps, steps.step(code), facts, done)), *unsent]

    # --- what people do -----------------------------------------------------------------------------------------------
    @transaction.atomic
    def answer(self, answers: Mapping[str, Any], *, by: User) -> None:
        """Answer the questions anew, until it is won; what goes by them goes another way from then on."""
        held(self)
        insist(self.allows(by, closing.SELL), "The deal's AE answers that.")
        insist(not self.is_won, "It is won: the answers stay.")
        was_envelope = self.docusign
        for name, value in answers.items():
            setattr(self, name, value)
        self.full_clean()
        insist(not (was_envelope and self.is_signed_for_us), signing.SIGNED_FOR_US)
        self.save()
        self.log("close_answered", by=by, answers=sorted(answers))

    @transaction.atomic
    def tick(self, code: str, said: Mapping[str, str], *, by: User) -> Tick:
        """Do a step. Raises ValidationError for another post's step, and by what is missing; KeyError for no step."""
        step, run = self._mine(code, by), self.run
        insist(step.repeats or code not in run.ticked(), "This step is done already.")  # at once: others wait meanwhile
        close_evidence.check(self, step, said)
        tick = run.tick(code, said, by=by, facts=self.facts())
        if issue := tick.said.get("issue"):
            self.name_issue(issue, by=by)
        worded = close_evidence.keep_wording(tick, said)
        self.log("close_step_done", by=by, step=code, as_backup=tick.as_backup, **worded)
        return tick

    @transaction.atomic
    def skip(self, code: str, why: str, *, by: User) -> Tick:
        """Leave a step out for a reason; no gate can be left out. Raises ValidationError, KeyError for no step."""
        self._mine(code, by)
        tick = self.run.skip(code, why, by=by, facts=self.facts())
        self.log("close_step_skipped", by=by, step=code, as_backup=tick.as_backup)
        return tick

    @transaction.atomic
    def take_back(self, code: str, *, by: User) -> None:
        """It was not so after all. Raises ValidationError where what waited for it has been done since."""
        step, run = self._mine(code, by), self.run
        tick = run.ticks.filter(step=code, taken_back_at=None).last()
        if tick is None:
            raise ValidationError("It is not done.")
        after = advancing.resting(checklist(), step, self.facts(), run.ticked())
        named = ", ".join(one.text for one in after)
        insist(not after, f"What waits for it has been done: {named}. That has to be taken back first.")
        self._take_back(tick, by=by)

    @transaction.atomic
    def check_copy_anew(self, *, by: User) -> None:
        """Another contract is the order form now: what was ticked of the one before is not of it (DCL-05, DCL-06)."""
        held(self)
        if not self.is_won:
            for tick in self.run.ticks.filter(step__in=closing.OF_THE_COPY, taken_back_at=None):
                self._take_back(tick, by=by, why=closing.ANOTHER_COPY)

    def _take_back(self, tick: Tick, *, by: User, why: str = "") -> None:
        insist(tick.take_back(by=by), "It is not done.")
        self.log("close_step_taken_back", by=by, step=tick.step, why=why)

    def _mine(self, code: str, by: User) -> Step:
        """The step, once nobody else is at this close. Raises ValidationError for another post's step."""
        held(self)
        step = checklist().step(code)
        insist(self.allows(by, step.role), f"This step is another post's: {closing.HOLDERS[step.role]}.")
        return step

    @transaction.atomic
    def name_issue(self, url: str, *, by: User) -> None:
        """Say which issue of the confidential repository it is (DCL-12a)."""
        held(self)
        insist(self.allows(by, closing.SELL), "The deal's AE names the issue.")
        self.issue_url, self.issue_refused = url, ""
        self._checked_issue()
        self.save()
        self.log("sale_issue_named", by=by)

    def _checked_issue(self) -> None:
        try:
            links.confidential_issue(self.issue_url)
        except ValidationError as error:
            raise ValidationError({"issue": error.messages}) from error

    @transaction.atomic
    def note_issue(self, url: str) -> None:
        """The issue that was made for it; one that somebody has named meanwhile stays."""
        if DealClose.objects.filter(pk=self.pk, issue_url="").update(issue_url=url[:200], issue_refused=""):
            self.log("sale_issue_made")

    # --- the win ------------------------------------------------------------------------------------------------------
    @transaction.atomic
    def win(self, closes: date, *, by: User) -> None:
        """Close it as won, once (DCL-09b). Raises ValidationError with what is in the way."""
        deal = held(self.opportunity)  # before the close itself: whoever moves the deal takes them in this order
        insist(not deal.is_won, "It is won already.")
        deal.move_to(stages.WON, by=by, close_date=closes)

    def note_won(self) -> None:
        """It is won from now on; call it inside the transaction that moves the opportunity, before it moves."""
        held(self)
        self.won_at = clock.now()
        self.save(update_fields=["won_at"])

    def follow(self, *, by: User | None) -> None:
        """What the win brings with it; call it in its transaction, once the opportunity has moved."""
        whole = DealClose.objects.whole().get(pk=self.pk)
        winning.follow(whole, close_facts.paper_of(whole), by=by)
        self.order_issue(by=by)
        self.log("close_won", by=by)

    def order_issue(self, *, by: User | None) -> None:
        """Have the New Sale issue made, unless there is one (DCL-12a)."""
        if not self.issue_url:
            emit("github.sale", key=f"close:{self.pk}:issue", args={"close": self.pk}, by=by)
