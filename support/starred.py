"""Records of this wing that may be a favourite, by what people call them."""

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat, Left

from fleetcs.models import User
from support.models import ChatQuestion, CustomerRequest, Issue, SlaPolicy, Ticket

LONGEST = 120  # characters of a title that is a whole text


def tickets(user: User) -> QuerySet[Ticket]:
    named = Concat(Value("#"), Cast("pk", CharField()), Value(" "), F("subject"))
    return Ticket.objects.visible_to(user).annotate(called=named)


def chats(user: User) -> QuerySet[ChatQuestion]:
    rows = ChatQuestion.objects.all() if user.may("chat.work") else ChatQuestion.objects.none()
    return rows.annotate(called=Left("question", LONGEST))


def issues(user: User) -> QuerySet[Issue]:
    named = Concat(F("repo"), Value("#"), Cast("number", CharField()), Value(" "), F("title"))
    return Issue.objects.visible_to(user).annotate(called=named)


def policies(user: User) -> QuerySet[SlaPolicy]:
    return SlaPolicy.objects.visible_to(user).annotate(called=F("name"))


def customer_requests(user: User) -> QuerySet[CustomerRequest]:
    return CustomerRequest.objects.visible_to(user).annotate(called=Left("issue__title", LONGEST))
