"""A request for the company's signature: five steps, each of its own role, as a checklist (CON-10)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from fleetcs import clock, wording
from fleetcs.effects import emit
from fleetcs.models import Run, Tick, User
from fleetcs.models.stale import held
from fleetcs.working_day import day_of
from opportunities import signing
from opportunities.models.agreement import Agreement
from opportunities.models.paperwork import holds_itself, insist, insist_none, of_own, stands_in
from opportunities.models.review import LegalReview
from opportunities.models.signature import Signature

CHECKLIST = "signature"


class SignatureRequestQuerySet(models.QuerySet["SignatureRequest"]):
    """Requests."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see", "agreement__opportunity__")

    def going_on(self) -> Self:
        return self.exclude(agreement__signatures__party=signing.COMPANY)

    @transaction.atomic
    def begin(self, agreement: Agreement, *, by: User) -> "SignatureRequest":
        """Somebody asks for the company's signature; a contract is asked for once."""
        held(agreement)
        insist(signing.COMPANY not in agreement.signed, "We have signed it already.")
        request, is_new = self.get_or_create(agreement=agreement, defaults={"requestor": by})
        insist(is_new, "The signature has been asked for already.")
        Run.objects.begin(request, CHECKLIST, by=by)
        agreement.log("signature_requested", by=by)
        return request


class SignatureRequest(models.Model):
    """What the CEO is to sign, and who hears of it."""

    agreement = models.OneToOneField(Agreement, models.PROTECT, related_name="signature_request")
    requestor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=clock.now)

    objects = SignatureRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-begun_at", "-pk")

    def __str__(self) -> str:
        return f"signature request {self.pk}"

    def get_absolute_url(self) -> str:
        return self.agreement.get_absolute_url()

    def allows(self, user: User, action: str) -> bool:
        return self.agreement.allows(user, action)

    @property
    def run(self) -> Run:
        return Run.objects.begun(self, CHECKLIST)

    @transaction.atomic
    def step(self, code: str, said: dict[str, str], *, by: User) -> Tick:
        """Do one of the five steps. Raises ValidationError for another's step, and for one that comes too early."""
        self._hold()
        role = signing.REQUEST.step(code).role
        insist(self.allows(by, role), "This step is another post's.")
        insist(role != "agreement.sign" or holds_itself(by, "ceo"), "The CEO does that, and nobody else.")
        tick = self.run.tick(code, said, by=by)
        self._follow(tick, by)
        self.agreement.log("signature_step", by=by, step=code, as_backup=role == "agreement.file" and stands_in(by))
        return tick

    @transaction.atomic
    def withdraw(self, why: str, *, by: User) -> None:
        """It is asked for no more, and can be asked for anew; what was done of it stays in the contract's history."""
        self._hold()
        insist(signing.COMPANY not in self.agreement.signed, "We have signed it: the request stays.")
        insist(why.strip(), "Say why.")
        self.agreement.log("signature_request_withdrawn", by=by, why=why.strip())
        self.run.delete()
        self.delete()

    def _hold(self) -> None:
        """Nobody else is at its contract, and nobody has withdrawn it meanwhile."""
        self.agreement.hold()
        insist(SignatureRequest.objects.filter(pk=self.pk).exists(), "The request has been withdrawn.")

    def _follow(self, tick: Tick, by: User) -> None:
        """What a step brings with it."""
        match code := tick.step:
            case signing.REVIEW:
                self._review(by)
            case signing.READY:
                insist_none(self.agreement.obstacles())
            case signing.SIGN:
                self._sign(date.fromisoformat(tick.said[signing.SIGNED_ON]), by)
        if code in signing.NOTIFYING:
            args = {"user": self.requestor_id, "agreement": self.agreement_id, "step": code}
            emit("mail.signature", key=f"signature:{self.pk}:{code}", args=args, by=by)

    def _sign(self, day: date, by: User) -> None:
        """Our signature, of the day on which it was given: that on which the step is done may be later (CON-03)."""
        if day < (asked_on := day_of(self.begun_at)):
            raise ValidationError({signing.SIGNED_ON: signing.NOT_BEFORE.format(asked_on=wording.day(asked_on))})
        fields: dict[str, Any] = {"party": signing.COMPANY, "signer": by, signing.SIGNED_ON: day}
        Signature.objects.record(self.agreement, by=by, **fields)

    def _review(self, by: User) -> None:
        """Business operations has it before it: a review with the issue, unless one is open or has been done.

        What has left as our own text needs none any more.
        """
        has_left = self.agreement.sent_at and not self.agreement.needs_review
        if not has_left and not self.agreement.reviews.exists():
            link = self.run.ticks.filter(step=signing.ISSUE, taken_back_at=None).values_list("said__link", flat=True)[0]
            question = "Review it for signature."
            LegalReview.objects.ask(self.agreement, by=by, question=question, issue_url=link)
