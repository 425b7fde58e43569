"""Legal reviews: of a quote with unique terms, of redlines, of another party's text (QUO-03, CON-08, CON-09)."""

from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.stale import held
from opportunities import links
from opportunities.models.agreement import Agreement
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import insist, of_own, stands_in
from opportunities.models.quote import Quote


class ReviewQuerySet(models.QuerySet["LegalReview"]):
    """Legal reviews."""

    def visible_to(self, user: User) -> Self:
        return of_own(self, user, "paper.see")

    def open(self) -> Self:
        return self.filter(closed_at=None)

    @transaction.atomic
    def ask(self, of: Quote | Agreement, *, by: User, **fields: Any) -> "LegalReview":
        """Ask BizOps and legal to read something; without the link of its issue it is not submitted yet (CON-09)."""
        held(of)
        insist(not of.reviews.open().exists(), "A review of it is open already.")
        insist(not of.sent_at, "It has been sent already.")
        subject = {"quote": of} if isinstance(of, Quote) else {"agreement": of}
        review = self.model(opportunity=of.opportunity, asked_by=by, **subject, **fields)
        review.full_clean()
        review.save()
        of.log("review_asked", by=by, redlines=review.redlines)
        return review


class LegalReview(models.Model):
    """One review of one paper: asked for here, submitted with an issue, closed by BizOps or as its backup."""

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="reviews")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="reviews")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="reviews")
    question = models.TextField("What has to be looked at", max_length=2_000)
    redlines = models.BooleanField("With redlines", default=False)
    issue_url = models.URLField(
        "Link of the issue", blank=True, validators=[links.confidential_issue], help_text="Empty: not submitted yet."
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    outcome = models.TextField("What came of it", blank=True, max_length=2_000)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    as_backup = models.BooleanField(default=False, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(quote__isnull=False, agreement=None) | Q(quote=None, agreement__isnull=False),
                name="review_of_one_paper",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | (~Q(issue_url="") & Q(closed_by__isnull=False) & ~Q(outcome="")),
                name="review_closed_by_somebody",
            ),
            models.UniqueConstraint(fields=["quote"], name="review_one_open_of_quote", condition=Q(closed_at=None)),
            models.UniqueConstraint(
                fields=["agreement"], name="review_one_open_of_agreement", condition=Q(closed_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"legal review {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:review", args=[self.pk])

    def allows(self, user: User, action: str) -> bool:
        return self.opportunity.allows(user, action)

    @property
    def subject(self) -> Quote | Agreement:
        found = self.quote or self.agreement
        assert found is not None  # noqa: S101 - review_of_one_paper
        return found

    @property
    def is_submitted(self) -> bool:
        return bool(self.issue_url)

    @property
    def state(self) -> tuple[str, str]:
        """How it stands: the tone of its dot and the words."""
        if self.closed_at:
            return "good", "Closed"
        return ("wait", "Open") if self.is_submitted else ("warn", "Not submitted")

    @transaction.atomic
    def submit(self, issue_url: str, *, by: User) -> None:
        """Say which issue of the confidential repository it is."""
        held(self)
        insist(not self.closed_at, "It is closed.")
        self.issue_url = issue_url
        self.full_clean()
        self.save()
        self.subject.log("review_submitted", by=by, review=self.pk)

    @transaction.atomic
    def close(self, outcome: str, *, by: User) -> None:
        """BizOps has reviewed it, or the CRO in its stead (DCL-07)."""
        held(self)
        insist(by.may("review.close"), "Only BizOps, and the CRO as its backup, closes a review.")
        insist(not self.closed_at, "It is closed already.")
        insist(self.is_submitted, "It is not submitted: the link of its issue is missing.")
        insist(outcome.strip(), "Say what came of it.")
        self.outcome, self.closed_by, self.closed_at, self.as_backup = outcome.strip(), by, clock.now(), stands_in(by)
        self.save()
        self.subject.log("review_closed", by=by, review=self.pk, as_backup=self.as_backup)
