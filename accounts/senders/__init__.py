"""How this floor's effects go out: codenames, the watch over what is public, codes to links, issues of trials.

What concerns codenames is natural: each makes sure how something stands over there, so that doing it again changes
nothing.
"""

from accounts.senders.github import GithubLabel, GithubLabels
from accounts.senders.mail import LicenseCode, TrialReminder
from accounts.senders.salesforce import SalesforceGithubLabel
from accounts.senders.trial import TrialIssue
from accounts.senders.watch import LeakAlarm, PublicWatch

__all__ = [
    "GithubLabel",
    "GithubLabels",
    "LeakAlarm",
    "LicenseCode",
    "PublicWatch",
    "SalesforceGithubLabel",
    "TrialIssue",
    "TrialReminder",
]
