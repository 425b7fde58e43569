"""Codenames: the name under which an account is spoken of in public, and where it has to stand (COD-01 to COD-09).

A codename is complete when it stands in three places: as a label in the public repository, as one in the confidential
repository whose description says whose it is, and in Salesforce's "GitHub label". They are settled one after the other.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from accounts import codenames
from accounts.codenames import Prefix
from accounts.models.account import Account
from accounts.models.codename_query import CodenameQuerySet
from accounts.models.planet import MinorPlanet
from fleetcs import clock
from fleetcs.models import Effect, Event, User

if TYPE_CHECKING:
    from accounts.models.codename_part import CodenamePart

LOOK = timedelta(minutes=15)
REAL_NAME = "real_name"  # refused: the account's new name is too long, and a person has to say a shorter one


class Codename(models.Model):
    """One name of one account. It is never freed: when it is retired it still says whose it was (R11)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="codenames")
    planet = models.ForeignKey(MinorPlanet, models.PROTECT, null=True, related_name="codenames")
    name = models.CharField(max_length=codenames.LONGEST_NAME)
    word = models.CharField(max_length=codenames.LONGEST_LABEL - len("customer-"))
    prefix = models.CharField(max_length=8, choices=[(prefix.value, prefix.value.capitalize()) for prefix in Prefix])
    real_name = models.CharField("Name in the confidential label", max_length=codenames.LONGEST_REAL_NAME)
    follows = models.BooleanField(default=True, help_text="Whether that name is the account's own and follows it")
    former_names = ArrayField(models.CharField(max_length=codenames.LONGEST_REAL_NAME), default=list)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField(default=clock.now)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)

    objects = CodenameQuerySet.as_manager()

    class Meta:
        ordering = ("-chosen_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["word"], name="codename_once_for_ever"),
            models.CheckConstraint(condition=Q(word=Lower("word")) & ~Q(word=""), name="codename_in_letters"),
            models.UniqueConstraint(
                fields=["account"], name="codename_one_an_account", condition=Q(retired_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"codename {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:codename", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @property
    def label(self) -> str:
        return codenames.label(self.prefix, self.word)

    @property
    def labels(self) -> set[str]:
        """What its label is, or was while the account was a prospect."""
        return {codenames.label(prefix, self.word) for prefix in Prefix}

    @property
    def description(self) -> str:
        """What the confidential label says."""
        return codenames.description(self.real_name, retired=self.retired_at is not None)

    # --- how it stands ------------------------------------------------------------------------------------------------
    @property
    def is_complete(self) -> bool:
        """Whether it stands in all three places as it should (COD-04)."""
        return self.retired_at is None and all(part.is_standing for part in self.parts.all())

    @property
    def should_be_renamed(self) -> bool:
        """Whether the prospect has become a customer since (COD-09)."""
        became = self.prefix == Prefix.PROSPECT and self.account.kind == Account.Kind.CUSTOMER
        return became and self.retired_at is None

    def check_real_name(self) -> None:
        """Raises ValidationError for a name that the confidential label cannot hold: before anything is called."""
        if fault := codenames.real_name_fault(self.real_name):
            raise ValidationError({"real_name": fault})

    # --- what is done to it -------------------------------------------------------------------------------------------
    def begin(self, *, by: User) -> None:
        """Open its three places and settle the first."""
        part: Any = self._parts()
        part.objects.bulk_create([part(codename=self, place=place) for place in part.Place])
        self.log("codename_chosen", by=by)
        self.go_on(by=by)

    def _parts(self) -> Any:
        return self._meta.get_field("parts").related_model

    def go_on(self, *, by: User | None = None) -> None:
        """Have the first place settled that is not; the next follows when it is. What was refused waits for a person.

        Taking back waits for nobody, nor does a codename that is retired.
        """
        waiting = [part for part in self.in_order() if not part.is_settled]
        for part in waiting:
            if not part.refused and (part is waiting[0] or self.retired_at or not part.wanted):
                part.order(by=by)
                return

    def in_order(self) -> "Sequence[CodenamePart]":
        """Its places in the order of settling; all taken back, they go in the other one."""
        parts = list(self.parts.order_by("pk"))
        return parts if any(part.wanted for part in parts) else parts[::-1]

    @transaction.atomic
    def rename_for_customer(self, *, by: User) -> None:
        """The prospect has become a customer: its label is renamed in all three places (COD-09)."""
        self.hold()
        if not self.should_be_renamed:
            raise ValidationError("Only the codename of a prospect that has become a customer is renamed.")
        self.prefix = Prefix.CUSTOMER
        self.save(update_fields=["prefix"])
        self.log("codename_renamed", by=by)
        self.anew(self.parts.filter(wanted=True), by=by)

    @transaction.atomic
    def describe_as(self, real_name: str, *, by: User | None) -> None:
        """Have the confidential label say another name. Raises ValidationError for one that it cannot hold."""
        self.hold()
        self._must_be_active()
        refused = self.parts.filter(refused=REAL_NAME)
        if (name := real_name.strip()) == self.real_name and not refused.exists():
            return
        self.former_names = [*dict.fromkeys([*self.former_names, self.real_name])]  # they stay private words
        self.real_name, self.follows = name, name == self.account.name
        self.check_real_name()
        self.save(update_fields=["real_name", "former_names", "follows"])
        self.log("codename_described", by=by)
        refused.update(refused="")
        self.anew(self.parts.filter(place="confidential", wanted=True), by=by)

    @transaction.atomic
    def follow_account(self, *, by: User | None = None) -> None:
        """Its account is called otherwise now; a name that is too long waits for a person who shortens it."""
        self.hold()
        if self.retired_at or not self.follows:
            return
        if not codenames.real_name_fault(self.account.name):
            self.describe_as(self.account.name, by=by)
            return
        Codename.objects.filter(pk=self.pk).update(follows=False)
        waits: dict[str, Any] = {"generation": F("generation") + 1, "refused": REAL_NAME, "is_adopted": False}
        self.parts.filter(place="confidential", wanted=True).update(**waits)
        self.log("codename_refused", place="confidential", code=REAL_NAME)

    @transaction.atomic
    def retire(self, *, by: User) -> None:
        """Use it no longer: the confidential label says so, the mapping stays, the name is never free again (R11)."""
        self.hold()
        self._must_be_active()
        self.retired_at, self.retired_by = clock.now(), by
        self.save(update_fields=["retired_at", "retired_by"])
        self.log("codename_retired", by=by)
        says_so = Q(place="confidential", wanted=True)
        self.parts.filter(~says_so).filter(~Q(settled=F("generation"))).give_up()
        self.parts.update(refused="")
        self.anew(self.parts.filter(says_so), by=by)

    @transaction.atomic
    def retry(self, *, by: User) -> None:
        """Try again what was refused or has drifted; what stands is left alone."""
        self.hold()
        self.log("codename_retried", by=by)
        for given_up in Effect.objects.needing_a_person().filter(order_key=f"codename:{self.pk}"):
            given_up.cancel(by=by)
        self.anew([part for part in self.parts.order_by("pk") if not part.is_well], by=by)

    @transaction.atomic
    def undo(self, place: str = "", *, by: User) -> None:
        """Take back one place, or all of them in turn; the name stays used. Raises ValidationError."""
        self.hold()
        self._must_be_active()
        chosen = self.parts.filter(wanted=True, **({"place": place} if place else {}))
        pks = list(chosen.values_list("pk", flat=True))
        self.parts.filter(pk__in=pks).update(wanted=False, refused="")
        self.log("codename_undone", by=by, place=place or "all")
        self.anew(self.parts.filter(pk__in=pks), by=by)

    @transaction.atomic
    def redo(self, place: str, *, by: User) -> None:
        """Have it stand again in a place where it was taken back."""
        self.hold()
        self._must_be_active()
        taken_back = self.parts.filter(wanted=False, place=place)
        pks = list(taken_back.values_list("pk", flat=True))
        taken_back.update(wanted=True)
        self.log("codename_redone", by=by, place=place)
        self.anew(self.parts.filter(pk__in=pks), by=by)

    def anew(self, parts: "Any", *, by: User | None) -> None:
        """Have these places settled once more, in their order; earlier orders for them are void.

        A name that is too long for the label's description stays refused: trying again makes it no shorter.
        """
        mine = self.parts.filter(pk__in=[part.pk for part in parts])
        fresh: dict[str, Any] = {"drift": "", "drift_at": None, "is_adopted": False, "agreed": ""}
        mine.update(generation=F("generation") + 1, **fresh)
        mine.exclude(refused=REAL_NAME).update(refused="")
        self.go_on(by=by)

    @transaction.atomic
    def look_up(self, *, by: User) -> None:
        """Somebody looks at whose name it is: logged, not capped (R11). Looking on for a while is one look."""
        since = clock.now() - LOOK
        if not Event.objects.of(self).filter(verb="codename_looked_up", by=by, at__gt=since).exists():
            self.log("codename_looked_up", by=by)

    def hold(self) -> None:
        """Lock the row, never its account's: whoever changes that holds it before the codename. Have it as it is."""
        fresh = Codename.objects.select_for_update(of=("self",)).select_related("account").get(pk=self.pk)
        for name in ("prefix", "retired_at", "account", "real_name", "former_names", "follows"):
            setattr(self, name, getattr(fresh, name))

    def _must_be_active(self) -> None:
        if self.retired_at:
            raise ValidationError("This codename is retired.")
