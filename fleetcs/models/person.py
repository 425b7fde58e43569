"""People and the posts they hold: who may do what follows from today's holdings (DIR-05)."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Self

import pghistory
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse

from fleetcs import posts
from fleetcs.models.event import Event
from fleetcs.working_day import today

HOW_MANY = Func(F("favourites"), function="jsonb_array_length", output_field=models.IntegerField())


class UserQuerySet(models.QuerySet["User"]):
    """Colleagues."""

    def visible_to(self, user: "User") -> Self:
        """Every colleague sees every colleague."""
        return self if user.may("people.see") else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)

    def holding(self, post: str, on: date | None = None) -> Self:
        """Those who hold `post` on the day `on` (today), the holder before the backup."""
        held = RoleHolding.objects.on(on or today()).filter(post_id=post)
        return self.active().filter(holdings__in=held).order_by("holdings__backup", "holdings__from_on", "pk")

    def of_groups(self, groups: Iterable[str], on: date | None = None) -> Self:
        """Those whose post of the day `on` (today) is of one of these groups, by name."""
        held = RoleHolding.objects.on(on or today()).filter(post__group__in=list(groups))
        return self.active().filter(pk__in=held.values("user")).order_by("name")

    def name_of(self, key: str) -> str:
        """What somebody is called, in office or not, by a key as an address gives it; "" for nobody's."""
        known = key.isascii() and key.isdigit() and len(key) < 19
        return self.filter(pk=key).values_list("name", flat=True).first() or "" if known else ""


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes people; nobody is a superuser here."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        person: User = self.model(email=self.normalize_email(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    @transaction.atomic
    def join(self, *, by: "User", **fields: Any) -> "User":
        """A new colleague, without a password of their own until they sign in with the company's account."""
        person = self.create_user(**fields)
        Event.log(person, "joined", by=by)
        return person


class User(AbstractUser):
    """A colleague who signs in. An account is always a customer, never this."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=120)
    email = models.EmailField()
    zone = models.CharField(max_length=64, default="America/Los_Angeles")
    phone = models.CharField(max_length=40, blank=True)
    slack_id = models.CharField(max_length=32, blank=True)
    github = models.CharField(max_length=60, blank=True)
    shortcuts = models.BooleanField(default=True)
    favourites = models.JSONField(default=list, blank=True)  # fleetcs.favourites; with the person, so they cost nothing
    working_week = models.JSONField(null=True, blank=True)  # None: the company's opening hours

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.UniqueConstraint(F("slack_id"), name="user_slack_id_unique", condition=~Q(slack_id="")),
            models.CheckConstraint(condition=Q(is_superuser=False), name="nobody_is_superuser"),
            models.CheckConstraint(condition=LessThanOrEqual(HOW_MANY, 12), name="favourites_are_few"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.pk])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @cached_property
    def groups_today(self) -> frozenset[str]:
        """Permission groups of the posts held today; whoever holds none is an employee."""
        held = RoleHolding.objects.on(today()).filter(user=self).values_list("post__group", flat=True)
        return groups_of(held)

    def may(self, action: str) -> bool:
        return self.scope(action) is not None

    def scope(self, action: str) -> str | None:
        """`all`, `own` or None: how far this person may go with `action`."""
        return posts.scope(action, self.groups_today) if self.is_active else None

    def within[Rows: models.QuerySet[Any]](self, rows: Rows, action: str, own: Q) -> Rows:
        """The rows on which this person may do `action`: all of them, those that are theirs by `own`, or none."""
        scope = self.scope(action)
        if scope == posts.OWN:
            return rows.filter(own)
        return rows if scope else rows.none()

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: "User") -> None:
        """Set fields by name and write which ones changed; what stays the same leaves no trace."""
        changed = sorted(field for field, value in changes.items() if getattr(self, field) != value)
        for field in changed:
            setattr(self, field, changes[field])
        if changed:
            self.save(update_fields=changed)
            Event.log(self, "person_changed", by=by, fields=changed)

    @transaction.atomic
    def take_post(
        self, post: "Post", *, from_on: date, to_on: date | None = None, backup: bool = False, by: "User | None" = None
    ) -> "RoleHolding":
        """Give this person a post from a day on. Raises ValidationError when they already hold it then."""
        User.objects.select_for_update().get(pk=self.pk)  # two clicks take turns: the second finds the first
        holding = RoleHolding(user=self, post=post, from_on=from_on, to_on=to_on, backup=backup)
        holding.full_clean()
        holding.save()
        Event.log(self, "post_taken", by=by, post=post.code, from_on=from_on, backup=backup)
        return holding

    @transaction.atomic
    def rearrange_favourites(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Change one's own favourites as they stand now: two tabs take turns and do not undo each other."""
        kept = User.objects.select_for_update().values_list("favourites", flat=True).get(pk=self.pk)
        self.favourites = change(kept)
        self.save(update_fields=["favourites"])

    @transaction.atomic
    def choose_password(self, password: str) -> None:
        """Set their own password; every session but the one that does it ends, since sessions are signed by it."""
        self.set_password(password)
        self.save(update_fields=["password"])
        Event.log(self, "password_chosen", by=self)

    @transaction.atomic
    def leave(self, *, by: "User") -> None:
        """End every post, also those to come, and every session of a person who has left; their name stays."""
        for holding in self.holdings.filter(Q(to_on=None) | Q(to_on__gt=today())):
            holding.end(today(), by=by)
        self.is_active = False
        self.set_unusable_password()
        self.save(update_fields=["is_active", "password"])
        Event.log(self, "left", by=by)


def groups_of(held: Iterable[str]) -> frozenset[str]:
    """The permission groups of somebody whose posts have these; whoever holds none is an employee."""
    return frozenset(held) or frozenset({posts.Group.EMPLOYEE.value})


class Post(models.Model):
    """A post of the company; the permission group it names comes from `fleetcs.posts` alone."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=3, choices=[(group.value, group.label) for group in posts.Group])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name

    def holder(self, on: date | None = None) -> User | None:
        """Who holds the post on a day (today), the backup when nobody else does."""
        holder: User | None = User.objects.holding(self.code, on).first()
        return holder


class RoleHoldingQuerySet(models.QuerySet["RoleHolding"]):
    """Dated holdings of posts."""

    def on(self, day: date) -> Self:
        """Holdings in force on `day`; `to_on` is the first day without the post."""
        return self.filter(Q(to_on=None) | Q(to_on__gt=day), from_on__lte=day)

    def overlapping(self, from_on: date, to_on: date | None) -> Self:
        """Holdings that are in force on some day of a span; `to_on` None: without an end."""
        begun = self.filter(Q(to_on=None) | Q(to_on__gt=from_on))
        return begun.filter(from_on__lt=to_on) if to_on else begun


@pghistory.track()
class RoleHolding(models.Model):
    """That a person holds a post from one day to another. `to_on` is exclusive."""

    user = models.ForeignKey(User, models.CASCADE, related_name="holdings")
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    backup = models.BooleanField(default=False)

    objects = RoleHoldingQuerySet.as_manager()

    class Meta:
        ordering = ("post__position", "-from_on")
        constraints = (
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=F("from_on")), name="holding_ends_after_it_starts"
            ),
            ExclusionConstraint(
                name="holding_not_twice_at_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_on"),
                            F("to_on"),
                            RangeBoundary(),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.post_id} {self.from_on}"

    def covers(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.from_on <= day and (self.to_on is None or day < self.to_on)

    def clean(self) -> None:
        """Raises ValidationError for a holding that ends before it starts, or that they have already."""
        if self.from_on is None or not self.post_id:
            return
        if self.to_on and self.to_on < self.from_on:
            raise ValidationError({"to_on": "A post cannot end before it starts."})
        others = RoleHolding.objects.filter(user=self.user, post_id=self.post_id).exclude(pk=self.pk)
        if others.overlapping(self.from_on, self.to_on).exists():
            raise ValidationError(f"{self.user} holds this post in that time already.")

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on `day`."""
        return self.from_on <= day and (self.to_on is None or day < self.to_on)

    @transaction.atomic
    def end(self, on: date, *, by: User) -> None:
        """The post is no longer theirs from the day `on`."""
        self.to_on = max(on, self.from_on)
        self.save(update_fields=["to_on"])
        Event.log(self.user, "post_ended", by=by, post=self.post_id, to_on=self.to_on)
