"""What the list of issues can be narrowed down to."""

import re
from typing import Any, Final

import django_filters as filters
from django.db.models import QuerySet

from accounts.models import Codename
from fleetcs import clock
from fleetcs.models import User
from fleetcs.search import LONGEST, Hit
from support.github_labels import WORDS, Meaning
from support.models import Issue, IssueLink, Label, PlusLabel, Repository

NUMBER: Final = re.compile(r"#?([0-9]{1,9})", re.ASCII)
MEANINGS: Final = [(meaning.value, words) for meaning, (words, _) in WORDS.items() if meaning]
WAITING: Final = [
    ("outside", "For somebody outside"),
    ("either", "Or not"),
    ("answered", "Answered, the label still stands"),
    ("overdue", "Answered over an hour ago, the label still stands"),
]
VIEWS: Final = [
    ("To do", ""),
    ("Bugs", "meaning=bug&waiting=either"),
    ("Requests", "meaning=request&waiting=either"),
    ("Waiting outside", "waiting=outside"),
    ("Reply received", "waiting=answered"),
    ("All", "state=all"),
]


def matching(issues: Any, text: str) -> Any:
    """By number, or by every word in the title."""
    if number := NUMBER.fullmatch(text.strip()):
        return issues.filter(number=int(number[1]))
    for word in text.split()[:8]:
        issues = issues.filter(title__icontains=word)
    return issues


def found(user: User, query: str, limit: int) -> list[Hit]:
    """What the search over everything finds here: the newest first."""
    rows = matching(Issue.objects.visible_to(user), query).order_by("-updated_at", "-pk")[:limit]
    shown = rows.only("repo", "number", "title", "state")
    return [Hit(f"#{one.number} {one.title}", _detail(one), one.get_absolute_url(), "Issues") for one in shown]


def _detail(issue: Issue) -> str:
    return f"{issue.get_repo_display()} · {issue.get_state_display().lower()}"


class IssueFilter(filters.FilterSet):
    """Issues by repository, state, meaning, waiting and codename.

    Unless the address says otherwise they are what is to do: open, and not waiting for somebody outside (REQ-02).
    """

    STATES: Final = [("open", "Open"), ("closed", "Closed"), ("gone", "No longer there"), ("all", "All")]

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST)
    repo = filters.ChoiceFilter(choices=Repository.Code.choices, label="Repository", empty_label="Both")
    state = filters.ChoiceFilter(choices=STATES, method="of_state", label="State", empty_label="Open ones")
    meaning = filters.ChoiceFilter(choices=MEANINGS, method="of_meaning", label="Label says", empty_label="Anything")
    waiting = filters.ChoiceFilter(choices=WAITING, method="of_waiting", label="Waiting", empty_label="Not waiting")
    codename = filters.CharFilter(method="of_codename", label="Codename", max_length=60)

    def __init__(self, data: Any, *, user: User, queryset: Any) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user
        if not user.may("codename.see"):
            del self.filters["codename"]

    def filter_queryset(self, queryset: Any) -> Any:
        found, given = super().filter_queryset(queryset), self.form.cleaned_data
        if given.get("state") or given.get("q"):
            return found
        return found.open() if given.get("waiting") else found.open().filter(waiting_since=None)

    def search(self, issues: Any, _name: str, text: str) -> Any:
        return matching(issues, text)

    def of_state(self, issues: Any, _name: str, state: str) -> Any:
        if state == "all":
            return issues
        return issues.exclude(gone_at=None) if state == "gone" else issues.filter(state=state, gone_at=None)

    def of_meaning(self, issues: Any, _name: str, meaning: str) -> Any:
        """A request that is prioritized is a request too (REQ-01)."""
        wanted = Meaning(meaning)
        return issues.meaning(*({wanted, Meaning.PRIORITIZED} if wanted is Meaning.REQUEST else {wanted}))

    def of_waiting(self, issues: Any, _name: str, which: str) -> Any:
        if which in {"outside", "either"}:
            return issues.waiting() if which == "outside" else issues
        plus = PlusLabel.objects.overdue(clock.now()) if which == "overdue" else PlusLabel.objects.answered()
        return issues.filter(pk__in=plus.values("issue"))

    def of_codename(self, issues: QuerySet[Issue], _name: str, text: str) -> QuerySet[Issue]:
        """Those that concern the account of a codename, as far as the person may know it."""
        word = text.strip().lower().removeprefix("customer-").removeprefix("prospect-")
        accounts = Codename.objects.visible_to(self.user).filter(word=word).values("account")
        named = Label.objects.there().filter(name__in=[f"customer-{word}", f"prospect-{word}"]).values("pk")
        links = IssueLink.objects.filter(account__in=accounts).values("issue")
        return issues.filter(pk__in=links.union(Issue.labels.through.objects.filter(label__in=named).values("issue")))
