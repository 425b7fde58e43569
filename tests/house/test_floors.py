"""The floor plan: who may import whom is written in pyproject.toml and held here."""

import subprocess
import sys
from pathlib import Path

from fleetcs.local.folders import CHECKOUT


def test_imports_go_down_the_stairs_and_never_sideways(tmp_path: Path) -> None:
    """By a process of its own: the linter sets logging up for itself and would silence ours for the tests after it."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-logo", "--cache-dir", tmp_path], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_top_level_of_the_repository_is_fixed() -> None:
    planned = {
        *("manage.py", "pyproject.toml", "fleetcs", "accounts", "opportunities", "support", "templates", "static"),
        *("tests", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "uv.lock"),
        *("Dockerfile", "compose.yaml", "Procfile"),
    }
    found = {path.name for path in CHECKOUT.iterdir() if not path.name.startswith((".", "__"))}
    assert found <= planned
