"""Labels of the two repositories, known by id: renaming one leaves no trace on the issues that carry it (REQ-11)."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from fleetcs.effects import emit
from fleetcs.models import Event, User
from support.github_labels import WORDS, Meaning, meaning_of
from support.models.repository import Repository

if TYPE_CHECKING:
    from support.models.issue import Issue


class LabelQuerySet(models.QuerySet["Label"]):
    """Labels."""

    def there(self) -> Self:
        """Those that the list of labels holds."""
        return self.filter(gone_at=None)

    def ours(self) -> "list[Label]":
        """Those whose issues are mirrored: a codename's, a request's, a bug's, one that waits, or any we know."""
        return [label for label in self.there() if label.is_ours]

    def by_meaning(self) -> dict[Meaning, list[int]]:
        """Keys of the labels, gone ones too, by what they mean: one statement for however many meanings."""
        return by_meaning(self.only("name"))

    def meaning(self, *meanings: Meaning) -> list[int]:
        """Keys of the labels, gone ones too, that mean one of these."""
        found = self.by_meaning()
        return [pk for meaning in meanings for pk in found[meaning]]

    def called(self, names: Collection[str]) -> Self:
        """Those of these names, which are in lower case."""
        return self.alias(lower=Lower("name")).filter(lower__in=names)

    def visible_to(self, user: User) -> Self:
        """Labels of the confidential repository only for those who may know codenames."""
        return self if user.may("codename.see") else self.filter(repo=Repository.Code.PUBLIC)

    def to_be_put_back(self) -> Self:
        """Labels deleted over there and made anew, with open issues that had the old one and lack the new one (F37)."""
        again = Label.objects.there().filter(repo=models.OuterRef("repo"), name__iexact=models.OuterRef("name"))
        return self.exclude(gone_at=None).filter(models.Exists(again), issues__state="open").distinct()


class Label(models.Model):
    """A label over there; `gone_at` when the list of labels no longer held it."""

    repo = models.CharField(max_length=12, choices=Repository.Code.choices)
    github_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    color = models.CharField(max_length=6, blank=True)
    former_names = ArrayField(models.CharField(max_length=100), default=list, help_text="What timelines may call it")
    etag = models.CharField(max_length=100, blank=True, help_text="Of the list of its issues")
    listed_at = models.DateTimeField(null=True, help_text="When all its issues were last listed")
    gone_at = models.DateTimeField(null=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=["repo", "github_id"], name="label_once"),
            models.UniqueConstraint(Lower("name"), "repo", condition=Q(gone_at=None), name="label_name_once"),
        )

    def __str__(self) -> str:
        return f"label {self.pk}"

    @property
    def meaning(self) -> Meaning:
        """What it says about an issue."""
        return meaning_of(self.name)

    @transaction.atomic
    def put_back(self, *, by: User) -> int:
        """This one was deleted and made anew: have the new one put on the open issues that had it; says how many (F37).

        A person's word, since it is many writes at once; GitHub gets them one after the other.
        """
        again = Label.objects.there().get(repo=self.repo, name__iexact=self.name)
        issues = list(self.without(again))
        for issue in issues:
            args = {"issue": issue.pk, "label": again.pk, "before": self.pk}
            emit("github.put_back", key=f"put_back:{again.github_id}:{issue.pk}", args=args, by=by)
        Event.log(again, "label_put_back", by=by, issues=len(issues))
        return len(issues)

    def without(self, again: "Label") -> models.QuerySet["Issue"]:
        """Open issues that had it and lack the one made anew."""
        return self.issues.filter(state="open", gone_at=None).exclude(labels=again)

    @property
    def lacking(self) -> int:
        """How many open issues had it and lack the one made anew."""
        return self.without(Label.objects.there().get(repo=self.repo, name__iexact=self.name)).count()

    @property
    def words(self) -> tuple[str, str]:
        """Its meaning in a word, and in a sentence."""
        return WORDS[self.meaning]

    @property
    def is_ours(self) -> bool:
        """Whether issues are mirrored because of it. A label with a comma cannot be asked for (trap 45)."""
        return self.meaning is not Meaning.UNKNOWN and "," not in self.name

    @property
    def names(self) -> set[str]:
        """Everything that it is or was called, in lower case: timelines keep the name of their day (trap 32)."""
        return {name.lower() for name in (self.name, *self.former_names)}


def by_meaning(labels: Iterable[Label]) -> dict[Meaning, list[int]]:
    """Keys of labels by what they mean, with an empty list for what none of them means."""
    found: dict[Meaning, list[int]] = {meaning: [] for meaning in Meaning}
    for label in labels:
        found[label.meaning].append(label.pk)
    return found
