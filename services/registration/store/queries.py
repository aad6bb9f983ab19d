"""The statements of queries.sql as functions."""

from pathlib import Path
from typing import Any, Final

from grantstream.service.queries import load_queries

FOLDER: Final = Path(__file__).parent
MIGRATIONS: Final = FOLDER / "migrations"

QUERIES: Final[Any] = load_queries(FOLDER / "queries.sql")
