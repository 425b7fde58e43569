"""Colleagues, customers, strangers and faults, in any order, in a firm of canaries (G10)."""

import re
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts import confidential
from accounts.confidential import Confidential
from accounts.models import Account, Codename, Leak, MinorPlanet
from accounts.models.planet import fitting
from accounts.models.private_words import private_words
from fleetcs import boundary, effects
from fleetcs import clock as product_clock
from fleetcs.clients import github
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.models import Effect, Gate
from fleetcs.tasks import poke
from support.models import Ticket
from tests.factories import make_user
from tests.house.canaries import PUBLIC, Evidence, company, disguised, firm, word
from tests.house.world import POSTS
from tests.standins import StandIns

LINK: Final = re.compile(r'(?:href|src|action|hx-[a-z-]+)="(/[^"]*)"')
BLIND: Final = ("RO", "SDR", "PD", "BIZ", "ADM")  # whose post tells them no codename at all
FAULTS: Final[list[dict[str, Any]]] = [
    {"p_lost": 1, "times": 1},
    {"p_fail": 1, "times": 2},
    {"status_script": [502]},
    {"status_script": [422]},
    {"status_script": ["secondary"]},
    {"status_script": [404]},
    {"close_midway": True, "times": 1},
]
OF_ACCOUNT: Final = ("accounts:account", "accounts:account_edit", "support:of_account", "accounts:codename_choose")
LISTS: Final = (
    *("home", "accounts:accounts", "accounts:contacts", "accounts:channels", "accounts:codenames", "accounts:leaks"),
    *("accounts:codenames_adopt", "accounts:part_leaks", "support:queue", "support:triage", "support:board"),
    *("operations", "operations_effects", "operations_deliveries", "mirrors", "conflicts", "history"),
)
BEGUN: Final = 12  # accounts that have a codename from the start
ACTS: Final = ("retry", "undo", "redo", "rename", "retire")


class World:
    """What one machine after the other acts on: it lasts for all of them."""

    def __init__(self, standins: StandIns, accounts: int) -> None:
        self.standins, self.evidence, self.count = standins, Evidence(), accounts
        self.people = {group: make_user(post) for group, post in POSTS.items()}
        self.clients = {group: self.signed_in(group) for group in self.people}
        self.accounts = firm(accounts, {"csm": self.people["CSM"], "ae": self.people["AE"]})
        self.names = [planet.name for planet in fitting(MinorPlanet.objects.free(), accounts)]
        self.done = 0
        for account, name in zip(self.accounts[:BEGUN], self.names, strict=False):
            self.look("VP", choose(account), {"name": name, "confirmed": "1"})

    def signed_in(self, group: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(self.people[group])
        return client

    def look(self, group: str, path: str, said: dict[str, str] | None = None) -> Any:
        """One request, and what must hold for its answer whatever it was."""
        client = self.clients[group]
        answer = client.get(path) if said is None else client.post(path, said)
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode(errors="replace")
        self.evidence.add("addresses", [path, answer.headers.get("Location", ""), *set(LINK.findall(text))])
        if answer.status_code in (400, 403, 404, 405) or answer.status_code >= 500:
            self.evidence.add("errors", [text])
        if group in BLIND:
            self.evidence.add("pages", [text])
        return answer

    def codename(self, chance: Random) -> Codename | None:
        found = list(Codename.objects.order_by("pk"))
        return chance.choice(found) if found else None


class Firm(RuleBasedStateMachine):
    """The rules; `world` is set on a subclass by `run`."""

    world: World

    def account(self, chance: Random) -> Account:
        return Account.objects.get(pk=chance.choice(self.world.accounts).pk)

    def teardown(self) -> None:
        self.send()

    def send(self) -> None:
        Gate.objects.all().delete()
        Effect.objects.open().update(next_at=product_clock.now() - timedelta(days=1))
        effects.send_rest()

    def counted(self, seed: int) -> Random:
        """One operation more; chance for it, which depends on all that was done before: there the choices come from."""
        self.world.done += 1
        product_clock.set_to(product_clock.now() + timedelta(minutes=(0, 1, 5, 61)[seed % 4]))
        return Random(f"{seed}:{self.world.done}")


seeds = st.integers(0, 2**32 - 1)


class Acts(Firm):
    """What is done, by whom it may be."""

    @rule(seed=seeds)
    def looks_at_a_page(self, seed: int) -> None:
        chance = self.counted(seed)
        group, pk = chance.choice(list(POSTS)), self.account(chance).pk
        page = chance.choice([*[reverse(name, args=[pk]) for name in OF_ACCOUNT], *map(reverse, LISTS), "/nothing"])
        self.world.look(group, page)

    @rule(seed=seeds)
    def chooses_a_codename(self, seed: int) -> None:
        chance = self.counted(seed)
        account, name = self.account(chance), chance.choice(self.world.names)
        real = chance.choice(["", f"{account.name} (EU)", "x" * 200])
        said = {"name": name, "real_name": real, "confirmed": "1"}
        self.world.look(chance.choice(["CSE", "VP", "CSM", "RO"]), choose(account), said)

    @rule(seed=seeds)
    def asks_for_the_codename(self, seed: int) -> None:
        chance = self.counted(seed)
        page = reverse("accounts:codename_of_account", args=[self.account(chance).pk])
        self.world.look(chance.choice(list(POSTS)), page, {})

    @rule(seed=seeds)
    def acts_on_a_codename(self, seed: int) -> None:
        chance = self.counted(seed)
        if codename := self.world.codename(chance):
            page, group = f"/codenames/{codename.pk}/{chance.choice(ACTS)}", chance.choice(["VP", "CSM", "CSE", "BIZ"])
            self.world.look(group, page, {"place": chance.choice(["", "public", "confidential", "salesforce"])})

    @rule(seed=seeds)
    def renames_an_account(self, seed: int) -> None:
        chance = self.counted(seed)
        name = company(chance.randrange(2_000, 3_000)) + chance.choice(["", " " + "x" * 80])
        with suppress(ValidationError):
            self.account(chance).change({"name": name[:120]}, by=self.world.people["BIZ"])

    @rule(seed=seeds)
    def makes_a_customer_of_a_prospect_or_takes_a_name_that_is_taken(self, seed: int) -> None:
        chance = self.counted(seed)
        account, other = self.account(chance), self.account(chance)
        with suppress(ValidationError):
            account.change({"kind": "customer"}, by=self.world.people["BIZ"])
        boundary.contain(lambda: taken(other), row="an account")
        said = {"name": other.name, "kind": "customer", "domains": f"{word(1)}.example"}
        self.world.clients["BIZ"].post(reverse("accounts:account_create"), said)

    @rule(seed=seeds)
    def answers_a_customer(self, seed: int) -> None:
        chance = self.counted(seed)
        ticket = Ticket.objects.filter(account=self.account(chance)).first()
        codename = self.world.codename(chance)
        link = f"https://github.com/{PUBLIC}/issues/{chance.randrange(1, 5)}"
        words = [self.account(chance).name, codename.label if codename else "", link, "Hello.", ""]
        said = {"text": " ".join(chance.sample(words, 3)) or "Hello."}
        if ticket:
            self.world.clients[chance.choice(["CSE", "CSM"])].post(reverse("support:reply", args=[ticket.pk]), said)

    @rule(seed=seeds)
    def searches_exports_and_looks_at_what_goes_out(self, seed: int) -> None:
        chance = self.counted(seed)
        group, q = chance.choice(list(POSTS)), self.account(chance).name.split()[0]
        for page in (reverse("search"), reverse("accounts:accounts"), reverse("accounts:codenames")):
            self.world.clients[group].get(page, {"q": q, "state": ""})
        self.world.look(group, reverse("accounts:accounts_export"), {"query": ""})
        if effect := Effect.objects.order_by("?").first():
            self.world.look(chance.choice(BLIND), effect.get_absolute_url())

    @rule(seed=seeds)
    def publishes_a_text(self, seed: int) -> None:
        """As every verb that writes to the public repository does: through the scan, or not at all."""
        chance = self.counted(seed)
        name = disguised(self.account(chance).name, chance)
        text = chance.choice([f"Offline at {name}.", "Hosts are offline.", f"see {name}.log", f"<b>{name}</b>"])
        with suppress(Confidential, Unavailable, Rejected):
            public = confidential.public(text, private_words())
            github.create_issue("public", public, public)


def choose(account: Account) -> str:
    return reverse("accounts:codename_choose", args=[account.pk])


def taken(other: Account) -> None:
    """A unique violation that no form has seen coming."""
    with transaction.atomic():
        Account.objects.create(name=other.name.upper())


class Outside(Acts):
    """What strangers, the clock and the lines do."""

    @rule(seed=seeds)
    def a_stranger_writes_in_public(self, seed: int) -> None:
        chance = self.counted(seed)
        name = chance.choice([self.account(chance).name, "Nobody"])
        self.world.standins.as_person(
            "stranger", "POST", f"/repos/{PUBLIC}/issues", {"title": f"At {name}", "body": name}
        )

    @rule(seed=seeds)
    def sends_what_is_due_through_a_fault(self, seed: int) -> None:
        chance = self.counted(seed)
        service = chance.choice(["github", "salesforce", "slack"])
        self.world.standins.turn(service, **chance.choice(FAULTS))
        self.send()
        self.world.standins.turn(service, p_lost=0, p_fail=0, status_script=[], close_midway=False, times=None)
        self.send()

    @rule(seed=seeds)
    def a_duty_of_the_clock_is_done(self, seed: int) -> None:
        chance = self.counted(seed)
        poke(chance.choice(["check_labels", "watch_public", "follow_names"]))
        self.send()

    @rule(seed=seeds)
    def looks_through_what_was_found(self, seed: int) -> None:
        chance = self.counted(seed)
        if leak := Leak.objects.open().first():
            settle = reverse("accounts:leak_settle", args=[leak.pk])
            self.world.look("CSE", settle, {"reason": "Edited, history removed", "seen": leak.fingerprint})
        self.world.look(chance.choice(["CSE", "BIZ"]), reverse("accounts:leaks"))


def run(world: World, operations: int, steps: int = 25) -> World:
    """At least so many operations, in runs of `steps` that each go on where the one before has stopped."""
    machine = type("Machine", (Outside,), {"world": world})
    whole = settings(
        max_examples=max(1, operations // steps),
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    while world.done < operations:
        run_state_machine_as_test(machine, settings=whole)
    return world
