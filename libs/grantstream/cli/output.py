"""How commands print: tables and colours on a terminal, plain lines in a pipe, JSON on request.

A producer can write terminal control sequences to a topic. So invisible characters are never printed.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

_UNSEEN_IN_JSON: Final = re.compile(
    r"[\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""JSON itself escapes only the first 32: not the 8-bit controls, and not those that change the writing direction."""

_PIPE_WIDTH: Final = 240
"""Rich cuts lines at 80 columns where there is no terminal; programs read those lines."""


def console() -> Console:
    """Standard output."""
    output = Console(highlight=False, soft_wrap=False)
    return output if output.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def print_json(thing: Any) -> None:
    """One line of JSON."""
    typer.echo(json_text(thing))


def json_text(thing: Any, *, indented: bool = False) -> str:
    """JSON with invisible characters escaped."""
    written = orjson.dumps(thing, default=str, option=orjson.OPT_INDENT_2 if indented else None).decode()
    return _UNSEEN_IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], written)


def json_in(value: bytes) -> Any:
    """The parsed JSON of some bytes. Raises ValueError if it is no JSON, or can't be printed."""
    try:
        parsed = orjson.loads(value)
        orjson.dumps(parsed)
    except TypeError as error:
        raise ValueError("JSON that is nested too deeply to be shown") from error
    return parsed


def plain(text: str) -> str:
    """The text, with a replacement character for each invisible one."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in text)


def print_line(text: Text) -> None:
    """One line, however long."""
    text.plain = plain(text.plain)
    console().print(text, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; Rich's markup in cells is printed literally."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(str(cell))) for cell in row))
    console().print(table)
