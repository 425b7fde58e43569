"""Whom we serve, on what terms, and under what name."""

from accounts.models.account import Account, AccountDomain, team_of
from accounts.models.channel import Channel
from accounts.models.codename import Codename
from accounts.models.codename_part import CodenamePart
from accounts.models.codename_query import Taken
from accounts.models.contact import Contact
from accounts.models.contract import Contract
from accounts.models.label_check import StrayLabel
from accounts.models.leak import Leak, Watch
from accounts.models.planet import BlockedName, MinorPlanet

__all__ = [
    "Account",
    "AccountDomain",
    "BlockedName",
    "Channel",
    "Codename",
    "CodenamePart",
    "Contact",
    "Contract",
    "Leak",
    "MinorPlanet",
    "StrayLabel",
    "Taken",
    "Watch",
    "team_of",
]
