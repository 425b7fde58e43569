"""`manage.py dump_handbook [FILE]`: write the handbook as a pack that `load_handbook` reads."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from ruamel.yaml import YAML

from fleetcs import pack


class Command(BaseCommand):
    """Write to a file, else to standard output."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        yaml = YAML()
        yaml.width = 120
        yaml.allow_unicode = True
        yaml.dump(pack.dump(), file if file else sys.stdout)
