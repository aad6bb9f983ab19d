"""The documentation names nothing that there is not, and a reader finds every page."""

import ast
import importlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted(DOCS.rglob("*.md"))
DECISIONS = sorted((DOCS / "decisions").glob("2*.md"))
_LONGEST_README = 200
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"`(docs/[\w./-]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_REPLACEMENT = re.compile(r"^(Replaced|Amended)\b", re.MULTILINE)
_QUOTED = re.compile(r'"([^"]+)"')


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _imports(text: str) -> Iterator[tuple[str, str]]:
    for block in _BLOCK.findall(text):
        body = ast.parse(f"async def page():\n{textwrap.indent(block, '    ')}    ...")
        for node in ast.walk(body):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, alias.name) for alias in node.names)


def _linked(page: Path) -> set[Path]:
    """The files of this repository that a page links to."""
    links = (link.partition("#")[0] for link in _LINK.findall(page.read_text()) if ":" not in link)
    return {(page.parent / link).resolve() for link in links if link}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_page_code_parses_and_its_imports_exist(page: Path) -> None:
    imports = list(_imports(page.read_text()))
    assert [pair for pair in imports if not hasattr(importlib.import_module(pair[0]), pair[1])] == []


@pytest.mark.parametrize("page", [README, ROOT / "CHANGELOG.md", *PAGES], ids=_name)
def test_every_page_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in _NAMED.findall(page.read_text()) if not (ROOT / name).exists()] == []
    assert [path for path in _linked(page) if not path.exists()] == []


def test_the_index_leads_to_every_file() -> None:
    files = {path for path in DOCS.rglob("*") if path.is_file() and path.suffix in (".md", ".json", ".py")}
    reached = _linked(DOCS / "README.md") | _linked(DOCS / "decisions/README.md") | {DOCS / "README.md"}
    assert sorted(map(_name, files - reached)) == []
    assert DOCS / "README.md" in _linked(README)


@pytest.mark.parametrize("page", DECISIONS, ids=_name)
def test_the_decision_index_lists_all_and_marks_replaced(page: Path) -> None:
    [line] = [line for line in (DOCS / "decisions/README.md").read_text().splitlines() if f"({page.name})" in line]
    marked = any(mark in line for mark in ("*(amended)*", "*(replaced)*"))
    assert marked == bool(_REPLACEMENT.search(page.read_text()))


@pytest.mark.parametrize("page", DECISIONS, ids=_name)
def test_a_replaced_decision_names_its_replacement_first(page: Path) -> None:
    found = _REPLACEMENT.search(page.read_text())
    if found is not None:
        title, blank, first, *_ = page.read_text().splitlines()
        assert (title[:2], blank) == ("# ", "")
        assert _REPLACEMENT.match(first)


def test_topic_messages_quoted_in_docs_occur_in_the_code() -> None:
    code = "\n".join(path.read_text() for room in ("libs", "services") for path in (ROOT / room).rglob("*.py"))
    rows = [line for line in (DOCS / "topics.md").read_text().splitlines() if line.startswith("|")]
    quoted = {quote for row in rows for quote in _QUOTED.findall(row)}
    assert len(quoted) > 5
    spelled = {quote: re.sub(r"\d+", r"\\{[^}]*\\}", re.escape(quote)) for quote in quoted}
    assert sorted(quote for quote, pattern in spelled.items() if not re.search(pattern, code)) == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.read_text().splitlines()) <= _LONGEST_README
