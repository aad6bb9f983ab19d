"""How commands print: tables and colours on a terminal, plain lines in a pipe, JSON where it is asked for."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

_PIPE_WIDTH: Final = 240
"""Rich cuts lines at 80 columns where there is no terminal; programs read those lines."""


def console() -> Console:
    """Standard output."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def print_json(thing: Any) -> None:
    """One line of JSON."""
    typer.echo(orjson.dumps(thing, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; cells are printed as they are, whatever characters of Rich's markup are in them."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console().print(table)
