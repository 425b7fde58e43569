"""A suspected bug of a ticket: from the suspicion to the issue (BUG-01 to BUG-08, BUG-14). Moments are stored, the
state follows from them.

One person files it, after seeing the very text that everybody will read, with what the scan found in it (R11).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import Account, Codename
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, Run, User
from support import bug_cycle, bug_needs, bug_text, details
from support.bug_text import Shown
from support.models.approved import Approved
from support.models.bug_search import BugSearch, NotDuplicate
from support.models.follow_up import FollowUp
from support.models.held import held
from support.models.investigation import Investigation
from support.models.issue import Issue, IssueLink
from support.models.issue_template import IssueTemplate
from support.models.remark import NAMED, new_marker
from support.models.repository import Repository
from support.models.shown import marks_in
from support.models.ticket import Ticket

CHECKLIST = "investigation"
NEVER_SEARCHED = "Look for an issue of the same first: at least once, whatever the words."
CHANGED = "The text has changed since you saw it: read it again, then file it."
ON_ITS_WAY = "It is on its way already."


class BugReportQuerySet(models.QuerySet["BugReport"]):
    """Suspected bugs."""

    def open(self) -> Self:
        """Those that are not yet an issue, and that nobody has given up."""
        return self.filter(issue=None, given_up_at=None)

    @transaction.atomic
    def suspect(self, ticket: Ticket, *, by: User) -> "BugReport":
        """A colleague suspects a bug behind a ticket: one click. One that is under way goes on (BUG-07)."""
        list(Ticket.objects.select_for_update(no_key=True).filter(pk=ticket.pk))
        if going_on := self.open().filter(ticket=ticket).first():
            return going_on
        report = self.create(ticket=ticket, title=ticket.subject[: bug_text.LONGEST_TITLE], suspected_by=by)
        for words in bug_text.phrasings(ticket.subject, ticket.details):
            BugSearch.objects.look(report, words, by=by)
        IssueTemplate.objects.freshen(report.repo, by=by)
        Run.objects.begin(report, CHECKLIST, by=by)
        ticket.log("bug_suspected", by=by, bug=report.pk)
        return report


class BugReport(Approved):
    """One suspicion. What helps to solve it stands on the ticket; here stands what is only of the report."""

    class Way(models.TextChoices):
        API = "api", "Filed from here"
        FORM = "form", "Filed with GitHub's form"
        LINK = "link", "Linked to an issue that was there"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="bugs")
    suspected_at = models.DateTimeField(default=clock.now)
    suspected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=bug_text.LONGEST_TITLE)
    reproduced_by_us = models.BooleanField("We could reproduce it", default=True)
    steps = models.TextField("Steps to reproduce", max_length=10_000, blank=True)
    customer_steps = models.TextField("Steps the customer took", max_length=10_000, blank=True)
    recording = models.URLField("Recording of the call", max_length=300, blank=True)
    repo = models.CharField(max_length=12, choices=Repository.Code.choices, default=Repository.Code.PUBLIC)
    repo_reason = models.CharField("Why it is confidential", max_length=300, blank=True)
    repo_chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    way = models.CharField(max_length=4, choices=Way.choices, blank=True)
    marker = models.CharField(max_length=40, default=new_marker, unique=True, editable=False)
    proposed = models.ForeignKey(
        Issue, models.SET_NULL, null=True, related_name="+", help_text="Found, to be confirmed"
    )
    issue = models.ForeignKey(Issue, models.SET_NULL, null=True, related_name="reports")
    filed_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    given_up_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    given_up_because = models.CharField(max_length=300, blank=True)

    objects = BugReportQuerySet.as_manager()

    class Meta:
        ordering = ("-suspected_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_at=None) | ~Q(repo=Repository.Code.CONFIDENTIAL) | ~Q(repo_reason=""),
                name="confidential_with_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"bug {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:bug", args=[self.ticket_id])

    # --- how it stands ------------------------------------------------------------------------------------------------
    @property
    def state(self) -> str:
        """suspected, leaving, by_hand, refused, filed, linked or given_up."""
        if self.given_up_at:
            return "given_up"
        if self.issue_id:
            return "filed" if self.filed_at else "linked"
        if self.approved_at is None:
            return "suspected"
        return "by_hand" if self.way == self.Way.FORM else "refused" if self.refused else "leaving"

    @property
    def is_draft(self) -> bool:
        """Whether its text may still be changed."""
        return self.state in {"suspected", "refused", "by_hand"}

    @property
    def took(self) -> timedelta | None:
        """From the suspicion to the issue (BUG-07)."""
        return self.filed_at - self.suspected_at if self.filed_at else None

    def codename(self) -> Codename | None:
        """The account's, as it is today; never an old one."""
        account = self.ticket.account
        return account.codenames.active().first() if account else None

    def missing(self) -> dict[str, str]:
        """What keeps it from being filed, by the field it is about: "" for what has no field (BUG-01 to BUG-04)."""
        faults = bug_needs.missing(
            self.ticket.details,
            title=self.title,
            reproduced=self.reproduced_by_us,
            steps=self.steps,
            customer_steps=self.customer_steps,
        )
        if self._lacks_reason():
            faults["repo_reason"] = "Say why it may not be public."
        if why := self._missing_around():
            faults[""] = why
        return faults

    def _lacks_reason(self) -> bool:
        return self.repo == Repository.Code.CONFIDENTIAL and not self.repo_reason.strip()

    def _missing_around(self) -> str:
        if self.ticket.account_id is None:
            return "Say first whose ticket it is."
        if self.codename() is None:
            return "This account has no codename yet: choose one first."
        return "" if self.searches.by_hand().exists() else NEVER_SEARCHED

    # --- the text -----------------------------------------------------------------------------------------------------
    def shown(self) -> Shown:
        """The report as it would be read, with the labels it would wear."""
        codename, public = self.codename(), self.repo == Repository.Code.PUBLIC
        said = bug_text.sections(
            self.ticket.details,
            steps=self.steps if self.reproduced_by_us else self.customer_steps,
            reproduced=self.reproduced_by_us,
            recording="" if public else self.recording,
        )
        body = bug_text.body(said, IssueTemplate.objects.text(self.repo), self.marker)
        labels = (*bug_cycle.FIRST, *([codename.label] if codename else []))
        return Shown(self.repo, self.title.strip(), body, labels)

    @property
    def approved(self) -> Shown:
        """The text that somebody has seen and approved: this one leaves, and no other."""
        return Shown(self.repo, self.approved_title, self.approved_body, tuple(self.approved_labels))

    # --- what is done to it -------------------------------------------------------------------------------------------
    @held
    def write(self, changes: Mapping[str, Any], *, by: User) -> None:
        """Change the draft; the details go to the ticket. Raises ValidationError once it is on its way."""
        self._must_be_draft()
        given = {code: changes[code] for code in details.REQUIRED | details.OPTIONAL if code in changes}
        if given and given != {code: self.ticket.details.get(code, "") for code in given}:
            self.ticket.describe(given, by=by)
        approved_for = self.repo
        if changes.get("repo", self.repo) != self.repo:
            self.repo_chosen_by = by
            IssueTemplate.objects.freshen(changes["repo"], by=by)
        for name in ("title", "reproduced_by_us", "steps", "customer_steps", "recording", "repo", "repo_reason"):
            setattr(self, name, changes.get(name, getattr(self, name)))
        if self.approved_at and (self.repo != approved_for or self._lacks_reason()):
            self._withdraw(by=by)
        self.save()

    def _withdraw(self, *, by: User) -> None:
        """What was approved for one repository is approved for no other."""
        self.withdraw()
        self.way, self.proposed = "", None
        self.ticket.log("bug_withdrawn", by=by, bug=self.pk)

    @held
    def file(self, digest: str, *, by: User, way: str = Way.API) -> None:
        """Send what was seen: `digest` is that of the text on the page. Raises ValidationError, by field.

        With GitHub's own form it is a person who sends it; what they bring back is bound later.
        """
        self._must_be_draft()
        if faults := self.missing():
            raise ValidationError({name or "__all__": why for name, why in faults.items()})
        shown = self.shown()
        if shown.digest != digest:
            raise ValidationError(CHANGED)
        marks = marks_in(shown)
        if marks and self.repo == Repository.Code.PUBLIC:
            raise ValidationError(NAMED)
        self._approve(shown, marks, by=by, way=way)
        if way == self.Way.API:
            emit(
                "github.issue", key=f"bug:{self.pk}:{self.round}", args={"bug": self.pk}, order=f"bug:{self.pk}", by=by
            )

    def _approve(self, shown: Shown, marks: list[Any], *, by: User, way: str) -> None:
        self.approve(shown, marks, by=by)
        self.way = way
        self.save()
        self.ticket.log("bug_approved", by=by, bug=self.pk, digest=shown.digest, marks=len(marks))

    @held
    def look_for(self, number: int | None, *, by: User) -> None:
        """Look at GitHub for the issue that somebody has filed with the form: by its number, else by its marker."""
        if self.state != "by_hand":
            raise ValidationError("Approve the text first, then file it with GitHub's form.")
        args, order = {"bug": self.pk, "number": number, "round": self.round}, f"bug:{self.pk}"
        emit("github.find", key=f"{order}:find:{new_marker()}", args=args, order=order, by=by)

    @held
    def confirm(self, *, by: User) -> None:
        """A person says that the issue found is the one that they have filed."""
        if self.proposed is None or self.state != "by_hand":
            raise ValidationError("There is nothing to confirm.")
        self.become(self.proposed, by=by)

    @held
    def become(self, issue: Issue, *, by: User | None) -> None:
        """The report is an issue now: call it in the transaction that learns of it. Doing so twice changes nothing."""
        if self.issue_id or self.given_up_at:
            return
        self.issue, self.filed_at, self.proposed, self.refused = issue, clock.now(), None, ""
        self.save()
        self._tie(issue, by=by)
        self.ticket.log("bug_filed", by=by, bug=self.pk, issue=issue.pk)
        Investigation.objects.begin(issue, self.filed_at, by=by)

    @held
    def is_this_one(self, issue: Issue, *, by: User) -> None:
        """It is known: the ticket belongs to that issue. Raises ValidationError once it is on its way."""
        self._must_be_draft()
        if self.ticket.account_id is None:
            raise ValidationError("Say first whose ticket it is.")
        self.issue, self.linked_at, self.way = issue, clock.now(), self.Way.LINK
        self.save()
        self._tie(issue, by=by)
        self.ticket.log("bug_linked", by=by, bug=self.pk, issue=issue.pk)

    @held
    def is_not(self, issue: Issue, *, by: User) -> None:
        """That issue is something else: remembered for this ticket."""
        NotDuplicate.objects.get_or_create(ticket=self.ticket, issue=issue, defaults={"by": by})

    @held
    def give_up(self, because: str, *, by: User) -> None:
        """It is no bug after all. Raises ValidationError without a reason, or once it is on its way."""
        self._must_be_draft()
        if not because.strip():
            raise ValidationError({"because": "Say why."})
        self.given_up_at, self.given_up_by, self.given_up_because = clock.now(), by, because.strip()
        self.save()
        self.ticket.log("bug_given_up", by=by, bug=self.pk, because=because)

    def note_refused(self, code: str) -> None:
        """GitHub, or the scan right before sending, has refused it: it is a draft again."""
        BugReport.objects.open().filter(pk=self.pk).update(refused=code[:80])
        Event.log(self.ticket, "bug_refused", account_pk=self.ticket.account_id, bug=self.pk, code=code)

    def _tie(self, issue: Issue, *, by: User | None) -> None:
        """Issue, account and ticket belong together; the task to file it is done."""
        account: Account | None = self.ticket.account
        if account is not None:
            kind = {"kind": IssueLink.Kind.BUG, "by": by}
            IssueLink.objects.get_or_create(issue=issue, account=account, ticket=self.ticket, defaults=kind)
        FollowUp.objects.settle_bug_task(self.ticket, issue.url, by=by)

    def _must_be_draft(self) -> None:
        if not self.is_draft:
            raise ValidationError(ON_ITS_WAY if self.state == "leaving" else "It is settled already.")
