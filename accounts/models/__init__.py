"""Whom we serve, and on what terms."""

from accounts.models.account import Account, AccountDomain, team_of
from accounts.models.channel import Channel
from accounts.models.contact import Contact
from accounts.models.contract import Contract

__all__ = ["Account", "AccountDomain", "Channel", "Contact", "Contract", "team_of"]
