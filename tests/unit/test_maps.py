"""The docstring of every package is its map: it names what is there, and nothing that is not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCES = tuple(_ROOT / folder for folder in ("libs/grantstream", "services", "deploy"))
_MAPPED = (*_SOURCES[:2], _ROOT / "deploy/local")
_NAMED_FILE = re.compile(r"[\w/]+\.py\b")
_WORD = re.compile(r"[\w./]+")


def _name(path: Path) -> str:
    return str(path.relative_to(_ROOT))


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text())) or ""


def _sources(folders: tuple[Path, ...]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def _packages() -> list[Path]:
    return [path.parent for path in _sources(_MAPPED) if path.name == "__init__.py"]


def _members(package: Path) -> Iterator[str]:
    for path in package.iterdir():
        if path.suffix == ".py" and not path.name.startswith("__"):
            yield path.name
        elif (path / "__init__.py").exists():
            yield f"{path.name}/"


@pytest.mark.parametrize("package", _packages(), ids=_name)
def test_every_module_of_a_package_is_on_its_map(package: Path) -> None:
    named = {word.rstrip(".") for word in _WORD.findall(_docstring(package / "__init__.py"))}
    assert [member for member in sorted(_members(package)) if member not in named] == []


@pytest.mark.parametrize("package", _packages(), ids=_name)
def test_every_file_on_a_map_exists(package: Path) -> None:
    named = _NAMED_FILE.findall(_docstring(package / "__init__.py"))
    places = (package, *package.parents[: len(package.relative_to(_ROOT).parts)])
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("module", _sources(_SOURCES), ids=_name)
def test_every_file_that_a_docstring_names_exists(module: Path) -> None:
    text = "\n".join(ast.get_docstring(node) or "" for node in _documented(module))
    paths = [f"/{_name(path)}" for path in _sources(_SOURCES)]
    assert [name for name in _NAMED_FILE.findall(text) if not any(path.endswith(f"/{name}") for path in paths)] == []


def _documented(module: Path) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
