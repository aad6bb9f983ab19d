"""The pages of docs/ name nothing that there is not."""

import ast
import importlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"`(docs/[\w./-]+)`")


def _imports(text: str) -> Iterator[tuple[str, str]]:
    for block in _BLOCK.findall(text):
        body = ast.parse(f"async def page():\n{textwrap.indent(block, '    ')}    ...")
        for node in ast.walk(body):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_is_python_and_what_it_imports_exists(page: Path) -> None:
    imports = list(_imports(page.read_text()))
    assert [pair for pair in imports if not hasattr(importlib.import_module(pair[0]), pair[1])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in _LINK.findall(page.read_text()) if not (ROOT / name).exists()] == []
