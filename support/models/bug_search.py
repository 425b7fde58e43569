"""What was looked for before a bug was filed, what was shown, and what is no duplicate (BUG-01)."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction

from accounts import confidential
from accounts.models.private_words import private_words
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import User
from support.models.issue import Issue
from support.models.repository import Repository, name_of
from support.models.similar_issues import similar
from support.models.ticket import Ticket

if TYPE_CHECKING:
    from support.models.bug import BugReport

PATIENCE = timedelta(seconds=20)  # after which nobody waits for GitHub's answer any longer
LONGEST = 200  # characters that GitHub's search takes, and some room


class BugSearchQuerySet(models.QuerySet["BugSearch"]):
    """Searches before filing."""

    @transaction.atomic
    def look(self, report: "BugReport", words: str, *, by: User, at_github: bool = False) -> "BugSearch":
        """Look in our copy of both repositories, and keep what was tried and what was shown; the same words are one.

        `at_github`: ask GitHub's own search too. Words that say whose it is stay here: they are not asked over there.
        """
        search, _ = self.get_or_create(report=report, words=words[:LONGEST].strip(), defaults={"by": by})
        search.shown.add(*similar([search.words], by))
        if at_github and (search.asked_at is None or search.trouble):
            search.ask(by=by)
        return search

    def by_hand(self) -> Self:
        """Those that somebody has made with words of their own: GitHub's search was asked too, or said why not."""
        return self.exclude(asked_at=None, trouble="")


class BugSearch(models.Model):
    """One way in which somebody has looked for an issue of the same."""

    report = models.ForeignKey("support.BugReport", models.CASCADE, related_name="searches")
    words = models.CharField(max_length=LONGEST)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    shown: Any = models.ManyToManyField(Issue, related_name="+")
    found: Any = models.ManyToManyField(Issue, related_name="+")  # by GitHub's own search
    asked_at = models.DateTimeField(null=True, help_text="When GitHub's own search was asked")
    answered_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=80, blank=True, help_text="Why GitHub was not asked, or has failed")

    objects = BugSearchQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(fields=["report", "words"], name="bug_search_once"),)

    def __str__(self) -> str:
        return f"bug search {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Whether GitHub's answer is still to come."""
        return self.asked_at is not None and self.answered_at is None and not self.trouble

    @property
    def note(self) -> str:
        """Why GitHub's answer is not among what was found, as a code; "" while it may still come, or has."""
        asked = self.asked_at if self.is_waiting else None
        return "no_answer" if asked and asked + PATIENCE < clock.now() else self.trouble

    def ask(self, *, by: User) -> None:
        """Have GitHub's own search asked, unless the words say whose it is, or there is nobody to ask.

        One that was refused is asked again.
        """
        self.trouble = "" if any(name_of(code) for code in Repository.Code) else "not_configured"
        if confidential.marks(self.words, private_words()):
            self.trouble = "confidential"
        if not self.trouble:
            self.asked_at = clock.now()
            key = f"bug_search:{self.pk}:{self.asked_at:%Y%m%d%H%M%S%f}"
            emit("github.search", key=key, args={"search": self.pk}, by=by)
        self.save(update_fields=["trouble", "asked_at"])


class NotDuplicate(models.Model):
    """Somebody has looked: this issue is not what that ticket is about."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="not_duplicates")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(fields=["ticket", "issue"], name="not_duplicate_once"),)

    def __str__(self) -> str:
        return f"not duplicate {self.pk}"
