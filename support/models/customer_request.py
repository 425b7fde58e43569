"""Customer requests: issues that customers wait for, with their dates, and what is still missing (REQ-01 to REQ-12)."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.models import Codename
from accounts.models.account import team_of
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User
from fleetcs.models.once import insert_once
from support import customer_requests
from support.customer_requests import Question, Signs, State
from support.github_labels import Meaning
from support.models.held import held
from support.models.issue import Issue, IssueLink
from support.models.label import Label
from support.models.repository import Repository

NOT_POSTED = "Post the key date in the product channel first: the team discusses it before anybody commits."


class CustomerRequestQuerySet(models.QuerySet["CustomerRequest"]):
    """Customer requests."""

    def visible_to(self, user: User) -> Self:
        return self.filter(issue__in=Issue.objects.visible_to(user))

    def trackable_by(self, user: User) -> Self:
        """Those whose dates, checklist and story the person may keep: of their own accounts, or all of them."""
        return self._within(user, "request.track")

    def _within(self, user: User, action: str) -> Self:
        mine = IssueLink.objects.filter(team_of(user, "account__")).values("issue")
        return user.within(self.visible_to(user), action, Q(issue__in=mine) | Q(by=user))

    def whole(self) -> Self:
        """With everything that a row or a page says of them."""
        return self.select_related("issue", "story", "by").prefetch_related(
            models.Prefetch("issue__labels", Label.objects.there()),
            models.Prefetch("issue__links", IssueLink.objects.select_related("account").order_by("pk")),
            models.Prefetch("issue__links__account__codenames", Codename.objects.active(), to_attr="names_in_use"),
        )

    # --- which --------------------------------------------------------------------------------------------------------
    def open(self) -> Self:
        return self.filter(issue__state=Issue.State.OPEN, issue__gone_at=None)

    def of_accounts(self, accounts: Any) -> Self:
        return self.filter(issue__in=IssueLink.objects.filter(account__in=accounts).values("issue"))

    def awaiting_feedback(self) -> Self:
        return self.open().filter(feedback_asked_at__isnull=False)

    def without_story(self) -> Self:
        """Prioritized, and nobody has named the user story that is drafted for it (REQ-07)."""
        return self.open().filter(prioritized_at__isnull=False, story=None)

    def to_present(self) -> Self:
        """What the product meeting is to hear of: not prioritized yet, and not waiting on somebody outside (REQ-12)."""
        return self.open().filter(prioritized_at=None).exclude(self._labelled(Meaning.WAITING))

    def incomplete(self) -> Self:
        """Those that fail one of the four questions, as `answers` reads them (REQ-05, REQ-12)."""
        labelled = self._labelled(Meaning.REQUEST, Meaning.PRIORITIZED)
        dated = Q(has_no_date=True) | Q(key_on__isnull=False, posted_at__isnull=False)
        of_issue = IssueLink.objects.filter(issue=OuterRef("issue"))
        told = Exists(of_issue) & ~Exists(of_issue.untold())
        public = Q(issue__repo=Repository.Code.PUBLIC) | ~Q(not_public_because="")
        return self.exclude(Q(labelled) & Q(clear_at__isnull=False) & public & dated & Q(told))

    def _labelled(self, *meanings: Meaning) -> Exists:
        """Whether the issue carries a label of one of these meanings; what a label means is no matter of SQL."""
        of_label = Issue.labels.through.objects.filter(label__in=Label.objects.there().meaning(*meanings))
        return Exists(of_label.filter(issue=OuterRef("issue")))

    def declare(self, issue: Issue, *, by: User) -> "CustomerRequest":
        """A person says that customers wait for an issue; saying it again changes nothing."""
        made = self.model(issue=issue, by=by)
        if not insert_once(made):
            return self.get(issue=issue)
        made.log("request_declared", by=by)
        issue.links.filter(kind=IssueLink.Kind.OTHER).update(kind=IssueLink.Kind.REQUEST)
        return made


class CustomerRequest(models.Model):
    """What customers asked for, one row an issue. Where it stands follows from the issue's labels and assignees."""

    issue = models.OneToOneField(Issue, models.CASCADE, related_name="request")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    found_at = models.DateTimeField(default=clock.now)
    key_on = models.DateField("Key date", null=True, blank=True)
    has_no_date = models.BooleanField(default=False, help_text="Somebody has asked: there is no key date")
    posted_at = models.DateTimeField(null=True, help_text="When the key date was posted in the product channel")
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    posted_url = models.URLField(max_length=500, blank=True)
    post_refused = models.CharField(max_length=80, blank=True)
    posts = models.PositiveSmallIntegerField(default=0, help_text="How often a post was ordered: one for each key date")
    committed_on = models.DateField(null=True, blank=True)
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    clear_at = models.DateTimeField(null=True, help_text="When somebody said that it is clear and has its context")
    clear_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    not_public_because = models.CharField(max_length=300, blank=True)
    prioritized_at = models.DateTimeField(null=True, help_text="Since when it is seen as prioritized; unset: it is not")
    story = models.ForeignKey(Issue, models.SET_NULL, null=True, blank=True, related_name="+")
    feedback_asked_at = models.DateTimeField(null=True, help_text="Since when both signs of it are there")

    objects = CustomerRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-found_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(committed_on=None) | Q(posted_at__isnull=False), name="request_posted_before_committed"
            ),
            models.CheckConstraint(condition=Q(has_no_date=False) | Q(key_on=None), name="request_date_or_none"),
            models.CheckConstraint(condition=Q(posted_at=None) | Q(key_on__isnull=False), name="request_posts_a_date"),
        )

    def __str__(self) -> str:
        return f"customer request {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:customer_request", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, **facts)

    # --- where it stands ----------------------------------------------------------------------------------------------
    @property
    def signs(self) -> Signs:
        return customer_requests.signs([label.name for label in self.issue.labels.all()], self.issue.assignees)

    @property
    def state(self) -> State:
        return customer_requests.state(self.signs, closed=self.issue.state == Issue.State.CLOSED)

    @property
    def shown_state(self) -> tuple[str, str]:
        """Its state as a colour and a word."""
        return customer_requests.STATES[self.state]

    @property
    def answers(self) -> dict[Question, bool]:
        """The four questions. A machine sees three of them; whether it is clear, a person has said (REQ-05)."""
        links = list(self.issue.links.all())
        told = {link.account_id for link in links if link.shared_at}
        public = self.issue.repo == Repository.Code.PUBLIC or bool(self.not_public_because)
        facts = {
            "labelled": self.signs.is_request,
            "dated": self.has_no_date or self.is_posted,
            "told": bool(links) and all(link.account_id in told for link in links),
        }
        return customer_requests.answers(facts, is_clear=self.clear_at is not None and public)

    @property
    def done(self) -> int:
        return sum(self.answers.values())

    @property
    def missing(self) -> list[str]:
        return customer_requests.missing(self.answers)

    @property
    def is_posted(self) -> bool:
        return self.key_on is not None and self.posted_at is not None

    @property
    def is_being_posted(self) -> bool:
        return self.posted_by_id is not None and self.posted_at is None and not self.post_refused

    # --- dates (REQ-04) -----------------------------------------------------------------------------------------------
    @held
    def set_key_date(self, day: date | None, *, by: User) -> None:
        """The day customers hope to meet, or that they have none. Another day has to be posted anew, also one that was
        posted before: posts are counted on, so that each has a key of its own.
        """
        if self.committed_on:
            raise ValidationError({"key_on": "A date is committed: take that back first."})
        if day != self.key_on:
            self.posted_at = self.posted_by = None
            self.posted_url = self.post_refused = ""
        self.key_on, self.has_no_date = day, day is None
        self.save()
        self.log("key_date_set", by=by, day=day)

    @held
    def post_key_date(self, *, by: User) -> None:
        """Have the product post it into the product channel, once for each date."""
        self._must_have_a_date()
        if self.posted_at or self.is_being_posted:
            raise ValidationError("It is posted already, or about to be.")
        self.posts, self.post_refused, self.posted_by = self.posts + 1, "", by
        self.save()
        args = {"request": self.pk, "day": self.key_on.isoformat() if self.key_on else "", "n": self.posts}
        emit("slack.key_date", key=f"request:{self.pk}:{args['day']}:{self.posts}", args=args, by=by)
        self.log("key_date_post_ordered", by=by)

    @held
    def record_post(self, url: str, *, by: User) -> None:
        """A colleague has posted it by hand; the address shows it."""
        self._must_have_a_date()
        self.posted_at, self.posted_by, self.posted_url = clock.now(), by, url
        self.post_refused = ""
        self.save()
        self.log("key_date_posted", by=by)

    def _must_have_a_date(self) -> None:
        if self.key_on is None:
            raise ValidationError("There is no key date to post.")

    @held
    def note_posted(self, url: str, day: str, n: int) -> None:
        """Slack has the post; one of an earlier date opens nothing."""
        if self.key_on and self.key_on.isoformat() == day and self.posts == n and self.posted_at is None:
            self.posted_at, self.posted_url = clock.now(), url
            self.save()
            self.log("key_date_posted", by=self.posted_by)

    @held
    def note_post_refused(self, code: str, n: int) -> None:
        if self.posts == n and self.posted_by_id and self.posted_at is None:
            self.post_refused = code[:80]
            self.save()

    @held
    def commit(self, day: date | None, *, by: User) -> None:
        """Promise a date, or take that back (None). Raises ValidationError until the post is recorded."""
        if day and self.posted_at is None:
            raise ValidationError({"committed_on": NOT_POSTED})
        self.committed_on, self.committed_by = day, by
        self.save()
        self.log("date_committed" if day else "commitment_taken_back", by=by, day=day)

    # --- what people say of it ----------------------------------------------------------------------------------------
    @held
    def say_clear(self, clear: bool, *, by: User, not_public_because: str = "") -> None:
        """A person has read it: it is easy to understand with its context; and why it is not public (BUG-14)."""
        if clear and self.issue.repo != Repository.Code.PUBLIC and not not_public_because.strip():
            raise ValidationError({"not_public_because": "Say why this one cannot be public."})
        self.clear_at, self.clear_by = (clock.now(), by) if clear else (None, None)
        self.not_public_because = not_public_because.strip() if clear else ""
        self.save()
        self.log("request_clear" if clear else "request_not_clear", by=by)

    @held
    def tell_story(self, story: Issue | None, *, by: User) -> None:
        """The user story that is drafted for it (REQ-07)."""
        if story and story.pk == self.issue_id:
            raise ValidationError({"story": "The request is not its own story."})
        self.story = story
        self.save()
        self.log("story_linked" if story else "story_unlinked", by=by, story=story)

    @held
    def ask_for_label(self, *, by: User) -> None:
        """Have the label of customer requests put on the issue (REQ-01)."""
        args = {"request": self.pk}
        emit("github.request_label", key=f"request:{self.pk}:label:{clock.now().isoformat()}", args=args, by=by)
        self.log("label_asked_for", by=by)
