"""The house's budgets, measured: small functions, thin views, short files, and the words nobody may use."""

import ast
import statistics

import pytest

from fleetcs.local.folders import CHECKOUT
from tests.house import source

NAMES_WITHOUT_MEANING = {"utils", "helpers", "services", "managers", "common", "constants", "misc"}
VERBS_WITHOUT_MEANING = ("process_", "handle_", "do_", "manage_", "perform_")
ASKED_FOR_BY_HTTP_SERVER = {"do_GET", "do_HEAD", "do_POST", "do_PUT", "do_PATCH", "do_DELETE", "handle_error"}
THE_BOUNDARY = "fleetcs/boundary.py"  # one place, once: a row with a mistake must not hold up the others
VIEW_LINES, MODELS_LINES, TEMPLATE_LINES = 12, 300, 80


def test_functions_are_small() -> None:
    sizes = {
        f"{module.name}:{function.lineno} {function.name}": source.body_lines(function)
        for module in source.product()
        for function in module.functions
    }
    median = statistics.median(sizes.values())
    ninety = sorted(sizes.values())[int(len(sizes) * 0.9)]
    longest = sorted(sizes.items(), key=lambda item: -item[1])[:5]
    print(f"{len(sizes)} functions: median {median:g}, 90 % within {ninety}, longest {longest}")
    assert median <= 5
    assert ninety <= 15
    assert [item for item in sizes.items() if item[1] > 30] == []


def test_views_are_thin_functions() -> None:
    modules = [
        module for module in source.product() if "views" in {part.removesuffix(".py") for part in _parts(module)}
    ]
    views = {
        f"{module.name}:{function.lineno} {function.name}": source.body_lines(function)
        for module in modules
        for function in module.functions
        if function.args.args and function.args.args[0].arg == "request" and not function.name.startswith("_")
    }
    print(f"{len(views)} views, longest {max(views.values(), default=0)}")
    assert [item for item in views.items() if item[1] > VIEW_LINES] == []
    assert [f"{m.name} {c.name}" for m in modules for c in m.classes if _bases(c) & {"View", "TemplateView"}] == []


def test_models_files_and_templates_are_short() -> None:
    models = {module.name: module.lines for module in source.product() if "models" in module.name}
    templates = {
        str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines())
        for folder in (CHECKOUT / "templates", *(CHECKOUT / app for app in source.APPS))
        for path in folder.rglob("*.html")
    }
    print(f"longest models file {max(models.values())}, longest template {max(templates.values(), default=0)}")
    assert {name: lines for name, lines in models.items() if lines > MODELS_LINES} == {}
    assert {name: lines for name, lines in templates.items() if lines > TEMPLATE_LINES} == {}


def test_there_are_no_signals_and_no_mixins() -> None:
    for module in source.product():
        hidden = {name for name in module.imported if "signals" in name or name.startswith("django.dispatch")}
        assert hidden == set(), f"{module.name}: say it in the verb, not in a signal"
        mixins = [each.name for each in module.classes if each.name.endswith("Mixin")]
        assert mixins == [], f"{module.name}: no mixins of our own"


def test_names_say_what_things_are_about() -> None:
    for module in source.product():
        assert module.path.stem not in NAMES_WITHOUT_MEANING, f"{module.name}: name it after its subject"
        vague = {function.name for function in module.functions if function.name.startswith(VERBS_WITHOUT_MEANING)}
        assert vague <= ASKED_FOR_BY_HTTP_SERVER, f"{module.name}: a verb of the business, please"


def test_no_error_is_caught_by_the_dozen() -> None:
    for module in source.product():
        broad = [
            module.name
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ExceptHandler)
            and (node.type is None or _name(node.type) in {"Exception", "BaseException"})
        ]
        assert broad in ([], [THE_BOUNDARY]), f"{module.name}: name the errors you mean"


def test_every_module_says_what_it_is_for() -> None:
    silent = [m.name for m in (*source.product(), *source.tests()) if m.text.strip() and not ast.get_docstring(m.tree)]
    assert silent == []


@pytest.mark.parametrize("banned", ["unittest.mock", "time.sleep"])
def test_tests_neither_mock_nor_sleep(banned: str) -> None:
    assert [module.name for module in source.tests() if {n for n in module.imported if n.startswith(banned)}] == []
    called = [m.name for m in source.tests() for node in ast.walk(m.tree) if _called(node) == banned]
    assert called == []


def _parts(module: source.Module) -> tuple[str, ...]:
    return module.path.relative_to(CHECKOUT).parts


def _bases(each: ast.ClassDef) -> set[str]:
    return {_name(base) for base in each.bases}


def _name(node: ast.expr) -> str:
    return ast.unparse(node)


def _called(node: ast.AST) -> str:
    return _name(node.func) if isinstance(node, ast.Call) else ""
