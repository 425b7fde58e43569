"""Codenames that the company had before, as rows of ours: what they say, and taking the chosen ones over."""

from collections.abc import Collection, Iterator

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import adoption, codenames
from accounts.adoption import Books, Known, Row, There
from accounts.models.account import Account, AccountDomain
from accounts.models.codename import Codename
from accounts.models.codename_part import CodenamePart
from accounts.models.codename_query import HAS_ONE, TAKEN, Taken
from accounts.models.label_check import OURS, StrayLabel
from accounts.models.planet import BlockedName, MinorPlanet
from accounts.models.private_words import last_part
from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.once import insert_once

Place = CodenamePart.Place


def rows() -> list[Row]:
    """What the labels that belong to nobody's codename say, as they were last read."""
    strays = StrayLabel.objects.filter(accepted_by=None).order_by("pk")
    found: dict[str, list[There]] = {Place.PUBLIC: [], Place.CONFIDENTIAL: []}
    for label in strays:
        if label.name.lower().startswith(OURS):
            named = label.kind == StrayLabel.Kind.NAMED
            found[label.place].append(There(label.pk, label.external_id, label.name, label.description, named))
    words = {label.word for labels in found.values() for label in labels}
    return adoption.plan(found[Place.PUBLIC], found[Place.CONFIDENTIAL], [*known()], books(words))


def known() -> Iterator[Known]:
    """Every account, as far as a description may mean it."""
    domains: dict[int, list[str]] = {}
    for account, domain in AccountDomain.objects.order_by().values_list("account_id", "domain"):
        domains.setdefault(account, []).append(domain)
    told = Account.objects.order_by("pk").values_list("pk", "name", "linkedin_company_url", "github_label")
    for pk, name, page, label in told:
        yield Known(pk, name, tuple(filter(None, [last_part(page)])), tuple(domains.get(pk, ())), label)


def books(words: Collection[str]) -> Books:
    return Books(
        listed=frozenset(MinorPlanet.objects.filter(word__in=words).values_list("word", flat=True)),
        blocked=frozenset(BlockedName.objects.filter(word__in=words).values_list("word", flat=True)),
        given=frozenset(Codename.objects.filter(word__in=words).values_list("word", flat=True)),
        named=frozenset(Codename.objects.active().values_list("account_id", flat=True)),
    )


@transaction.atomic
def take_over(row: Row, *, by: User) -> Codename:
    """Make it ours: what stands as it should is known by its id from now on and not written to; the rest is ordered.

    Raises ValidationError for a row that does not fit, Taken when somebody was faster.
    """
    if row.blocks or row.account is None:
        raise ValidationError(row.why)
    codename = new(row, Account.objects.get(pk=row.account.pk), by)
    codename.check_real_name()
    if not insert_once(codename):
        raise Taken(TAKEN if Codename.objects.filter(word=codename.word).exists() else HAS_ONE)
    CodenamePart.objects.bulk_create([part(codename, row, place) for place in Place])
    StrayLabel.objects.filter(pk__in=[label.number for label in (row.public, row.confidential) if label]).delete()
    codename.log("codename_adopted", by=by, asked=[ask.value for ask in row.asks])
    codename.go_on(by=by)
    return codename


def new(row: Row, account: Account, by: User) -> Codename:
    """The codename, retired if its description says so; not yet stored."""
    planet = MinorPlanet.objects.named(row.word)
    name = planet.name if planet else row.word.capitalize()
    told = codenames.as_real_name(account.name)
    over = {"retired_at": clock.now(), "retired_by": by} if row.is_retired else {}
    named = {"word": row.word, "prefix": row.there.prefix, "real_name": told, "follows": told == account.name}
    return Codename(account=account, planet=planet, name=name, chosen_by=by, **named, **over)


def part(codename: Codename, row: Row, place: str) -> CodenamePart:
    """One place: settled where the label stands as it should, known by its id where it does not, else still to come."""
    made = CodenamePart(codename=codename, place=place)
    if place == Place.SALESFORCE:
        is_there, made.external_id = row.account is not None and row.account.label == codename.label, codename.label
    else:
        there = row.public if place == Place.PUBLIC else row.confidential
        is_there = there is not None and there.name == codename.label
        made.external_id, made.agreed = (there.external_id, there.description) if there else ("", "")
    if is_there:
        made.settled, made.settled_at, made.is_adopted = 1, clock.now(), True
    elif row.is_retired:
        made.settled, made.wanted = 1, False  # a name that is used no longer is put up nowhere
    return made
