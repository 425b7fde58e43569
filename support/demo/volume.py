"""Many accounts and tickets at once, loaded by COPY, for looking at pages as they are after years of use."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from django.db import connection, models, transaction
from psycopg.types.json import Jsonb

from accounts.models import Account, AccountDomain, Channel, Contact, Contract
from fleetcs import clock
from fleetcs.models import OpeningHours, User
from fleetcs.working_day import day_of
from support import sla
from support.demo.words import COMMON, COMPANIES, FIRST, LAST, NOTES, RARE, REPLIES, REQUESTS, THANKS
from support.models import Clock, Message, SlaPolicy, StaleDay, Ticket
from support.models.ticket import NEVER

SPAN: Final = timedelta(weeks=52)
TIERS = ("premium", "premium", "ultimate", "free")


def columns_of(model: type[models.Model]) -> list[Any]:
    """The columns that are written: all but those the database works out itself."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def copy(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Load rows (by column name) into a table by COPY; columns a row leaves out get their default.

    While they are made the connection is busy: `rows` must not ask the database for anything.
    """
    fields = columns_of(model)
    base = [field.get_default() if field.has_default() else _empty(field) for field in fields]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as stream:
        for row in rows:
            stream.write_row(
                [_plain(field, row.get(field.attname, given)) for field, given in zip(fields, base, strict=True)]
            )
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))")


def _empty(field: Any) -> Any:
    return None if field.null else ""


def _plain(field: Any, value: Any) -> Any:
    return Jsonb(value) if isinstance(field, models.JSONField) and value is not None else value


@contextmanager
def bulk_load() -> Iterator[None]:
    """Search indexes are built after the load and history triggers rest during it: both cost more than the rows."""
    indexes = [
        (model, index)
        for model in (Message, Ticket)
        for index in model._meta.indexes
        if type(index).__name__ == "GinIndex"
    ]
    with connection.cursor() as cursor:  # pages are cut off after half a minute; this may take its time
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
        editor.execute("ALTER TABLE support_ticket DISABLE TRIGGER USER")
    yield
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE support_ticket ENABLE TRIGGER USER")
        for model, index in indexes:
            editor.add_index(model, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE; RESET statement_timeout; RESET idle_in_transaction_session_timeout")


def next_id(model: type[models.Model]) -> int:
    highest: int | None = model._default_manager.aggregate(top=models.Max("pk"))["top"]
    return (highest or 0) + 1


def load_accounts(count: int, chance: Random) -> None:
    """Companies with a contract, a domain, a contact and a channel each."""
    first = next_id(Account)
    tiers = {first + n: TIERS[n % len(TIERS)] for n in range(count)}
    load_companies(list(tiers), chance)
    load_terms({pk: tier for pk, tier in tiers.items() if tier != "free"})


def load_companies(keys: list[int], chance: Random) -> None:
    """Accounts with a mail domain and somebody who writes from it."""
    domain, contact = next_id(AccountDomain), next_id(Contact)
    copy(Account, [company(pk, chance) for pk in keys])
    copy(
        AccountDomain,
        ({"id": domain + n, "account_id": pk, "domain": f"seed{pk}.example"} for n, pk in enumerate(keys)),
    )
    copy(Contact, ({"id": contact + n, **somebody(pk, chance)} for n, pk in enumerate(keys)))


def company(pk: int, chance: Random) -> dict[str, Any]:
    name = f"{COMPANIES[pk % len(COMPANIES)][0]} {pk}"
    team = {f"{post}_id": chance.choice(holders(post)) for post in ("csm", "ae")}
    return {"id": pk, "name": name, "kind": "customer", "hosting": "self_hosted", **team}


@cache
def holders(post: str) -> list[int | None]:
    """Keys of those who hold a post; [None] where nobody does."""
    return list(User.objects.holding(post).values_list("pk", flat=True)) or [None]


def somebody(pk: int, chance: Random) -> dict[str, Any]:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return {"account_id": pk, "email": f"someone@seed{pk}.example", "name": name}


def load_terms(tiers: dict[int, str]) -> None:
    """A contract and a channel for each account that pays."""
    contract, channel, begun = next_id(Contract), next_id(Channel), day_of(clock.now() - 2 * SPAN)
    terms = ({"account_id": pk, "tier": tier, "in_force_from": begun} for pk, tier in tiers.items())
    copy(Contract, ({"id": contract + n, **one} for n, one in enumerate(terms)))
    rooms = ({"account_id": pk, "slack_id": f"CSEED{pk}", "name": f"fleet-at-seed{pk}"} for pk in tiers)
    copy(Channel, ({"id": channel + n, "team": "T0LANTERN", "kind": "customer", **one} for n, one in enumerate(rooms)))


@dataclass
class Volume:
    """How tickets are made up: spread evenly over a year, nearly all of them long answered."""

    count: int
    chance: Random
    now: datetime

    def __post_init__(self) -> None:
        self.first, self.first_clock, self.first_message = next_id(Ticket), next_id(Clock), next_id(Message)
        self.people = list(Contact.objects.values_list("account_id", "pk", "email"))
        tiers = dict(Contract.objects.in_force(self.now).values_list("account_id", "tier"))
        self.tiers = {account: tiers.get(account, "free") for account, _, _ in self.people}
        self.agents = list(User.objects.holding("cse").values_list("pk", flat=True)) or [None]
        self.hours = OpeningHours.objects.in_force(self.now)
        self.calendar = self.hours.calendar
        policy = SlaPolicy.objects.in_force(self.now)
        self.rules = {(rule.tier, rule.priority): (rule.pk, rule.as_rule()) for rule in policy.rules.all()}

    def load(self) -> None:
        """Tickets, their clocks and three messages each."""
        made = [self.ticket(number) for number in range(self.count)]
        copy(Ticket, made)
        copy(Clock, self.clocks(made))
        copy(Message, self.messages(made))
        StaleDay.objects.bulk_create([StaleDay(on=day) for day in sorted({day_of(one["received_at"]) for one in made})])

    def ticket(self, number: int) -> dict[str, Any]:
        account, contact, address = self.people[number * 7919 % len(self.people)]
        received = self.now - SPAN + SPAN * (number + 1) / (self.count + 1)
        priority, subject, text = REQUESTS[self.chance.choices(range(12), weights=[1, 1, 2, 2, *[5] * 8])[0]]
        rule_pk, rule = self.rules.get((self.tiers[account], priority), (None, None))
        promise = sla.promise(rule, received, self.calendar) if rule else None
        due = promise.due_at if promise else None
        answered = self.answered(number, received, due)
        who = {"account_id": account, "contact_id": contact, "sender": address, "tier": self.tiers[account]}
        what = {"subject": f"{subject} ({number})", "source": "email", "priority": priority}
        moments = {
            "due_at": due,
            "at_risk_at": promise.at_risk_at() if promise else None,
            "target_at": promise.target_at if promise else None,
        }
        extra = {"rule": rule_pk, "text": self.words(number, text)}
        return {
            "id": self.first + number,
            **who,
            **what,
            **moments,
            **self.state(number, received, due, answered),
            **extra,
        }

    def state(self, number: int, received: datetime, due: datetime | None, answered: datetime | None) -> dict[str, Any]:
        """How far it has come: nobody has looked, answered, or resolved a working day later."""
        moments = {"received_at": received, "last_customer_at": received, "last_reply_at": answered}
        if answered is None:
            confirmed = None if number % 3 else received
            return {**moments, "confirmed_at": confirmed, "next_due_at": due, "queue_at": due or NEVER}
        old = number < self.count * 0.97
        done = {"resolved_at": answered + timedelta(hours=9), "outcome": "faq_updated"} if old else {}
        agent = self.chance.choice(self.agents)
        return {**moments, **done, "confirmed_at": received, "first_response_at": answered, "assignee_id": agent}

    def answered(self, number: int, received: datetime, due: datetime | None) -> datetime | None:
        """Mostly in time; of the newest hundredth nobody has looked at some."""
        if number >= self.count * 0.99 and number % 2:
            return None
        allowed = (due or received + timedelta(hours=30)) - received
        at = received + allowed * self.chance.choices([0.1, 0.4, 0.8, 1.2], weights=[40, 35, 18, 7])[0]
        return at if at < self.now else None

    def words(self, number: int, text: str) -> str:
        extra = [RARE] * (number % 10_000 == 17) + [COMMON] * (number % 10 == 3)
        return f"{text} {' '.join(extra)} {self.chance.choice(NOTES)}".strip()

    def clocks(self, tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(tickets):
            pk, facts = self.first_clock + 2 * number, self.facts(one)
            end, due = one.get("first_response_at") or self.now, one["due_at"]
            promised = {"due_at": due, "rule_id": one["rule"], "missed": bool(due and end > due)}
            moments = {name: one[name] for name in ("at_risk_at", "target_at")}
            yield {**facts, **promised, **moments, "id": pk, "kind": "response"}
            soon = sla.acknowledge_by(one["received_at"], self.calendar)
            yield {**facts, "id": pk + 1, "kind": "acknowledge", "due_at": soon, "missed": end >= soon}

    def facts(self, one: dict[str, Any]) -> dict[str, Any]:
        """What both clocks of a ticket have in common."""
        received, agent = one["received_at"], one.get("assignee_id")
        return {
            "ticket_id": one["id"],
            "started_at": received,
            "stopped_at": one.get("first_response_at"),
            "inside": self.calendar.is_open(received),
            "received_on": day_of(received),
            "person_id": agent,
            "stopped_by_id": agent,
            "hours_id": self.hours.pk,
            **{name: one[name] for name in ("tier", "priority", "account_id")},
        }

    def messages(self, tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(tickets):
            pk, received, answered = self.first_message + 3 * number, one["received_at"], one.get("first_response_at")
            asked: dict[str, Any] = {"kind": "mail", "public": True, "by": "customer"}
            asked |= {"contact_id": one["contact_id"], "author_address": one["sender"]}
            waiting = None if answered else received
            yield {**asked, "waiting_since": waiting, **self.spoken(pk, one, one["text"], received)}
            said: dict[str, Any] = {"kind": "mail" if answered else "note", "public": bool(answered), "by": "colleague"}
            said |= {"author_id": self.chance.choice(self.agents), "sent_at": answered}
            yield {**said, **self.spoken(pk + 1, one, self.chance.choice(REPLIES), answered or received)}
            later = (answered or received) + timedelta(minutes=5)
            yield {**asked, **self.spoken(pk + 2, one, self.chance.choice(THANKS), later)}

    def spoken(self, pk: int, ticket: dict[str, Any], text: str, at: datetime) -> dict[str, Any]:
        return {"id": pk, "ticket_id": ticket["id"], "text": text, "shown": text, "at": at}


@transaction.atomic
def load(accounts: int, tickets: int) -> None:
    """Everything in one transaction: it is there whole, or not at all."""
    chance = Random(1)
    load_accounts(accounts, chance)
    Volume(tickets, chance, clock.now()).load()
