"""`manage.py load_handbook FILE`: who holds which post, links, numbers and texts, from a YAML pack (R14)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fleetcs import pack


class Command(BaseCommand):
    """Load a pack, or with `--check` only say what it lacks; then the exit status is 1 when it lacks anything."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="list empty and unknown keys and load nothing")

    def handle(self, *args: Any, file: Path, check: bool, verbosity: int, **options: Any) -> None:
        given = self.read(file)
        found = pack.problems(given)
        if check:
            self.stdout.write("\n".join(found) or "Nothing is empty, nothing is unknown.")
            if found:
                raise CommandError(f"{len(found)} keys are empty, unknown or wrong.")
            return
        if refused := [line for line in found if not line.startswith("empty")]:
            raise CommandError("\n".join(refused))
        pack.load(given)
        if verbosity:
            self.stdout.write(f"Loaded {file}; {len(found)} keys are empty.")

    def read(self, file: Path) -> dict[str, Any]:
        """The pack as plain values. Raises CommandError for a file that is missing, broken or no mapping."""
        try:
            given = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError, YAMLError) as error:
            raise CommandError(f"{file} cannot be read as YAML: {reason(error)}.") from error
        if not isinstance(given, dict):
            raise CommandError(f"{file} holds no mapping.")
        return given


def reason(error: Exception) -> str:
    """One line: what the parser found, and on which line of the file."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "strerror", None) or type(error).__name__
    return f"{problem}, line {mark.line + 1}".replace("\n", " ") if mark else str(problem)
