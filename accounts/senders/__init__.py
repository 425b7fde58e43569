"""How this floor's effects go out: a codename's labels and its field in Salesforce, codes to links, issues of trials.

Those of codenames are natural: each makes sure how something stands over there, so that doing it again changes nothing.
"""

from accounts.senders.github import GithubLabel, GithubLabels
from accounts.senders.mail import LicenseCode, TrialReminder
from accounts.senders.salesforce import SalesforceGithubLabel
from accounts.senders.trial import TrialIssue

__all__ = ["GithubLabel", "GithubLabels", "LicenseCode", "SalesforceGithubLabel", "TrialIssue", "TrialReminder"]
