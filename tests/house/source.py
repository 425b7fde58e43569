"""The product's source as trees, for the tests about the house."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fleetcs.local.folders import CHECKOUT

APPS = ("fleetcs", "accounts", "opportunities", "support")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(CHECKOUT))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    @property
    def imported(self) -> set[str]:
        """Dotted names of what is imported, `from a import b` as `a.b`."""
        plain = {name.name for node in ast.walk(self.tree) if isinstance(node, ast.Import) for name in node.names}
        return plain | {
            f"{node.module}.{name.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }


@cache
def product() -> tuple[Module, ...]:
    """Every module of the product but migrations, which a machine has written."""
    paths = [path for app in APPS for path in sorted((CHECKOUT / app).rglob("*.py")) if "migrations" not in path.parts]
    return tuple(_read(path) for path in [CHECKOUT / "manage.py", *paths])


@cache
def tests() -> tuple[Module, ...]:
    """Every module of the tests."""
    return tuple(_read(path) for path in sorted((CHECKOUT / "tests").rglob("*.py")))


def _read(path: Path) -> Module:
    text = path.read_text()
    return Module(path, text, ast.parse(text))


def body_lines(function: Function) -> int:
    """Lines of a function's body that say something: no docstring, no blank line, no comment, no inner function's."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    used = {line for statement in body for node in ast.walk(statement) for line in _lines(node)}
    return len(used)


def _lines(node: ast.AST) -> tuple[int, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return (node.lineno, node.end_lineno or node.lineno) if isinstance(node, ast.stmt | ast.expr) else ()
