"""What customers make of what was released for them: a task for each account, with one of two ends (REQ-08 on)."""

from typing import Any, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts import confidential
from accounts.models import Account
from accounts.models.account import team_of
from accounts.models.private_words import private_words
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User
from fleetcs.posts import Group
from support.customer_requests import mentions
from support.models.customer_request import CustomerRequest
from support.models.held import held
from support.models.repository import Repository
from support.models.request_notice import asked, notify

# Still to be settled, or once more since the comment was refused for good: what `Feedback.is_open` says of one.
TO_SETTLE: Final = Q(outcome="") | (~Q(refused="") & Q(comment_id=None))
POST: Final = "pd"  # who is mentioned when nobody else is chosen
NO_HANDLE: Final = "has no GitHub handle: an administrator enters it under People."


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Tasks of feedback."""

    def visible_to(self, user: User) -> Self:
        """Whose feedback is asked for tells whose codename is on the issue (COD-05)."""
        return user.within(self, "codename.see", team_of(user, "account__") | Q(csm=user))

    def settleable_by(self, user: User) -> Self:
        return user.within(self.visible_to(user), "request.settle", team_of(user, "account__") | Q(csm=user))

    def open(self) -> Self:
        return self.filter(TO_SETTLE)

    def of_this_asking(self) -> Self:
        """Those that are open, or were settled since their request's feedback was last asked for."""
        return self.filter(TO_SETTLE | Q(settled_at__gte=F("request__feedback_asked_at")))


class Feedback(models.Model):
    """That somebody brings what was released to one customer, and what the customer made of it."""

    class Outcome(models.TextChoices):
        MEETS = "meets", "Meets their needs"
        MISSING = "missing", "Something is missing"

    class Evidence(models.TextChoices):
        CALL = "call", "Call recording"
        SLACK = "slack", "Slack thread"
        NOTES = "notes", "Meeting notes"

    request = models.ForeignKey(CustomerRequest, models.CASCADE, related_name="feedbacks")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    csm = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=7, choices=Outcome.choices, blank=True)
    designer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True, help_text="The comment, as whoever settled it has seen it")
    evidence = models.CharField(max_length=5, choices=Evidence.choices, blank=True)
    evidence_url = models.URLField(max_length=500, blank=True, help_text="Stays here: it is no public address")
    closes = models.BooleanField(default=False, help_text="No other customer is still to be heard")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    comment_id = models.BigIntegerField(null=True)
    commented_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="When GitHub had closed the issue for it")
    unassigned_at = models.DateTimeField(null=True)
    refused = models.CharField(max_length=80, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was settled: again when it was refused")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["request", "account"], name="feedback_open_once", condition=Q(outcome="")),
            models.CheckConstraint(
                condition=Q(outcome="") | (Q(designer__isnull=False) & ~Q(text="")), name="feedback_mentions_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="missing") | (~Q(evidence="") & ~Q(evidence_url="")),
                name="feedback_missing_has_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="missing") | Q(closes=False), name="feedback_missing_stays_open"
            ),
        )

    def __str__(self) -> str:
        return f"feedback {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:feedback", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be settled, or once more because GitHub, or the last scan, has refused the comment."""
        return not self.outcome or (bool(self.refused) and self.comment_id is None)

    @property
    def order(self) -> str:
        """What is done to one issue is done in turn."""
        return f"issue:{self.request.issue_id}"

    @property
    def handles(self) -> list[str]:
        """Whoever was asked, and whoever settled it in their place, as GitHub knows them."""
        return [person.github for person in (self.csm, self.settled_by) if person and person.github]

    # --- the two ends -------------------------------------------------------------------------------------------------
    @held
    def meets_needs(self, text: str, *, designer: User, by: User) -> None:
        """It is what they need: a comment that mentions the designer, and the issue is closed (REQ-09).

        It stays open while another customer is still to be heard, or has found something missing.
        """
        self.closes = not self._others_hold_it_open()
        self._settle(Feedback.Outcome.MEETS, text, designer, by)

    @held
    def is_missing(self, text: str, *, designer: User, by: User, evidence: str, evidence_url: str) -> None:
        """Something is missing: a comment with the mention, the CSM is unassigned, the issue stays open (REQ-10).

        Raises ValidationError without evidence of one of the three kinds, with its address.
        """
        if evidence not in Feedback.Evidence or not evidence_url:
            raise ValidationError({"evidence_url": "Give the recording, the Slack thread or the notes that show it."})
        self.settled_by = by
        if not self.handles:
            raise ValidationError(f"Whoever is to be unassigned {NO_HANDLE}")
        self.evidence, self.evidence_url, self.closes = evidence, evidence_url, False
        self._settle(Feedback.Outcome.MISSING, text, designer, by)

    @held
    def pass_on(self, *, by: User) -> None:
        """Whoever was asked has left: it is for the account's CSM of today, for nobody while there is none."""
        now = self.account.csm
        self.csm = now if now and now.is_active and now.pk != self.csm_id else None
        self.save()
        self.log("feedback_passed_on", by=by, to=self.csm)
        if self.csm:
            notify(asked(self, self.csm))

    def _others_hold_it_open(self) -> bool:
        """Whether another customer has not answered this time, or misses something; they are decided on in turn."""
        CustomerRequest.objects.select_for_update(no_key=True).get(pk=self.request_id)
        others = self.request.feedbacks.exclude(account=self.account_id)
        since = self.request.feedback_asked_at or self.asked_at
        return others.filter(Q(outcome="") | Q(outcome="missing", settled_at__gte=since)).exists()

    def _settle(self, outcome: str, text: str, designer: User, by: User) -> None:
        if not self.is_open:
            raise ValidationError("It was settled already.")
        self._check(text, designer)
        self.outcome, self.text, self.designer = outcome, text, designer
        self.settled_at, self.settled_by = clock.now(), by
        self.tries, self.refused = self.tries + 1, ""
        self.save()
        args = {"feedback": self.pk, "n": self.tries}
        emit("github.feedback", key=f"feedback:{self.pk}:{self.tries}", args=args, order=self.order, by=by)
        self.log("feedback_settled", by=by, outcome=outcome, designer=designer)

    def _check(self, text: str, designer: User) -> None:
        """Raises ValidationError for a comment that mentions no designer, or holds what nobody outside may know."""
        if not designer.github:
            raise ValidationError({"designer": f"{designer.name} {NO_HANDLE}"})
        if not mentions(text, designer.github):
            raise ValidationError({"text": f"Mention the designer: @{designer.github}"})
        if self.is_public and confidential.marks(text, private_words()):
            raise ValidationError({"text": "It holds what nobody outside may know: see the marks below."})

    @property
    def is_public(self) -> bool:
        return self.request.issue.repo == Repository.Code.PUBLIC

    # --- what GitHub has done -----------------------------------------------------------------------------------------
    @held
    def note_commented(self, comment_id: int) -> None:
        """The comment stands: now the issue is closed, or the CSM is taken off it. Never the other way round."""
        self.comment_id, self.commented_at, self.refused = comment_id, clock.now(), ""
        self.save()
        kind = "github.feedback_close" if self.closes else "github.feedback_unassign"
        if self.closes or self.outcome == Feedback.Outcome.MISSING:
            args = {"feedback": self.pk}
            emit(kind, key=f"feedback:{self.pk}:end", args=args, order=self.order, by=self.settled_by)

    @held
    def note_ended(self) -> None:
        """The issue is closed, or the CSM is no longer assigned."""
        if self.closes:
            self.closed_at = clock.now()
        else:
            self.unassigned_at = clock.now()
        self.refused = ""
        self.save()
        self.log("request_closed" if self.closes else "unassigned")

    @held
    def note_refused(self, code: str) -> None:
        self.refused = code[:80]
        self.save()


def designers() -> models.QuerySet[User]:
    """Those who may be mentioned: who holds a post of product's today."""
    people: models.QuerySet[User] = User.objects.of_groups([Group.PRODUCT])
    return people


def designer_of(request: CustomerRequest) -> User | None:
    """Who is mentioned: the assigned designer where the issue names one, else who holds the post today."""
    logins = {login.lower() for login in request.issue.assignees}
    named = [one for one in designers() if one.github.lower() in logins]
    return named[0] if named else User.objects.holding(POST).first()
