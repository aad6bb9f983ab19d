"""How commands print: tables and colours on a terminal, plain lines in a pipe, JSON where it is asked for.

Whoever may append to a topic may write there what a terminal obeys. So no character that can't be seen is printed.
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
"""JSON itself spells out only the first 32: not the 8-bit controls, and not what turns the direction of writing."""

_PIPE_WIDTH: Final = 240
"""Rich cuts lines at 80 columns where there is no terminal; programs read those lines."""


def console() -> Console:
    """Standard output."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def print_json(thing: Any) -> None:
    """One line of JSON."""
    typer.echo(json_text(thing))


def json_text(thing: Any, *, indented: bool = False) -> str:
    """JSON in which what can't be seen is spelled out."""
    written = orjson.dumps(thing, default=str, option=orjson.OPT_INDENT_2 if indented else None).decode()
    return _UNSEEN_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], written)


def json_in(value: bytes) -> Any:
    """What some bytes say, if that is JSON that can be shown. Raises ValueError if it is not."""
    try:
        found = orjson.loads(value)
        orjson.dumps(found)
    except TypeError as error:
        raise ValueError("JSON that is nested too deeply to be shown") from error
    return found


def plain(text: str) -> str:
    """The text, with a replacement character for each that can't be seen."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in text)


def print_line(text: Text) -> None:
    """One line, however long."""
    text.plain = plain(text.plain)
    console().print(text, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; cells are printed as they are, whatever characters of Rich's markup are in them."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(str(cell))) for cell in row))
    console().print(table)
