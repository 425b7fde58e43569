"""Static files of others, served out of their packages, and the storage that gives every file its hash."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Final

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR: Final[dict[str, tuple[str, str]]] = {
    "vendor/tabler.min.css": ("starlette_admin", "static/css/vendor/tabler.min.css"),
    "vendor/htmx.min.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
}


@cache
def vendor_file(name: str) -> Path | None:
    """Where the package keeps the file served as `name`; None when it does not ship it (any more)."""
    package, inside = VENDOR.get(name, ("", ""))
    spec = find_spec(package) if package else None
    folders = spec.submodule_search_locations if spec else None
    found = Path(folders[0], inside) if folders else None
    return found if found and found.is_file() else None


class VendorStorage(FileSystemStorage):
    """Reads the files of the table by the names they are served under."""

    def path(self, name: str) -> str:
        return str(vendor_file(name) or Path(self.location, name))


class VendorFinder(BaseFinder):
    """Finds the files of the table; its check fails when a package stops shipping one."""

    storage = VendorStorage()

    def check(self, **_: object) -> list[CheckMessage]:
        return [
            Error(
                f"{package} does not ship {inside}.",
                hint="Name another package in fleetcs.static.VENDOR.",
                id="vendor.E001",
            )
            for name, (package, inside) in VENDOR.items()
            if vendor_file(name) is None
        ]

    def find(  # type: ignore[override]
        self, path: str, find_all: bool = False, **_: object
    ) -> str | list[str]:
        found = vendor_file(path)
        places = [str(found)] if found else []
        return places if find_all or not places else places[0]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        return ((name, self.storage) for name in VENDOR if vendor_file(name))


def without_source_maps(patterns: Iterable[tuple[str, tuple[Any, ...]]]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The manifest's patterns but those for sourceMappingURL: packages name maps that they do not ship."""
    return tuple(
        (files, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule))) for files, rules in patterns
    )


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Files named by their content, so that browsers may keep them for good."""

    patterns: ClassVar[Any] = without_source_maps(CompressedManifestStaticFilesStorage.patterns)
