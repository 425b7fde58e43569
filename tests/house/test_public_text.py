"""What everybody can read passes the scan first: no module but the scan's own may make a PublicText (COD-05)."""

import ast
from collections.abc import Iterator

import pytest

from tests.house import source

NAME = "PublicText"
MAKER = "accounts/confidential.py"
HOME = "fleetcs/clients/github/public.py"


def made(tree: ast.Module, home: bool = False) -> list[int]:
    """The lines that could make one: every mention of the class but imports, annotations and isinstance.

    Where the class is at home, its own definition may be there too.
    """
    harmless = {id(node) for allowed in _harmless(tree) for node in ast.walk(allowed)}
    mentions = [node for node in ast.walk(tree) if _mentions(node) and id(node) not in harmless]
    definitions = [node for node in mentions if isinstance(node, ast.ClassDef)]
    return [getattr(node, "lineno", 0) for node in mentions if not (home and node in definitions)]


def _harmless(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        if isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns
        if isinstance(node, ast.TypeAlias):
            yield node.value
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            yield node.args[1]


def _mentions(node: ast.AST) -> bool:
    """By name, as an attribute, under another name, through getattr, by copying a changed one."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.ClassDef(name=name):
            return name == NAME
        case ast.alias(name=name, asname=other):
            return name == NAME and other not in (None, NAME)
        case ast.Call(func=function, args=[_, ast.Constant(value=name), *_]):
            return ast.unparse(function) == "getattr" and name == NAME
    return False


def test_only_the_scan_makes_a_text_for_the_public() -> None:
    makers = {module.name: made(module.tree, home=module.name == HOME) for module in source.product()}
    assert {name: lines for name, lines in makers.items() if lines and name != MAKER} == {}
    assert HOME in makers


@pytest.mark.parametrize(
    "trick",
    [
        "PublicText(name)",
        "github.PublicText(name)",
        "from fleetcs.clients.github import PublicText as Safe",
        "safe = PublicText",
        "make(PublicText, name)",
        "PublicText.__new__(PublicText)",
        "class Safe(PublicText): ...",
        "getattr(github, 'PublicText')(name)",
        "isinstance(name, str) and PublicText(name)",
    ],
)
def test_every_way_around_it_is_seen(trick: str) -> None:
    assert made(ast.parse(trick))


@pytest.mark.parametrize(
    "fine",
    [
        "from fleetcs.clients.github import PublicText",
        "def file(body: PublicText) -> PublicText | None: ...",
        "text: github.PublicText",
        "type Words = PublicText | str",
        "isinstance(said, PublicText)",
    ],
)
def test_speaking_of_it_is_allowed(fine: str) -> None:
    assert made(ast.parse(fine)) == []
