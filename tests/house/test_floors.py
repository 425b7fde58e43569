"""The floor plan: who may import whom is written in pyproject.toml and held here."""

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from fleetcs.local.folders import CHECKOUT


def test_imports_go_down_the_stairs_and_never_sideways(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert lint_imports(cache_dir=str(tmp_path), no_logo=True) == EXIT_STATUS_SUCCESS


def test_the_top_level_of_the_repository_is_fixed() -> None:
    planned = {
        *("manage.py", "pyproject.toml", "fleetcs", "accounts", "opportunities", "support", "templates", "static"),
        *("tests", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "uv.lock"),
        *("Dockerfile", "compose.yaml", "Procfile"),
    }
    found = {path.name for path in CHECKOUT.iterdir() if not path.name.startswith((".", "__"))}
    assert found <= planned
