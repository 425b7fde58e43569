"""Whom we serve, on what terms, and under what name."""

from accounts.models.account import Account, AccountDomain, team_of
from accounts.models.channel import Channel
from accounts.models.codename import Codename
from accounts.models.codename_part import CodenamePart
from accounts.models.codename_query import Taken
from accounts.models.contact import Contact
from accounts.models.contract import Contract
from accounts.models.key_share import KeyShare
from accounts.models.label_check import StrayLabel
from accounts.models.leak import Leak, Watch
from accounts.models.license import LicenseKey
from accounts.models.license_request import LicenseRequest
from accounts.models.meeting import Meeting
from accounts.models.meeting_notes import MeetingNotes
from accounts.models.planet import BlockedName, MinorPlanet
from accounts.models.sandbox import SandboxTrial, TrialExtension

__all__ = [
    "Account",
    "AccountDomain",
    "BlockedName",
    "Channel",
    "Codename",
    "CodenamePart",
    "Contact",
    "Contract",
    "KeyShare",
    "Leak",
    "LicenseKey",
    "LicenseRequest",
    "Meeting",
    "MeetingNotes",
    "MinorPlanet",
    "SandboxTrial",
    "StrayLabel",
    "Taken",
    "TrialExtension",
    "Watch",
    "team_of",
]
