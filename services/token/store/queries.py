"""The statements of queries.sql as functions, loaded once."""

from pathlib import Path
from typing import Any, Final

from grantstream.service.queries import load_queries

queries: Final[Any] = load_queries(Path(__file__).with_name("queries.sql"))
"""`await queries.<name>(connection, **parameters)`."""
