"""Re-reading the public repository with the scan that guards what we write there, and the alarm for what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from accounts import confidential
from accounts.confidential import Words
from accounts.models import Channel, Leak
from accounts.models.leak import Look, Watch, alarm, ask_on, fingerprint
from accounts.models.private_words import REPOSITORY, private_words
from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.clients import github, slack
from fleetcs.clients.github import Comment, Issue, Page
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, HandbookEntry
from fleetcs.wording import plural

PAGES: Final = 3  # read by one effect, within its lease; what is left is read by the next one
Where = Leak.Where


@dataclass
class Reading:
    """What one effect has read: the looks, and how far it came."""

    looks: list[Look] = field(default_factory=list)
    newest: datetime | None = None
    page: str = ""
    etag: str = ""
    is_whole: bool = False


class PublicWatch(Sender):
    """Labels, or what has changed of issues or comments, as far as one effect goes; `args`: what."""

    destination = "github"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        what, words = str(effect.args["what"]), private_words()
        return Sent(facts={"reading": READ[what](Watch.of(what), words)})

    def settle(self, effect: Effect, sent: Sent) -> None:
        row, reading = Watch.of(str(effect.args["what"])), sent.facts.get("reading", Reading())
        if Leak.objects.note(reading.looks):
            alarm(effect.key)
        if row.what == Watch.What.LABELS:
            Leak.objects.note_missing(Where.LABEL, [each.external_id for each in reading.looks])
        if reading.page:
            row.note_part(page=reading.page, newest=reading.newest, is_whole=reading.is_whole)
            ask_on(row.what, effect.key)
        else:
            row.note_read(newest=reading.newest, is_whole=reading.is_whole, etag=reading.etag)

    def refused(self, effect: Effect, code: str) -> None:
        Watch.of(str(effect.args["what"])).note_refused(code)


def labels(row: Watch, words: Words) -> Reading:
    """All labels: renaming one changes nothing that could be asked for since a moment."""
    texts = ((label, f"{label.name}\n{label.description}") for label in github.labels("public"))
    looks = [look(words, Where.LABEL, label.id, text) for label, text in texts]
    return Reading(looks, is_whole=True)


def issues(row: Watch, words: Words) -> Reading:
    return walked(row, github.issues, lambda issue: looks_at_issue(words, issue))


def comments(row: Watch, words: Words) -> Reading:
    return walked(row, github.recent_comments, lambda comment: [look_at_comment(words, comment)])


READ: Final[dict[str, Callable[[Watch, Words], Reading]]] = {"labels": labels, "issues": issues, "comments": comments}


def walked(row: Watch, ask_for: Callable[..., Page[Any]], scan: Callable[[Any], Iterable[Look]]) -> Reading:
    """Some pages of what has changed, newest first, from where the last effect stopped."""
    since = row.asks_since(clock.now())
    begun = Reading(newest=row.newest, page=row.page, is_whole=row.is_whole if row.page else since is None)
    first = not row.page
    for page in pages(begun, ask_for, since, row.etag if first and since else ""):
        if first:
            begun.newest, begun.etag, first = page.items[0].updated_at if page.items else None, page.etag, False
        begun.looks += [each for item in page.items for each in scan(item)]
    return begun


def pages(
    reading: Reading, ask_for: Callable[..., Page[Any]], since: datetime | None, etag: str
) -> Iterator[Page[Any]]:
    """At most PAGES pages; `reading.page` says where to go on, "" at the end."""
    for _ in range(PAGES):
        page = ask_for("public", since=since, etag=etag, page=reading.page)
        etag, reading.page = "", page.next
        yield page
        if not page.next:
            return


def looks_at_issue(words: Words, issue: Issue) -> list[Look]:
    texts = ((Where.TITLE, issue.title), (Where.BODY, issue.body))
    return [look(words, where, issue.id, text, number=issue.number, url=issue.url) for where, text in texts]


def look_at_comment(words: Words, comment: Comment) -> Look:
    return look(words, Where.COMMENT, comment.id, comment.body, number=comment.issue_number, url=comment.url)


def look(words: Words, where: str, id: int, text: str, *, number: int = 0, url: str = "") -> Look:
    """One text under the scan."""
    # Colleagues speak of the confidential repository in public, and outsiders learn nothing from its name.
    marks = [mark for mark in confidential.marks(text, words) if mark.kind != REPOSITORY]
    kinds = ", ".join(sorted({mark.kind for mark in marks}))
    return Look(where, str(id), number, url[:300], fingerprint(text, marks), kinds)


class LeakAlarm(Sender):
    """A word in the channel that the handbook names: that something stands in public, never what."""

    destination = "slack"
    protocol = "probe"

    def wanted(self, effect: Effect) -> str | None:
        return None if Leak.objects.open().exists() else "dealt_with"

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(channel(), self.preview(effect), effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        ts = slack.find(channel(), None, effect.key, effect.created_at)
        return Sent(ts) if ts else None

    def preview(self, effect: Effect) -> str:
        count = plural(Leak.objects.open().count(), "place")
        page = absolute_url(reverse("accounts:leaks"))
        return f"The public repository holds what nobody outside may know, in {count}: {page}"


def channel() -> str:
    """Slack's id of the channel. Raises Rejected while the handbook names none that we know."""
    name = str(HandbookEntry.objects.value("aliases", "leak_alarm")).lstrip("#")
    found = Channel.objects.filter(name=name, kind=Channel.Kind.INTERNAL).first() if name else None
    if found is None:
        raise Rejected("no_channel")
    return found.slack_id
