"""Records of this floor that may be a favourite, by what people call them."""

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from fleetcs.models import Delivery, Effect, User


def people(user: User) -> QuerySet[User]:
    rows: QuerySet[User] = User.objects.visible_to(user).annotate(called=F("name"))
    return rows


def effects(user: User) -> QuerySet[Effect]:
    rows = Effect.objects.all() if user.may("operations.see") else Effect.objects.none()
    return rows.annotate(called=Concat(Value("Message "), Cast("pk", CharField())))


def deliveries(user: User) -> QuerySet[Delivery]:
    rows = Delivery.objects.all() if user.may("operations.see") else Delivery.objects.none()
    return rows.annotate(called=Concat(Value("Delivery "), Cast("pk", CharField())))
