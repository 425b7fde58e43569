"""How this floor's effects go out: a codename's labels and its field in Salesforce, the watch over what is public.

All but the alarm are natural: each makes sure how something stands over there, so that doing it again changes nothing.
"""

from accounts.senders.github import GithubLabel, GithubLabels
from accounts.senders.salesforce import SalesforceGithubLabel
from accounts.senders.watch import LeakAlarm, PublicWatch

__all__ = ["GithubLabel", "GithubLabels", "LeakAlarm", "PublicWatch", "SalesforceGithubLabel"]
