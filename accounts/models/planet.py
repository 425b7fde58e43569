"""The names that codenames are chosen from, and those that nobody shall choose (COD-03, SYS-16)."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length, Lower

from accounts import codenames
from accounts.codenames import Planet, Reserved
from accounts.models.account import Account, AccountDomain
from accounts.models.contact import Contact
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.once import insert_once

AT_ONCE = 2000  # rows a statement


class Loaded(NamedTuple):
    """What loading a list has done: names that are new, names that were spelt otherwise, names as before."""

    added: int
    changed: int
    same: int


class MinorPlanetQuerySet(models.QuerySet["MinorPlanet"]):
    """Named minor planets."""

    def load(self, found: Collection[Planet], source: str) -> Loaded:
        """Take a list in; nothing is ever taken out, so that repeating it changes nothing."""
        known = dict(self.values_list("number", "name"))
        news = [planet for planet in found if known.get(planet.number) != planet.name]
        at = clock.now()
        rows = [
            self.model(
                number=planet.number,
                name=planet.name,
                word=codenames.letters(planet.name),
                source=source,
                imported_at=at,
            )
            for planet in news
        ]
        told = ["name", "word", "source", "imported_at"]
        self.bulk_create(rows, AT_ONCE, update_conflicts=True, update_fields=told, unique_fields=["number"])
        changed = sum(planet.number in known for planet in news)
        return Loaded(len(news) - changed, changed, len(found) - len(news))

    def named(self, name: str) -> "MinorPlanet | None":
        """The minor planet of a name, however it is typed; None when it is not on the list."""
        return self.filter(word=codenames.letters(name)).order_by("number").first() if name else None

    def free(self) -> Self:
        """Names that were never given to anybody, that nobody has blocked, and that are long enough for a label."""
        used: Any = self.model._meta.get_field("codenames").related_model
        taken = Exists(used.objects.filter(word=OuterRef("word")))
        blocked = Exists(BlockedName.objects.filter(word=OuterRef("word")))
        return self.alias(letters=Length("word")).filter(~taken, ~blocked, letters__gte=codenames.SHORTEST)

    def beginning_with(self, letter: str) -> Self:
        return self.filter(word__startswith=codenames.letters(letter)[:1]) if letter else self

    def matching(self, text: str) -> Self:
        """Names that hold `text`, or the one of that number."""
        number = Q(number=int(text)) if text.isdecimal() and len(text) < 9 else Q()
        return self.filter(Q(word__contains=codenames.letters(text) or text) | number)


class MinorPlanet(models.Model):
    """A numbered minor planet that has a name."""

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=codenames.LONGEST_NAME)
    word = models.CharField(max_length=codenames.LONGEST_NAME, help_text="Its letters, as labels have them")
    source = models.CharField(max_length=200)
    imported_at = models.DateTimeField(default=clock.now)

    objects = MinorPlanetQuerySet.as_manager()

    class Meta:
        ordering = ("word", "number")
        indexes = (models.Index(fields=["word", "number"], name="planet_word"),)

    def __str__(self) -> str:
        return f"minor planet {self.number}"


class BlockedName(models.Model):
    """A name that nobody shall choose: it looks like a living person, a brand, a product, a place, or reads badly."""

    class Reason(models.TextChoices):
        PERSON = "person", "A living person's name"
        BRAND = "brand", "A brand or a company"
        PRODUCT = "product", "A product"
        PLACE = "place", "A country, a state or a city"
        OTHER = "other", "Not appropriate"

    word = models.CharField(max_length=codenames.LONGEST_NAME, unique=True)
    name = models.CharField(max_length=codenames.LONGEST_NAME)
    reason = models.CharField(max_length=7, choices=Reason.choices, default=Reason.OTHER)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("word",)
        constraints = (
            models.CheckConstraint(condition=Q(word=Lower("word")) & ~Q(word=""), name="blocked_in_letters"),
        )

    def __str__(self) -> str:
        return f"blocked name {self.pk}"

    @classmethod
    @transaction.atomic
    def block(cls, name: str, reason: str, *, by: User) -> "BlockedName":
        """Let nobody choose a name from now on. Raises ValidationError for what has no letters."""
        blocked = cls(name=name, word=codenames.letters(name), reason=reason, by=by)
        blocked.full_clean(validate_unique=False)
        if insert_once(blocked):
            Event.log(blocked, "name_blocked", by=by, reason=reason)
        return cls.objects.get(word=blocked.word)

    @transaction.atomic
    def unblock(self, *, by: User) -> None:
        """Let it be chosen again; whoever chooses it is still shown what speaks against it."""
        Event.log(self, "name_unblocked", by=by)
        self.delete()


def reserved() -> Reserved:
    """What no codename may be, or be much like: accounts, domains, people, blocked names, our own words."""
    near = [
        *Account.objects.order_by().values_list("name", flat=True),
        *map(without_ending, AccountDomain.objects.order_by().values_list("domain", flat=True)),
        *BlockedName.objects.filter(reason__in=LOOKED_ALIKE).order_by().values_list("name", flat=True),
        *map(without_ending, settings.OWN_MAIL_DOMAINS),
    ]
    same = [
        *Contact.objects.order_by().values_list("name", flat=True),
        *BlockedName.objects.order_by().values_list("name", flat=True),
        codenames.WORDS_OF_LABELS,
    ]
    return Reserved.of(near=near, same=same)


LOOKED_ALIKE = (BlockedName.Reason.PERSON, BlockedName.Reason.BRAND, BlockedName.Reason.PRODUCT)


def without_ending(domain: str) -> str:
    """A domain without its last label: "brook.example" is known by "brook"."""
    return domain.rpartition(".")[0] or domain


def fault_of(name: str, words: Reserved) -> str:
    """Why a name is not fitting, for the one who chooses; "" when it is. It never says whose name it is like."""
    if fault := codenames.form_fault(name):
        return fault
    if BlockedName.objects.filter(word=codenames.letters(name)).exists():
        return "It is on the block list."
    return LIKE_SOMEBODY if words.has(name) else ""


LIKE_SOMEBODY = "It is the name of an account, a domain, a contact, a product or a label, or much like one."


def fitting(rows: Iterable[MinorPlanet], count: int) -> list[MinorPlanet]:
    """The first `count` of these whose names fit; `rows` are free ones."""
    words, found = reserved(), []
    for planet in rows:
        if not codenames.form_fault(planet.name) and not words.has(planet.name):
            found.append(planet)
            if len(found) == count:
                break
    return found


def named_or_refused(name: str) -> MinorPlanet:
    """The minor planet of a name that may be a codename. Raises ValidationError with what speaks against it."""
    planet = MinorPlanet.objects.named(name)
    fault = fault_of(planet.name, reserved()) if planet else "It is not on the list of minor planets."
    if planet is None or fault:
        raise ValidationError({"name": fault})
    return planet
