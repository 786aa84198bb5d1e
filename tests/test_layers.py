"""The flow goes one way: who may import whom, and which module touches which foreign thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STDLIB_SHELL = {"socket", "subprocess", "http.client", "urllib.request", "time", "random", "os"}

FOREIGN = {
    "pypsrp": {"conformance/endpoint/wsman/wire.py"},
    "pywbem": {"conformance/endpoint/wbem.py", "conformance/schema/mof.py"},
    "yaml": {"conformance/definitions/yaml_source.py"},
    "reference_impl": {"conformance/bundled.py"},
    "jinja2": {"conformance/report/html.py"},
}

PURE = [
    "conformance/cim.py",
    "conformance/definitions/catalogue.py",
    "conformance/schema/classes.py",
    "conformance/findings.py",
    "conformance/plan.py",
    "conformance/definitions/profile.py",
    "conformance/snapshot/__init__.py",
    "conformance/transcript.py",
    "conformance/waivers.py",
    *sorted(f"conformance/evaluate/{p.name}" for p in (ROOT / "conformance/evaluate").glob("*.py")),
]


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_or_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("path", modules("reference_impl"), ids=place)
def test_reference_server_knows_neither_the_engine_nor_its_client(path):
    barred = {"conformance", "pywbem", "pywbem_mock"}
    assert not [n for n in imports(path) if n.partition(".")[0] in barred]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_foreign_thing_is_touched_in_one_place(foreign):
    users = {
        place(path)
        for path in modules("conformance")
        if any(is_or_in(name, foreign) for name in imports(path))
    }
    assert users <= FOREIGN[foreign]
    assert users


@pytest.mark.parametrize("name", PURE)
def test_core_module_reads_no_clock_no_file_and_no_network(name):
    assert not set(imports(ROOT / name)) & STDLIB_SHELL


def module_name(path: Path) -> str:
    return place(path)[:-3].replace("/", ".").removesuffix(".__init__")


def imported_modules(path: Path, known: set[str]) -> set[str]:
    """Return the modules of ours that a module imports; `from package import module` counts."""
    found = set(imports(path))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found = (found - {node.module}) | inner if inner else found
    return found & known


def test_engine_has_no_import_cycle():
    paths = modules("conformance")
    known = {module_name(path) for path in paths}
    graph = {module_name(path): imported_modules(path, known) for path in paths}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_data_folder_holds_no_code():
    code = [path for path in modules("profiles") if ast.parse(path.read_text()).body[1:]]
    assert not code
