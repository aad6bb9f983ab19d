"""The statements of queries.sql as functions."""

from pathlib import Path
from typing import Any, Final

from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("queries.sql"))
