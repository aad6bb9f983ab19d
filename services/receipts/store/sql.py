"""The SQL of this folder: its migrations after those of the outbox, and `queries.sql` as functions."""

from pathlib import Path
from typing import Any, Final

from grantstream.events.schema import EVENTS_MIGRATIONS
from grantstream.postgres.migrations import MigrationSet
from grantstream.postgres.queries import load_queries

_HERE: Final = Path(__file__).parent

MIGRATIONS: Final = (EVENTS_MIGRATIONS, MigrationSet(_HERE / "migrations"))
QUERIES: Final[Any] = load_queries(_HERE / "queries.sql")
"""`await QUERIES.<name>(connection, **parameters)`."""
