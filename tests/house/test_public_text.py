"""Only one module makes text for the public: what it makes has passed the scan (COD-05)."""

import ast
from collections.abc import Iterable

from tests.house import source

MAKER = "accounts/confidential.py"
TYPE = "PublicText"


def makers(modules: Iterable[source.Module]) -> set[str]:
    """Modules that call the constructor, under whatever name they have imported it."""
    return {module.name for module in modules if _calls(module) & _names(module)}


def _calls(module: source.Module) -> set[str]:
    """The last names of everything that is called."""
    called = (ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    return {name.rpartition(".")[2] for name in called}


def _names(module: source.Module) -> set[str]:
    imported = (node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom))
    return {TYPE} | {each.asname for node in imported for each in node.names if each.name == TYPE and each.asname}


def test_only_the_scan_makes_text_for_the_public() -> None:
    assert makers(source.product()) == {MAKER}


def test_another_maker_would_be_noticed() -> None:
    for text in (
        "from fleetcs.clients.github import PublicText as P\nx = P('name')",
        "from fleetcs.clients import github\nx = github.PublicText('name')",
    ):
        planted = source.Module(source.CHECKOUT / "accounts/planted.py", text, ast.parse(text))
        assert makers([planted]) == {"accounts/planted.py"}
