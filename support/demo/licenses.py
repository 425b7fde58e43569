"""The demo's license keys, requests for keys, and sandboxes that somebody tries."""

from datetime import timedelta
from random import Random
from typing import Final

from accounts.models import Account, KeyShare, LicenseKey, LicenseRequest, SandboxTrial
from fleetcs import clock
from fleetcs.models import User
from fleetcs.working_day import today

HOSTS: Final = (40, 120, 250, 600, 1_800, 9_000)


def make_licenses(chance: Random, accounts: list[Account]) -> None:
    """Every customer has a key, of which some run out soon; a few were shared, and some are asked for."""
    for number, account in enumerate(accounts):
        if account.kind == Account.Kind.CUSTOMER:
            _key(chance, account, number)
        elif number % 2:
            _ask(account, "poc", 50)
    for account in [each for each in accounts if each.kind == Account.Kind.CUSTOMER][:2]:
        _ask(account, "expansion", 400)
    make_trials(accounts)


def _key(chance: Random, account: Account, number: int) -> None:
    days = 3 + number if number % 5 == 0 else chance.randint(60, 400)
    key = LicenseKey.objects.add(
        account=account,
        kind="renewal" if number % 3 else "subscription",
        hosts=chance.choice(HOSTS),
        expires_on=today() + timedelta(days=days),
        value=f"made-up-key-of-the-demo-{chance.getrandbits(96):024x}",
        by=User.objects.holding("vp_cs")[0],
    )
    if number % 4 == 0 and (contact := account.contacts.exclude(email="").first()):
        KeyShare.objects.share(key, [contact], by=account.csm or User.objects.holding("vp_cs")[0])


def _ask(account: Account, kind: str, hosts: int) -> None:
    until = today() + timedelta(days=30 if kind == "poc" else 365)
    by = account.ae or User.objects.holding("vp_cs")[0]
    note = "They want to try it on a laboratory" if kind == "poc" else "A new plant joins in spring"
    LicenseRequest.objects.add(account=account, kind=kind, hosts=hosts, expires_on=until, note=note, by=by)


def make_trials(accounts: list[Account]) -> None:
    """One that has just begun, one that ends tomorrow, one that is over."""
    by = User.objects.holding("cse")[0]
    for number, (account, hours) in enumerate(zip(accounts[-3:], (3, 100, 140), strict=False)):
        started, email = clock.now() - timedelta(hours=hours), f"tries{number}@laboratory.example"
        SandboxTrial.objects.add(email=email, account=account, started_at=started, by=by)
