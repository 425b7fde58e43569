"""A codename's two labels: found by id before by name, and made only when they are not there (COD-04, COD-05)."""

from accounts import codenames, confidential
from accounts.codenames import Prefix
from accounts.confidential import Confidential
from accounts.models import CodenamePart
from accounts.models.label_check import Seen, compare
from accounts.models.private_words import private_words
from accounts.senders.codename import CodenameSender, part_of
from fleetcs.clients import github
from fleetcs.clients.github import Label, Repo, Words
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect


class GithubLabel(CodenameSender):
    """One of the two labels; the public one says nothing, the confidential one whose it is."""

    destination = "github"
    pace = github.PACE

    def send(self, effect: Effect) -> Sent:
        part = part_of(effect)
        there = found(part)
        if not part.wanted:
            take_away(part, there)
            return Sent()
        label = corrected(part, there) if there else made(part)
        return Sent(str(label.id))


def repo_of(part: CodenamePart) -> Repo:
    return "public" if part.place == CodenamePart.Place.PUBLIC else "confidential"


def found(part: CodenamePart) -> Label | None:
    """The label over there: the one we know by its id, whatever it is called now; else one of its name."""
    repo, codename = repo_of(part), part.codename
    named = github.find_label(repo, codename.label)
    if not part.external_id:
        return named or github.find_label(repo, codenames.label(other(codename.prefix), codename.word))
    if named and str(named.id) == part.external_id:
        return named
    known = (label for label in github.labels(repo) if str(label.id) == part.external_id)
    return next(known, named)


def other(prefix: str) -> Prefix:
    """What the label may still begin with: the codename of a prospect that has become a customer since."""
    return Prefix.PROSPECT if prefix == Prefix.CUSTOMER else Prefix.CUSTOMER


def texts(part: CodenamePart) -> tuple[Words, Words]:
    """Name and description. Raises Rejected when the name for the public is much like one that nobody may know."""
    if repo_of(part) == "confidential":
        return part.codename.label, part.description
    words = private_words()
    try:
        return confidential.public(part.codename.label, words), confidential.public(part.description, words)
    except Confidential:
        raise Rejected("confidential") from None


def made(part: CodenamePart) -> Label:
    """A new label; when somebody makes it at this very moment, theirs."""
    repo, (name, description) = repo_of(part), texts(part)
    part.note_making(ours=True)
    try:
        return github.create_label(repo, name, description, codenames.COLOUR)
    except Rejected as refused:
        theirs = github.find_label(repo, part.codename.label) if refused.code == "already_exists" else None
        if theirs is None:
            raise
        part.note_making(ours=False)
        return corrected(part, theirs)


def corrected(part: CodenamePart, there: Label) -> Label:
    """The label as it should be; it is never made anew, since that would take it off every issue."""
    name, description = texts(part)
    if (there.name, there.description) == (part.codename.label, part.description):
        return there
    return github.edit_label(repo_of(part), there.name, new_name=name, description=description)


def take_away(part: CodenamePart, there: Label | None) -> None:
    """Remove what we have made; what others made stays as it is."""
    if there and part.ours:
        github.delete_label(repo_of(part), there.name)


def seen_labels(place: str) -> list[Seen]:
    """All labels of one repository. Raises Unavailable or Rejected rather than give a part of them."""
    read = github.labels("public" if place == CodenamePart.Place.PUBLIC else "confidential")
    return [Seen(str(label.id), label.name, label.description) for label in read]


class GithubLabels(Sender):
    """All labels of one repository, compared with the codenames; `args`: place. Reading twice is harmless."""

    destination = "github"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        return Sent(facts={"labels": seen_labels(str(effect.args["place"]))})

    def settle(self, effect: Effect, sent: Sent) -> None:
        compare(str(effect.args["place"]), sent.facts.get("labels", []))
