"""Codenames as a whole: whose one may see, how they stand, and giving the next one."""

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef

from accounts import codenames
from accounts.codenames import Prefix
from accounts.models.account import Account, team_of
from accounts.models.planet import named_or_refused
from fleetcs.models import User
from fleetcs.models.once import insert_once

if TYPE_CHECKING:
    from accounts.models.codename import Codename

TAKEN = "This name is taken: a codename is given once, for ever. Choose another."
HAS_ONE = "This account has a codename already: an account is known under one name."


class Taken(ValidationError):
    """Somebody was faster: the name, or the account's place for one, is taken."""


class CodenameQuerySet(models.QuerySet["Codename"]):
    """Codenames."""

    def visible_to(self, user: User) -> Self:
        return self._within("codename.see", user)

    def assignable_by(self, user: User) -> Self:
        return self._within("codename.assign", user)

    def retirable_by(self, user: User) -> Self:
        return self._within("codename.retire", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, team_of(user, "account__"))

    def active(self) -> Self:
        return self.filter(retired_at=None)

    def incomplete(self) -> Self:
        """Active codenames that do not stand in all three places, or not as they should."""
        return self.active().filter(Exists(self._parts().not_standing()))

    def complete(self) -> Self:
        return self.active().exclude(Exists(self._parts().not_standing()))

    def to_be_renamed(self) -> Self:
        """Those of prospects that have become customers (COD-09)."""
        return self.active().filter(prefix=Prefix.PROSPECT, account__kind=Account.Kind.CUSTOMER)

    def behind_their_accounts(self) -> Self:
        """Those whose account is called otherwise than its confidential label says."""
        return self.active().filter(follows=True).exclude(real_name=F("account__name"))

    def _parts(self) -> Any:
        part: Any = self.model._meta.get_field("parts").related_model
        return part.objects.filter(codename=OuterRef("pk"))

    def of_label(self, label: str) -> "Codename | None":
        """The codename of a label, retired ones too; None for a label that is none."""
        prefix, _, word = label.lower().partition("-")
        return self.filter(word=word).first() if prefix in set(Prefix) else None

    @transaction.atomic
    def assign(self, account: Account, name: str, *, by: User, real_name: str = "") -> "Codename":
        """Give an account its codename, and have it stand in all three places. Raises ValidationError, Taken.

        `real_name` is what the confidential label says, when the account's own name is too long for it.
        """
        word = codenames.letters(name)
        if word and self.model.objects.filter(word=word).exists():
            raise Taken(TAKEN)
        planet, prefix = named_or_refused(name), Prefix(account.kind)
        codename = self.model(account=account, planet=planet, name=planet.name, word=word, prefix=prefix, chosen_by=by)
        codename.real_name = real_name.strip() or account.name
        codename.follows = codename.real_name == account.name
        codename.check_real_name()
        if not insert_once(codename):
            taken = self.model.objects.filter(word=word).exists()
            raise Taken(TAKEN if taken else HAS_ONE)
        codename.begin(by=by)
        return codename
