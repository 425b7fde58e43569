"""Reading what may have changed in a repository: labels, changed issues, comments, and in turn the issues of a label.

A reading is one process's hold of a repository for a while. It asks outside any transaction, applies each page in one,
and goes on from where it was when it ends half-way. Moments are GitHub's own: the newest change that was seen.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from fleetcs import clock
from fleetcs.boundary import insist
from fleetcs.clients import github
from fleetcs.clients.github import Page
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.models import Gate
from support.github import comments, hints, labels, looking, people
from support.github.links import follow_all_codenames
from support.github.plus_bot import answer_replies
from support.github.taking import take
from support.models import Issue, Label, Repository
from support.models.repository import LEASE

OVERLAP: Final = timedelta(minutes=2)  # read again each time, since lists are not of one moment
ROUND: Final = timedelta(seconds=20)  # after which a reading makes room for other duties and goes on later
LIST_AGAIN: Final = timedelta(days=1)  # a label's own issues: what `since` has missed is found there
MISSING: Final = 100  # issues of one label that are looked for in one reading
LOOKS: Final = 25  # at issues that do not wait, in one reading
GATE: Final = "github"
LISTING: Final = "listing"  # under which is kept how far the list of a label has come
PENDING: Final = "pending"  # and the etag of a list of changes that is not read to its end
Stage = Repository.Stage


class TakenOver(Exception):
    """Another reading holds the repository now."""


class Reading:
    """One hold of a repository."""

    def __init__(self, repository: Repository) -> None:
        self.repository, self.repo = repository, labels.repo_of(repository)
        self.over = clock.now() + ROUND
        self.taken = 0

    def go(self) -> int:
        """Read until nothing is left, the time is over or they refuse; says how many issues were taken up."""
        trouble = ""
        try:
            self._stages()
        except Unavailable as error:
            trouble = error.code
            if error.after is not None:
                Gate.objects.close(GATE, until=clock.now() + error.after, reason=error.code)
        except Rejected as error:  # whatever page was to be read next may be what they refuse: its list begins anew
            trouble = error.code
            self.repository.keep(place="")
            self.repository.keep_etags(**{LISTING: {}, PENDING: {}})
        except TakenOver:
            return self.taken
        self.repository.keep(trouble=trouble[:80], busy_until=None)
        return self.taken

    def _stages(self) -> None:
        stages: list[tuple[Stage, Callable[[], bool]]] = [
            (Stage.LABELS, self._labels),
            (Stage.CHANGED, self._changed),
            (Stage.COMMENTS, self._comments),
            (Stage.LISTED, self._listed),
            (Stage.LOOKED, self._looked),
        ]
        names = [stage for stage, _ in stages]
        begun = names.index(Stage(self.repository.stage)) if self.repository.stage else 0
        for stage, read in stages[begun:]:
            if self.repository.stage != stage:
                self._keep(stage=stage, place="", newest=None)
            if not read():
                return
        self._finish()

    def _finish(self) -> None:
        now = clock.now()
        insist(self._follow)
        fresh = {"asked_at": now, "loaded_at": self.repository.loaded_at or now}
        self._keep(stage="", place="", newest=None, tried_at=now, **fresh)

    @transaction.atomic
    def _follow(self) -> None:
        """What was given or said since: codenames of labels that were there before, answers to labels that wait."""
        follow_all_codenames(self.repository.code)
        answer_replies(self.repository.code)

    # --- stages: each says whether it has come to its end ------------------------------------------------------------
    def _labels(self) -> bool:
        found = labels.read(self.repository)
        if found or not self.repository.name:  # every label holds the repository's address: a new name changes them all
            self._keep(name=github.name_today(self.repo))
        insist(lambda: labels.apply(self.repository, found))
        self.repository.refresh_from_db()
        return True

    def _changed(self) -> bool:
        """Everything that has changed since, the newest first; at the very beginning only what time it is there."""
        since = self.repository.since
        known, page = self._first(
            "changed", since, lambda etag, at: github.issues(self.repo, since=since, etag=etag, page=at)
        )
        while page:
            self._take(page)
            if not page.next or since is None:
                return self._end("since", "changed", known)
            if self._is_over(page.next):
                return self._pause(PENDING, known)
            page = github.issues(self.repo, page=page.next)
        return True

    def _comments(self) -> bool:
        """What was said since, under whatever issue."""
        since = self.repository.comments_since
        known, page = self._first(
            "comments", since, lambda etag, at: github.recent_comments(self.repo, since=since, etag=etag, page=at)
        )
        while page:
            said = comments.under_ours(self.repo, page.items)
            sides = people.sides_of(self.repo, said)
            insist(partial(comments.apply, self.repo, said, sides))
            self._newest([one.updated_at for one in page.items])
            if not page.next or since is None:
                return self._end("comments_since", "comments", known)
            if self._is_over(page.next):
                return self._pause(PENDING, known)
            page = github.recent_comments(self.repo, page=page.next)
        return True

    def _listed(self) -> bool:
        """All issues of each label of ours: at once where it is new, else once a day, and for free if none changed."""
        due = Label.objects.filter(repo=self.repo).filter(Q(listed_at=None) | Q(listed_at__lt=clock.now() - LIST_AGAIN))
        return all(self._list(label) and not self._is_over("") for label in due.order_by("pk").ours())

    def _list(self, label: Label) -> bool:
        """One label's issues to the end of the list; what was seen so far is kept where it has to go on later."""
        begun = self._begun(label)
        seen, page = set[int](begun.get("numbers", ())), self._first_of(label, begun)
        etag = begun.get("etag") or page.etag
        while not page.unchanged:
            self._take(page)
            seen |= {issue.number for issue in page.items}
            if not page.next:
                self._missing(label, seen)
                break
            if self._is_over(page.next):
                return self._pause(LISTING, {"of": [label.pk, label.name], "etag": etag, "numbers": sorted(seen)})
            page = github.issues(self.repo, page=page.next)
        Label.objects.filter(pk=label.pk).update(etag=etag[:100], listed_at=clock.now())
        self._keep(place="")
        return self._know(LISTING, {})

    def _begun(self, label: Label) -> dict[str, Any]:
        """How far this very list has come: its pages are asked for by the label's name, a renamed one begins anew."""
        begun: dict[str, Any] = self.repository.etags.get(LISTING) or {}
        return begun if begun.get("of") == [label.pk, label.name] else {}

    def _first_of(self, label: Label, begun: dict[str, Any]) -> Page[github.Issue]:
        if begun and self.repository.place:
            return github.issues(self.repo, page=self.repository.place)
        return github.issues(self.repo, labels=[label.name], etag=label.etag)

    def _missing(self, label: Label, numbers: set[int]) -> None:
        """Issues that have the label here and were not in the whole list of it: each is looked at by itself."""
        lacking = label.issues.filter(gone_at=None).exclude(number__in=numbers).values_list("number", flat=True)
        with transaction.atomic():
            for number in lacking.order_by("number")[:MISSING]:
                hints.read_issue(self.repo, number)

    def _looked(self) -> bool:
        """What was said and done where somebody is waited for; and, a few at a time, under other open issues."""
        people.ask_again(self.repo)
        unread = Issue.objects.open().filter(repo=self.repo, looked_at=None)
        waiting = unread.filter(plus_labels__isnull=False).distinct().order_by("pk")
        others = unread.filter(plus_labels=None, comment_count__gt=0).order_by("-updated_at")
        for issue in [*waiting, *others[:LOOKS]]:
            seen = looking.look(self.repo, issue.number)
            insist(partial(looking.apply, self.repo, issue.number, seen))
            if self._is_over(""):
                return False
        return True

    # --- how far it has come -----------------------------------------------------------------------------------------
    def _first[T](
        self, key: str, since: datetime | None, ask: Callable[[str, str], Page[T]]
    ) -> tuple[dict[str, str], Page[T] | None]:
        """The page to go on with, None when nothing has changed, and the etag of its list by what was asked."""
        address = str(since)
        kept: dict[str, str] = self.repository.etags.get(key, {})
        if self.repository.place:
            return self.repository.etags.get(PENDING, {}), ask("", self.repository.place)
        page = ask(kept.get(address, ""), "")
        return ({address: page.etag}, None) if page.unchanged else ({address: page.etag}, page)

    def _take(self, page: Page[github.Issue]) -> None:
        self.taken += len(insist(lambda: take(self.repository.code, page.items)))
        self._newest([issue.updated_at for issue in page.items])

    def _newest(self, moments: list[datetime]) -> None:
        newest = [moment for moment in (*moments, self.repository.newest) if moment]
        self._keep(newest=max(newest, default=None))

    def _end(self, name: str, key: str, etag: dict[str, str]) -> bool:
        """The list has been read to its end: from now on only what is newer, less a while that is read again."""
        before: datetime | None = getattr(self.repository, name)
        newest = self.repository.newest - OVERLAP if self.repository.newest else before
        since = max(newest, before) if newest and before else newest
        self._keep(**{name: since})
        return self._know(key, etag if since == before else {})

    def _pause(self, key: str, known: object) -> bool:
        """What a list that is not read to its end has told so far; it counts only once the end has come."""
        self._know(key, known)
        return False

    def _is_over(self, place: str) -> bool:
        """Whether it is time to let others work; it goes on from `place`."""
        if Gate.objects.closed(clock.now()).filter(pk=GATE).exists():
            raise Unavailable(code="rate_limit")
        self._keep(place=place)
        return clock.now() > self.over

    def _know(self, key: str, known: object) -> bool:
        if not self.repository.keep_etags(**{key: known}):
            raise TakenOver
        return True

    def _keep(self, **changes: object) -> bool:
        if not self.repository.keep(busy_until=clock.now() + LEASE, **changes):
            raise TakenOver
        return True
