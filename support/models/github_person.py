"""Who is inside and who is not, as far as GitHub or a person has told us (REQ-03, trap 52)."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from fleetcs import clock
from fleetcs.models import Event, User
from support.models.issue import IssueComment
from support.models.waiting import count_replies

GOOD_FOR: Final = timedelta(days=1)  # people come and go
UNKNOWN_FOR: Final = timedelta(hours=1)

Side = IssueComment.Side


class GithubPersonQuerySet(models.QuerySet["GithubPerson"]):
    """People at GitHub who have said something under an issue of ours."""

    def known(self, now: datetime) -> Self:
        """Those that need not be asked for: decided by a person, or not long ago."""
        return self.filter(~Q(decided_at=None) | Q(good_until__gt=now))

    def unknown(self) -> Self:
        """Those of whom a person has to say whether they are inside."""
        return self.filter(side=Side.UNKNOWN)


class GithubPerson(models.Model):
    """A login and on which side it is. What a person has said stands until a person says otherwise."""

    login = models.CharField(max_length=100)
    side = models.CharField(max_length=7, choices=Side.choices, default=Side.UNKNOWN)
    why = models.CharField(max_length=40, blank=True, help_text="member, triage, bot, us; or why it is not known")
    good_until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = GithubPersonQuerySet.as_manager()

    class Meta:
        ordering = ("login",)
        verbose_name_plural = "github people"
        constraints = (models.UniqueConstraint(Lower("login"), name="github_person_once"),)

    def __str__(self) -> str:
        return f"github person {self.pk}"

    @transaction.atomic
    def decide(self, side: str, *, by: User) -> None:
        """A colleague says where somebody belongs: it holds for all they have said, at once. Raises ValueError."""
        self.side, self.why = Side(side), "said"
        self.decided_by, self.decided_at, self.good_until = by, clock.now(), None
        self.save(update_fields=["side", "why", "decided_by", "decided_at", "good_until"])
        Event.log(self, "side_decided", by=by, side=self.side)
        said = IssueComment.objects.by(self.login)
        said.update(side=self.side)
        count_replies(list(said.order_by().values_list("issue", flat=True).distinct()))
