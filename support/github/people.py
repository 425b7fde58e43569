"""Which side somebody is on: membership or a role decides, never what stands beside a comment of theirs (trap 52)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Lower

from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import Comment, Person, Repo
from fleetcs.clients.http import Rejected
from support.models import GithubPerson, IssueComment
from support.models.github_person import GOOD_FOR, UNKNOWN_FOR
from support.models.waiting import count_replies

Side = IssueComment.Side

NOBODY = "ghost"  # GitHub's word for those whose account is gone
INSIDE = {"triage", "write", "maintain", "admin"}  # in a public repository everybody may read


class Verdict(NamedTuple):
    """A side, and why."""

    side: str
    why: str


def sides_of(repo: Repo, comments: Iterable[Comment]) -> dict[str, Verdict]:
    """The side of everybody who wrote these, by login in lower case: as we know it, or as GitHub says now."""
    people = {one.author.login.lower(): one.author for one in comments if one.author.login}
    known = GithubPerson.objects.known(clock.now()).annotate(lower=Lower("login")).filter(lower__in=list(people))
    told = {person.login.lower(): Verdict(person.side, person.why) for person in known}
    own = github.own_login().lower() if people.keys() - told.keys() else ""
    return told | {login: verdict(repo, person, own) for login, person in people.items() if login not in told}


def verdict(repo: Repo, person: Person, own: str) -> Verdict:
    """What GitHub says of somebody. Raises Unavailable; what it will not say stays unknown, and a person is asked."""
    login = person.login
    if person.kind == "Bot" or login.lower().endswith("[bot]"):
        return Verdict(Side.MACHINE, "bot")
    if login.lower() == own:
        return Verdict(Side.MACHINE, "us")
    return _by_role(repo, login, _membership(login))


def _membership(login: str) -> str:
    """member, stranger, or the code of a refusal to say."""
    try:
        return "member" if github.is_member(login) else "stranger"
    except Rejected as refused:
        return refused.code


def _by_role(repo: Repo, login: str, membership: str) -> Verdict:
    if membership == "member":
        return Verdict(Side.INSIDE, "member")
    try:
        role = github.permission(repo, login)
    except Rejected as refused:
        return Verdict(Side.UNKNOWN, refused.code[:40])
    if role in INSIDE:
        return Verdict(Side.INSIDE, role)
    return Verdict(Side.OUTSIDE, "stranger") if membership == "stranger" else Verdict(Side.UNKNOWN, membership[:40])


def remember(sides: dict[str, Verdict], logins: Iterable[str]) -> None:
    """Keep what was found out, for a day; what is not known is asked again within the hour. A person's word stands."""
    spelt = {login.lower(): login for login in logins if login}
    fresh = sides.keys() & spelt.keys() - _known(spelt)
    now = clock.now()
    rows = [GithubPerson(login=spelt[login], **_kept(sides[login], now)) for login in sorted(fresh)]
    if rows:
        GithubPerson.objects.bulk_create(rows, ignore_conflicts=True)
        for row in rows:
            _learn(row)


def _known(spelt: Iterable[str]) -> set[str]:
    known = GithubPerson.objects.known(clock.now()).annotate(lower=Lower("login")).filter(lower__in=list(spelt))
    return set(known.values_list("lower", flat=True))


def _kept(verdict: Verdict, now: datetime) -> dict[str, Any]:
    until = now + (UNKNOWN_FOR if verdict.side == Side.UNKNOWN else GOOD_FOR)
    return {"side": verdict.side, "why": verdict.why, "good_until": until}


def _learn(row: GithubPerson) -> None:
    """Somebody of whom more is known now: what they have said and nobody could place has its place."""
    people = GithubPerson.objects.filter(login__iexact=row.login, decided_at=None)
    people.update(side=row.side, why=row.why, good_until=row.good_until)
    said = IssueComment.objects.by(row.login).filter(side=Side.UNKNOWN)
    issues = list(said.order_by().values_list("issue", flat=True).distinct()) if row.side != Side.UNKNOWN else []
    if issues:
        said.update(side=row.side)
        count_replies(issues)


def ask_again(repo: Repo, most: int = 20) -> int:
    """Ask once more about people who could not be placed, when that is an hour ago; says how many."""
    unplaced = GithubPerson.objects.unknown().filter(decided_at=None, good_until__lte=clock.now())[:most]
    logins = [person.login for person in unplaced if person.login != NOBODY]
    own = github.own_login().lower() if logins else ""
    found = {login.lower(): verdict(repo, Person(login, 0, ""), own) for login in logins}
    with transaction.atomic():
        remember(found, logins)
    return len(logins)
