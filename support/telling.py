"""What is said to a customer is held against whom issues concern and who else there is (R11)."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import answers
from accounts.answers import Reference
from accounts.confidential import Mark
from accounts.models import Account
from accounts.models.customer_words import names_for
from support.models.repository import Repository

if TYPE_CHECKING:
    from support.models.ticket import Ticket


def foreign_issues(text: str, account: int | None) -> list[Reference]:
    """The issues in a text that concern other customers only."""
    found = answers.references(text, repositories()) if "#" in text or "/" in text or "%" in text else set()
    return answers.foreign(found, concerned_by(found), account) if found else []


def repositories() -> dict[str, str]:
    """Our repositories by what they are called, in the settings and today."""
    code = Repository.Code
    set_up = {settings.GITHUB_PUBLIC_REPO: code.PUBLIC, settings.GITHUB_CONFIDENTIAL_REPO: code.CONFIDENTIAL}
    today = dict(Repository.objects.exclude(name="").values_list("name", "code"))
    return {name.lower(): str(code) for name, code in {**set_up, **today}.items() if name}


def concerned_by(found: Collection[Reference]) -> dict[Reference, set[int]]:
    """The accounts that these issues concern."""
    links: Any = Account._meta.get_field("issue_links").related_model
    numbers = {reference.number for reference in found}
    rows = links.objects.filter(issue__number__in=numbers).values_list("issue__repo", "issue__number", "account_id")
    concerned: dict[Reference, set[int]] = {}
    for repo, number, account in rows:
        concerned.setdefault(Reference(repo, number), set()).add(account)
    return concerned


def refuse_foreign(text: str, account: int | None) -> None:
    """Raises ValidationError for a text that leads to other customers' issues."""
    if found := foreign_issues(text, account):
        numbers = ", ".join(f"#{reference.number}" for reference in found)
        raise ValidationError({"text": f"{numbers}: a customer is sent links to issues of its own only."})


def others_named(text: str, ticket: "Ticket") -> list[Mark]:
    """Where a text names a codename or another customer; what a colleague asked for is answered to a colleague."""
    return [] if ticket.requester_id else names_for(text, ticket.account)
