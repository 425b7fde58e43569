"""What is asked of the pipeline: which deals are in it, what they lack, when somebody last spoke with the customer."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least, Upper

from accounts.models import Account
from fleetcs.models import User
from opportunities import naming, pipelines, stages

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity  # noqa: F401 - named in the string below


CLOSES: Final = Coalesce("close_date", Value(date.max))  # the day that lists are sorted by, found in an index


class PipelineQuerySet(models.QuerySet["Opportunity"]):
    """Deals as the pipeline sees them."""

    def open(self) -> Self:
        return self.exclude(stage__in=stages.CLOSED)

    def with_close(self) -> Self:
        """Each with `closes`: the day to sort by, those without one after all others."""
        return self.annotate(closes=CLOSES)

    def of_pipeline(self, code: str) -> Self:
        """Those of one pipeline; the three add up to all."""
        if code in pipelines.OF:
            return self.filter(type=pipelines.OF[code])
        return self.exclude(type__in=pipelines.OF.values()) if code == "new" else self

    def owned_by(self, user: User) -> Self:
        """Those that a person works on."""
        return self.filter(owner=user)

    def matching(self, text: str) -> Self:
        """Deals whose name or account's name holds `text`, or whose name is much like it; each found in its index."""
        deals: Any = self.model._default_manager
        called = Q(name__icontains=text) | Q(upper_name__trigram_similar=text.upper())
        named = deals.alias(upper_name=Upper("name")).filter(called).order_by().values("pk")
        return self.filter(pk__in=named.union(deals.filter(account__name__icontains=text).order_by().values("pk")))

    def lacking_step(self, today: date) -> Self:
        """Open ones without a next step, without its day, or past it: the rule is `silence.lacks_step` (OPP-06)."""
        lacking = Q(next_step_due=None) | Q(next_step_due__lt=today) | Q(next_step__regex=r"^\s*$")
        return self.open().filter(lacking)

    def without_year(self) -> Self:
        """Those whose name says no year: the rule is `naming.has_year` (OPP-01)."""
        return self.exclude(name__regex=naming.YEAR)

    def lacking_criteria(self) -> Self:
        """Open ones of prospects, or on trial, without a document of success criteria (SCR-03)."""
        evaluates = Q(account__kind=Account.Kind.PROSPECT) | Q(poc_active=True)
        return self.open().filter(evaluates, success_criteria_url="")

    def with_last_word(self, now: datetime) -> Self:
        """Each with `last_word`: when somebody last spoke with the customer, else when it came into being (OPP-07).

        An activity counts once it is done or over: the deal's own, and those of its account that name no deal.
        """
        activities: Any = self.model._meta.get_field("activities").related_model
        said = activities.objects.said(now).order_by("-at")
        own = said.filter(opportunity=OuterRef("pk")).values("at")[:1]
        of_account = said.filter(account=OuterRef("account"), opportunity=None).values("at")[:1]
        changes: Any = self.model._meta.get_field("stage_changes").related_model
        begun = changes.objects.filter(opportunity=OuterRef("pk")).order_by("at").values("at")[:1]
        spoken = Greatest(Subquery(own), Subquery(of_account))  # PostgreSQL takes the one there is
        return self.annotate(last_word=Coalesce(spoken, Least(Subquery(begun), F("created_at"))))
