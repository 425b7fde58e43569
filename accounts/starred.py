"""Records of this floor that may be a favourite, by what people call them."""

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Concat

from accounts.models import Account, Channel, Contact, Contract, LicenseKey
from fleetcs.models import User


def accounts(user: User) -> QuerySet[Account]:
    return Account.objects.visible_to(user).annotate(called=F("name"))


def contacts(user: User) -> QuerySet[Contact]:
    return Contact.objects.visible_to(user).annotate(called=F("name"))


def contracts(user: User) -> QuerySet[Contract]:
    return Contract.objects.visible_to(user).annotate(called=Concat(Value("Contract of "), F("account__name")))


def channels(user: User) -> QuerySet[Channel]:
    """By name, by their id while nobody has told the name."""
    called = Case(When(name="", then=F("slack_id")), default=Concat(Value("#"), F("name")))
    return Channel.objects.visible_to(user).annotate(called=called)


def licenses(user: User) -> QuerySet[LicenseKey]:
    """By their account; never by anything of the key."""
    return LicenseKey.objects.visible_to(user).annotate(called=Concat(Value("License key of "), F("account__name")))
