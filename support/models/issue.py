"""Issues of the two repositories as they were last read, who wrote under them, and whom they concern (SYS-01)."""

import re
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse

from accounts.models import Account
from accounts.models.account import team_of
from fleetcs import clock
from fleetcs.models import User
from support.github_labels import Meaning, kind_of
from support.models.label import Label
from support.models.repository import Repository, name_of
from support.models.ticket import Ticket

ADDRESSED = re.compile(
    r"(?:(?P<place>[\w.-]+/[\w.-]+|\w+)(?:/issues/|#)|^#?)(?P<number>[0-9]{1,9})(?:[#?].*)?$", re.ASCII
)


def repo_called(place: str) -> str:
    """The repository of an "owner/name", or of our own word for it; without one the public is meant."""
    wanted = place.lower() or Repository.Code.PUBLIC.value
    return next((code.value for code in Repository.Code if wanted in (code.value, name_of(code).lower())), "")


class IssueQuerySet(models.QuerySet["Issue"]):
    """Issues."""

    def visible_to(self, user: User) -> Self:
        """All public ones, or those of one's accounts; confidential ones for those who may know codenames there."""
        seen = self._within(user, "issue.see")
        return seen.filter(~Q(repo=Repository.Code.CONFIDENTIAL) | Q(pk__in=self._within(user, "codename.see")))

    def linkable_by(self, user: User) -> Self:
        """Those that a person may bring together with a ticket; the ticket's own right comes beside it."""
        return self.visible_to(user) if user.may("issue.link") else self.none()

    def open(self) -> Self:
        return self.filter(state=Issue.State.OPEN, gone_at=None)

    def waiting(self) -> Self:
        """Open ones whose next word is somebody's outside (REQ-02)."""
        return self.open().exclude(waiting_since=None)

    def meaning(self, *meanings: Meaning) -> Self:
        """Those with a label that means one of these."""
        of_label = Issue.labels.through.objects.filter(label__in=Label.objects.there().meaning(*meanings))
        return self.filter(pk__in=of_label.values("issue"))

    def addressed(self, text: str) -> "Issue | None":
        """The one of an address, of "confidential#12", or of a bare number in the public repository."""
        if not (named := ADDRESSED.search(text.strip())):
            return None
        repo = repo_called(named["place"] or "")
        return self.filter(repo=repo, number=int(named["number"])).first() if repo else None

    def _within(self, user: User, action: str) -> Self:
        mine = IssueLink.objects.filter(team_of(user, "account__")).values("issue")
        return user.within(self.all(), action, Q(pk__in=mine))


class Issue(models.Model):
    """An issue over there. Nothing here is written by a person: it is what GitHub said when it was last asked."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    repo = models.CharField(max_length=12, choices=Repository.Code.choices)
    number = models.PositiveIntegerField()
    github_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    state_reason = models.CharField(max_length=20, blank=True)
    author = models.CharField(max_length=100, blank=True)
    assignees = ArrayField(models.CharField(max_length=100), default=list)
    labels = models.ManyToManyField(Label, related_name="issues")
    comment_count = models.PositiveIntegerField(default=0)
    url = models.URLField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True, help_text='Since when a label with "+" has been on it')
    outside_reply_at = models.DateTimeField(null=True, help_text="Newest comment of somebody outside")
    inside_reply_at = models.DateTimeField(null=True, help_text="Newest comment of a colleague")
    read_at = models.DateTimeField(default=clock.now)
    looked_at = models.DateTimeField(null=True, help_text="When all that was said and done there was last read")
    gone_at = models.DateTimeField(null=True, help_text="When it was no longer there, or had moved elsewhere")
    gone_why = models.CharField(max_length=20, blank=True, help_text="transferred, gone or not_found")
    moved_to = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", help_text="Where it went on")

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["repo", "number"], name="issue_once"),
            models.UniqueConstraint(fields=["github_id"], name="issue_id_once"),
        )
        indexes = (
            models.Index(fields=["-updated_at"], name="issue_updated"),
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="issue_title_trgm"),
            GinIndex(SearchVector("title", "body", config="english"), name="issue_words"),
        )

    def __str__(self) -> str:
        return f"issue {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:issue", args=[self.pk])

    @property
    def reference(self) -> str:
        """As people write it: the repository's word and the number."""
        return f"{self.repo}#{self.number}"

    @property
    def is_confidential(self) -> bool:
        return self.repo == Repository.Code.CONFIDENTIAL

    @property
    def kind(self) -> str:
        """What a link to it is about, by its labels."""
        return kind_of(label.name for label in self.labels.all() if not label.gone_at)


class IssueCommentQuerySet(models.QuerySet["IssueComment"]):
    """Comments."""

    def by(self, login: str) -> Self:
        """What somebody has written themselves, in whatever case their login was spelt."""
        return self.alias(lower=Lower("author")).filter(lower=login.lower(), by_app=False)


class IssueComment(models.Model):
    """A comment under an issue: whose and when. Its text stays over there, where it may be changed."""

    class Side(models.TextChoices):
        INSIDE = "inside", "A colleague"
        OUTSIDE = "outside", "Somebody outside"
        MACHINE = "machine", "A bot, or ourselves"
        UNKNOWN = "unknown", "Not known: a person has to say"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="comments")
    github_id = models.BigIntegerField(unique=True)
    author = models.CharField(max_length=100)
    side = models.CharField(max_length=7, choices=Side.choices, default=Side.UNKNOWN)
    by_app = models.BooleanField(default=False, help_text="Written through an App: nobody's own words")
    at = models.DateTimeField()
    url = models.URLField(max_length=300, blank=True)

    objects = IssueCommentQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(Lower("author"), name="issue_comment_author"),)

    def __str__(self) -> str:
        return f"issue comment {self.pk}"


class IssueLinkQuerySet(models.QuerySet["IssueLink"]):
    """Whom issues concern."""

    def visible_to(self, user: User) -> Self:
        """An issue beside an account is its codename: for those who may know it (COD-05)."""
        return user.within(self, "codename.see", team_of(user, "account__"))

    def shareable_by(self, user: User) -> Self:
        """Those whose customer the person may give the issue's address to (BUG-06, REQ-06, R11)."""
        return user.within(self.visible_to(user), "issue.share", team_of(user, "account__"))

    def untold(self) -> Self:
        """Of customers who have not been given the issue's address, by whatever link of theirs."""
        same = IssueLink.objects.filter(issue=OuterRef("issue"), account=OuterRef("account"))
        return self.filter(~Exists(same.filter(shared_at__isnull=False)))

    def undoable_by(self, user: User) -> Self:
        """Links with a ticket that the person may see and may bring together with issues."""
        mine = Q(team_of(user, "account__")) | Q(ticket__assignee=user)
        found = self.visible_to(user).exclude(ticket=None).filter(ticket__in=Ticket.objects.visible_to(user))
        return user.within(found, "issue.link", mine)


class IssueLink(models.Model):
    """An issue concerns an account: by its codename's label, or because it was filed from, or linked to, a ticket."""

    class Kind(models.TextChoices):
        BUG = "bug", "Bug"
        REQUEST = "request", "Customer request"
        OTHER = "other", "Other"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="links")
    account = models.ForeignKey(Account, models.CASCADE, related_name="issue_links")
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, blank=True, related_name="issue_links")
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.OTHER)
    by_label = models.BooleanField(default=False, help_text="Found by the label of the codename, made by nobody")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    shared_at = models.DateTimeField(null=True, help_text="When the customer was given the address (BUG-06, REQ-06)")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    shared_where = models.CharField(max_length=40, blank=True)

    objects = IssueLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "account", "ticket"], name="issue_link_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"issue link {self.pk}"

    @transaction.atomic
    def undo(self, *, by: User) -> None:
        """The ticket is not about this issue. What a codename's label says of the account stays said."""
        if self.ticket:
            self.ticket.log("issue_unlinked", by=by, issue=self.issue)
        self.delete()
