"""Accounts and contacts out of CSV files: their fields, and how a row finds the record it is about."""

from collections.abc import Mapping
from typing import Any

from accounts.forms import AccountForm, ContactForm
from accounts.forms.fields import domains_of
from accounts.tables import ACCOUNTS as ACCOUNT_TABLE
from accounts.tables import CONTACTS as CONTACT_TABLE
from fleetcs.importable import BY_ID, Importable, Match, same


def by_domain(rows: Any, texts: Mapping[str, str]) -> Any:
    return rows.filter(domains__domain__in=domains_of(texts["domains"])).distinct()


def by_name(rows: Any, texts: Mapping[str, str]) -> Any:
    return same(rows, name=texts["name"])


def by_address(rows: Any, texts: Mapping[str, str]) -> Any:
    """Whoever writes from it, for work or for themselves."""
    return rows.writing_from(texts["email"].lower())


def by_name_at_account(rows: Any, texts: Mapping[str, str]) -> Any:
    return same(rows, name=texts["name"], account__name=texts["account"])


# The GitHub label is no column: a file of names and labels would tell every codename.
ACCOUNTS = Importable(
    table=ACCOUNT_TABLE,
    action="account.import",
    form=AccountForm,
    fields=(
        *("name", "domains", "kind", "hosting", "running_version", "csm", "ae", "sc", "parent"),
        *("industry", "employees", "ciso_employees", "rating", "press_approval", "payment_terms"),
        *("billing_address", "shipping_address", "zone"),
        *("linkedin_company_url", "linkedin_sales_navigator_url", "linkedin_overlaps"),
    ),
    matches=(Match("domain", "Mail domain", ("domains",), by_domain), Match("name", "Name", ("name",), by_name), BY_ID),
    heads={
        **dict.fromkeys(("account", "account name", "company", "company name"), "name"),
        **dict.fromkeys(("domain", "mail domain", "email domain"), "domains"),
        "number of employees": "employees",
        "version": "running_version",
        "account owner": "ae",
    },
)

# Who reports to whom is set on the page: it depends on the account's family.
CONTACTS = Importable(
    table=CONTACT_TABLE,
    action="contact.import",
    form=ContactForm,
    fields=(
        *("name", "account", "title", "job_title", "department", "is_champion", "email", "personal_email", "mobile"),
        *("slack_id", "zone", "linkedin_url", "orbit_feed", "twitter", "github", "website", "description"),
    ),
    matches=(
        Match("email", "Email, work or personal", ("email",), by_address),
        Match("name", "Name and account", ("name", "account"), by_name_at_account),
        BY_ID,
    ),
    heads={
        **dict.fromkeys(("account", "company", "company name"), "account"),
        **dict.fromkeys(("full name", "contact", "contact name"), "name"),
        **dict.fromkeys(("email address", "work email"), "email"),
        **dict.fromkeys(("phone", "mobile phone", "telephone"), "mobile"),
        "champion": "is_champion",
    },
)
