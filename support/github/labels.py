"""The list of labels, applied by id: nothing else tells that one was renamed or deleted (trap 31, F36 to F38)."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.models import label_check
from accounts.models.label_check import Seen
from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import Label as Told
from fleetcs.clients.github import Repo
from fleetcs.clients.http import Unavailable
from fleetcs.models import Event
from support.github.taking import Known, follow_labels, label_row
from support.models import Issue, Label, Repository

type Read = tuple[list[Told], list[str]]

LIST = "labels"  # under which the etags of its pages are kept


def read(repository: Repository) -> Read | None:
    """All labels as they are now, None when nothing has changed. Raises Unavailable for a list that cannot be whole."""
    found = github.labels_since(repo_of(repository), repository.etags.get(LIST, []))
    if found and not found[0] and Label.objects.there().filter(repo=repository.code).exists():
        raise Unavailable(code="short")
    return found


def repo_of(repository: Repository) -> Repo:
    return "public" if repository.code == Repository.Code.PUBLIC else "confidential"


@transaction.atomic
def apply(repository: Repository, found: Read | None) -> int:
    """Have our labels be what the whole list says; how many are otherwise than before."""
    Repository.objects.filter(pk=repository.pk).update(
        labels_at=clock.now()
    )  # and nobody else applies a list meanwhile
    if found is None:
        return 0
    told, etags = {label.id: label for label in found[0]}, found[1]
    kept = {label.github_id: label for label in Label.objects.select_for_update().filter(repo=repository.code)}
    changed = [*_gone(kept, told), *_renamed(kept, told), *_new(repository.code, kept, told)]
    _redescribed(kept, told)
    _follow(repository.code, changed)
    repository.note_etags(**{LIST: etags})
    label_check.compare(repository.code, [Seen(str(one.id), one.name, one.description) for one in told.values()])
    return len(changed)


def _gone(kept: dict[int, Label], told: dict[int, Told]) -> list[Label]:
    """What the list no longer holds. Issues keep the link to it: they had it when it was deleted (F37)."""
    gone = [label for id, label in kept.items() if id not in told and not label.gone_at]
    Label.objects.filter(pk__in=[label.pk for label in gone]).update(gone_at=clock.now(), listed_at=None, etag="")
    return _noted(gone, "label_deleted")


def _renamed(kept: dict[int, Label], told: dict[int, Told]) -> list[Label]:
    """Two labels may have changed names with each other: all are set aside before any takes its new one."""
    renamed = [
        label for id, label in kept.items() if id in told and (label.name != told[id].name[:100] or label.gone_at)
    ]
    if not renamed:
        return []
    for label in renamed:
        if label.name != told[label.github_id].name[:100]:
            label.former_names = sorted({*label.former_names, label.name})
        label.name, label.gone_at, label.listed_at, label.etag = told[label.github_id].name[:100], None, None, ""
    Label.objects.filter(pk__in=[label.pk for label in renamed]).update(gone_at=clock.now())
    Label.objects.bulk_update(renamed, ["name", "former_names", "gone_at", "listed_at", "etag"])
    return _noted(renamed, "label_renamed")


def _noted(labels: Sequence[Label], verb: str) -> list[Label]:
    for label in labels:
        if label.is_ours:
            Event.log(label, verb)
    return list(labels)


def _new(repo: str, kept: dict[int, Label], told: dict[int, Told]) -> list[Label]:
    rows = [label_row(repo, label) for id, label in told.items() if id not in kept]
    return Label.objects.bulk_create(rows)


def _redescribed(kept: dict[int, Label], told: dict[int, Told]) -> None:
    """Colours and descriptions: nothing follows from them."""
    other = []
    for id, label in kept.items():
        fresh = label_row(label.repo, told[id]) if id in told else label
        if (label.description, label.color) != (fresh.description, fresh.color):
            label.description, label.color = fresh.description, fresh.color
            other.append(label)
    Label.objects.bulk_update(other, ["description", "color"])


def _follow(repo: str, changed: Iterable[Label]) -> None:
    """What follows from labels, on every issue that has one which is otherwise now."""
    carried = Issue.labels.through.objects.filter(label__in=[label.pk for label in changed])
    issues = list(carried.order_by().values_list("issue", flat=True).distinct())
    if issues:
        follow_labels(Known.of(repo), issues)
