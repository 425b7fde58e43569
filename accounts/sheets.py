"""The columns of this floor's CSV files; what a person may not read on the page is not in their file either."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fleetcs.export import Columns

if TYPE_CHECKING:
    from accounts.models import Account, Channel, Contact, LicenseKey
    from fleetcs.models import User

ACCOUNTS: "Columns[Account]" = {
    "Account": lambda account: account.name,
    "Kind": lambda account: account.get_kind_display(),
    "Tier in force": lambda account: account.tier_now.capitalize(),  # type: ignore[attr-defined]
    "CSM": lambda account: account.csm,
    "Account executive": lambda account: account.ae,
    "Hosting": lambda account: account.get_hosting_display(),
    "Running version": lambda account: account.running_version,
    "Industry": lambda account: account.industry,
    "Employees": lambda account: account.employees,
    "CISO employees (#)": lambda account: account.ciso_employees,
    "Billing address": lambda account: account.billing_address,
    "LinkedIn company URL": lambda account: account.linkedin_company_url,
    "Time zone": lambda account: account.zone,
    "Added": lambda account: account.created_at,
}

CONTACTS: "Columns[Contact]" = {
    "Name": lambda contact: contact.name,
    "Account": lambda contact: contact.account.name,
    "Title": lambda contact: contact.title,
    "Job title": lambda contact: contact.job_title,
    "Department": lambda contact: contact.department,
    "Email": lambda contact: contact.email,
    "Personal email": lambda contact: contact.personal_email,
    "Mobile": lambda contact: contact.mobile,
    "Is champion": lambda contact: contact.is_champion,
    "LinkedIn URL": lambda contact: contact.linkedin_url,
    "Time zone": lambda contact: contact.zone,
}

CHANNELS: "Columns[Channel]" = {
    "Channel": lambda channel: channel.name,
    "Workspace id": lambda channel: channel.team,
    "Channel id": lambda channel: channel.slack_id,
    "Kind": lambda channel: channel.get_kind_display(),
    "Account": lambda channel: channel.account.name if channel.account else "",
    "After hours": lambda channel: channel.get_after_hours_display(),
    "Answers only in a thread": lambda channel: channel.thread_only,
    "Notice put up": lambda channel: channel.notice_set_at,
    "Purpose": lambda channel: channel.purpose,
}


LICENSES: "Columns[LicenseKey]" = {  # of the key itself there is nothing in any file
    "Account": lambda key: key.account.name,
    "Kind": lambda key: key.get_kind_display(),
    "Hosts": lambda key: key.hosts,
    "Works until": lambda key: key.expires_on,
    "Made with": lambda key: key.get_source_display(),
    "Recorded": lambda key: key.recorded_at,
    "Revoked": lambda key: key.revoked_at,
}


def contacts_for(user: "User") -> Mapping[str, Any]:
    """The columns of contacts without telephone numbers for those who may not see them."""
    return CONTACTS if user.may("contact.phone") else {name: of for name, of in CONTACTS.items() if name != "Mobile"}
