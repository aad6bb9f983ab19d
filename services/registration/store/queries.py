"""The statements of queries.sql as functions."""

from pathlib import Path
from typing import Any, Final

import aiosql

FOLDER: Final = Path(__file__).parent
MIGRATIONS: Final = FOLDER / "migrations"

QUERIES: Final[Any] = aiosql.from_path(FOLDER / "queries.sql", "asyncpg")
