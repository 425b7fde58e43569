"""What the lists of accounts, contacts and channels can be narrowed down to."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts import licenses
from accounts.models import Account, Channel, Contact, Contract, Leak, LicenseKey, team_of
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.listing import offer
from fleetcs.models import User
from fleetcs.search import LONGEST
from fleetcs.working_day import today

TIERS = [(tier.value, tier.label) for tier in Tier]


class SearchFilter(filters.FilterSet):
    """Every list can be searched by text."""

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST)

    def search(self, rows: Any, _name: str, text: str) -> Any:
        return rows.matching(text)


class AccountFilter(SearchFilter):
    """Accounts by kind, tier in force, hosting and team (SFD-03)."""

    kind = filters.ChoiceFilter(choices=Account.Kind.choices, label="Kind", empty_label="All")
    tier = filters.ChoiceFilter(choices=TIERS, method="of_tier", label="Tier", empty_label="Any")
    hosting = filters.ChoiceFilter(choices=Account.Hosting.choices, label="Hosting", empty_label="Any")
    csm = filters.ChoiceFilter(label="CSM", empty_label="Any")
    ae = filters.ChoiceFilter(label="AE", empty_label="Any")
    mine = filters.ChoiceFilter(choices=[("1", "Mine")], method="of_me", label="Team", empty_label="Any")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = list(User.objects.filter(Q(csm_of__isnull=False) | Q(ae_of__isnull=False)).distinct())
        for post in ("csm", "ae"):
            offer(self.form, post, [(person.pk, person.name) for person in people], User.objects.name_of)

    def of_tier(self, rows: QuerySet[Account], _name: str, tier: str) -> QuerySet[Account]:
        in_force = Contract.objects.in_force(clock.now())
        if tier == Tier.FREE:
            return rows.exclude(contracts__in=in_force.exclude(tier=Tier.FREE))
        return rows.filter(contracts__in=in_force.filter(tier=tier))

    def of_me(self, rows: QuerySet[Account], _name: str, _mine: str) -> QuerySet[Account]:
        return rows.filter(team_of(self.request.user))


class ContactFilter(SearchFilter):
    """Contacts; the list opens with all of them (SFD-15)."""

    kind = filters.ChoiceFilter(
        field_name="account__kind", choices=Account.Kind.choices, label="Account", empty_label="Any"
    )
    champion = filters.ChoiceFilter(
        field_name="is_champion", choices=[("True", "Champions")], label="Champion", empty_label="Any"
    )
    mine = filters.ChoiceFilter(choices=[("1", "Mine")], method="of_me", label="Team", empty_label="Any")

    def of_me(self, rows: QuerySet[Contact], _name: str, _mine: str) -> QuerySet[Contact]:
        return rows.filter(team_of(self.request.user, "account__"))


class ChannelFilter(SearchFilter):
    """Channels by kind, after-hours state, and what is still missing on them (INT-17, AHR-02, SLA-17)."""

    MISSING = [("account", "No account yet"), ("notice", "No notice yet")]

    kind = filters.ChoiceFilter(choices=Channel.Kind.choices, label="Kind", empty_label="All")
    after_hours = filters.ChoiceFilter(choices=Channel.AfterHours.choices, label="After hours", empty_label="Any")
    missing = filters.ChoiceFilter(choices=MISSING, method="lacking", label="Missing", empty_label="Nothing")

    def lacking(self, rows: Any, _name: str, what: str) -> Any:
        return rows.unlinked() if what == "account" else rows.without_notice()


class CodenameFilter(filters.FilterSet):
    """Codenames by how they stand (COD-04, COD-09)."""

    STATES = [
        ("incomplete", "Incomplete"),
        ("rename", "To be renamed"),
        ("complete", "Complete"),
        ("retired", "Retired"),
    ]

    q = filters.CharFilter(field_name="account__name", lookup_expr="icontains", label="Search", max_length=LONGEST)
    state = filters.ChoiceFilter(choices=STATES, method="standing", label="State", empty_label="All")

    def standing(self, rows: Any, _name: str, state: str) -> Any:
        chosen = {"incomplete": rows.incomplete, "complete": rows.complete, "rename": rows.to_be_renamed}
        return chosen[state]() if state in chosen else rows.exclude(retired_at=None)


class LicenseFilter(SearchFilter):
    """License keys by kind, by whether they work, and by team (SYS-12)."""

    STATES = [("active", "Works"), ("expiring", "Runs out within 30 days"), ("over", "Expired or revoked")]

    kind = filters.ChoiceFilter(choices=licenses.KINDS, label="Kind", empty_label="All")
    state = filters.ChoiceFilter(choices=STATES, method="standing", label="State", empty_label="Any")
    mine = filters.ChoiceFilter(choices=[("1", "Mine")], method="of_me", label="Team", empty_label="Any")

    def standing(self, rows: Any, _name: str, state: str) -> Any:
        if state == "over":
            return rows.exclude(pk__in=LicenseKey.objects.active(today()))
        return rows.expiring(today()) if state == "expiring" else rows.active(today())

    def of_me(self, rows: QuerySet[LicenseKey], _name: str, _mine: str) -> QuerySet[LicenseKey]:
        return rows.filter(team_of(self.request.user, "account__"))


class TrialFilter(SearchFilter):
    """Sandbox trials by whether they still run (LIC-05)."""

    STATES = [("running", "Running"), ("ended", "Ended")]

    state = filters.ChoiceFilter(choices=STATES, method="standing", label="State", empty_label="Any")

    def standing(self, rows: Any, _name: str, state: str) -> Any:
        return rows.running(clock.now()) if state == "running" else rows.ended(clock.now())


class LeakFilter(filters.FilterSet):
    """Places in the public repository, by whether somebody has dealt with them."""

    STATES = [("open", "Open"), ("settled", "Dealt with")]

    q = filters.CharFilter(method="matching", label="Search", max_length=LONGEST)
    state = filters.ChoiceFilter(choices=STATES, method="dealt_with", label="State", empty_label="All")

    def matching(self, rows: QuerySet[Leak], _name: str, text: str) -> QuerySet[Leak]:
        number = text.lstrip("#")
        told = Q(number=int(number)) if number.isdecimal() and len(number) < 9 else Q()
        return rows.filter(Q(reason__icontains=text) | told)

    def dealt_with(self, rows: QuerySet[Leak], _name: str, state: str) -> QuerySet[Leak]:
        return rows.filter(dealt_at__isnull=state == "open")
